/** Talks to the site: JSON in, JSON out, and two kinds of failure that call for different answers. */

import { gzip } from "./compression.js";

/** Longest wait for one answer; a chunk is small, so a slower line is as good as none. */
const ANSWER_TIMEOUT_MS = 30_000;
/** Besides 5xx, the answers that mean "later": request timeout, too early, too many requests. */
const LATER = new Set([408, 425, 429]);
/** What is answered to a body that nobody could unpack, by the site or by something between us. */
const NOT_UNDERSTOOD = new Set([400, 415, 422]);

/** @typedef {{trial: string, token: string}} TrialKey which trial, and what opens it */

/** Of a refusal without the site's own words. */
export const NO_CODE = "refused";

/** The site understood and said no. Asking again changes nothing. */
export class Refused extends Error {
  name = "Refused";

  /** @param {number} status @param {{code?: string, message?: string, [detail: string]: unknown}} [answer] */
  constructor(status, { code = NO_CODE, message = "", ...details } = {}) {
    super(message || `The site answered ${status}.`);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** No answer, or one that means "later". Worth another try. */
export class Unreachable extends Error {
  name = "Unreachable";

  /** @param {string} message @param {number} [retryAfterS] */
  constructor(message, retryAfterS = 0) {
    super(message);
    this.retryAfterS = retryAfterS;
  }
}

/** What went wrong, in the browser's words. @param {unknown} error */
export const wordsOf = (error) => (error instanceof Error ? error.message : String(error));

/** Throws what a status calls for; gives the answer back when it is a good one. @param {Response} answer */
export function reached(answer) {
  if (answer.status >= 500 || LATER.has(answer.status)) {
    throw new Unreachable(`The site answered ${answer.status}.`, Number(answer.headers.get("Retry-After")) || 0);
  }
  return answer;
}

export class Api {
  #packs = true;

  /**
   * @param {object} options
   * @param {string} options.base prefix of every path, ending in "/"
   * @param {string} options.visitToken
   * @param {typeof fetch} [options.fetch]
   */
  constructor({ base, visitToken, fetch = globalThis.fetch.bind(globalThis) }) {
    this.base = base;
    this.visitToken = visitToken;
    this.fetch = fetch;
  }

  /**
   * A request of the visit: consent, checks, next-trial, complete, withdraw, problem…
   * @param {string} action
   * @param {object} [body]
   * @returns {Promise<any>} the answer, as docs/wire-format.md describes it
   */
  visit(action, body = {}) {
    return this.#send("POST", `visits/${action}`, this.visitToken, JSON.stringify(body));
  }

  /**
   * Sends a chunk, packed where browser and site can.
   * @param {TrialKey} key @param {number} n @param {string} body JSON text
   * @returns {Promise<any>}
   */
  async putChunk({ trial, token }, n, body) {
    const path = `trials/${trial}/chunks/${n}`;
    const packed = this.#packs ? await gzip(body) : null;
    if (!packed) return this.#send("PUT", path, token, body);
    try {
      return await this.#send("PUT", path, token, packed, { "Content-Encoding": "gzip" });
    } catch (error) {
      if (!(error instanceof Refused) || !NOT_UNDERSTOOD.has(error.status)) throw error;
      const answer = await this.#send("PUT", path, token, body);
      this.#packs = false; // plain text was understood, so it was the packing
      return answer;
    }
  }

  /** @param {TrialKey} key @param {string} body JSON text @returns {Promise<any>} */
  finishTrial({ trial, token }, body) {
    return this.#send("POST", `trials/${trial}/finish`, token, body);
  }

  /**
   * Hands a chunk to the browser while the page goes away; nobody will hear the answer.
   * @param {TrialKey} key @param {number} n @param {string} body JSON text
   */
  leaveChunk({ trial, token }, n, body) {
    this.#leave("PUT", `trials/${trial}/chunks/${n}`, token, body);
  }

  /** As leaveChunk, for the end of a trial. @param {TrialKey} key @param {string} body JSON text */
  leaveFinish({ trial, token }, body) {
    this.#leave("POST", `trials/${trial}/finish`, token, body);
  }

  /** @param {string} method @param {string} path @param {string} token @param {string} body */
  #leave(method, path, token, body) {
    const request = { method, body, headers: headers(token), credentials: /** @type {const} */ ("omit") };
    // Whatever becomes of it: the parcel lies in the store until a later page has heard a yes.
    this.fetch(this.base + path, { ...request, keepalive: true }).catch(() => {});
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {string} token
   * @param {string | Uint8Array<ArrayBuffer>} body
   * @param {Record<string, string>} [more] headers
   */
  async #send(method, path, token, body, more = {}) {
    let response;
    try {
      response = await this.fetch(this.base + path, {
        method,
        body,
        headers: { ...headers(token), ...more },
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
        credentials: "omit",
      });
    } catch (error) {
      throw new Unreachable(wordsOf(error));
    }
    if (!reached(response).ok) throw new Refused(response.status, await response.json().catch(() => ({})));
    try {
      return await response.json();
    } catch (error) {
      throw new Unreachable(wordsOf(error)); // cut off in the middle: the request may be repeated
    }
  }
}

/** @param {string} token */
const headers = (token) => ({ Authorization: `Bearer ${token}`, "Content-Type": "application/json" });

/** Talks to the site: JSON in, JSON out, and two kinds of failure that call for different answers. */

/** Longest wait for one answer; a chunk is small, so a slower line is as good as none. */
const ANSWER_TIMEOUT_MS = 30_000;
/** Besides 5xx, the answers that mean "later": request timeout, too early, too many requests. */
const LATER = new Set([408, 425, 429]);

/** The site understood and said no. Asking again changes nothing. */
export class Refused extends Error {
  constructor(status, { code = "refused", message = "", ...details } = {}) {
    super(message || `The site answered ${status}.`);
    Object.assign(this, { name: "Refused", status, code, details });
  }
}

/** No answer, or one that means "later". Worth another try. */
export class Unreachable extends Error {
  constructor(message, retryAfterS = 0) {
    super(message);
    Object.assign(this, { name: "Unreachable", retryAfterS });
  }
}

export class Api {
  /**
   * @param {object} options
   * @param {string} options.base prefix of every path, ending in "/"
   * @param {string} options.visitToken
   * @param {typeof fetch} [options.fetch]
   */
  constructor({ base, visitToken, fetch = globalThis.fetch.bind(globalThis) }) {
    Object.assign(this, { base, visitToken, fetch });
  }

  /** A request of the visit: consent, checks, next-trial, complete, withdraw, problem. */
  visit(action, body = {}) {
    return this.#send("POST", `visits/${action}`, this.visitToken, JSON.stringify(body));
  }

  /** @param {{trial: string, token: string}} trial @param {number} n @param {string} body JSON text */
  putChunk({ trial, token }, n, body) {
    return this.#send("PUT", `trials/${trial}/chunks/${n}`, token, body);
  }

  finishTrial({ trial, token }, body) {
    return this.#send("POST", `trials/${trial}/finish`, token, body);
  }

  async #send(method, path, token, body) {
    let response;
    try {
      response = await this.fetch(this.base + path, {
        method,
        body,
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
        credentials: "omit",
      });
    } catch (error) {
      throw new Unreachable(error.message);
    }
    if (response.status >= 500 || LATER.has(response.status)) {
      throw new Unreachable(`The site answered ${response.status}.`, Number(response.headers.get("Retry-After")) || 0);
    }
    if (!response.ok) throw new Refused(response.status, await response.json().catch(() => ({})));
    try {
      return await response.json();
    } catch (error) {
      throw new Unreachable(error.message); // cut off in the middle: the request may be repeated
    }
  }
}

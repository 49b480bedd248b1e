/** Fetches a whole clip before it is shown, so that no network can come between the eye and the picture. */

import { Refused, Unreachable, reached, wordsOf } from "./api.js";
import { backoffMs, pause } from "./retry.js";

/**
 * @typedef {object} Media a file that may be fetched
 * @property {string} url signed and expiring
 * @property {number} bytes
 * @property {string} sha256 lower-case hex
 * @property {string} mime
 * @property {number} [expires_in_s] from the moment that it was handed out
 */

/**
 * @typedef {object} Listeners
 * @property {(share: number) => void} onProgress 0 to 1
 * @property {(failures: number) => void} onTrouble vain tries in a row; 0 when over
 */

/** Tries in a row that brought nothing, before the observer is told. */
const FRUITLESS_TRIES = 5;
/** A line that brings less in so long is taken for broken: at 3 kB a second a clip of 1 MB takes five minutes. */
const STALL_MS = 20_000;
const LEAST_BYTES = 64 * 1024;
/** A link with less life than this is renewed before it is used. */
const RENEW_BEFORE_MS = 30_000;
/** Answers of an address that has expired, or that a storage does not know (any more). */
const LINK_IS_DEAD = new Set([401, 403, 404, 410]);
const PARTIAL_CONTENT = 206;

/** No address answers with the clip. */
export class ClipUnavailable extends Error {
  name = "ClipUnavailable";
}

/** A fetch that was given up on purpose. */
class Cancelled extends Error {
  name = "Cancelled";
}

/**
 * @typedef {object} Tools
 * @property {(sha256: string) => Promise<{url: string, expires_in_s: number}>} renew asks for a fresh address
 * @property {typeof globalThis.fetch} fetch
 * @property {(ms: number) => Promise<void>} wait
 * @property {() => number} now ms
 * @property {number} stallMs
 * @property {number} leastBytes that a line brings within stallMs
 */

/** One clip on its way, from as many tries as it takes; what has arrived is not fetched again. */
class Download {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  #parts = [];
  #received = 0;
  /** How much had arrived when the last try was worth it. */
  #worthwhile = 0;
  #renewed = false;
  #cancelled = false;
  /** @type {AbortController | null} */
  #request = null;
  #url;
  #expiresMs;
  /** @type {Listeners} */
  #listeners = { onProgress: () => {}, onTrouble: () => {} };

  /** @param {Media} media @param {"auto" | "low"} priority @param {Tools} tools */
  constructor(media, priority, tools) {
    this.media = media;
    this.priority = priority;
    this.tools = tools;
    this.#url = media.url;
    this.#expiresMs = tools.now() + (media.expires_in_s ?? Infinity) * 1000;
    this.clip = this.#fetch();
    this.clip.catch(() => {}); // told to whoever waits for it; a clip fetched ahead may never be waited for
  }

  /** @param {Listeners} listeners */
  tell(listeners) {
    this.#listeners = listeners;
    listeners.onProgress(this.#share);
  }

  get #share() {
    return Math.min(1, this.#received / this.media.bytes);
  }

  cancel() {
    this.#cancelled = true;
    this.#request?.abort();
  }

  /** @returns {Promise<Blob>} */
  async #fetch() {
    for (let failures = 0; ; ) {
      try {
        await this.#read();
        const clip = await this.#whole();
        if (failures > 0) this.#listeners.onTrouble(0);
        return clip;
      } catch (error) {
        if (this.#cancelled) throw new Cancelled();
        if (!(error instanceof Unreachable)) throw error;
        const came = this.#received - this.#worthwhile >= this.tools.leastBytes;
        failures = came ? 1 : failures + 1;
        if (came) this.#worthwhile = this.#received;
        if (failures >= FRUITLESS_TRIES) throw error;
        this.#listeners.onTrouble(failures);
        await this.tools.wait(Math.max(backoffMs(failures), error.retryAfterS * 1000));
        if (this.#cancelled) throw new Cancelled();
      }
    }
  }

  /** One try, which goes on behind what has arrived. */
  async #read() {
    if (this.#expiresMs - this.tools.now() < RENEW_BEFORE_MS) await this.#renew();
    if (this.#cancelled) throw new Cancelled();
    const request = new AbortController();
    this.#request = request;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    let counted = this.#received;
    const awaitBytes = () => {
      clearTimeout(timer);
      counted = this.#received;
      timer = setTimeout(() => request.abort(new Unreachable("The line brings next to nothing.")), this.tools.stallMs);
    };
    try {
      awaitBytes();
      const body = await this.#open(request.signal);
      awaitBytes();
      for (let part = await body.read(); !part.done; part = await body.read()) {
        this.#parts.push(part.value);
        this.#received += part.value.length;
        this.#listeners.onProgress(this.#share);
        if (this.#received - counted >= this.tools.leastBytes) awaitBytes();
        if (this.#received >= this.media.bytes) return; // how the line ends is of no interest any more
      }
    } catch (error) {
      if ([ClipUnavailable, Unreachable, Refused].some((kind) => error instanceof kind)) throw error;
      throw new Unreachable(wordsOf(error));
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param {AbortSignal} signal */
  async #open(signal) {
    /** @type {Record<string, string>} */
    const headers = this.#received > 0 ? { Range: `bytes=${this.#received}-` } : {};
    const answer = reached(await this.tools.fetch(this.#url, { signal, headers, priority: this.priority }));
    if (LINK_IS_DEAD.has(answer.status) && !this.#renewed) {
      await this.#renew();
      throw new Unreachable("The link had expired.");
    }
    if (!answer.ok || answer.body === null) throw new ClipUnavailable(`The site answered ${answer.status}.`);
    if (answer.status !== PARTIAL_CONTENT) this.#forget(); // from the start, whatever was asked for
    return answer.body.getReader();
  }

  async #renew() {
    this.#renewed = true;
    const { url, expires_in_s: lifeS } = await this.tools.renew(this.media.sha256);
    this.#url = url;
    this.#expiresMs = this.tools.now() + lifeS * 1000;
  }

  async #whole() {
    const clip = new Blob(this.#parts, { type: this.media.mime });
    if (clip.size === this.media.bytes && (await matches(clip, this.media.sha256))) return clip;
    this.#forget();
    throw new Unreachable("The clip arrived damaged.");
  }

  #forget() {
    this.#parts = [];
    this.#received = this.#worthwhile = 0;
  }
}

/** The clips of a visit: the one that is wanted now, and at most one ahead. */
export class Clips {
  /** @type {Download | null} */
  #ahead = null;

  /** @param {Pick<Tools, "renew"> & Partial<Tools>} tools everything but `renew` has its browser default */
  constructor({
    renew,
    fetch = globalThis.fetch.bind(globalThis),
    wait = pause,
    now = () => performance.now(),
    stallMs = STALL_MS,
    leastBytes = LEAST_BYTES,
  }) {
    this.tools = { renew, fetch, wait, now, stallMs, leastBytes };
  }

  /**
   * The whole clip, checked; rejects with ClipUnavailable, with Refused where the site gives no new link, or with
   * Unreachable after several vain tries.
   * @param {Media} media
   * @param {Partial<Listeners>} [listeners]
   * @returns {Promise<Blob>}
   */
  async take(media, { onProgress = () => {}, onTrouble = () => {} } = {}) {
    const ahead = this.#ahead;
    this.#ahead = null;
    if (ahead?.media.sha256 === media.sha256) {
      ahead.tell({ onProgress, onTrouble });
      const clip = await ahead.clip.catch(() => null);
      if (clip) return clip;
    }
    ahead?.cancel();
    const download = new Download(media, "auto", this.tools);
    download.tell({ onProgress, onTrouble });
    return download.clip;
  }

  /** Begins to fetch what comes next, behind everything else that the page does. @param {Media | null} media */
  fetchAhead(media) {
    if (this.#ahead?.media.sha256 === media?.sha256) return;
    this.#ahead?.cancel();
    this.#ahead = media && new Download(media, "low", this.tools);
  }
}

/**
 * Compares the checksum; browsers offer it on secure pages only, elsewhere the length has to do.
 * @param {Blob} blob
 * @param {string} sha256
 */
async function matches(blob, sha256) {
  if (!globalThis.crypto?.subtle || !sha256) return true;
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex === sha256;
}

/**
 * Sends chunks, in order, until the site has said yes to each; then closes the trial. Everything waits in the
 * store until the site has confirmed the whole trial, so a reload or a crash loses nothing.
 */

import { NO_CODE, Refused } from "./api.js";
import { untilReached } from "./retry.js";
import { FINISH } from "./store.js";

/** @typedef {import("./api.js").TrialKey & {until?: number}} TrialKey until when its token lives, ms since 1970 */
/** @typedef {import("./store.js").Parcel} Parcel */

/**
 * @typedef {object} Report how a trial ended
 * @property {number} chunks how many there are
 * @property {"complete" | "interrupted"} outcome
 * @property {string} reason empty for a complete one
 * @property {object} summary as TrialSummary in collector/protocol.py
 * @property {boolean} [lost] whether the page has nothing more of what is missing
 */

/** A trial whose page went away before it could close it. */
const RELOADED = Object.freeze({ outcome: /** @type {const} */ ("interrupted"), reason: "page_reloaded", summary: {} });
/** Rounds of sending what the site calls missing, before we say that something is wrong. */
const ROUNDS = 3;
/** What browsers carry for pages that have gone: 64 KiB, of which some is left to headers. */
const FAREWELL_BYTES = 60 * 1024;

export class Uplink {
  /** Parcels that the site has not said yes to, in order. @type {Set<Parcel>} */
  #waiting = new Set();
  /** Why nothing is sent any more, and at which trial it came to that. @type {{error: unknown, trial: string} | null} */
  #stopped = null;
  /** The end of the line: resolves when everything before it was sent. @type {Promise<unknown>} */
  #line = Promise.resolve();

  /**
   * @param {object} options
   * @param {string} options.visit key of this visit in the store
   * @param {import("./store.js").Store} options.store
   * @param {Pick<import("./api.js").Api, "visit" | "putChunk" | "finishTrial" | "leaveChunk" | "leaveFinish">} options.api
   * @param {(progress: {stored: number, total: number}) => void} [options.onProgress]
   * @param {(failures: number) => void} [options.onTrouble] network failures in a row; 0 when over
   * @param {(ms: number) => Promise<void>} [options.wait] replaces waiting in tests
   */
  constructor({ visit, store, api, onProgress = () => {}, onTrouble = () => {}, wait }) {
    this.visit = visit;
    this.store = store;
    this.api = api;
    this.onProgress = onProgress;
    this.onTrouble = onTrouble;
    this.wait = wait;
    this.stored = 0;
    this.total = 0;
  }

  /** Keeps a chunk and sends it when its turn comes. @param {TrialKey} key @param {number} n @param {string} body */
  addChunk({ trial, token, until }, n, body) {
    const parcel = { visit: this.visit, trial, token, n, body, until };
    this.#enqueue(parcel, () => this.#sendChunk(parcel)).catch(() => {}); // told by `settled` and `finish`
  }

  /**
   * Closes the trial behind its last chunk.
   * @param {TrialKey} key
   * @param {Report} report
   * @returns {Promise<any>} the site's answer; rejects with Refused when it will not take the trial
   */
  finish({ trial, token, until }, report) {
    const parcel = { visit: this.visit, trial, token, n: FINISH, body: JSON.stringify(report), until };
    return this.#enqueue(parcel, () => this.#close(parcel));
  }

  /** How many parcels an earlier page of this visit, or an earlier try in this one, left behind. */
  async left() {
    return (await this.#held()).parcels.length;
  }

  /**
   * Sends what an earlier page of this visit, or an earlier try in this one, left behind. A trial that the site will
   * not take any more must not bar the way to the next one: it is reported as a problem and let go. Returns of how
   * many trials that is so.
   */
  async resume() {
    await this.#line; // what is still on its way goes first
    const { parcels: left } = await this.#held();
    this.#stopped = null;
    this.#waiting.clear();
    this.stored = this.total = 0;
    let lost = 0;
    for (const parcels of byTrial(left)) {
      try {
        await this.#resumeTrial(parcels);
      } catch (error) {
        if (!isOfTheSite(error)) throw error;
        this.#stopped = null;
        lost += 1;
        await this.#report(`Left over of trial ${parcels[0].trial} refused: ${error.status} ${error.code}`);
        await this.#forget(parcels[0]);
      }
    }
    return lost;
  }

  /** What the store has, and what only this page's memory has because the store took no more; in order. */
  async #held() {
    const stored = await this.#stored();
    /** @type {Map<string, Parcel>} */
    const held = new Map();
    for (const parcel of [...(stored ?? []), ...this.#waiting]) held.set(`${parcel.trial}/${parcel.n}`, parcel);
    return { parcels: [...held.values()].sort((one, other) => one.n - other.n), isAll: stored !== null };
  }

  /** Null for a store that cannot be read, which must not keep this page's memory from being sent. */
  async #stored() {
    try {
      return await this.store.all(this.visit);
    } catch (error) {
      console.warn("What is kept on this computer cannot be read:", error);
      return null;
    }
  }

  /** Tells the people of the study. That they have heard enough must not keep anybody from going on. @param {string} text */
  async #report(text) {
    try {
      await this.#reach(() => this.api.visit("problem", { text, page: "uplink" }));
    } catch (error) {
      if (!isOfTheSite(error)) throw error;
      console.warn("Not reported:", text, error);
    }
  }

  /** Resolves when nothing waits any more; rejects when the site refused. */
  async settled() {
    await this.#line;
    if (this.#stopped) throw this.#stopped.error;
  }

  /**
   * The page is going away: hands the browser what still waits, as much as it carries for a page that is gone. All of
   * it is in the store as well, for the case that nobody hears. The end of a trial goes along only when its chunks
   * are safe, because a trial that was announced has to become whole.
   */
  farewell() {
    let room = FAREWELL_BYTES;
    const unsafe = new Set();
    for (const parcel of this.#waiting) {
      room -= new Blob([parcel.body]).size;
      if (room < 0) return;
      if (parcel.n !== FINISH) {
        unsafe.add(parcel.trial);
        this.api.leaveChunk(parcel, parcel.n, parcel.body);
      } else if (!unsafe.has(parcel.trial)) {
        this.api.leaveFinish(parcel, parcel.body);
      }
    }
  }

  /** @param {Parcel[]} parcels of one trial */
  #resumeTrial(parcels) {
    const closing = parcels.find(({ n }) => n === FINISH);
    const chunks = parcels.filter(({ n }) => n !== FINISH);
    for (const { n, body } of chunks) this.addChunk(parcels[0], n, body);
    const report = closing
      ? JSON.parse(closing.body)
      : { chunks: Math.max(...chunks.map(({ n }) => n)) + 1, ...RELOADED };
    return this.finish(parcels[0], report);
  }

  /**
   * One line for everything: a chunk is not overtaken by the end of its trial.
   * @template T
   * @param {Parcel} parcel
   * @param {() => Promise<T>} send
   * @returns {Promise<T>}
   */
  #enqueue(parcel, send) {
    this.total += 1;
    this.#waiting.add(parcel);
    this.onProgress(this);
    const kept = this.store.put(parcel).catch((error) => {
      // Disk full: the parcel is still in this page's memory and is sent from there.
      console.warn("A part of the recording could not be kept on this computer:", error);
    });
    const result = this.#line.then(async () => {
      if (this.#stopped) throw this.#stopped.error;
      await kept;
      const answer = await send();
      this.#waiting.delete(parcel);
      this.stored += 1;
      this.onProgress(this);
      return answer;
    });
    this.#line = result.catch((error) => {
      this.#stopped ??= { error, trial: parcel.trial };
      if (error instanceof Refused && parcel.trial === this.#stopped.trial) this.#letGo(parcel.trial);
    });
    return result;
  }

  /** The site will not take this trial: nothing of it waits any more. The store keeps it. @param {string} trial */
  #letGo(trial) {
    for (const parcel of this.#waiting) {
      if (parcel.trial !== trial) continue;
      this.#waiting.delete(parcel);
      this.total -= 1;
    }
    this.onProgress(this);
  }

  /** @param {Parcel} parcel */
  async #sendChunk(parcel) {
    const { missing = [] } = await this.#put(parcel);
    await this.#fillGaps(parcel, missing.filter((/** @type {number} */ n) => n < parcel.n));
  }

  /** @param {Parcel} parcel */
  #put(parcel) {
    return this.#reach(() => this.api.putChunk(parcel, parcel.n, parcel.body));
  }

  /**
   * Sends again what the site asks for.
   * @param {Parcel} parcel of the same trial
   * @param {number[]} missing
   * @returns {Promise<boolean>} whether none of it is anywhere any more
   */
  async #fillGaps({ trial }, missing) {
    if (missing.length === 0) return false;
    const { parcels, isAll } = await this.#held();
    const kept = parcels.filter((one) => one.trial === trial && missing.includes(one.n));
    for (const parcel of kept) await this.#put(parcel);
    return isAll && kept.length === 0;
  }

  /**
   * Parts that nobody has any more, of a page that ended while the disk was full, must not hold the rest of the visit
   * back: they are told to be lost, and the clip is shown again.
   * @param {Parcel} parcel
   */
  async #close(parcel) {
    let { body } = parcel;
    for (let round = 0; round < ROUNDS; round += 1) {
      const answer = await this.#reach(() => this.api.finishTrial(parcel, body));
      if (answer.state !== "missing") {
        await this.#forget(parcel);
        return answer;
      }
      const lost = await this.#fillGaps(parcel, answer.missing);
      if (lost) body = JSON.stringify({ ...JSON.parse(parcel.body), lost: true });
    }
    throw new Refused(409, { code: "parts_missing", message: "Parts of the recording did not reach the site." });
  }

  /** What stays in the store is sent once more by a later page, and changes nothing. @param {Parcel} parcel of the trial */
  async #forget({ visit, trial }) {
    try {
      await this.store.forget(visit, trial);
    } catch (error) {
      console.warn("A recording that has arrived could not be removed from this computer:", error);
    }
  }

  /** @template T @param {() => Promise<T>} work */
  #reach(work) {
    return untilReached(work, { onTrouble: this.onTrouble, ...(this.wait && { wait: this.wait }) });
  }
}

/**
 * Whether the site itself said no. Something between us that refuses everything, a proxy say, has no words of its own,
 * and nothing is given up for it.
 * @param {unknown} error
 * @returns {error is Refused}
 */
const isOfTheSite = (error) => error instanceof Refused && error.code !== NO_CODE;

/** @param {Parcel[]} parcels @returns {Iterable<Parcel[]>} */
function byTrial(parcels) {
  /** @type {Map<string, Parcel[]>} */
  const groups = new Map();
  for (const parcel of parcels) groups.set(parcel.trial, [...(groups.get(parcel.trial) ?? []), parcel]);
  return groups.values();
}

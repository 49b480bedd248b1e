/**
 * Sends chunks, in order, until the site has said yes to each; then closes the trial. Everything waits in the
 * store until the site has confirmed the whole trial, so a reload or a crash loses nothing.
 */

import { Refused } from "./api.js";
import { untilReached } from "./retry.js";
import { FINISH } from "./store.js";

/** A trial whose page went away before it could close it. */
const RELOADED = { outcome: "interrupted", reason: "page_reloaded", summary: {} };
/** Rounds of sending what the site calls missing, before we say that something is wrong. */
const ROUNDS = 3;

export class Uplink {
  /**
   * @param {object} options
   * @param {string} options.visit key of this visit in the store
   * @param {import("./store.js").IndexedDbStore} options.store
   * @param {import("./api.js").Api} options.api
   * @param {(progress: {stored: number, total: number}) => void} [options.onProgress]
   * @param {(failures: number) => void} [options.onTrouble] network failures in a row; 0 when over
   * @param {(ms: number) => Promise<void>} [options.wait] replaces waiting in tests
   */
  constructor({ visit, store, api, onProgress = () => {}, onTrouble = () => {}, wait }) {
    Object.assign(this, { visit, store, api, onProgress, onTrouble, wait });
    this.stored = 0;
    this.total = 0;
    /** @type {Error | null} why nothing is sent any more */
    this.stopped = null;
    this.line = Promise.resolve(null);
  }

  /** Keeps a chunk and sends it when its turn comes. @param {{trial: string, token: string}} trial */
  addChunk({ trial, token }, n, body) {
    this.#enqueue({ visit: this.visit, trial, token, n, body }, (parcel) => this.#sendChunk(parcel));
  }

  /**
   * Closes the trial behind its last chunk.
   * @param {{trial: string, token: string}} trial
   * @param {{chunks: number, outcome: "complete" | "interrupted", reason: string, summary: object}} report
   * @returns {Promise<object>} the site's answer; rejects with Refused when it will not take the trial
   */
  finish({ trial, token }, report) {
    const parcel = { visit: this.visit, trial, token, n: FINISH, body: JSON.stringify(report) };
    return this.#enqueue(parcel, () => this.#close(parcel));
  }

  /** How many parcels an earlier page of this visit left behind. */
  async left() {
    return (await this.store.all(this.visit)).length;
  }

  /**
   * Sends what an earlier page of this visit left behind. A trial that the site will not take any more must not
   * bar the way to the next one: it is reported as a problem and let go.
   */
  async resume() {
    const left = await this.store.all(this.visit);
    for (const parcels of byTrial(left).values()) {
      try {
        await this.#resumeTrial(parcels);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.stopped = null;
        const text = `Left over of trial ${parcels[0].trial} refused: ${error.status} ${error.code}`;
        await this.#reach(() => this.api.visit("problem", { text, page: "uplink" }));
        await this.store.forget(this.visit, parcels[0].trial);
      }
    }
  }

  #resumeTrial(parcels) {
    const closing = parcels.find(({ n }) => n === FINISH);
    const chunks = parcels.filter(({ n }) => n !== FINISH);
    for (const { n, body } of chunks) this.addChunk(parcels[0], n, body);
    const report = closing
      ? JSON.parse(closing.body)
      : { chunks: Math.max(...chunks.map(({ n }) => n)) + 1, ...RELOADED };
    return this.finish(parcels[0], report);
  }

  /** Resolves when nothing waits any more; rejects when the site refused. */
  async settled() {
    await this.line;
    if (this.stopped) throw this.stopped;
  }

  /** One line for everything: a chunk is not overtaken by the end of its trial. */
  #enqueue(parcel, send) {
    this.total += 1;
    this.onProgress(this);
    const kept = this.store.put(parcel).catch((error) => {
      // Disk full: the parcel is still in this page's memory and is sent from there.
      console.warn("A part of the recording could not be kept on this computer:", error);
    });
    const result = this.line.then(async () => {
      if (this.stopped) throw this.stopped;
      await kept;
      const answer = await send(parcel);
      this.stored += 1;
      this.onProgress(this);
      return answer;
    });
    this.line = result.catch((error) => {
      this.stopped ??= error;
    });
    return result;
  }

  #sendChunk({ trial, token, n, body }) {
    return this.#reach(() => this.api.putChunk({ trial, token }, n, body));
  }

  async #close({ visit, trial, token, body }) {
    for (let round = 0; round < ROUNDS; round += 1) {
      const answer = await this.#reach(() => this.api.finishTrial({ trial, token }, body));
      if (answer.state !== "missing") {
        await this.store.forget(visit, trial);
        return answer;
      }
      const kept = new Map((await this.store.all(visit)).filter((p) => p.trial === trial).map((p) => [p.n, p]));
      for (const n of answer.missing) {
        if (kept.has(n)) await this.#sendChunk(kept.get(n));
      }
    }
    throw new Refused(409, { code: "parts_missing", message: "Parts of the recording did not reach the site." });
  }

  #reach(work) {
    return untilReached(work, { onTrouble: this.onTrouble, ...(this.wait && { wait: this.wait }) });
  }
}

function byTrial(parcels) {
  const groups = new Map();
  for (const parcel of parcels) groups.set(parcel.trial, [...(groups.get(parcel.trial) ?? []), parcel]);
  return groups;
}

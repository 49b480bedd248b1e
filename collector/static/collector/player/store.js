/**
 * Keeps what the site has not confirmed yet, across reloads and crashes: IndexedDB, or memory where the browser
 * refuses it (private windows of some browsers).
 */

const DATABASE = "cursal-outbox";
const TABLE = "parcels";
const KEY = ["visit", "trial", "n"];

/** The number of the parcel that closes a trial: it sorts behind every chunk. */
export const FINISH = 2 ** 31;

/** Parcels of a page from before they had a time get the longest that the site takes any trial. */
const LONGEST_MS = 7 * 24 * 3_600_000;

/**
 * @typedef {object} Parcel something to be sent
 * @property {string} visit
 * @property {string} trial
 * @property {number} n chunk number, or FINISH
 * @property {string} token the trial's
 * @property {string} body JSON text
 * @property {number} [until] ms since 1970: from then on the token opens nothing, and nobody sends it any more
 */

/**
 * @typedef {object} Store
 * @property {boolean} durable whether it outlives the page
 * @property {(parcel: Parcel) => Promise<void>} put resolves once it is written; rejects when the disk is full
 * @property {(visit: string) => Promise<Parcel[]>} all by trial, then by number
 * @property {(visit: string, trial: string) => Promise<void>} forget the site has the whole trial
 * @property {(visit: string) => Promise<void>} forgetVisit all that a visit left
 * @property {(nowMs: number) => Promise<void>} dropExpired what nobody sends any more, whichever visit it is of
 */

/** @implements {Store} */
export class MemoryStore {
  durable = false;
  /** @type {Map<string, Parcel>} */
  #parcels = new Map();

  /** @param {Parcel} parcel */
  async put(parcel) {
    this.#parcels.set(`${parcel.visit}/${parcel.trial}/${parcel.n}`, parcel);
  }

  /** @param {string} visit */
  async all(visit) {
    return [...this.#parcels.values()].filter((parcel) => parcel.visit === visit);
  }

  /** @param {string} visit @param {string} trial */
  async forget(visit, trial) {
    for (const [key, parcel] of this.#parcels) {
      if (parcel.visit === visit && parcel.trial === trial) this.#parcels.delete(key);
    }
  }

  /** @param {string} visit */
  async forgetVisit(visit) {
    for (const [key, parcel] of this.#parcels) if (parcel.visit === visit) this.#parcels.delete(key);
  }

  /** @param {number} nowMs */
  async dropExpired(nowMs) {
    for (const [key, { until = nowMs }] of this.#parcels) if (until < nowMs) this.#parcels.delete(key);
  }
}

/** @implements {Store} */
export class IndexedDbStore {
  durable = true;

  /** @param {IDBDatabase} database @param {() => Promise<IDBDatabase>} reopen */
  constructor(database, reopen) {
    this.database = database;
    this.reopen = reopen;
  }

  /** @param {Parcel} parcel */
  async put(parcel) {
    await this.#run("readwrite", (table) => table.put(parcel));
  }

  /** @param {string} visit @returns {Promise<Parcel[]>} */
  all(visit) {
    return this.#run("readonly", (table) => table.getAll(IDBKeyRange.bound([visit], [visit, []])));
  }

  /** @param {string} visit @param {string} trial */
  async forget(visit, trial) {
    const range = IDBKeyRange.bound([visit, trial], [visit, trial, []]);
    await this.#run("readwrite", (table) => table.delete(range));
  }

  /** @param {string} visit */
  async forgetVisit(visit) {
    await this.#run("readwrite", (table) => table.delete(IDBKeyRange.bound([visit], [visit, []])));
  }

  /** @param {number} nowMs */
  async dropExpired(nowMs) {
    await this.#run("readwrite", (table) => {
      const walk = table.openCursor();
      walk.addEventListener("success", () => {
        const cursor = walk.result;
        if (!cursor) return;
        /** @type {Parcel} */
        const parcel = cursor.value;
        if (parcel.until === undefined) cursor.update({ ...parcel, until: nowMs + LONGEST_MS });
        else if (parcel.until < nowMs) cursor.delete();
        cursor.continue();
      });
      return walk;
    });
  }

  /**
   * A browser may close the database of a living page, say when the data of the site are cleared; it opens it again.
   * @template T
   * @param {IDBTransactionMode} mode
   * @param {(table: IDBObjectStore) => IDBRequest<T>} ask
   * @returns {Promise<T>} resolves when the transaction is over, not when the request is
   */
  async #run(mode, ask) {
    try {
      return await this.#transact(mode, ask);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "InvalidStateError")) throw error;
      this.database = await this.reopen();
      return this.#transact(mode, ask);
    }
  }

  /**
   * @template T
   * @param {IDBTransactionMode} mode
   * @param {(table: IDBObjectStore) => IDBRequest<T>} ask
   * @returns {Promise<T>}
   */
  #transact(mode, ask) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(TABLE, mode);
      const request = ask(transaction.objectStore(TABLE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? request.error);
    });
  }
}

/**
 * Opens the durable store, or the one in memory when the browser has none to give.
 * @param {IDBFactory} [indexedDB]
 * @returns {Promise<Store>}
 */
export async function openStore(indexedDB = globalThis.indexedDB) {
  try {
    return new IndexedDbStore(await open(indexedDB), () => open(indexedDB));
  } catch (error) {
    console.warn("Recordings are kept in memory only:", error);
    return new MemoryStore();
  }
}

/** @param {IDBFactory | undefined} indexedDB @returns {Promise<IDBDatabase>} */
function open(indexedDB) {
  return new Promise((resolve, reject) => {
    if (!indexedDB) throw new Error("no IndexedDB");
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: KEY });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("IndexedDB is blocked"));
  });
}

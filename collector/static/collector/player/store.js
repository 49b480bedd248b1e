/**
 * Keeps what the site has not confirmed yet, across reloads and crashes: IndexedDB, or memory where the browser
 * refuses it (private windows of some browsers).
 */

const DATABASE = "cursal-outbox";
const TABLE = "parcels";
const KEY = ["visit", "trial", "n"];

/** The number of the parcel that closes a trial: it sorts behind every chunk. */
export const FINISH = 2 ** 31;

/**
 * @typedef {object} Parcel something to be sent
 * @property {string} visit
 * @property {string} trial
 * @property {number} n chunk number, or FINISH
 * @property {string} token the trial's
 * @property {string} body JSON text
 */

export class MemoryStore {
  durable = false;
  #parcels = new Map();

  async put(parcel) {
    this.#parcels.set(`${parcel.visit}/${parcel.trial}/${parcel.n}`, parcel);
  }

  async all(visit) {
    return [...this.#parcels.values()].filter((parcel) => parcel.visit === visit);
  }

  async forget(visit, trial) {
    for (const [key, parcel] of this.#parcels) {
      if (parcel.visit === visit && parcel.trial === trial) this.#parcels.delete(key);
    }
  }
}

export class IndexedDbStore {
  durable = true;

  constructor(database) {
    this.database = database;
  }

  /** Resolves once the parcel is written; rejects when the disk is full. @param {Parcel} parcel */
  async put(parcel) {
    await this.#run("readwrite", (table) => table.put(parcel));
  }

  /** @returns {Promise<Parcel[]>} by trial, then by number */
  all(visit) {
    return this.#run("readonly", (table) => table.getAll(IDBKeyRange.bound([visit], [visit, []])));
  }

  /** The site has the whole trial. */
  async forget(visit, trial) {
    const range = IDBKeyRange.bound([visit, trial], [visit, trial, []]);
    await this.#run("readwrite", (table) => table.delete(range));
  }

  #run(mode, ask) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(TABLE, mode);
      const request = ask(transaction.objectStore(TABLE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? request.error);
    });
  }
}

/** Opens the durable store, or the one in memory when the browser has none to give. */
export async function openStore(indexedDB = globalThis.indexedDB) {
  try {
    return new IndexedDbStore(await open(indexedDB));
  } catch (error) {
    console.warn("Recordings are kept in memory only:", error);
    return new MemoryStore();
  }
}

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

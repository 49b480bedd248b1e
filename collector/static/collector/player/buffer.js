/** Collects the rows of a recording and cuts them into numbered chunks. Knows nothing of storage or network. */

import { COLUMNS, emptyChunk } from "./protocol.js";

/** @typedef {import("./protocol.js").Table} Table */

const TABLES = /** @type {Table[]} */ (Object.keys(COLUMNS));
/** Bytes that a row takes in JSON at most: integers of up to 16 digits with their commas. */
const ROW_BYTES = Object.fromEntries(TABLES.map((table) => [table, COLUMNS[table].length * 17]));
/** The chunk's own keys and brackets. */
const FRAME_BYTES = 800;
const DETAIL_LIMIT = 120;
/** Half of a surrogate pair, as cutting a text leaves it: no UTF-8 can carry it. */
const HALF_CHARACTER = /\p{Surrogate}/gu;

export class ChunkBuffer {
  /**
   * @param {object} options
   * @param {number} options.maxBytes a chunk's size limit as JSON
   * @param {(n: number, body: string) => void} options.onChunk takes each chunk as it is cut
   */
  constructor({ maxBytes, onChunk }) {
    this.maxBytes = maxBytes;
    this.onChunk = onChunk;
    /** How many chunks were cut so far: also the number of the next one. */
    this.count = 0;
    this.totals = /** @type {Record<Table, number>} */ (Object.fromEntries(TABLES.map((table) => [table, 0])));
    this.chunk = emptyChunk(0);
    this.rows = 0;
    this.bytes = FRAME_BYTES;
  }

  /** @param {number} tUs @param {number} xCpx @param {number} yCpx @param {number} kind */
  sample(tUs, xCpx, yCpx, kind) {
    this.#add("samples", [tUs, xCpx, yCpx, kind]);
  }

  /** @param {number} tUs @param {number} tShownUs @param {number} mediaUs @param {number} presented */
  mark(tUs, tShownUs, mediaUs, presented) {
    this.#add("marks", [tUs, tShownUs, mediaUs, presented]);
  }

  /** @param {number} tUs @param {import("./viewport.js").ViewportRow} row */
  viewport(tUs, row) {
    this.#add("viewports", [
      tUs, row.left, row.top, row.width, row.height, row.dpr, row.windowWidth, row.windowHeight,
      row.screenWidth, row.screenHeight, row.pinch, row.zoom,
    ]);
  }

  /** @param {number} tUs @param {string} kind @param {string} [detail] */
  event(tUs, kind, detail = "") {
    const text = detail.slice(0, DETAIL_LIMIT).replace(HALF_CHARACTER, "\ufffd");
    this.#add("events", [tUs, kind, text], (kind.length + text.length) * 6); // "\u0000" is the longest escape
  }

  /** Hands over what was collected since the last cut; a chunk without rows is not made. */
  cut() {
    if (this.rows === 0) return;
    const n = this.count;
    const body = JSON.stringify(this.chunk);
    this.count += 1;
    this.chunk = emptyChunk(this.count);
    this.rows = 0;
    this.bytes = FRAME_BYTES;
    this.onChunk(n, body);
  }

  /** @param {Table} table @param {(number | string)[]} row @param {number} [extraBytes] */
  #add(table, row, extraBytes = 0) {
    const bytes = ROW_BYTES[table] + extraBytes;
    if (this.bytes + bytes > this.maxBytes) this.cut();
    COLUMNS[table].forEach((column, i) => this.chunk[table][column].push(row[i]));
    this.rows += 1;
    this.bytes += bytes;
    this.totals[table] += 1;
  }
}

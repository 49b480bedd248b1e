/** Collects the rows of a recording and cuts them into numbered chunks. Knows nothing of storage or network. */

import { COLUMNS, emptyChunk } from "./protocol.js";

/** Bytes that a row takes in JSON at most: integers of up to 16 digits with their commas. */
const ROW_BYTES = Object.fromEntries(
  Object.entries(COLUMNS).map(([table, columns]) => [table, columns.length * 17]),
);
/** The chunk's own keys and brackets. */
const FRAME_BYTES = 600;
const DETAIL_LIMIT = 120;

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
    this.totals = Object.fromEntries(Object.keys(COLUMNS).map((table) => [table, 0]));
    this.#begin();
  }

  #begin() {
    this.chunk = emptyChunk(this.count);
    this.rows = 0;
    this.bytes = FRAME_BYTES;
  }

  #add(table, row, extraBytes = 0) {
    const bytes = ROW_BYTES[table] + extraBytes;
    if (this.bytes + bytes > this.maxBytes) this.cut();
    COLUMNS[table].forEach((column, i) => this.chunk[table][column].push(row[i]));
    this.rows += 1;
    this.bytes += bytes;
    this.totals[table] += 1;
  }

  sample(tUs, xCpx, yCpx, kind) {
    this.#add("samples", [tUs, xCpx, yCpx, kind]);
  }

  mark(tUs, tShownUs, mediaUs, presented) {
    this.#add("marks", [tUs, tShownUs, mediaUs, presented]);
  }

  viewport(tUs, { left, top, width, height, dpr, windowWidth, windowHeight }) {
    this.#add("viewports", [tUs, left, top, width, height, dpr, windowWidth, windowHeight]);
  }

  event(tUs, kind, detail = "") {
    const text = String(detail).slice(0, DETAIL_LIMIT);
    this.#add("events", [tUs, kind, text], (kind.length + text.length) * 6); // "\u0000" is the longest escape
  }

  /** Hands over what was collected since the last cut; a chunk without rows is not made. */
  cut() {
    if (this.rows === 0) return;
    const n = this.count;
    const body = JSON.stringify(this.chunk);
    this.count += 1;
    this.#begin();
    this.onChunk(n, body);
  }
}

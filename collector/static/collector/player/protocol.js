/**
 * The wire format of a recording: numbered chunks of integer columns.
 *
 * Times are microseconds on the page clock (`performance.now()`), positions are hundredths of a CSS pixel in
 * client coordinates, origin top left. The page stores what happened; what it means in video pixels and media
 * time is worked out later, from the marks and the viewports.
 */

export const PROTOCOL_VERSION = 1;

/** What made a sample. */
export const SampleKind = Object.freeze({
  MOVE: 0, // a pointer event, at its own time
  REST: 1, // the last known position again, because a hand at rest sends no events
  START: 2, // the click that starts the clip
});

/** @typedef {"samples" | "marks" | "viewports" | "events"} Table */
/** @typedef {{protocol: number, n: number} & Record<Table, Record<string, (number | string)[]>>} Chunk */

/** The columns of each table of a chunk, in the order of a row. @type {Readonly<Record<Table, readonly string[]>>} */
export const COLUMNS = Object.freeze({
  samples: ["t_us", "x_cpx", "y_cpx", "kind"],
  marks: ["t_us", "t_shown_us", "media_us", "presented"],
  viewports: [
    "t_us", "left_cpx", "top_cpx", "width_cpx", "height_cpx", "dpr_milli", "window_width", "window_height",
    "screen_width", "screen_height", "pinch_milli", "zoom_milli",
  ],
  events: ["t_us", "kind", "detail"],
});

/** Milliseconds of the page clock as integer microseconds. @param {number} ms */
export const microseconds = (ms) => Math.round(ms * 1000);

/** CSS pixels as integer hundredths. @param {number} px */
export const centipixels = (px) => Math.round(px * 100);

/**
 * A chunk without rows.
 * @param {number} n its number, from 0
 * @returns {Chunk}
 */
export function emptyChunk(n) {
  const columns = (/** @type {Table} */ table) => Object.fromEntries(COLUMNS[table].map((column) => [column, []]));
  return {
    protocol: PROTOCOL_VERSION,
    n,
    samples: columns("samples"),
    marks: columns("marks"),
    viewports: columns("viewports"),
    events: columns("events"),
  };
}

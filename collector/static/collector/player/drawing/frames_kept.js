/** Counts which frames of a playing clip were shown, from the times at which each was. */

/** Shader compilers, decoders and caches have warmed up by then. */
const WARM_UP_MS = 500;
/** After so long it is plain when nearly nothing is shown, and nobody need wait for more. */
const HOPELESS_AFTER_MS = 600;
const HOPELESS = 18;

export class FramesKept {
  #fps;
  #measureMs;
  /** @type {{ms: number, media: number} | null} */
  #first = null;
  #lastMedia = 0;
  #shown = 0;
  #startedMs;

  /** @param {{fps: number, measureMs: number, nowMs: number}} options frames a second of the clip */
  constructor({ fps, measureMs, nowMs }) {
    this.#fps = fps;
    this.#measureMs = measureMs;
    this.#startedMs = nowMs;
  }

  /** A frame was drawn. @param {number} ms page clock @param {number} media its time in the clip, s */
  show(ms, media) {
    if (ms - this.#startedMs < WARM_UP_MS) return;
    if (!this.#first) {
      this.#first = { ms, media };
    } else if (media > this.#lastMedia) {
      this.#shown += 1;
    }
    this.#lastMedia = media;
  }

  /** Whether enough was seen, or too little for any hope. @param {number} ms page clock */
  done(ms) {
    const since = ms - (this.#first?.ms ?? this.#startedMs + WARM_UP_MS);
    return since >= this.#measureMs || (since >= HOPELESS_AFTER_MS && this.rate(ms) < HOPELESS);
  }

  /**
   * Frames shown of 30, up to now. A frame is lost when the clip went on without it, or stood still too long for it.
   * @param {number} ms page clock
   */
  rate(ms) {
    if (!this.#first) return 0;
    const byMedia = (this.#lastMedia - this.#first.media) * this.#fps;
    const byClock = ((ms - this.#first.ms) / 1000) * this.#fps - 1; // the one that is due just now may still come
    const due = Math.max(1, Math.round(byMedia), Math.floor(byClock));
    return 30 * Math.min(1, this.#shown / due);
  }
}

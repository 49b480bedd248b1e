/**
 * For how long a clip that should play has brought no frame. Time in which a browser shows none anyway is not counted:
 * what a hidden page or a machine that slept means for the trial is the study's to say.
 */

import { SLEEP_MS } from "./interruptions.js";

export class Stillness {
  #sinceMs;
  #lookedMs;

  /** @param {number} nowMs page clock */
  constructor(nowMs) {
    this.#sinceMs = this.#lookedMs = nowMs;
  }

  /**
   * To be called much more often than a machine has to sleep to be taken for asleep.
   * @param {number} nowMs page clock
   * @param {number | null} frameMs when the last frame came
   * @param {boolean} visible whether the page is
   * @returns {number} ms
   */
  look(nowMs, frameMs, visible) {
    if (!visible || nowMs - this.#lookedMs > SLEEP_MS) this.#sinceMs = nowMs;
    this.#lookedMs = nowMs;
    return nowMs - Math.max(this.#sinceMs, frameMs ?? this.#sinceMs);
  }
}

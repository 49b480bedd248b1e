/** How often the screen shows a new picture. */

import { outcome } from "./result.js";

/** Animation frames that are looked at: about a second of a common screen. */
const FRAMES = 60;
/** A tab that is not seen gets no animation frames; then there is nothing to measure. */
const TIMEOUT_MS = 10_000;

/**
 * @param {ArrayLike<number>} times of animation frames, ms, at least two
 * @returns {number} frames a second, from the median interval: a busy moment must not count
 */
export function refreshRate(times) {
  const gaps = Array.from(times).slice(1).map((time, index) => time - times[index]);
  gaps.sort((a, b) => a - b);
  return 1000 / gaps[gaps.length >> 1];
}

/**
 * @param {number} leastHz 0 for any
 * @returns {Promise<import("./result.js").CheckResult>} value: Hz, to a tenth; `unseen` when nothing could be measured
 */
export async function checkRefresh(leastHz, view = window) {
  /** @type {number[]} */
  const times = [];
  await new Promise((resolve) => {
    const timer = view.setTimeout(resolve, TIMEOUT_MS, null);
    const tick = (/** @type {number} */ now) => {
      times.push(now);
      if (times.length <= FRAMES) {
        view.requestAnimationFrame(tick);
        return;
      }
      view.clearTimeout(timer);
      resolve(null);
    };
    view.requestAnimationFrame(tick);
  });
  if (times.length <= FRAMES) return outcome(leastHz === 0, "unseen");
  const hz = Math.round(refreshRate(times) * 10) / 10;
  return outcome(hz >= leastHz, hz);
}

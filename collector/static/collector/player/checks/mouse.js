/** What the hand holds: movements say that there is something, only the person knows what it is. */

import { outcome } from "./result.js";

const FAR_ENOUGH_PX = 40;
/** A wheel turns in notches; fingers on a touchpad slide by a few pixels, and sideways too. */
const SMALLEST_NOTCH_PX = 40;

/**
 * Resolves once the mouse has moved: events that a finger makes do not count.
 * @returns {Promise<import("./result.js").CheckResult>} value: the browser's word for the device
 */
export function checkMouse(view = window) {
  return new Promise((resolve) => {
    /** @type {PointerEvent | null} */
    let from = null;
    const onMove = (/** @type {PointerEvent} */ event) => {
      if (event.pointerType === "touch") return;
      from ??= event;
      if (Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) < FAR_ENOUGH_PX) return;
      view.removeEventListener("pointermove", onMove);
      resolve(outcome(true, event.pointerType));
    };
    view.addEventListener("pointermove", onMove);
  });
}

/** Listens to how the page is scrolled. It may guess, never judge: the person is asked. */
export class WheelWatcher {
  /** @type {"none" | "wheel" | "touchpad"} */
  guess = "none";

  constructor(view = window) {
    view.addEventListener("wheel", (event) => this.#note(event), { passive: true });
  }

  /** @param {WheelEvent} event */
  #note(event) {
    if (looksLikeTouchpad(event)) this.guess = "touchpad";
    else if (this.guess === "none") this.guess = "wheel";
  }
}

/** @param {Pick<WheelEvent, "deltaX" | "deltaY" | "deltaMode">} event */
export function looksLikeTouchpad({ deltaX, deltaY, deltaMode }) {
  if (deltaMode !== 0) return false; // counted in lines or pages: a wheel
  return deltaX !== 0 || (deltaY !== 0 && Math.abs(deltaY) < SMALLEST_NOTCH_PX);
}

/**
 * @param {string} answer what the person says they point with: `mouse`, `touchpad` or `touch`
 * @param {{wheel: string, touchpad: boolean}} given what the wheel looked like, and whether the study takes touchpads
 * @returns {import("./result.js").CheckResult}
 */
export function judgePointing(answer, { wheel, touchpad }) {
  const passed = answer === "mouse" || (touchpad && answer === "touchpad");
  return outcome(passed, wheel === "none" ? answer : `${answer}, scrolls like a ${wheel}`);
}

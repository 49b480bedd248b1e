/** What the computer is: the kind of device, the parts of the browser, and what is written down about both. */

import { outcome } from "./result.js";

/** @typedef {import("./result.js").CheckResult} CheckResult */

/** A property that not every browser has. @param {Navigator} navigator */
const brands = (navigator) =>
  /** @type {{userAgentData?: {mobile: boolean, platform: string}}} */ (navigator).userAgentData;

/**
 * A computer that one points at with something finer than a finger, which covers what it points at and says
 * nothing between touches.
 * @returns {CheckResult}
 */
export function checkDesktop(view = window) {
  const fine = view.matchMedia("(any-pointer: fine)").matches;
  const hover = view.matchMedia("(any-hover: hover)").matches;
  const phone = brands(view.navigator)?.mobile ?? /Mobi|Android/i.test(view.navigator.userAgent);
  return outcome(fine && hover && !phone, phone ? "phone" : fine ? "mouse" : "touch");
}

/**
 * Parts of the browser without which nothing can be recorded.
 * @returns {CheckResult}
 */
export function checkBrowser(view = window) {
  const missing = Object.entries({
    frame_callback: "requestVideoFrameCallback" in view.HTMLVideoElement.prototype,
    coalesced_events: "getCoalescedEvents" in view.PointerEvent.prototype,
    canvas_blur: typeof view.document.createElement("canvas").getContext("2d")?.filter === "string",
    streams: "ReadableStream" in view,
  })
    .filter(([, there]) => !there)
    .map(([name]) => name);
  return outcome(missing.length === 0, missing.join(" ") || "complete");
}

/**
 * Without durable storage a reload loses the last few seconds, and the page says so: no reason to send anybody away.
 * @param {{durable: boolean}} store what `openStore` gave
 * @returns {CheckResult}
 */
export function checkStorage(store) {
  return outcome(true, store.durable ? "durable" : "memory");
}

/** What is written down about browser and screen, with every visit. */
export function describeEnvironment(view = window) {
  const { navigator, screen } = view;
  return {
    user_agent: navigator.userAgent,
    platform: brands(navigator)?.platform ?? navigator.platform,
    languages: [...navigator.languages],
    cores: navigator.hardwareConcurrency ?? null,
    screen_width: screen.width,
    screen_height: screen.height,
    window_width: view.innerWidth,
    window_height: view.innerHeight,
    device_pixel_ratio: view.devicePixelRatio,
    colour_depth: screen.colorDepth,
    time_zone_offset_minutes: new Date().getTimezoneOffset(),
    reduced_motion: view.matchMedia("(prefers-reduced-motion: reduce)").matches,
  };
}

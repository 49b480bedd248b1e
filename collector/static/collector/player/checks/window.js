/** Is there room enough for the picture? */

import { outcome } from "./result.js";

/**
 * A study that fills the screen is content with a screen that is large enough: on a small laptop the browser's own
 * bars take what the window lacks, and they go away before the first video.
 * @param {{width: number, height: number}} least CSS px
 * @param {{fullscreen: boolean}} study
 * @returns {import("./result.js").CheckResult}
 */
export function checkWindow(least, { fullscreen }, view = window) {
  const { innerWidth, innerHeight, screen } = view;
  const fills = fullscreen && view.document.fullscreenEnabled;
  const width = fills ? Math.max(innerWidth, screen.width) : innerWidth;
  const height = fills ? Math.max(innerHeight, screen.height) : innerHeight;
  return outcome(width >= least.width && height >= least.height, `${width}×${height}`);
}

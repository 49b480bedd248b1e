/**
 * Measures how well this computer draws: plays short clips through the renderers, under a cursor that moves, and
 * counts the frames that are shown. Nothing is taken from what the browser says about its graphics card.
 */

import { fetchWhole } from "../fetching.js";
import { KEEPS, PICTURES, choose, named, nextTrial } from "./choice.js";
import { openFoveation } from "./foveation.js";
import { FramesKept } from "./frames_kept.js";

/** What the check clips have; see scripts/make_check_clips.py. */
const FPS = 30;
const MEASURE_MS = 2_000;
/** One trial never takes longer, whatever the browser does; a clip that does not start in time shows nothing. */
const TRIAL_WITHIN_MS = 4_000;
/** What the trial before left behind, in the graphics process above all, is cleared away by then. */
const SETTLE_MS = 200;
/** A trial that nearly keeps up is repeated, for another program may have come between, if it is not late yet. */
const NEARLY = 24;
const REPEAT_WITHIN_MS = 7_000;
/** The usual number of trials, for the progress: two renderers and a larger picture. */
const USUAL_TRIALS = 3;
/** The made-up cursor goes round in this time. */
const ROUND_MS = 2_500;

/** The defaults of a study; where the study says nothing else, it is measured with these. */
const DEFAULT_FOVEATION = { blur_sigma_share: 0.02, window_radius_share: 0.15, edge_share: 0.05 };

/**
 * @typedef {import("./choice.js").Choice & {rates: Record<string, number>}} Measured rates: frames shown of 30
 *
 * @typedef {object} Options
 * @property {Record<"720p" | "1080p" | "2160p", string>} clips addresses
 * @property {import("./choice.js").Size} [largest] what the study shows at most, video px
 * @property {import("./sizes.js").Foveation} [foveation] the study's
 * @property {number} [widestCanvas] px, as in trials
 * @property {(share: number) => void} [onProgress] from 0 to 1
 * @property {(failures: number) => void} [onTrouble] told when a clip cannot be fetched
 * @property {Document} [page]
 */

/**
 * The renderer and the largest picture that this computer keeps up with; see choice.js for the rule. It lasts up to
 * some twelve seconds. While the tab is hidden it waits, since browsers draw no hidden page.
 * @param {Options} options
 * @returns {Promise<Measured>}
 */
export async function measureDrawing({
  clips,
  largest = PICTURES["1080p"],
  foveation = DEFAULT_FOVEATION,
  widestCanvas,
  onProgress = () => {},
  onTrouble,
  page = document,
}) {
  /** @type {Record<string, number>} */
  const rates = {};
  const startedMs = performance.now();
  for (let trial = nextTrial(rates, largest); trial; trial = nextTrial(rates, largest)) {
    const tried = Object.keys(rates).length;
    onProgress(Math.min(0.95, tried / USUAL_TRIALS));
    const clip = await fetchWhole(clips[trial.picture], { onTrouble });
    const attempt = { clip, description: { foveation, renderer: trial.renderer }, widestCanvas, page };
    let rate = await measuredWhileVisible(attempt);
    if (rate >= NEARLY && rate < KEEPS && performance.now() - startedMs < REPEAT_WITHIN_MS) {
      rate = Math.max(rate, await measuredWhileVisible(attempt));
    }
    rates[named(trial)] = Math.floor(rate * 10) / 10; // never rounded up to what was not kept
  }
  onProgress(1);
  return { ...choose(rates, largest), rates };
}

/**
 * @typedef {{clip: Blob, description: import("./sizes.js").Description, widestCanvas?: number, page: Document}} Attempt
 */

/** @param {Attempt} attempt */
async function measuredWhileVisible(attempt) {
  for (;;) {
    await visible(attempt.page);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const rate = await measureOnce(attempt);
    if (rate !== null) return rate;
  }
}

/** @param {Document} page */
function visible(page) {
  if (page.visibilityState === "visible") return;
  return new Promise((resolve) => {
    const look = () => {
      if (page.visibilityState !== "visible") return;
      page.removeEventListener("visibilitychange", look);
      resolve(undefined);
    };
    page.addEventListener("visibilitychange", look);
  });
}

/**
 * Frames shown of 30; null when the page was hidden meanwhile, and 0 when the renderer or the clip did not start.
 * @param {Attempt} attempt
 */
async function measureOnce({ clip, description, widestCanvas, page }) {
  const stage = new Stage(page, clip);
  const watching = new AbortController();
  const hidden = new Promise((resolve) => {
    const look = () => page.visibilityState !== "visible" && resolve(null);
    page.addEventListener("visibilitychange", look, { signal: watching.signal });
  });
  const tooLong = new Promise((resolve) => setTimeout(resolve, TRIAL_WITHIN_MS, 0));
  try {
    return /** @type {number | null} */ (
      await Promise.race([hidden, tooLong, stage.play({ description, widestCanvas })])
    );
  } finally {
    watching.abort();
    stage.remove();
  }
}

/** The clip as a trial shows it, behind what the page says: what nobody sees costs a browser nothing. */
class Stage {
  #animation = 0;
  /** @type {import("./foveation.js").Foveation | null} */
  #foveation = null;

  /** @param {Document} page @param {Blob} clip */
  constructor(page, clip) {
    this.element = page.createElement("div");
    this.element.className = "stage drawing-check";
    this.element.setAttribute("aria-hidden", "true");
    this.element.style.zIndex = "-1";
    this.video = page.createElement("video");
    Object.assign(this.video, { muted: true, playsInline: true, src: URL.createObjectURL(clip) });
    this.canvas = page.createElement("canvas");
    this.element.append(this.video, this.canvas);
    page.body.append(this.element);
  }

  /** @param {{description: import("./sizes.js").Description, widestCanvas?: number}} options */
  async play({ description, widestCanvas }) {
    const { video } = this;
    const opened = await new Promise((resolve) => {
      video.addEventListener("canplaythrough", () => resolve(true), { once: true });
      video.addEventListener("error", () => resolve(false), { once: true });
    });
    if (!opened) return 0;
    const foveation = openFoveation({ canvas: this.canvas, video, description, widestCanvas });
    this.#foveation = foveation;
    if (foveation.kind !== description.renderer) return 0;
    this.#fit(foveation.canvas);
    const refused = new Promise((resolve) => video.play().catch(() => resolve(0)));
    return Promise.race([refused, this.#run(foveation)]);
  }

  remove() {
    cancelAnimationFrame(this.#animation);
    this.#foveation?.stop();
    this.video.pause();
    URL.revokeObjectURL(this.video.src);
    this.video.removeAttribute("src");
    this.video.load();
    this.element.remove();
  }

  /**
   * Draws as a trial does: once an animation frame, and counts the frames that were new.
   * @param {import("./foveation.js").Foveation} foveation
   * @returns {Promise<number>}
   */
  #run(foveation) {
    const { video } = this;
    const wanted = foveation.kind;
    /** @type {number | null} */
    let fresh = null;
    /** From the first frame on: how long a decoder takes to begin says nothing of drawing. @type {FramesKept | null} */
    let kept = null;
    const see = (/** @type {number} */ _ms, /** @type {VideoFrameCallbackMetadata} */ frame) => {
      fresh = frame.mediaTime;
      foveation.newFrame();
      video.requestVideoFrameCallback(see);
    };
    video.requestVideoFrameCallback(see);
    return new Promise((resolve, reject) => {
      const draw = (/** @type {number} */ ms) => {
        this.#animation = requestAnimationFrame(draw);
        try {
          foveation.draw(cursorAt(ms, video));
        } catch (error) {
          reject(error);
        }
        if (foveation.kind !== wanted) resolve(0); // it was lost: what is seen now is the other one's work
        if (fresh !== null) {
          kept ??= new FramesKept({ fps: FPS, measureMs: MEASURE_MS, nowMs: ms });
          kept.show(ms, fresh);
        }
        fresh = null;
        if (kept?.done(ms) || video.ended) resolve(kept?.rate(ms) ?? 0);
      };
      this.#animation = requestAnimationFrame(draw);
    });
  }

  /** As large as it stands in a trial. @param {HTMLCanvasElement} canvas */
  #fit(canvas) {
    Object.assign(canvas.style, { width: "100%", height: "100%", objectFit: "contain" });
  }
}

/** @param {number} ms @param {HTMLVideoElement} video @returns {{x: number, y: number}} video px */
function cursorAt(ms, { videoWidth: width, videoHeight: height }) {
  const angle = (2 * Math.PI * ms) / ROUND_MS;
  return { x: width / 2 + 0.3 * height * Math.cos(angle), y: height / 2 + 0.3 * height * Math.sin(angle) };
}

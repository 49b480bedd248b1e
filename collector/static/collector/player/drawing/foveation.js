/**
 * Draws the clip blurred, with a clear, soft-edged window at the cursor, by the renderer that the device check chose.
 *
 * All sizes are in video pixels, so that the picture is the same whatever the screen; both renderers draw the same
 * picture to within the limits that their tests state. A renderer that is lost in the middle of a clip is replaced by
 * the other one in the very call of `draw` that finds it lost.
 */

import { containedSize } from "../viewport.js";
import { Canvas2D } from "./canvas2d.js";
import { canvasSize, foveationSizes, pxPerDegree, usesDegrees } from "./sizes.js";
import { RendererUnavailable, WebGL2 } from "./webgl2.js";

/**
 * @typedef {"webgl2" | "2d"} Kind
 *
 * @typedef {object} Options
 * @property {HTMLCanvasElement} canvas what the observer sees; another may take its place, see `Foveation.canvas`
 * @property {HTMLVideoElement} video opened, never seen itself
 * @property {import("./sizes.js").Description} description
 * @property {number} [widestCanvas] px, for computers that cannot fill every pixel in time
 * @property {(kind: Kind) => void} [onFallback] called when the renderer was lost and another one draws on
 */

/**
 * Opens the drawing of one clip, on a canvas no larger than its box on the page can show. Sizes in degrees are those
 * of the moment of opening.
 * @param {Options} options
 */
export function openFoveation(options) {
  return new Foveation(options);
}

export class Foveation {
  #video;
  #description;
  #onFallback;
  #size;
  #degree;
  #lost = false;

  /** @param {Options} options */
  constructor({ canvas, video, description, widestCanvas = Infinity, onFallback = () => {} }) {
    this.#video = video;
    this.#description = description;
    this.#onFallback = onFallback;
    const picture = { width: video.videoWidth, height: video.videoHeight };
    const shown = shownSize(canvas, picture);
    this.#size = canvasSize(picture, { width: shown.width * devicePixelRatio }, widestCanvas);
    this.#degree = pxPerDegree(description, devicePixelRatio);
    /** Lengths in video px. */
    this.sizes = foveationSizes(description.foveation, picture, this.#degree.value * (picture.width / shown.width));
    /** The element on the page now. A canvas keeps the kind of its first renderer for ever, so another takes its place. */
    this.canvas = canvas;
    this.renderer = this.#open(description.renderer === "webgl2" ? "webgl2" : "2d");
  }

  /** @returns {Kind} what draws now */
  get kind() {
    return this.renderer.kind;
  }

  /** To be called at each presented frame: it is blurred once, the window moves more often. */
  newFrame() {
    this.renderer.newFrame();
  }

  /**
   * Draws, if frame or cursor have changed.
   * @param {{x: number, y: number}} cursor video px
   * @returns {boolean} whether anything was drawn
   */
  draw(cursor) {
    if (this.renderer.lost) this.#fallBack();
    return this.renderer.draw(cursor);
  }

  /** What was drawn and how, for the record; lengths in video px of the rendition that is shown. */
  facts() {
    const { sigma, radius, edge } = this.sizes;
    const { blurSize, gpu, grows } = this.renderer;
    return {
      renderer: this.kind,
      renderer_lost: this.#lost,
      gpu,
      canvas_width: this.canvas.width,
      canvas_height: this.canvas.height,
      blur_canvas_width: blurSize.width,
      blur_canvas_height: blurSize.height,
      blur_sigma_px: sigma,
      window_radius_px: radius,
      edge_px: edge,
      blur_grows: grows,
      ...(usesDegrees(this.#description.foveation) && {
        px_per_deg: this.#degree.value,
        px_per_deg_source: this.#degree.source,
      }),
    };
  }

  stop() {
    this.renderer.stop();
  }

  #fallBack() {
    this.renderer.stop();
    this.renderer = this.#openCanvas2D();
    this.#lost = true;
    this.#onFallback(this.kind);
  }

  /** @param {Kind} wanted */
  #open(wanted) {
    if (wanted === "2d") return this.#openCanvas2D();
    try {
      return this.#openWebGL2();
    } catch (error) {
      if (!(error instanceof RendererUnavailable)) throw error;
      return this.#openCanvas2D(); // the record names the renderer that drew
    }
  }

  #openCanvas2D() {
    if (!usable2D(this.canvas)) this.#replaceCanvas();
    const screen = usable2D(this.canvas);
    if (!screen) throw new Error("This browser draws on no canvas.");
    this.#resizeCanvas();
    return new Canvas2D({ canvas: this.canvas, screen, video: this.#video, sizes: this.sizes });
  }

  #openWebGL2() {
    if (!usableWebGL2(this.canvas)) this.#replaceCanvas();
    const gl = usableWebGL2(this.canvas);
    if (!gl) throw new RendererUnavailable("no WebGL2");
    this.#resizeCanvas();
    return new WebGL2({ canvas: this.canvas, gl, video: this.#video, sizes: this.sizes });
  }

  #resizeCanvas() {
    this.canvas.width = this.#size.width;
    this.canvas.height = this.#size.height;
  }

  #replaceCanvas() {
    const fresh = /** @type {HTMLCanvasElement} */ (this.canvas.cloneNode(false));
    this.canvas.replaceWith(fresh);
    this.canvas = fresh;
  }
}

/** @param {HTMLCanvasElement} canvas */
function usable2D(canvas) {
  return canvas.getContext("2d", { alpha: false });
}

/** @param {HTMLCanvasElement} canvas */
function usableWebGL2(canvas) {
  const gl = canvas.getContext("webgl2", {
    alpha: false,
    antialias: false,
    depth: false,
    powerPreference: "high-performance",
  });
  return gl?.isContextLost() ? null : gl;
}

/** How large the picture stands on the page, CSS px. @param {HTMLCanvasElement} canvas @param {import("./sizes.js").Size} picture */
function shownSize(canvas, picture) {
  const box = canvas.parentElement;
  if (!box?.clientWidth || !box.clientHeight) return picture; // it is not laid out: as many px as it has
  return containedSize({ width: box.clientWidth, height: box.clientHeight }, picture);
}

/**
 * Draws the blurred picture with its clear window on a 2D canvas: for computers without a graphics card.
 *
 * The blur is made on a small canvas and drawn up. What costs time is the number of pixels touched, so a new frame
 * redraws everything, and a cursor that moved redraws only where the window was and where it is.
 */

import { reduction } from "./sizes.js";

/** @typedef {{x: number, y: number}} Point */

/**
 * The blur's sigma on the small canvas, the drawing up included, which leaves the square root of 6 to the filter.
 * Browsers without a graphics card put three boxes of whole pixels in a Gaussian's place; three of 5 px have just
 * this variance, (25 - 1) / 12 each, so that all browsers draw one blur. Much less would show as blocks.
 */
const SMALL_SIGMA_PX = 2.5;
/** A Gaussian beyond three sigma is nothing that 8 bits can hold. */
const SIGMA_REACH = 3;

export class Canvas2D {
  /** @type {"2d"} */
  kind = "2d";
  gpu = "";
  /** This renderer draws one blur for all distances. */
  grows = false;
  #frameIsNew = true;
  /** @type {Rectangle} */
  #windowWas = { left: 0, top: 0, width: 0, height: 0 };

  /**
   * @param {object} options
   * @param {HTMLCanvasElement} options.canvas sized already
   * @param {CanvasRenderingContext2D} options.screen of this canvas
   * @param {HTMLVideoElement} options.video
   * @param {import("./sizes.js").FoveationSizes} options.sizes
   */
  constructor({ canvas, screen, video, sizes }) {
    this.canvas = canvas;
    this.video = video;
    this.scale = { x: canvas.width / video.videoWidth, y: canvas.height / video.videoHeight };
    this.screen = screen;
    /** The frame that is shown, held: the video itself may have gone on by the time that the cursor moves. */
    this.frame = newContext(canvas);
    if (this.scale.x < 0.5) this.frame.imageSmoothingQuality = "medium"; // the fastest would leave pixels out
    this.blur = new SmallBlur(canvas, sizes.sigma * this.scale.x);
    this.blurSize = this.blur.size;
    const width = 2 * Math.ceil(sizes.radius * this.scale.x) + 2;
    const height = 2 * Math.ceil(sizes.radius * this.scale.y) + 2;
    this.disc = softDisc({ width, height }, sizes, this.scale);
    this.window = newContext({ width, height });
  }

  /** To be called at each presented frame. */
  newFrame() {
    this.#frameIsNew = true;
  }

  /**
   * @param {Point} cursor video px
   * @returns {boolean} false when nothing has changed since the last time, and nothing was drawn
   */
  draw(cursor) {
    const { width, height } = this.disc;
    const left = Math.round(cursor.x * this.scale.x - width / 2);
    const top = Math.round(cursor.y * this.scale.y - height / 2);
    const was = this.#windowWas;
    if (!this.#frameIsNew && left === was.left && top === was.top) return false;
    if (this.#frameIsNew) {
      this.frame.drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
      this.blur.take(this.frame.canvas);
      this.#drawBlurred();
    } else {
      this.#drawBlurredWithin(was);
    }
    this.#drawWindow(left, top);
    this.#windowWas = { left, top, width, height };
    this.#frameIsNew = false;
    return true;
  }

  /** Nothing to let go of: canvases go with the last reference. */
  stop() {}

  get lost() {
    return false;
  }

  #drawBlurred() {
    this.blur.drawOn(this.screen, this.canvas);
  }

  /** @param {Rectangle} part canvas px */
  #drawBlurredWithin({ left, top, width, height }) {
    this.screen.save();
    this.screen.beginPath();
    this.screen.rect(left, top, width, height);
    this.screen.clip();
    this.#drawBlurred();
    this.screen.restore();
  }

  /** @param {number} left canvas px @param {number} top canvas px */
  #drawWindow(left, top) {
    const { window } = this;
    window.globalCompositeOperation = "copy";
    window.drawImage(this.frame.canvas, -left, -top);
    window.globalCompositeOperation = "destination-in";
    window.drawImage(this.disc, 0, 0);
    this.screen.drawImage(window.canvas, left, top);
  }
}

/** @typedef {{left: number, top: number, width: number, height: number}} Rectangle */

/** A picture, blurred, on a canvas much smaller than it. */
class SmallBlur {
  /** @param {import("./sizes.js").Size} picture px @param {number} sigma its px */
  constructor(picture, sigma) {
    const { steps, sigmaX, sigmaY } = reduction(picture, sigma, SMALL_SIGMA_PX);
    this.size = steps[steps.length - 1];
    const { width, height } = this.size;
    this.steps = steps.map((size) => newContext(size));
    this.margin = Math.ceil(SIGMA_REACH * Math.max(sigmaX, sigmaY)) + 1;
    const widened = { width: width + 2 * this.margin, height: height + 2 * this.margin };
    this.widened = newContext(widened);
    this.blurred = newContext(widened);
    this.blurred.filter = `blur(${Math.sqrt((sigmaX ** 2 + sigmaY ** 2) / 2)}px)`;
  }

  /** @param {HTMLCanvasElement} picture */
  take(picture) {
    let source = picture;
    for (const step of this.steps) {
      step.drawImage(source, 0, 0, step.canvas.width, step.canvas.height);
      source = step.canvas;
    }
    this.#widen();
    this.blurred.globalCompositeOperation = "copy";
    this.blurred.drawImage(this.widened.canvas, 0, 0);
  }

  /** The picture goes on mirrored outside its borders, or the blur would mix in nothing and darken them. */
  #widen() {
    const { width, height } = this.size;
    const { margin, widened } = this;
    const { canvas: small } = this.steps[this.steps.length - 1];
    const { canvas: whole } = widened;
    widened.drawImage(small, 0, 0, whole.width, whole.height); // for pictures that are smaller than the margin
    widened.drawImage(small, margin, margin);
    for (const left of [margin, margin + width]) {
      widened.setTransform(-1, 0, 0, 1, 2 * left, 0);
      widened.drawImage(small, margin, margin);
    }
    for (const top of [margin, margin + height]) {
      widened.setTransform(1, 0, 0, -1, 0, 2 * top);
      widened.drawImage(whole, 0, margin, whole.width, height, 0, margin, whole.width, height);
    }
    widened.resetTransform();
  }

  /** @param {CanvasRenderingContext2D} screen @param {import("./sizes.js").Size} size of the screen, canvas px */
  drawOn(screen, size) {
    const { width, height } = this.size;
    const { margin } = this;
    screen.drawImage(this.blurred.canvas, margin, margin, width, height, 0, 0, size.width, size.height);
  }
}

/**
 * Opaque up to clearRadius, then a linear ramp to nothing at radius (as OpenSAL360 draws it). Made once a clip.
 * @param {import("./sizes.js").Size} size canvas px
 * @param {import("./sizes.js").FoveationSizes} sizes video px
 * @param {Point} scale canvas px a video px
 */
function softDisc({ width, height }, { radius, clearRadius }, scale) {
  const disc = newContext({ width, height });
  const ramp = disc.createRadialGradient(0, 0, clearRadius, 0, 0, radius);
  ramp.addColorStop(0, "rgb(0 0 0 / 1)");
  ramp.addColorStop(1, "rgb(0 0 0 / 0)");
  disc.setTransform(scale.x, 0, 0, scale.y, width / 2, height / 2);
  disc.fillStyle = ramp;
  disc.fillRect(-radius, -radius, 2 * radius, 2 * radius);
  return disc.canvas;
}

/** @param {import("./sizes.js").Size} size px */
function newContext({ width, height }) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser draws on no canvas.");
  return context;
}

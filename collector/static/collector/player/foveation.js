/**
 * Draws the clip blurred, with a clear, soft-edged window at the cursor.
 *
 * All sizes are in video pixels, so that every observer sees the same picture whatever the screen. The blur is
 * made on a small canvas and drawn up: on a laptop without a graphics card this keeps every frame, where a blur
 * at full size loses some.
 */

/** The blur's sigma on the small canvas, in its pixels: below about 2 the drawing up shows as blocks. */
const SMALL_SIGMA_PX = 2.5;
/** A Gaussian beyond three sigma is nothing the eye can see. */
const SIGMA_REACH = 3;

/**
 * The sizes of one foveated picture, from the study's shares of the picture's width.
 * @param {{blur_sigma_share: number, window_radius_share: number, edge_share: number}} shares
 * @param {{width: number, height: number}} picture video px
 * @returns sigma, radius (where the window ends) and clearRadius (where its ramp begins) in video px; the small
 *   canvas in its own px: `scale` small px a video px, `width`, `height`, `margin` around it, `sigma`
 */
export function foveationSizes(shares, picture) {
  const sigma = shares.blur_sigma_share * picture.width;
  const radius = shares.window_radius_share * picture.width;
  const clearRadius = Math.max(0, radius - shares.edge_share * picture.width);
  const scale = Math.min(1, SMALL_SIGMA_PX / sigma);
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const smallSigma = sigma * (width / picture.width);
  return {
    sigma,
    radius,
    clearRadius,
    small: { width, height, sigma: smallSigma, margin: Math.ceil(SIGMA_REACH * smallSigma) },
  };
}

export class Foveation {
  /**
   * @param {object} options
   * @param {HTMLCanvasElement} options.canvas what the observer sees
   * @param {HTMLVideoElement} options.video never seen itself
   * @param {{blur_sigma_share: number, window_radius_share: number, edge_share: number}} options.shares
   */
  constructor({ canvas, video, shares }) {
    this.video = video;
    this.canvas = canvas;
    this.picture = { width: video.videoWidth, height: video.videoHeight };
    this.sizes = foveationSizes(shares, this.picture);
    canvas.width = this.picture.width;
    canvas.height = this.picture.height;
    this.screen = canvas.getContext("2d", { alpha: false });
    const { width, height, margin } = this.sizes.small;
    this.reduced = context(width + 2 * margin, height + 2 * margin);
    this.blurred = context(width + 2 * margin, height + 2 * margin);
    const diameter = 2 * Math.ceil(this.sizes.radius) + 2;
    this.window = context(diameter, diameter);
    this.mask = softDisc(diameter, this.sizes);
    this.frameIsNew = true;
  }

  /** Is the browser able to blur on a canvas? */
  static supported(document = globalThis.document) {
    return typeof document.createElement("canvas").getContext("2d")?.filter === "string";
  }

  /** To be called at each presented frame: the blur is made once a frame, the window moves more often. */
  newFrame() {
    this.frameIsNew = true;
  }

  /** @param {{x: number, y: number} | null} cursor video px; null draws the blur alone */
  draw(cursor) {
    if (this.frameIsNew) this.#blur();
    const { width, height, margin } = this.sizes.small;
    this.screen.drawImage(
      this.blurred.canvas, margin, margin, width, height, 0, 0, this.picture.width, this.picture.height,
    );
    if (cursor) this.#clear(cursor);
  }

  #blur() {
    const { width, height, margin, sigma } = this.sizes.small;
    const whole = this.reduced.canvas;
    // Outside the picture the blur would see nothing and darken the borders: a stretched copy stands there.
    this.reduced.drawImage(this.video, 0, 0, whole.width, whole.height);
    this.reduced.drawImage(this.video, margin, margin, width, height);
    this.blurred.filter = `blur(${sigma}px)`;
    this.blurred.drawImage(whole, 0, 0);
    this.frameIsNew = false;
  }

  #clear({ x, y }) {
    const { canvas } = this.window;
    const left = Math.round(x - canvas.width / 2);
    const top = Math.round(y - canvas.height / 2);
    this.window.globalCompositeOperation = "copy";
    this.window.drawImage(
      this.video, left, top, canvas.width, canvas.height, 0, 0, canvas.width, canvas.height,
    );
    this.window.globalCompositeOperation = "destination-in";
    this.window.drawImage(this.mask, 0, 0);
    this.screen.drawImage(canvas, left, top);
  }
}

function context(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas.getContext("2d");
}

/** Opaque up to clearRadius, then a linear ramp to nothing at radius (as OpenSAL360 draws it). */
function softDisc(diameter, { radius, clearRadius }) {
  const disc = context(diameter, diameter);
  const middle = diameter / 2;
  const ramp = disc.createRadialGradient(middle, middle, clearRadius, middle, middle, radius);
  ramp.addColorStop(0, "rgb(0 0 0 / 1)");
  ramp.addColorStop(1, "rgb(0 0 0 / 0)");
  disc.fillStyle = ramp;
  disc.fillRect(0, 0, diameter, diameter);
  return disc.canvas;
}

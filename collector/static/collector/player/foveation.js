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

/**
 * How many pixels the picture is drawn with: no more than it has, nor than the screen shows, nor than a slow
 * computer was found to keep up with.
 * @param {{width: number, height: number}} picture video px
 * @param {{width: number}} shown size on the screen, device px
 * @param {number} widest canvas px
 * @returns {number} canvas px a video px, at most 1
 */
export function drawingScale(picture, shown, widest = Infinity) {
  return Math.min(1, shown.width / picture.width, widest / picture.width);
}

/**
 * Opens the drawing of one clip on a canvas as large as the screen can show and the computer can fill.
 * @param {{canvas: HTMLCanvasElement, video: HTMLVideoElement, description: any, widestCanvas: number,
 *   onFallback: (kind: string) => void}} options
 */
export function openFoveation({ canvas, video, description, widestCanvas }) {
  const picture = { width: video.videoWidth, height: video.videoHeight };
  const stage = canvas.parentElement;
  const box = Math.min(stage.clientWidth / picture.width, stage.clientHeight / picture.height);
  const scale = drawingScale(picture, { width: box * picture.width * devicePixelRatio }, widestCanvas);
  return new Foveation({ canvas, video, scale, shares: description.foveation });
}

export class Foveation {
  kind = "2d";

  /**
   * @param {object} options
   * @param {HTMLCanvasElement} options.canvas what the observer sees
   * @param {HTMLVideoElement} options.video never seen itself
   * @param {{blur_sigma_share: number, window_radius_share: number, edge_share: number}} options.shares
   * @param {number} options.scale canvas px a video px, from drawingScale
   */
  constructor({ canvas, video, shares, scale }) {
    Object.assign(this, { canvas, video, scale });
    this.picture = { width: video.videoWidth, height: video.videoHeight };
    this.sizes = foveationSizes(shares, this.picture);
    canvas.width = Math.round(this.picture.width * scale);
    canvas.height = Math.round(this.picture.height * scale);
    this.screen = canvas.getContext("2d", { alpha: false });
    const { width, height, margin } = this.sizes.small;
    this.reduced = context(width, height);
    this.widened = context(width + 2 * margin, height + 2 * margin);
    this.blurred = context(width + 2 * margin, height + 2 * margin);
    const diameter = 2 * Math.ceil(this.sizes.radius * scale) + 2;
    this.window = context(diameter, diameter);
    this.mask = softDisc(diameter, this.sizes, scale);
    this.frameIsNew = true;
  }

  /** To be called at each presented frame: the blur is made once a frame, the window moves more often. */
  newFrame() {
    this.frameIsNew = true;
  }

  facts() {
    const { width, height } = this.canvas;
    return { renderer: this.kind, canvas_width: width, canvas_height: height };
  }

  stop() {}

  /** @param {{x: number, y: number}} cursor video px */
  draw(cursor) {
    if (this.frameIsNew) this.#blur();
    const { width, height, margin } = this.sizes.small;
    this.screen.drawImage(
      this.blurred.canvas, margin, margin, width, height, 0, 0, this.canvas.width, this.canvas.height,
    );
    this.#clear(cursor);
  }

  #blur() {
    const { width, height, margin, sigma } = this.sizes.small;
    const whole = this.widened.canvas;
    this.reduced.drawImage(this.video, 0, 0, width, height);
    // Outside the picture the blur would see nothing and darken the borders: a stretched copy stands there.
    this.widened.drawImage(this.reduced.canvas, 0, 0, whole.width, whole.height);
    this.widened.drawImage(this.reduced.canvas, margin, margin);
    this.blurred.filter = `blur(${sigma}px)`;
    this.blurred.drawImage(whole, 0, 0);
    this.frameIsNew = false;
  }

  #clear({ x, y }) {
    const { canvas } = this.window;
    const left = Math.round(x * this.scale - canvas.width / 2);
    const top = Math.round(y * this.scale - canvas.height / 2);
    const from = [left, top, canvas.width, canvas.height].map((length) => length / this.scale);
    this.window.globalCompositeOperation = "copy";
    this.window.drawImage(this.video, ...from, 0, 0, canvas.width, canvas.height);
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
function softDisc(diameter, { radius, clearRadius }, scale) {
  const disc = context(diameter, diameter);
  const middle = diameter / 2;
  const ramp = disc.createRadialGradient(middle, middle, clearRadius * scale, middle, middle, radius * scale);
  ramp.addColorStop(0, "rgb(0 0 0 / 1)");
  ramp.addColorStop(1, "rgb(0 0 0 / 0)");
  disc.fillStyle = ramp;
  disc.fillRect(0, 0, diameter, diameter);
  return disc.canvas;
}

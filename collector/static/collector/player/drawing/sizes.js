/** How large everything is: the study's shares or degrees become lengths in video pixels, and canvases in theirs. */

/** CSS px an inch, by definition of the CSS pixel; cm an inch. */
const CSS_PX_PER_CM = 96 / 2.54;
/** What a reduction adds to a blur, in squared px of the small picture: the variance of a box of one px. */
const BOX_VARIANCE = 1 / 12;
/** And what drawing up adds: the mean over all places between two px of the variance of linear interpolation. */
const LINEAR_VARIANCE = 1 / 6;
/** One step of a reduction samples four px of the larger picture: beyond this factor it would leave some out. */
const LARGEST_STEP = 2 * Math.SQRT2;

/**
 * @typedef {{width: number, height: number}} Size
 *
 * @typedef {object} Foveation the study's wishes; of each size either the share of the picture's width or the angle
 * @property {number | null} [blur_sigma_share]
 * @property {number | null} [blur_sigma_deg]
 * @property {number | null} [window_radius_share]
 * @property {number | null} [window_radius_deg]
 * @property {number | null} [edge_share]
 * @property {number | null} [edge_deg]
 * @property {boolean} [blur_grows]
 *
 * @typedef {object} Description what next-trial says about drawing
 * @property {Foveation} foveation
 * @property {"webgl2" | "2d" | ""} [renderer]
 * @property {{distance_cm: number}} [viewing]
 * @property {number | null} [px_per_deg] CSS px a degree, where the screen was calibrated
 * @property {number | null} [px_per_deg_dpr] device px a CSS px at the calibration
 *
 * @typedef {object} FoveationSizes lengths in video px
 * @property {number} sigma of the Gaussian
 * @property {number} radius where the clear window has ended
 * @property {number} clearRadius where its ramp begins
 * @property {number} edge width of the ramp
 * @property {boolean} grows whether the blur grows beyond the window
 *
 * @typedef {object} Reduction a smaller picture on which a blur is cheap
 * @property {Size[]} steps sizes on the way, px, the last one is the small picture's; each at least half the one before
 * @property {number} sigmaX what is left to blur, in px of the small picture
 * @property {number} sigmaY
 */

/**
 * CSS px a degree of visual angle in the middle of the screen, and where the number comes from. A screen that was
 * not calibrated is taken to have 96 px an inch. Of one that was, zooming since has changed the size of a CSS px.
 * @param {Description} description
 * @param {number} dpr device px a CSS px now
 * @returns {{value: number, source: "calibrated" | "assumed"}}
 */
export function pxPerDegree({ px_per_deg: measured, px_per_deg_dpr: measuredDpr, viewing }, dpr) {
  if (measured) return { value: (measured * (measuredDpr || dpr)) / dpr, source: "calibrated" };
  const distanceCm = viewing?.distance_cm ?? 60;
  return { value: 2 * distanceCm * Math.tan(Math.PI / 360) * CSS_PX_PER_CM, source: "assumed" };
}

/** @param {Foveation} foveation */
export function usesDegrees(foveation) {
  return [foveation.blur_sigma_deg, foveation.window_radius_deg, foveation.edge_deg].some((angle) => angle != null);
}

/**
 * @param {Foveation} foveation
 * @param {Size} picture video px
 * @param {number} videoPxPerDegree as it is shown now
 * @returns {FoveationSizes}
 */
export function foveationSizes(foveation, picture, videoPxPerDegree) {
  const length = (/** @type {"blur_sigma" | "window_radius" | "edge"} */ name) => {
    const degrees = foveation[`${name}_deg`];
    if (degrees != null) return degrees * videoPxPerDegree;
    const share = foveation[`${name}_share`];
    if (share == null) throw new Error(`The study says no ${name}.`);
    return share * picture.width;
  };
  const radius = length("window_radius");
  const edge = Math.min(radius, length("edge"));
  return {
    sigma: length("blur_sigma"), radius, edge, clearRadius: radius - edge, grows: foveation.blur_grows ?? false,
  };
}

/**
 * How many pixels the picture is drawn with: no more than it has, nor than the screen shows, nor than a slow
 * computer was found to keep up with.
 * @param {Size} picture video px
 * @param {{width: number}} shown size on the screen, device px
 * @param {number} [widest] canvas px
 * @returns {Size} canvas px
 */
export function canvasSize(picture, shown, widest = Infinity) {
  const scale = Math.min(1, shown.width / picture.width, widest / picture.width);
  return { width: atLeastOne(picture.width * scale), height: atLeastOne(picture.height * scale) };
}

/**
 * How a blur of `sigma` is made on a picture so small that `smallSigma` of its px are left to blur.
 *
 * A Gaussian of several px survives the way down and up again: what the two add to it is known, is subtracted here,
 * and the sum is a Gaussian again to within the limits that the tests state.
 * @param {Size} picture px
 * @param {number} sigma px of that picture
 * @param {number} smallSigma px of the small picture
 * @returns {Reduction}
 */
export function reduction(picture, sigma, smallSigma) {
  const factor = Math.max(1, sigma / smallSigma);
  const small = { width: atLeastOne(picture.width / factor), height: atLeastOne(picture.height / factor) };
  /** @type {Size[]} */
  const steps = [small];
  const larger = (/** @type {Size} */ size) => ({ width: size.width * 2, height: size.height * 2 });
  while (picture.width / steps[0].width > LARGEST_STEP) steps.unshift(larger(steps[0]));
  return {
    steps,
    sigmaX: leftToBlur(sigma, picture.width / small.width),
    sigmaY: leftToBlur(sigma, picture.height / small.height),
  };
}

/**
 * The next level of a blur that grows: half the size of a picture that is blurred by `sigma` already, and what is
 * left to blur on it so that twice that sigma is seen.
 * @param {Size} picture px
 * @param {Size} finer px
 * @param {number} sigma px of the picture
 * @returns {{size: Size, sigmaX: number, sigmaY: number}} sigmas in px of the new size
 */
export function coarser(picture, finer, sigma) {
  const size = { width: atLeastOne(finer.width / 2), height: atLeastOne(finer.height / 2) };
  return {
    size,
    sigmaX: leftToGrow(sigma, picture.width / finer.width, picture.width / size.width),
    sigmaY: leftToGrow(sigma, picture.height / finer.height, picture.height / size.height),
  };
}

/** @param {number} sigma px @param {number} factor px a small px @returns {number} small px */
function leftToBlur(sigma, factor) {
  return Math.sqrt(Math.max(0, (sigma / factor) ** 2 - boxVariance(factor) - linearVariance(factor)));
}

/** @param {number} sigma px @param {number} finer px a px @param {number} coarse px a px @returns {number} coarse px */
function leftToGrow(sigma, finer, coarse) {
  const there = sigma ** 2 - linearVariance(finer) * finer ** 2; // it is not drawn up before it is made smaller
  const step = boxVariance(coarse / finer) + linearVariance(coarse);
  return Math.sqrt(Math.max(0, ((2 * sigma) ** 2 - there) / coarse ** 2 - step));
}

/** @param {number} factor of the reduction; none adds nothing @returns {number} small px squared */
function boxVariance(factor) {
  return BOX_VARIANCE * (1 - 1 / factor ** 2);
}

/** @param {number} factor of the drawing up @returns {number} small px squared */
function linearVariance(factor) {
  return LINEAR_VARIANCE * (1 - 1 / factor ** 2);
}

/** @param {number} length */
function atLeastOne(length) {
  return Math.max(1, Math.round(length));
}

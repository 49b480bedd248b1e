// The saliency map of a frame, made again from its fixation points: a Gaussian on each point, added up, the
// highest value hottest. Computed on a coarse grid, which such a smooth field does not show.

const GRID_WIDTH = 160;
const REACH_SIGMAS = 4; // beyond, a Gaussian adds less than a hottest colour's step

/** Colours from cold to hot: share of the highest value, red, green, blue, opacity. */
const RAMP = [
  [0, 20, 20, 120, 0],
  [0.12, 40, 60, 200, 0.15],
  [0.35, 20, 170, 190, 0.45],
  [0.6, 120, 210, 70, 0.55],
  [0.8, 250, 190, 40, 0.65],
  [1, 230, 40, 30, 0.75],
];

/**
 * A field of sums of Gaussians, 0 to 1.
 * @param {Array<[number, number]>} points [row, column], video pixels
 * @param {number} width of the video, px @param {number} height of the video, px
 * @param {number} sigma of the Gaussian, video px
 * @returns {{width: number, height: number, values: Float32Array}} row by row
 */
export function heatField(points, width, height, sigma) {
  const scale = Math.min(1, GRID_WIDTH / width);
  const columns = Math.max(1, Math.round(width * scale));
  const rows = Math.max(1, Math.round(height * scale));
  const spread = Math.max(0.5, sigma * scale);
  const reach = Math.ceil(REACH_SIGMAS * spread);
  const values = new Float32Array(columns * rows);
  for (const [row, column] of points) {
    const centreRow = (row + 0.5) * scale - 0.5;
    const centreColumn = (column + 0.5) * scale - 0.5;
    const firstRow = Math.max(0, Math.round(centreRow) - reach);
    const lastRow = Math.min(rows - 1, Math.round(centreRow) + reach);
    const firstColumn = Math.max(0, Math.round(centreColumn) - reach);
    const lastColumn = Math.min(columns - 1, Math.round(centreColumn) + reach);
    for (let r = firstRow; r <= lastRow; r += 1) {
      for (let c = firstColumn; c <= lastColumn; c += 1) {
        const distance = (r - centreRow) ** 2 + (c - centreColumn) ** 2;
        values[r * columns + c] += Math.exp(-distance / (2 * spread * spread));
      }
    }
  }
  const highest = values.reduce((most, value) => Math.max(most, value), 0);
  if (highest > 0) for (let i = 0; i < values.length; i += 1) values[i] /= highest;
  return { width: columns, height: rows, values };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{width: number, height: number, values: Float32Array}} field
 */
export function drawHeat(context, field) {
  const image = new ImageData(field.width, field.height);
  field.values.forEach((value, i) => image.data.set(colour(value), 4 * i));
  const small = new OffscreenCanvas(field.width, field.height);
  /** @type {OffscreenCanvasRenderingContext2D} */ (small.getContext("2d")).putImageData(image, 0, 0);
  context.imageSmoothingQuality = "high";
  context.drawImage(small, 0, 0, context.canvas.width, context.canvas.height);
}

/** @param {number} value 0 to 1 @returns {[number, number, number, number]} red, green, blue, opacity, 0 to 255 */
export function colour(value) {
  const upper = Math.max(1, RAMP.findIndex(([share]) => share >= value));
  const [below, above] = [RAMP[upper - 1], RAMP[upper]];
  const way = Math.min(1, Math.max(0, (value - below[0]) / (above[0] - below[0])));
  const [r, g, b, opacity] = [1, 2, 3, 4].map((i) => below[i] + way * (above[i] - below[i]));
  return [Math.round(r), Math.round(g), Math.round(b), Math.round(255 * opacity)];
}

// Fixation points of a frame: a bright dot with a dark rim, seen on any picture.

/**
 * @param {CanvasRenderingContext2D} context in video pixels
 * @param {Array<[number, number]>} points [row, column] of each point, video pixels
 */
export function drawPoints(context, points) {
  const radius = Math.max(2, context.canvas.width * 0.005);
  context.lineWidth = radius * 0.6;
  context.strokeStyle = "rgb(0 0 0 / 0.75)";
  context.fillStyle = "#ffe14d";
  for (const [row, column] of points) {
    context.beginPath();
    context.arc(column + 0.5, row + 0.5, radius, 0, 2 * Math.PI);
    context.stroke();
    context.fill();
  }
}

/** Runs the player's own Trial on a numbered clip and reads the numbers back from the canvas that it draws. */

import { Trial } from "/player/trial.js";

const stage = document.getElementById("stage");
const video = document.getElementById("clip");

/** The blocks as single pixels: as numbered clips have them, see frame_code.py. */
class NumberReader {
  constructor({ blocks, bandTop }) {
    this.blocks = blocks;
    this.bandTop = bandTop;
    const canvas = Object.assign(document.createElement("canvas"), { width: blocks, height: 1 });
    this.context = canvas.getContext("2d", { willReadFrequently: true });
  }

  /** The number that the canvas shows; null while it shows none. */
  read(canvas) {
    const { blocks, context } = this;
    const bandHeight = canvas.height * (1 - this.bandTop);
    const block = canvas.width / blocks;
    for (let i = 0; i < blocks; i += 1) {
      // The middle of each block: its borders are blurred into its neighbours'.
      const x = (i + 0.375) * block;
      const y = canvas.height * this.bandTop + bandHeight * 0.4;
      context.drawImage(canvas, x, y, block / 4, bandHeight / 5, i, 0, 1, 1);
    }
    const { data } = context.getImageData(0, 0, blocks, 1);
    const levels = Array.from({ length: blocks }, (_, i) => data[4 * i]);
    const [white, black] = [levels[0], levels[blocks - 1]];
    if (white - black < 100) return null;
    return levels.slice(1, -1).reduce((number, level) => 2 * number + Number(level > (white + black) / 2), 0);
  }
}

/**
 * Watches the clip once.
 * @returns the chunks as they would travel, for each callback when its frame was shown (page clock, ms) and the
 *   number on the canvas that it led to, and where the page clock begins (ms since the epoch)
 */
window.watchClip = async ({ url, code, description }) => {
  const chunks = [];
  const canvas = document.getElementById("picture");
  const onChunk = (_n, body) => chunks.push(JSON.parse(body));
  const trial = new Trial({ description, stage, canvas, video, onChunk });
  await trial.load(await (await fetch(url)).blob());
  const reader = new NumberReader(code);
  const shown = [];
  let shownMs = null;
  const see = (_now, frame) => {
    shownMs = frame.expectedDisplayTime;
    video.requestVideoFrameCallback(see);
  };
  const look = () => {
    animation = requestAnimationFrame(look); // asked for after the trial's own, so that it has drawn before us
    if (shownMs === null) return;
    shown.push([shownMs, reader.read(document.getElementById("picture"))]);
    shownMs = null;
  };
  video.requestVideoFrameCallback(see);
  const startedMs = performance.now();
  const running = trial.run({ timeStamp: startedMs, x: innerWidth / 2, y: innerHeight / 2 });
  shownMs ??= startedMs; // the first frame lay in the video already
  let animation = requestAnimationFrame(look);
  const report = await running;
  cancelAnimationFrame(animation);
  return { chunks, shown, report, timeOriginMs: performance.timeOrigin };
};
window.ready = true;

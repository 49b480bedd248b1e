// A clip with its fixation points and heat over it, to be played or gone through frame by frame.

import { drawHeat, heatField } from "./heat.js";
import { drawPoints } from "./points.js";

/**
 * What the page says of the clip.
 * @typedef {{clip: string, fps: [number, number], frames: number, width: number, height: number,
 *   fixations: string | null, sigma_px: number | null}} Replay
 */

const root = document.getElementById("replay");
const data = document.getElementById("replay-data");
if (root && data) start(root, JSON.parse(data.textContent ?? "{}"));

/** @param {HTMLElement} root @param {Replay} replay */
async function start(root, replay) {
  const video = /** @type {HTMLVideoElement} */ (root.querySelector("video"));
  const canvas = /** @type {HTMLCanvasElement} */ (root.querySelector("canvas"));
  const part = (name) => /** @type {HTMLElement} */ (root.querySelector(name));
  const play = /** @type {HTMLButtonElement} */ (part('[data-do="play"]'));
  const scrub = /** @type {HTMLInputElement} */ (part('[data-do="scrub"]'));
  const told = part('[data-show="frame"]');
  const counted = part('[data-show="points"]');
  const fps = replay.fps[0] / replay.fps[1];
  canvas.width = replay.width;
  canvas.height = replay.height;

  /** @type {Array<Array<[number, number]>>} points of each frame, as [row, column] in video pixels */
  let fixations = [];
  let frame = 0;

  const shown = (layer) => /** @type {HTMLInputElement | null} */ (root.querySelector(`[data-layer="${layer}"]`))?.checked;

  function draw() {
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.clearRect(0, 0, canvas.width, canvas.height);
    const points = fixations[frame] ?? [];
    if (shown("heat") && replay.sigma_px) {
      drawHeat(context, heatField(points, replay.width, replay.height, replay.sigma_px));
    }
    if (shown("points")) drawPoints(context, points);
    scrub.value = String(frame);
    told.textContent = `frame ${frame} of ${replay.frames}`;
    if (fixations.length) counted.textContent = `${points.length} fixation point${points.length === 1 ? "" : "s"}`;
    root.dataset.frame = String(frame);
  }

  /** @param {number} wanted */
  function show(wanted) {
    frame = Math.max(0, Math.min(replay.frames - 1, wanted));
    video.currentTime = (frame + 0.5) / fps; // the middle, so that no rounding lands on a neighbour
    draw();
  }

  /** @param {number} mediaTime seconds of the presented frame */
  function presented(mediaTime) {
    if (!video.paused) {
      frame = Math.max(0, Math.min(replay.frames - 1, Math.round(mediaTime * fps)));
      draw();
    }
  }

  function follow(_now, metadata) {
    presented(metadata.mediaTime);
    video.requestVideoFrameCallback(follow);
  }
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(follow);
  else video.addEventListener("timeupdate", () => presented(video.currentTime - 0.5 / fps));

  function playing() {
    play.textContent = video.paused ? "Play" : "Pause";
    play.setAttribute("aria-pressed", String(!video.paused));
  }
  for (const event of ["play", "pause", "ended"]) video.addEventListener(event, playing);

  play.addEventListener("click", () => (video.paused ? video.play() : video.pause()));
  const step = (by) => () => {
    video.pause();
    show(frame + by);
  };
  part('[data-do="back"]').addEventListener("click", step(-1));
  part('[data-do="forward"]').addEventListener("click", step(1));
  scrub.addEventListener("input", () => {
    video.pause();
    show(Number(scrub.value));
  });
  for (const box of root.querySelectorAll("[data-layer]")) box.addEventListener("change", draw);
  const sound = /** @type {HTMLInputElement | null} */ (root.querySelector('[data-do="sound"]'));
  sound?.addEventListener("change", () => (video.muted = !sound.checked));

  if (replay.fixations) {
    counted.textContent = "Fetching the fixation points…";
    try {
      const answer = await fetch(replay.fixations);
      if (!answer.ok) throw new Error(`the site answered ${answer.status}`);
      fixations = await answer.json();
    } catch (problem) {
      counted.textContent = `The fixation points could not be fetched: ${problem.message}. Load the page again.`;
      return;
    }
  }
  draw();
}

/** Plays clips as observers see them, and plainly, and tells which frames came when. */

import { measureDrawing } from "/player/drawing/measure.js";
import { Trial } from "/player/trial.js";

/** The hand goes round the picture's middle in this time. */
const ROUND_MS = 2_500;

/** A fresh stage, as an observer's page has it. @returns {{stage: HTMLElement, video: HTMLVideoElement, canvas: HTMLCanvasElement}} */
function setStage() {
  document.body.innerHTML = `
    <section class="stage"><video muted playsinline preload="auto"></video><canvas id="picture"></canvas></section>`;
  const [stage, video, canvas] = ["section", "video", "canvas"].map((name) => document.querySelector(name));
  video.muted = true;
  return { stage, video, canvas };
}

/** Moves the hand once an animation frame; returns how to stop it. */
function moveHand() {
  let animation = 0;
  const move = (ms) => {
    animation = requestAnimationFrame(move);
    const angle = (2 * Math.PI * ms) / ROUND_MS;
    const [clientX, clientY] = [0.5 + 0.2 * Math.cos(angle), 0.5 + 0.3 * Math.sin(angle)];
    const place = { clientX: clientX * innerWidth, clientY: clientY * innerHeight };
    for (const kind of ["pointermove", "pointerrawupdate"]) {
      document.documentElement.dispatchEvent(new PointerEvent(kind, { bubbles: true, pointerType: "mouse", ...place }));
    }
  };
  move(performance.now());
  return () => cancelAnimationFrame(animation);
}

/** The player's own trial. @returns for each frame that was drawn its time in the clip and on the page, µs */
window.watchDrawn = async ({ url, description }) => {
  const { stage, video, canvas } = setStage();
  const frames = [];
  const onChunk = (_n, body) => {
    const { marks } = JSON.parse(body);
    marks.media_us.forEach((mediaUs, i) => frames.push([mediaUs, marks.t_shown_us[i]]));
  };
  const trial = new Trial({ description, stage, canvas, video, onChunk });
  await trial.load(await (await fetch(url)).blob());
  const rest = moveHand();
  const { summary } = await trial.run({ timeStamp: performance.now(), x: innerWidth / 2, y: innerHeight / 2 });
  rest();
  return { frames, renderer: summary.renderer_lost ? description.renderer : summary.renderer };
};

/** The same clip in a video element that fills the window. */
window.watchPlain = async ({ url }) => {
  const { video, canvas } = setStage();
  canvas.remove();
  video.style.cssText = "width: 100%; height: 100%; opacity: 1";
  const frames = [];
  const see = (_now, { mediaTime, expectedDisplayTime }) => {
    frames.push([Math.round(mediaTime * 1e6), Math.round(expectedDisplayTime * 1e3)]);
    video.requestVideoFrameCallback(see);
  };
  video.src = URL.createObjectURL(await (await fetch(url)).blob());
  await new Promise((resolve) => video.addEventListener("canplaythrough", resolve, { once: true }));
  video.requestVideoFrameCallback(see);
  const over = new Promise((resolve) => video.addEventListener("ended", resolve));
  await video.play();
  await over;
  return { frames, renderer: "plain" };
};

/** What the device check chooses. */
window.check = (options) => {
  document.body.replaceChildren();
  return measureDrawing(options);
};

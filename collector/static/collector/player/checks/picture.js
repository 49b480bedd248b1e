/** Does a clip of the study's kind really show a picture? Some browsers promise a codec and then show nothing. */

import { outcome } from "./result.js";

/** What prepared clips are: H.264 High 4.0 with AAC-LC in MP4. */
const CLIP_TYPE = 'video/mp4; codecs="avc1.640028, mp4a.40.2"';
/** A clip of a few kilobytes must show its first frame within this time. */
const FIRST_FRAME_TIMEOUT_MS = 8_000;
/** The check clip is grey; a decoder that gives nothing leaves black or transparent pixels. */
const DARKEST = 8;

/**
 * Plays a tiny real clip and looks at the pixels of its first frame.
 * @param {string} url
 * @returns {Promise<import("./result.js").CheckResult>} value: what happened, `plays` when all is well
 */
export async function checkPicture(url, view = window) {
  const video = view.document.createElement("video");
  if (video.canPlayType(CLIP_TYPE) === "") return outcome(false, "codec");
  if (!("requestVideoFrameCallback" in video)) return outcome(false, "frame_callback");
  Object.assign(video, { muted: true, playsInline: true, src: url });
  const found = await new Promise((resolve) => {
    video.requestVideoFrameCallback(() => resolve(judgeFrame(video, view)));
    video.addEventListener("error", () => resolve("error"));
    view.setTimeout(() => resolve("timeout"), FIRST_FRAME_TIMEOUT_MS);
    video.play().catch(() => resolve("refused"));
  });
  video.removeAttribute("src");
  video.load();
  return outcome(found === "plays", found);
}

/**
 * @param {HTMLVideoElement} video
 * @param {Window} view
 * @returns {"plays" | "no_picture" | "black_picture"}
 */
function judgeFrame(video, view) {
  if (video.videoWidth === 0) return "no_picture";
  const canvas = view.document.createElement("canvas");
  canvas.width = canvas.height = 8;
  const context = canvas.getContext("2d");
  if (!context) return "no_picture";
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  return showsSomething(context.getImageData(0, 0, canvas.width, canvas.height).data) ? "plays" : "black_picture";
}

/**
 * Whether a drawn frame holds a picture at all.
 * @param {ArrayLike<number>} rgba bytes, four a pixel
 */
export function showsSomething(rgba) {
  for (let at = 0; at < rgba.length; at += 4) {
    if (rgba[at + 3] > 0 && Math.max(rgba[at], rgba[at + 1], rgba[at + 2]) > DARKEST) return true;
  }
  return false;
}

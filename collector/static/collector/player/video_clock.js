/**
 * Pairs the page clock with media time at each frame that reaches the screen (`requestVideoFrameCallback`).
 * `currentTime` read in an animation frame is off by up to several frames; a frame's own `mediaTime` is not.
 *
 * A clip that was loaded before it plays has presented its first frame already, and no callback comes for it once
 * playing begins. So the clock listens from before the loading on; the frame that stands in the video when the
 * recording starts gets the recording's first mark, shown from then on, because only then is it drawn.
 */

import { microseconds } from "./protocol.js";

/** No frame is drawn so long after a later one was told of: one frame later at most, which is the second of a clip. */
const FAR_BEHIND_US = 250_000;

/** Of this browser, as far as is known: a practice finds out for all clips after it. */
let framesTellTheirTime = true;

/**
 * Which frame the video gives to whoever draws from it at this moment.
 * @param {HTMLVideoElement} video
 * @returns {number | null} µs of media time; null where the browser gives out no frame
 */
function frameTimeNow(video) {
  if (!("VideoFrame" in globalThis)) return null;
  try {
    const frame = new VideoFrame(video);
    const { timestamp } = frame;
    frame.close();
    return timestamp;
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

/**
 * @typedef {object} Marks takes marks, as a ChunkBuffer does
 * @property {(tUs: number, tShownUs: number, mediaUs: number, presented: number) => void} mark
 */

export class VideoClock {
  /** @type {number | null} the browser's count of presented frames at the last mark */
  #presented = null;
  /** @type {{mediaTime: number, presentedFrames: number} | null} the frame that stands in the video */
  #standing = null;
  #recording = false;
  #handle = 0;

  /**
   * @param {object} options
   * @param {HTMLVideoElement} options.video
   * @param {Marks} options.sink
   * @param {() => void} options.onFrame called for each frame, to draw it
   * @param {() => number} [options.now] page clock, ms
   */
  constructor({ video, sink, onFrame, now = () => performance.now() }) {
    this.video = video;
    this.sink = sink;
    this.onFrame = onFrame;
    this.now = now;
    /** @type {number | null} page clock, ms */
    this.lastFrameMs = null;
    this.counts = { marks: 0, frames_skipped: 0 };
  }

  /** Notices frames from now on. To be called before the clip is loaded. */
  listen() {
    this.#handle = this.video.requestVideoFrameCallback((nowMs, frame) => {
      this.listen();
      this.#standing = frame;
      if (this.#recording) this.#take(nowMs, frame);
    });
  }

  /** Writes marks from now on, the first at once when the clip's first frame is there already. */
  start() {
    this.#recording = true;
    const nowMs = this.now();
    if (this.#standing) this.#mark(nowMs, nowMs, this.#standing);
  }

  stop() {
    this.#recording = false;
    this.video.cancelVideoFrameCallback(this.#handle);
  }

  /**
   * Where frames do not tell their time, the callback must be right. Firefox's comes one refresh of the screen before
   * its frame is what is drawn, if the frame is to be shown by then; the first animation frame is of this refresh.
   * @param {number} nowMs
   * @param {VideoFrameCallbackMetadata} frame
   */
  #take(nowMs, frame) {
    const { expectedDisplayTime: shownMs } = frame;
    if (framesTellTheirTime || shownMs <= nowMs) {
      this.#mark(nowMs, shownMs, frame);
      return;
    }
    const markLater = (/** @type {number} */ laterMs) => {
      const overtaken = frame.presentedFrames <= (this.#presented ?? 0);
      if (this.#recording && !overtaken) this.#mark(laterMs, shownMs, frame);
    };
    requestAnimationFrame(() => requestAnimationFrame(markLater));
  }

  /**
   * @param {number} nowMs
   * @param {number} shownMs
   * @param {{mediaTime: number, presentedFrames: number}} frame
   */
  #mark(nowMs, shownMs, { mediaTime, presentedFrames }) {
    // A step of presentedFrames above one means frames that were shown without a callback for them.
    if (this.#presented !== null) this.counts.frames_skipped += Math.max(0, presentedFrames - this.#presented - 1);
    this.#presented = presentedFrames;
    this.lastFrameMs = nowMs;
    const mediaUs = this.#mediaTimeNow(Math.round(mediaTime * 1e6));
    this.onFrame(); // at once behind the look: the frame that is drawn is the one that was looked at
    if (!this.#recording) return; // it could not be drawn
    this.counts.marks += 1;
    this.sink.mark(microseconds(nowMs), microseconds(shownMs), mediaUs, presentedFrames);
  }

  /**
   * A callback that a busy computer runs late tells of a frame that has passed (by 25 ms of other work one frame, by
   * 60 ms two), and what is drawn is a later one: so the frame itself is asked.
   * @param {number} toldUs what the callback said, µs of media time; it stands where the frame says nothing
   * @returns {number} µs of media time
   */
  #mediaTimeNow(toldUs) {
    const frameUs = framesTellTheirTime ? frameTimeNow(this.video) : null;
    if (frameUs === null) return toldUs;
    // Firefox (153 seen) says whole seconds as if they were µs, and asking costs it more than drawing.
    if (toldUs - frameUs > FAR_BEHIND_US) framesTellTheirTime = false;
    return framesTellTheirTime ? frameUs : toldUs;
  }
}

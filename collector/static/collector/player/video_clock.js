/**
 * Pairs the page clock with media time at each frame that reaches the screen (`requestVideoFrameCallback`).
 * `currentTime` read in an animation frame is off by up to several frames; a frame's own `mediaTime` is not.
 *
 * A clip that was loaded before it plays has presented its first frame already, and no callback comes for it once
 * playing begins. So the clock listens from before the loading on; the frame that stands in the video when the
 * recording starts gets the recording's first mark, shown from then on, because only then is it drawn.
 */

import { microseconds } from "./protocol.js";

/** No frame is drawn so long after a later one was told of. */
const FAR_BEHIND_US = 500_000;

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
  #framesTellTheirTime = true;
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
      if (this.#recording) this.#mark(nowMs, frame.expectedDisplayTime, frame);
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
   * @param {number} nowMs
   * @param {number} shownMs
   * @param {{mediaTime: number, presentedFrames: number}} frame
   */
  #mark(nowMs, shownMs, { mediaTime, presentedFrames }) {
    // A step of presentedFrames above one means frames that were shown without a callback for them.
    if (this.#presented !== null) this.counts.frames_skipped += Math.max(0, presentedFrames - this.#presented - 1);
    this.#presented = presentedFrames;
    this.lastFrameMs = nowMs;
    this.counts.marks += 1;
    const mediaUs = this.#mediaTimeNow(Math.round(mediaTime * 1e6));
    this.onFrame(); // at once behind the look: the frame that is drawn is the one that was looked at
    this.sink.mark(microseconds(nowMs), microseconds(shownMs), mediaUs, presentedFrames);
  }

  /**
   * A callback that a busy computer runs late tells of a frame that has passed (by 25 ms of other work one frame, by
   * 60 ms two), and what is drawn is a later one: so the frame itself is asked.
   * @param {number} toldUs what the callback said, µs of media time; it stands where the frame says nothing
   * @returns {number} µs of media time
   */
  #mediaTimeNow(toldUs) {
    const frameUs = this.#framesTellTheirTime ? frameTimeNow(this.video) : null;
    // Firefox (153 seen) says whole seconds as if they were µs, and asking costs it more than drawing. Elsewhere the
    // first frame, at 0, may still be the one to draw when the callback tells of the second.
    if (frameUs !== null && toldUs - frameUs > FAR_BEHIND_US) this.#framesTellTheirTime = false;
    return (this.#framesTellTheirTime && frameUs) || toldUs;
  }
}

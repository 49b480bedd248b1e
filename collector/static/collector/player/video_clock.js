/**
 * Pairs the page clock with media time at each frame that reaches the screen (`requestVideoFrameCallback`).
 * `currentTime` read in an animation frame is off by up to several frames; a frame's own `mediaTime` is not.
 */

import { microseconds } from "./protocol.js";

export class VideoClock {
  /**
   * @param {object} options
   * @param {HTMLVideoElement} options.video
   * @param {import("./buffer.js").ChunkBuffer} options.sink
   * @param {() => void} options.onFrame called after each mark
   */
  constructor({ video, sink, onFrame }) {
    this.video = video;
    this.sink = sink;
    this.onFrame = onFrame;
    this.running = false;
    this.handle = 0;
    this.lastPresented = null;
    this.lastFrameMs = null;
    this.counts = { marks: 0, frames_skipped: 0 };
  }

  start() {
    this.running = true;
    this.#ask();
  }

  stop() {
    this.running = false;
    this.video.cancelVideoFrameCallback(this.handle);
  }

  #ask() {
    this.handle = this.video.requestVideoFrameCallback((nowMs, frame) => {
      if (!this.running) return;
      this.#ask();
      this.#mark(nowMs, frame);
    });
  }

  #mark(nowMs, { expectedDisplayTime, mediaTime, presentedFrames }) {
    // A step of presentedFrames above one means frames that were shown without a callback for them.
    if (this.lastPresented !== null) this.counts.frames_skipped += Math.max(0, presentedFrames - this.lastPresented - 1);
    this.lastPresented = presentedFrames;
    this.lastFrameMs = nowMs;
    this.counts.marks += 1;
    this.sink.mark(
      microseconds(nowMs),
      microseconds(expectedDisplayTime),
      Math.round(mediaTime * 1e6),
      presentedFrames,
    );
    this.onFrame();
  }
}

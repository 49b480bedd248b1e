import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER, Sink } from "./doubles.mjs";

const { VideoClock } = await import(`${PLAYER}/video_clock.js`);

/** A video element that presents a frame when told to. */
class Video {
  #callback = null;

  requestVideoFrameCallback(callback) {
    this.#callback = callback;
    return 1;
  }

  cancelVideoFrameCallback() {
    this.#callback = null;
  }

  present(nowMs, frame) {
    const callback = this.#callback;
    this.#callback = null;
    callback?.(nowMs, frame);
  }
}

test("each presented frame is a mark of four integers", () => {
  const sink = new Sink();
  const video = new Video();
  new VideoClock({ video, sink, onFrame() {} }).start();
  video.present(1_000.25, { expectedDisplayTime: 1_016.7, mediaTime: 0.033367, presentedFrames: 2 });
  assert.deepEqual(sink.marks, [[1_000_250, 1_016_700, 33_367, 2]]);
});

test("frames that were never called back are counted as skipped", () => {
  const video = new Video();
  const clock = new VideoClock({ video, sink: new Sink(), onFrame() {} });
  clock.start();
  for (const presentedFrames of [5, 6, 9, 10]) {
    video.present(0, { expectedDisplayTime: 0, mediaTime: 0, presentedFrames });
  }
  assert.deepEqual(clock.counts, { marks: 4, frames_skipped: 2 });
});

test("no mark is written after the stop", () => {
  const sink = new Sink();
  const video = new Video();
  const clock = new VideoClock({ video, sink, onFrame() {} });
  clock.start();
  clock.stop();
  video.present(0, { expectedDisplayTime: 0, mediaTime: 0, presentedFrames: 1 });
  assert.equal(sink.marks.length, 0);
});

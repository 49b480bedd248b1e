import assert from "node:assert/strict";
import { test } from "node:test";

import { Clock, PLAYER, Sink, Video } from "./doubles.mjs";

const { VideoClock } = await import(`${PLAYER}/video_clock.js`);

const watching = () => {
  const sink = new Sink();
  const video = new Video();
  const page = new Clock();
  let frames = 0;
  const clock = new VideoClock({ video, sink, onFrame: () => (frames += 1), now: page.now });
  clock.listen();
  return { sink, video, page, clock, frames: () => frames };
};

test("each presented frame is a mark of four integers", () => {
  const { clock, sink, video, frames } = watching();
  clock.start();
  video.present(1_000.25, { expectedDisplayTime: 1_016.7, mediaTime: 0.033367, presentedFrames: 2 });
  assert.deepEqual(sink.marks, [[1_000_250, 1_016_700, 33_367, 2]]);
  assert.equal(frames(), 1);
});

test("the first frame, presented while the clip was loaded, is marked when the recording starts", () => {
  const { clock, sink, video, page, frames } = watching();
  video.present(500, { expectedDisplayTime: 516, mediaTime: 0, presentedFrames: 1 });
  assert.equal(sink.marks.length, 0);
  page.ms = 9_000;
  clock.start();
  assert.deepEqual(sink.marks, [[9_000_000, 9_000_000, 0, 1]]);
  assert.equal(frames(), 1);
  video.present(9_050, { expectedDisplayTime: 9_066, mediaTime: 0.04, presentedFrames: 2 });
  assert.deepEqual(sink.marks.at(-1), [9_050_000, 9_066_000, 40_000, 2]);
});

test("frames that were never called back are counted as skipped, the first frame included", () => {
  const { clock, video } = watching();
  video.present(0, { expectedDisplayTime: 0, mediaTime: 0, presentedFrames: 1 });
  clock.start();
  for (const presentedFrames of [3, 4, 7, 8]) {
    video.present(0, { expectedDisplayTime: 0, mediaTime: presentedFrames / 30, presentedFrames });
  }
  assert.deepEqual(clock.counts, { marks: 5, frames_skipped: 3 });
});

test("no mark is written after the stop", () => {
  const { clock, sink, video } = watching();
  clock.start();
  clock.stop();
  video.present(0, { expectedDisplayTime: 0, mediaTime: 0, presentedFrames: 1 });
  assert.equal(sink.marks.length, 0);
});

/** Gives the browser a VideoFrame for one test. */
const withFrames = (context, frame) => {
  globalThis.VideoFrame = frame;
  context.after(() => delete globalThis.VideoFrame);
};

test("a late callback is marked with the frame that is drawn, not with the one that it tells of", (context) => {
  const closed = [];
  withFrames(context, class {
    constructor({ currentTime }) {
      this.timestamp = Math.round(currentTime * 1e6);
    }
    close() {
      closed.push(this.timestamp);
    }
  });
  const { clock, sink, video } = watching();
  clock.start();
  video.currentTime = 0.1;
  video.present(1_000, { expectedDisplayTime: 940, mediaTime: 0.033367, presentedFrames: 2 });
  assert.deepEqual(sink.marks, [[1_000_000, 940_000, 100_000, 2]]);
  assert.deepEqual(closed, [100_000]); // a frame that is kept would stop the decoder
});

test("where no frame is given out, what the callback said stands", (context) => {
  withFrames(context, class {
    constructor() {
      throw new DOMException("no frame", "InvalidStateError");
    }
  });
  const { clock, sink, video } = watching();
  clock.start();
  video.present(100, { expectedDisplayTime: 110, mediaTime: 0.033367, presentedFrames: 2 });
  assert.deepEqual(sink.marks, [[100_000, 110_000, 33_367, 2]]);
});

test("a browser that takes seconds for microseconds is marked by what its callbacks say, and asked no more", (context) => {
  let asked = 0;
  withFrames(context, class {
    constructor({ currentTime }) {
      this.timestamp = Math.floor(currentTime);
      asked += 1;
    }
    close() {}
  });
  const { clock, sink, video } = watching();
  clock.start();
  const times = [0, 0.033333, 0.466666, 0.533333, 1, 1.033333, 2];
  for (const [n, mediaTime] of times.entries()) {
    video.currentTime = mediaTime;
    video.present(100 + 33 * n, { mediaTime, presentedFrames: n + 1, expectedDisplayTime: 110 + 33 * n });
  }
  assert.deepEqual(sink.marks.map(([, , mediaUs]) => mediaUs), times.map((time) => Math.round(time * 1e6)));
  assert.equal(asked, 4);
});

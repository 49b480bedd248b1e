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

/** Firefox: whole seconds as if they were microseconds. */
class FrameOfSeconds {
  static asked = 0;
  constructor({ currentTime }) {
    this.timestamp = Math.floor(currentTime);
    FrameOfSeconds.asked += 1;
  }
  close() {}
}

/** Collects what wants to be called at the next animation frame; returns how that comes. */
const withAnimationFrames = (context) => {
  let waiting = [];
  globalThis.requestAnimationFrame = (callback) => waiting.push(callback);
  context.after(() => delete globalThis.requestAnimationFrame);
  return (ms) => {
    const due = waiting;
    waiting = [];
    due.forEach((callback) => callback(ms));
  };
};

/** The clip goes on to `mediaTime` and the callback comes at `ms`. */
const present = (video, ms, mediaTime, presentedFrames, expectedDisplayTime = ms) => {
  video.currentTime = mediaTime;
  video.present(ms, { mediaTime, presentedFrames, expectedDisplayTime });
};

test("a browser that takes seconds for microseconds is marked by what its callbacks say, and asked no more", (context) => {
  FrameOfSeconds.asked = 0;
  withFrames(context, FrameOfSeconds);
  const { clock, sink, video } = watching();
  clock.start();
  const times = [0, 0.033333, 0.066667, 0.1, 1, 1.033333, 2];
  times.forEach((mediaTime, n) => present(video, 100 + 33 * n, mediaTime, n + 1));
  assert.deepEqual(sink.marks.map(([, , mediaUs]) => mediaUs), times.map((time) => Math.round(time * 1e6)));
  assert.equal(FrameOfSeconds.asked, 3);
});

test("there a callback that comes before its frame waits for the refresh at which the frame is drawn", (context) => {
  withFrames(context, FrameOfSeconds);
  const animationFrame = withAnimationFrames(context);
  const { clock, sink, video, frames } = watching();
  clock.start();
  [0, 0.033, 0.067].forEach((mediaTime, n) => present(video, 100 + 33 * n, mediaTime, n + 1));
  present(video, 200, 0.1, 4, 216);
  animationFrame(200);
  assert.equal(frames(), 3);
  animationFrame(216);
  assert.equal(frames(), 4);
  assert.deepEqual(sink.marks[3], [216_000, 216_000, 100_000, 4]);
});

test("a frame that was overtaken while it waited is not marked, nor is one that waits when the recording ends", (context) => {
  withFrames(context, FrameOfSeconds);
  const animationFrame = withAnimationFrames(context);
  const { clock, sink, video } = watching();
  clock.start();
  [0, 0.033, 0.067].forEach((mediaTime, n) => present(video, 100 + 33 * n, mediaTime, n + 1));
  present(video, 200, 0.1, 4, 216);
  animationFrame(200);
  present(video, 216, 0.133, 5);
  animationFrame(216);
  present(video, 233, 0.167, 6, 250);
  clock.stop();
  animationFrame(233);
  animationFrame(250);
  assert.deepEqual(sink.marks.map(([, , , presented]) => presented), [1, 2, 3, 5]);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { Clock, PLAYER, Sink, Video } from "./doubles.mjs";

let browsers = 0;

/** A clock in a browser of its own: what one clock has found out about its browser all later ones there know. */
const watching = async () => {
  browsers += 1;
  const { VideoClock } = await import(`${PLAYER}/video_clock.js?browser=${browsers}`);
  return watchingBy(VideoClock);
};

const watchingBy = (VideoClock) => {
  const sink = new Sink();
  const video = new Video();
  const page = new Clock();
  let frames = 0;
  const clock = new VideoClock({ video, sink, onFrame: () => (frames += 1), now: page.now });
  clock.listen();
  return { VideoClock, sink, video, page, clock, frames: () => frames };
};

test("each presented frame is a mark of four integers", async () => {
  const { clock, sink, video, frames } = await watching();
  clock.start();
  video.present(1_000.25, { expectedDisplayTime: 1_016.7, mediaTime: 0.033367, presentedFrames: 2 });
  assert.deepEqual(sink.marks, [[1_000_250, 1_016_700, 33_367, 2]]);
  assert.equal(frames(), 1);
});

test("the first frame, presented while the clip was loaded, is marked when the recording starts", async () => {
  const { clock, sink, video, page, frames } = await watching();
  video.present(500, { expectedDisplayTime: 516, mediaTime: 0, presentedFrames: 1 });
  assert.equal(sink.marks.length, 0);
  page.ms = 9_000;
  clock.start();
  assert.deepEqual(sink.marks, [[9_000_000, 9_000_000, 0, 1]]);
  assert.equal(frames(), 1);
  video.present(9_050, { expectedDisplayTime: 9_066, mediaTime: 0.04, presentedFrames: 2 });
  assert.deepEqual(sink.marks.at(-1), [9_050_000, 9_066_000, 40_000, 2]);
});

test("frames that were never called back are counted as skipped, the first frame included", async () => {
  const { clock, video } = await watching();
  video.present(0, { expectedDisplayTime: 0, mediaTime: 0, presentedFrames: 1 });
  clock.start();
  for (const presentedFrames of [3, 4, 7, 8]) {
    video.present(0, { expectedDisplayTime: 0, mediaTime: presentedFrames / 30, presentedFrames });
  }
  assert.deepEqual(clock.counts, { marks: 5, frames_skipped: 3 });
});

test("no mark is written after the stop", async () => {
  const { clock, sink, video } = await watching();
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

test("a late callback is marked with the frame that is drawn, not with the one that it tells of", async (context) => {
  const closed = [];
  withFrames(context, class {
    constructor({ currentTime }) {
      this.timestamp = Math.round(currentTime * 1e6);
    }
    close() {
      closed.push(this.timestamp);
    }
  });
  const { clock, sink, video } = await watching();
  clock.start();
  video.currentTime = 0.1;
  video.present(1_000, { expectedDisplayTime: 940, mediaTime: 0.033367, presentedFrames: 2 });
  assert.deepEqual(sink.marks, [[1_000_000, 940_000, 100_000, 2]]);
  assert.deepEqual(closed, [100_000]); // a frame that is kept would stop the decoder
});

test("a callback that comes before its frame, as a clip's second may, is marked with the first", async (context) => {
  withFrames(context, class {
    timestamp = 0;
    close() {}
  });
  const { clock, sink, video } = await watching();
  clock.start();
  video.present(100, { expectedDisplayTime: 110, mediaTime: 0.033367, presentedFrames: 2 });
  assert.deepEqual(sink.marks, [[100_000, 110_000, 0, 2]]);
});

test("where no frame is given out, what the callback said stands", async (context) => {
  withFrames(context, class {
    constructor() {
      throw new DOMException("no frame", "InvalidStateError");
    }
  });
  const { clock, sink, video } = await watching();
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

test("a browser that takes seconds for microseconds is marked by what its callbacks say, and asked no more", async (context) => {
  FrameOfSeconds.asked = 0;
  withFrames(context, FrameOfSeconds);
  const { VideoClock, clock, sink, video } = await watching();
  clock.start();
  const times = [0, 0.2, 0.3, 0.4, 1, 1.1, 2];
  times.forEach((mediaTime, n) => present(video, 100 + 33 * n, mediaTime, n + 1));
  assert.deepEqual(sink.marks.map(([, , mediaUs]) => mediaUs), [0, 0, 300_000, 400_000, 1_000_000, 1_100_000, 2_000_000]);
  const next = watchingBy(VideoClock);
  next.clock.start();
  present(next.video, 100, 0.033333, 2);
  assert.equal(next.sink.marks[0][2], 33_333);
  assert.equal(FrameOfSeconds.asked, 3);
});

test("there a callback that comes before its frame waits for the refresh at which the frame is drawn", async (context) => {
  withFrames(context, FrameOfSeconds);
  const animationFrame = withAnimationFrames(context);
  const { clock, sink, video, frames } = await watching();
  clock.start();
  present(video, 100, 0.6, 1);
  present(video, 200, 0.7, 2, 216);
  animationFrame(200);
  assert.equal(frames(), 1);
  animationFrame(216);
  assert.equal(frames(), 2);
  assert.deepEqual(sink.marks[1], [216_000, 216_000, 700_000, 2]);
});

test("a frame that was overtaken while it waited is not marked, nor is one that waits when the recording ends", async (context) => {
  withFrames(context, FrameOfSeconds);
  const animationFrame = withAnimationFrames(context);
  const { clock, sink, video } = await watching();
  clock.start();
  present(video, 100, 0.6, 1);
  present(video, 200, 0.7, 2, 216);
  animationFrame(200);
  present(video, 216, 0.733, 3);
  animationFrame(216);
  present(video, 233, 0.767, 4, 250);
  clock.stop();
  animationFrame(233);
  animationFrame(250);
  assert.deepEqual(sink.marks.map(([, , , presented]) => presented), [1, 3]);
});

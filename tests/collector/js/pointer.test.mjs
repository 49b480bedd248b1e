import assert from "node:assert/strict";
import { test } from "node:test";

import { Clock, PLAYER, Sink, Video, event } from "./doubles.mjs";

const { PointerRecorder, QUIET_MS, moveEvent } = await import(`${PLAYER}/pointer.js`);
const { VideoClock } = await import(`${PLAYER}/video_clock.js`);
const [MOVE, REST, START] = [0, 1, 2];

const recorder = (target = new EventTarget()) => {
  const clock = new Clock();
  const sink = new Sink();
  const pointer = new PointerRecorder({ target, sink, now: clock.now });
  pointer.start({ timeStamp: 1_000, x: 100, y: 50 });
  const send = (kind, timeStamp, clientX, clientY, more = {}) =>
    target.dispatchEvent(event(kind, { timeStamp, clientX, clientY, isPrimary: true, ...more }));
  const move = (...of) => send("pointermove", ...of);
  return { clock, sink, pointer, send, move };
};

test("the start click is the first sample", () => {
  const { sink } = recorder();
  assert.deepEqual(sink.samples, [[1_000_000, 10_000, 5_000, START]]);
});

test("every coalesced event is kept with its own time", () => {
  const { sink, move } = recorder();
  const coalesced = [
    { timeStamp: 1_010.1, clientX: 1, clientY: 2 },
    { timeStamp: 1_012.3, clientX: 1.25, clientY: 2.5 },
    { timeStamp: 1_014.5, clientX: 3, clientY: 4 },
  ];
  move(1_014.5, 3, 4, { getCoalescedEvents: () => coalesced });
  assert.deepEqual(sink.samples.slice(1), [
    [1_010_100, 100, 200, MOVE],
    [1_012_300, 125, 250, MOVE],
    [1_014_500, 300, 400, MOVE],
  ]);
});

test("an event without coalesced ones counts itself", () => {
  const { sink, move } = recorder();
  move(1_020, 7, 8, { getCoalescedEvents: () => [] });
  assert.deepEqual(sink.samples.at(-1), [1_020_000, 700, 800, MOVE]);
});

test("where raw updates are there they alone are read, coalesced ones included, and no position is written twice", () => {
  const target = Object.assign(new EventTarget(), { onpointerrawupdate: null });
  const { sink, send } = recorder(target);
  const first = { timeStamp: 1_010.1, clientX: 1, clientY: 2 };
  const second = { timeStamp: 1_012.3, clientX: 3, clientY: 4 };
  send("pointerrawupdate", 1_012.3, 3, 4, { getCoalescedEvents: () => [first, second] });
  send("pointermove", 1_012.3, 3, 4, { getCoalescedEvents: () => [first, second] });
  assert.deepEqual(sink.samples.slice(1).map(([t]) => t), [1_010_100, 1_012_300]);
  assert.equal(moveEvent(target), "pointerrawupdate");
  assert.equal(moveEvent(new EventTarget()), "pointermove");
});

test("a resting hand is written again once no event is younger than 30 ms, at that very moment", () => {
  const { clock, sink, pointer, move } = recorder();
  move(1_100, 30, 40);
  clock.ms = 1_129.9;
  assert.equal(pointer.restIfQuiet(), false);
  clock.ms = 1_130;
  assert.equal(pointer.restIfQuiet(), true);
  assert.deepEqual(sink.samples.at(-1), [1_130_000, 3_000, 4_000, REST]);
  clock.ms = 1_133.4; // a rest is no pointer event: the next frame writes another
  assert.equal(pointer.restIfQuiet(), true);
  clock.ms = 1_140;
  assert.equal(pointer.restIfQuiet(40), false); // asked for only where nothing else was written for 40 ms
  clock.ms = 1_173.4;
  assert.equal(pointer.restIfQuiet(40), true);
});

test("a hand that rests three seconds and then jumps yields resting samples until the jump", () => {
  for (const fps of [24, 30, 60]) {
    const { clock, sink, pointer, move } = recorder();
    const video = new Video();
    const marks = new VideoClock({ video, sink, onFrame: () => pointer.restIfQuiet(), now: clock.now });
    marks.listen();
    marks.start();
    move(1_010, 200, 80);
    const jumpMs = 4_010;
    for (let frame = 1; 1_000 + (frame * 1_000) / fps < jumpMs; frame += 1) {
      clock.ms = 1_000 + (frame * 1_000) / fps;
      video.present(clock.ms, { expectedDisplayTime: clock.ms, mediaTime: frame / fps, presentedFrames: frame });
    }
    move(jumpMs, 900, 500);
    const rests = sink.samples.filter(([, , , kind]) => kind === REST);
    const times = [1_010_000, ...rests.map(([t]) => t), jumpMs * 1_000];
    const gaps = times.slice(1).map((t, i) => t - times[i]);
    assert.ok(Math.max(...gaps) <= QUIET_MS * 1_000 + 1_000_000 / fps + 1, `${fps} fps: ${Math.max(...gaps)} µs`);
    assert.ok(rests.every(([, x, y]) => x === 20_000 && y === 8_000));
    assert.deepEqual(sink.samples.at(-1), [jumpMs * 1_000, 90_000, 50_000, MOVE]);
  }
});

test("a finger and a second pointer are not the hand", () => {
  const { sink, move } = recorder();
  move(1_100, 1, 1, { pointerType: "touch" });
  move(1_101, 1, 1, { isPrimary: false });
  assert.equal(sink.samples.length, 1);
});

test("nothing is recorded after the stop", () => {
  const { sink, pointer, move } = recorder();
  pointer.stop();
  move(1_200, 1, 1);
  assert.equal(sink.samples.length, 1);
});

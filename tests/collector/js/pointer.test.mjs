import assert from "node:assert/strict";
import { test } from "node:test";

import { Clock, PLAYER, Sink, event } from "./doubles.mjs";

const { PointerRecorder } = await import(`${PLAYER}/pointer.js`);
const [MOVE, REST, START] = [0, 1, 2];

const recorder = () => {
  const clock = new Clock();
  const sink = new Sink();
  const target = new EventTarget();
  const pointer = new PointerRecorder({ target, sink, now: clock.now });
  pointer.start({ timeStamp: 1_000, x: 100, y: 50 });
  const move = (timeStamp, clientX, clientY, more = {}) =>
    target.dispatchEvent(event("pointermove", { timeStamp, clientX, clientY, isPrimary: true, ...more }));
  return { clock, sink, pointer, move };
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

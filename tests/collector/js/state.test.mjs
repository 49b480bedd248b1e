import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER } from "./doubles.mjs";

const { Machine, TRANSITIONS, isOver, next } = await import(`${PLAYER}/state.js`);

const STATES = ["preload", "ready", "playing", "held", "finished", "interrupted", "abandoned"];
const INPUTS = ["loaded", "play", "ended", "hold_over", "interrupt", "abandon"];
const LEGAL = {
  "preload loaded": "ready",
  "ready play": "playing",
  "playing ended": "held",
  "held hold_over": "finished",
  "preload interrupt": "interrupted",
  "ready interrupt": "interrupted",
  "playing interrupt": "interrupted",
  "held interrupt": "interrupted",
  "preload abandon": "abandoned",
  "ready abandon": "abandoned",
  "playing abandon": "abandoned",
  "held abandon": "abandoned",
};

test("the table knows these states and no others", () => {
  assert.deepEqual(Object.keys(TRANSITIONS), STATES);
});

for (const state of STATES) {
  for (const input of INPUTS) {
    const following = LEGAL[`${state} ${input}`];
    if (following) test(`${state} becomes ${following} by ${input}`, () => assert.equal(next(state, input), following));
    else test(`${state} takes no ${input}`, () => assert.throws(() => next(state, input), /takes no/));
  }
}

test("a trial is over when it is finished, interrupted or abandoned", () => {
  assert.deepEqual(STATES.filter(isOver), ["finished", "interrupted", "abandoned"]);
});

test("an unknown input is refused as well", () => {
  assert.throws(() => next("playing", "rewind"));
});

test("the machine walks from the loading to the end and tells each step", () => {
  const told = [];
  const machine = new Machine((state, before) => told.push(`${before} → ${state}`));
  for (const input of ["loaded", "play", "ended", "hold_over"]) machine.take(input);
  assert.deepEqual(told, ["preload → ready", "ready → playing", "playing → held", "held → finished"]);
  assert.equal(machine.over, true);
});

test("a refused step leaves the machine where it was", () => {
  const machine = new Machine();
  assert.throws(() => machine.take("ended"));
  assert.equal(machine.state, "preload");
  assert.equal(machine.over, false);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER } from "./doubles.mjs";

const { countTones } = await import(`${PLAYER}/simulation/ear.js`);
const { Hand } = await import(`${PLAYER}/simulation/hand.js`);
const { randomFrom } = await import(`${PLAYER}/simulation/random.js`);

const BOX = { left: 100, top: 50, width: 800, height: 450 };
const STEP_S = 0.008;

const wandering = (seed, seconds) => {
  const hand = new Hand(randomFrom(seed), { x: 500, y: 275 });
  const path = [];
  for (let t = 0; t < seconds; t += STEP_S) {
    hand.wander(BOX, STEP_S);
    path.push({ moved: hand.step(STEP_S), ...hand.at });
  }
  return path;
};

test("the same seed makes the same hand, another one another", () => {
  assert.deepEqual(wandering(7, 5), wandering(7, 5));
  assert.notDeepEqual(wandering(7, 5), wandering(8, 5));
});

test("random numbers fill the range evenly", () => {
  const random = randomFrom("a seed");
  const tenths = new Array(10).fill(0);
  for (let i = 0; i < 10_000; i += 1) tenths[Math.floor(random() * 10)] += 1;
  assert.ok(tenths.every((count) => count > 850 && count < 1_150), String(tenths));
});

test("a wandering hand stays in the box, moves, and rests now and then", () => {
  const path = wandering("seed", 60);
  assert.ok(path.every(({ x, y }) => x > 100 && x < 900 && y > 50 && y < 500));
  const moving = path.filter(({ moved }) => moved).length / path.length;
  assert.ok(moving > 0.2 && moving < 0.95, String(moving));
});

test("a hand that lies still has stopped where it is", () => {
  const path = wandering("seed", 20);
  path.forEach(({ moved, x, y }, i) => {
    if (!moved && i > 0) assert.deepEqual([x, y], [path[i - 1].x, path[i - 1].y]);
  });
});

test("no step is a leap: a hand has speed, not places", () => {
  const path = wandering("seed", 20);
  const steps = path.slice(1).map(({ x, y }, i) => Math.hypot(x - path[i].x, y - path[i].y));
  assert.ok(Math.max(...steps) < 60, String(Math.max(...steps)));
});

test("what moves evenly is followed closely behind", () => {
  const hand = new Hand(randomFrom(1), { x: 0, y: 0 });
  for (let t = 0; t < 3; t += STEP_S) {
    hand.follow({ x: 200 * t, y: 0 });
    hand.step(STEP_S);
  }
  assert.ok(Math.abs(hand.at.x - 600) < 0.2 * 200, String(hand.at.x));
});

test("the ear counts tones, not noise and not their length", () => {
  const rateHz = 16_000;
  for (const count of [0, 1, 3, 6]) {
    const noise = randomFrom(count);
    const signal = Float32Array.from({ length: 5 * rateHz }, () => 0.01 * (noise() - 0.5));
    for (let tone = 0; tone < count; tone += 1) {
      const onset = (0.4 + 0.75 * tone) * rateHz;
      for (let i = 0; i < (0.2 + 0.05 * tone) * rateHz; i += 1) {
        signal[Math.round(onset) + i] += 0.5 * Math.sin((2 * Math.PI * 440 * i) / rateHz);
      }
    }
    assert.equal(countTones(signal, rateHz), count);
  }
});

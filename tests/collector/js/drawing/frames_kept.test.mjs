import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER } from "../doubles.mjs";

const { FramesKept } = await import(`../${PLAYER}/drawing/frames_kept.js`);

const FRAME_MS = 1_000 / 30;

/** Plays three seconds; `lost(n)` says which frames never come. Returns the rate and when the counting was done. */
function played(lost, { until = 3_000 } = {}) {
  const kept = new FramesKept({ fps: 30, measureMs: 2_000, nowMs: 0 });
  let ms = 0;
  for (let n = 0; ms < until && !kept.done(ms); n += 1) {
    ms = n * FRAME_MS;
    if (!lost(n)) kept.show(ms, n / 30);
  }
  return { rate: kept.rate(ms), ms };
}

test("a clip that is shown whole keeps 30 of 30, in two seconds after half a second of warming up", () => {
  const { rate, ms } = played(() => false);
  assert.equal(rate, 30);
  assert.ok(Math.abs(ms - 2_500) < 2 * FRAME_MS);
});

test("every tenth frame lost is 27 of 30", () => {
  assert.ok(Math.abs(played((n) => n % 10 === 9).rate - 27) < 0.5);
});

test("one frame lost of sixty still keeps 29 of 30, four do not", () => {
  assert.ok(played((n) => n === 30).rate >= 29);
  assert.ok(played((n) => n >= 30 && n < 34).rate < 29);
});

test("frames that are lost while warming up do not count", () => {
  assert.equal(played((n) => n < 12).rate, 30);
});

test("the same frame drawn again is not another one", () => {
  const kept = new FramesKept({ fps: 30, measureMs: 2_000, nowMs: 0 });
  for (let n = 0; n < 60; n += 1) kept.show(500 + n * FRAME_MS, Math.floor(n / 2) / 30);
  assert.ok(kept.rate(500 + 60 * FRAME_MS) < 16);
});

test("a picture that stands still loses the frames that were due", () => {
  assert.ok(played((n) => n > 45).rate < 22);
});

test("what is plainly hopeless ends early", () => {
  const { rate, ms } = played((n) => n % 4 !== 0);
  assert.ok(rate < 18);
  assert.ok(ms < 1_500);
});

test("a clip that never starts shows nothing, and ends early", () => {
  const { rate, ms } = played(() => true);
  assert.equal(rate, 0);
  assert.ok(ms < 1_500);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER } from "../doubles.mjs";

const { choose, named, nextTrial } = await import(`../${PLAYER}/drawing/choice.js`);

const HD = { width: 1_280, height: 720 };
const FULL_HD = { width: 1_920, height: 1_080 };
const UHD = { width: 3_840, height: 2_160 };

/** Measures as the device check does, on a computer that shows so many frames of 30. */
function measured(computer, largest) {
  const rates = {};
  for (let trial = nextTrial(rates, largest); trial; trial = nextTrial(rates, largest)) {
    assert.ok(!(named(trial) in rates), `${named(trial)} is tried twice`);
    rates[named(trial)] = computer[named(trial)] ?? assert.fail(`${named(trial)} need not be tried`);
  }
  return { ...choose(rates, largest), tried: Object.keys(rates) };
}

test("a graphics card that keeps up draws, and the other renderer is not tried", () => {
  const computer = { "webgl2 720p": 30, "webgl2 1080p": 29, "webgl2 2160p": 29.5 };
  assert.deepEqual(measured(computer, UHD), {
    renderer: "webgl2", tier: "full", decision: "passes", tried: ["webgl2 720p", "webgl2 1080p", "webgl2 2160p"],
  });
});

test("where software draws, the 2D canvas is taken", () => {
  const computer = { "webgl2 720p": 12, "2d 720p": 30, "2d 1080p": 28.9 };
  const { renderer, tier, decision } = measured(computer, FULL_HD);
  assert.deepEqual({ renderer, tier, decision }, { renderer: "2d", tier: "720p", decision: "passes" });
});

test("when neither keeps up, the better one draws", () => {
  assert.equal(measured({ "webgl2 720p": 28, "2d 720p": 27.5 }, HD).renderer, "webgl2");
  assert.equal(measured({ "webgl2 720p": 27.5, "2d 720p": 28 }, HD).renderer, "2d");
  assert.equal(measured({ "webgl2 720p": 28, "2d 720p": 28 }, HD).renderer, "2d");
});

test("pictures are no larger than the largest one that keeps 29 of 30", () => {
  const computer = { "webgl2 720p": 3, "2d 720p": 30, "2d 1080p": 30, "2d 2160p": 20 };
  assert.equal(measured(computer, UHD).tier, "1080p");
  assert.equal(measured({ ...computer, "2d 1080p": 20 }, UHD).tier, "720p");
});

test("a study of small pictures asks for no larger ones, whichever way up", () => {
  for (const largest of [HD, { width: 404, height: 720 }, { width: 720, height: 1_280 }]) {
    const { tier, tried } = measured({ "webgl2 720p": 30 }, largest);
    assert.deepEqual({ tier, tried }, { tier: "full", tried: ["webgl2 720p"] });
  }
});

test("pictures larger than any that can be tried are shown whole where the largest tried was kept", () => {
  const computer = { "webgl2 720p": 30, "webgl2 1080p": 30, "webgl2 2160p": 30 };
  assert.equal(measured(computer, { width: 7_680, height: 4_320 }).tier, "full");
});

test("below 27 of 30 at 720p the computer is too slow, from 27 on it is not", () => {
  assert.equal(measured({ "webgl2 720p": 5, "2d 720p": 26.9 }, FULL_HD).decision, "too_slow");
  assert.equal(measured({ "webgl2 720p": 5, "2d 720p": 27 }, FULL_HD).decision, "passes");
  assert.equal(measured({ "webgl2 720p": 27, "2d 720p": 5 }, FULL_HD).decision, "passes");
});

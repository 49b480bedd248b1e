// Measurements of the check: screen, picture, size, clock.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER } from "./doubles.mjs";

const { checkRefresh, refreshRate } = await import(`${PLAYER}/checks/refresh.js`);
const { showsSomething } = await import(`${PLAYER}/checks/picture.js`);
const { CARD_WIDTH_MM, calibrationFrom, judgeCalibration, pixelsPerDegree } = await import(
  `${PLAYER}/checks/calibration.js`
);
const { measureClock, offsetFrom } = await import(`${PLAYER}/checks/clock.js`);

/** Animation frames at a steady pace, given out as soon as they are asked for. */
function screenAt(hz) {
  let now = 0;
  return {
    setTimeout,
    clearTimeout,
    requestAnimationFrame: (tick) => queueMicrotask(() => tick((now += 1000 / hz))),
  };
}

test("the refresh rate comes from the median interval, so that one long pause does not count", () => {
  const times = Array.from({ length: 61 }, (_, frame) => frame * (1000 / 60) + (frame > 30 ? 400 : 0));
  assert.equal(Math.round(refreshRate(times)), 60);
});

test("a screen passes from the study's least rate on", async () => {
  assert.deepEqual(await checkRefresh(50, screenAt(60)), { passed: true, value: 60 });
  assert.deepEqual(await checkRefresh(72, screenAt(60)), { passed: false, value: 60 });
});

test("a tab that gets no animation frames is unseen, which fails only where a rate is asked for", async () => {
  const unseen = { setTimeout: (act) => setTimeout(act), clearTimeout, requestAnimationFrame: () => {} };
  assert.deepEqual(await checkRefresh(50, unseen), { passed: false, value: "unseen" });
  assert.equal((await checkRefresh(0, unseen)).passed, true);
});

test("black and transparent pixels are no picture", () => {
  const frame = (...pixel) => Array.from({ length: 64 }, () => pixel).flat();
  assert.equal(showsSomething(frame(0, 0, 0, 255)), false);
  assert.equal(showsSomething(frame(90, 90, 90, 0)), false);
  assert.equal(showsSomething([...frame(0, 0, 0, 255), 39, 39, 39, 255]), true);
});

test("a degree at 57.3 cm takes a centimetre", () => {
  assert.ok(Math.abs(pixelsPerDegree(1, 57.3) - 10) < 0.01);
});

test("the card's width gives the size of a pixel, and says for which zoom", () => {
  const found = calibrationFrom(CARD_WIDTH_MM * 4, 60, { devicePixelRatio: 1.5 });
  assert.deepEqual(found, { px_per_mm: 4, px_per_deg: 41.89, distance_cm: 60, device_pixel_ratio: 1.5 });
});

test("who has no card may pass over an offered calibration, not a required one", () => {
  assert.deepEqual(judgeCalibration(null, false), { passed: true, value: "skipped" });
  assert.equal(judgeCalibration(null, true).passed, false);
  assert.deepEqual(judgeCalibration({ px_per_deg: 41.9 }, true), { passed: true, value: 41.9 });
});

test("the clock's offset is taken from the probe with the least round trip", () => {
  const probes = [
    { sent: 0, received: 90_000, server: 1_000_000_000 },
    { sent: 100_000, received: 104_000, server: 1_000_082_000 },
  ];
  assert.deepEqual(offsetFrom(probes), { offset_us: 999_980_000, round_trip_us: 4_000 });
});

test("the site is asked five times, with the page's own time", async () => {
  let nowMs = 10;
  const asked = [];
  const api = {
    visit: async (action, { t_page_us: sent }) => {
      asked.push([action, sent]);
      nowMs += 6;
      return { t_server_us: sent + 500_000 + 3_000 };
    },
  };
  const found = await measureClock(api, () => nowMs);
  assert.deepEqual(found, { offset_us: 500_000, round_trip_us: 6_000 });
  assert.deepEqual(asked[0], ["clock", 10_000]);
  assert.equal(asked.length, 5);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER } from "./doubles.mjs";

const { Stillness } = await import(`${PLAYER}/stillness.js`);

/** Looks twice a second from `fromMs` to `toMs`; what the last look says. */
const look = (stillness, fromMs, toMs, { frameMs = null, visible = true } = {}) => {
  let still = 0;
  for (let ms = fromMs; ms <= toMs; ms += 500) still = stillness.look(ms, frameMs, visible);
  return still;
};

test("a clip that brings no frame is still since it was started, or since its last frame", () => {
  assert.equal(look(new Stillness(100), 500, 12_000), 11_900);
  assert.equal(look(new Stillness(100), 500, 12_000, { frameMs: 9_000 }), 3_000);
});

test("a hidden page is not counted, and from when it is seen again the count begins anew", () => {
  const stillness = new Stillness(0);
  assert.equal(look(stillness, 500, 2_000), 2_000);
  assert.equal(look(stillness, 2_500, 60_000, { visible: false }), 0);
  assert.equal(look(stillness, 60_500, 62_000), 2_000);
});

test("a hidden page that is seldom let run is not counted either", () => {
  const stillness = new Stillness(0);
  stillness.look(500, null, false);
  assert.equal(stillness.look(58_000, null, true), 0);
  assert.equal(look(stillness, 58_500, 69_000), 11_000);
});

test("the sleep of a machine is not counted", () => {
  const stillness = new Stillness(0);
  assert.equal(look(stillness, 500, 3_000, { frameMs: 2_900 }), 100);
  assert.equal(look(stillness, 3_600_000, 3_600_000, { frameMs: 2_900 }), 0);
  assert.equal(look(stillness, 3_600_500, 3_605_000, { frameMs: 2_900 }), 5_000);
});

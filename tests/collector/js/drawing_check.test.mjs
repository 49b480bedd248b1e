import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER } from "./doubles.mjs";

const { checkDrawing } = await import(`${PLAYER}/checks/drawing.js`);

const RULES = { clips: {}, largest: { width: 1_280, height: 720 }, foveation: {}, slowDrawing: false };
const measured = (decision) => async () => ({ renderer: "2d", tier: "720p", decision, rates: { "2d 720p": 24.1 } });

test("what was measured is kept with the result, and says what clips will be shown with", async () => {
  const { drawing, ...result } = await checkDrawing(RULES, {}, measured("passes"));
  assert.deepEqual(result, { passed: true, value: "2d 720p" });
  assert.deepEqual(drawing.rates, { "2d 720p": 24.1 });
});

test("a computer that is too slow fails, unless the study takes it", async () => {
  const slow = measured("too_slow");
  assert.equal((await checkDrawing(RULES, {}, slow)).passed, false);
  const taken = await checkDrawing({ ...RULES, slowDrawing: true }, {}, slow);
  assert.deepEqual([taken.passed, taken.value], [true, "too_slow"]);
});

test("a study in which nothing is prepared yet leaves the largest picture to the measurement", async () => {
  let asked;
  const look = async (options) => ((asked = options), measured("passes")());
  await checkDrawing({ ...RULES, largest: null }, {}, look);
  assert.equal("largest" in asked, false);
});

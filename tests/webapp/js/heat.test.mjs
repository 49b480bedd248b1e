import assert from "node:assert/strict";
import { test } from "node:test";

const { colour, heatField } = await import("../../../webapp/static/replay/heat.js");

const at = (field, row, column) => field.values[row * field.width + column];

test("the field is hottest where the points are, and falls off as the Gaussian does", () => {
  const field = heatField([[30, 40]], 80, 60, 5);
  assert.deepEqual([field.width, field.height], [80, 60]);
  assert.equal(at(field, 30, 40), 1);
  assert.ok(Math.abs(at(field, 30, 45) - Math.exp(-0.5)) < 1e-6);
  assert.ok(Math.abs(at(field, 33, 44) - Math.exp(-0.5)) < 1e-6);
});

test("points count as often as they are there", () => {
  const field = heatField([[10, 10], [10, 10], [50, 70]], 80, 60, 3);
  assert.equal(at(field, 10, 10), 1);
  assert.ok(Math.abs(at(field, 50, 70) - 0.5) < 1e-6);
});

test("a large picture is computed on a coarse grid, in the same place", () => {
  const field = heatField([[540, 480]], 1920, 1080, 57.6);
  assert.deepEqual([field.width, field.height], [160, 90]);
  const hottest = field.values.indexOf(Math.max(...field.values));
  assert.ok(Math.abs(Math.floor(hottest / 160) - 45) <= 1);
  assert.ok(Math.abs((hottest % 160) - 40) <= 1);
});

test("no points give no heat, and points at the border stay inside", () => {
  assert.ok(heatField([], 80, 60, 5).values.every((value) => value === 0));
  assert.ok(heatField([[0, 0], [59, 79]], 80, 60, 5).values.every(Number.isFinite));
});

test("cold is clear, and heat covers more the hotter it is", () => {
  assert.equal(colour(0)[3], 0);
  const opacities = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1].map((value) => colour(value)[3]);
  assert.deepEqual(opacities, [...opacities].sort((a, b) => a - b));
  assert.deepEqual(colour(1), [230, 40, 30, 191]);
});

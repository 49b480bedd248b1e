import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER } from "./doubles.mjs";

const { drawingScale, foveationSizes } = await import(`${PLAYER}/foveation.js`);

const SHARES = { blur_sigma_share: 0.02, window_radius_share: 0.15, edge_share: 0.05 };

test("sizes follow the picture's width, not the screen", () => {
  const sizes = foveationSizes(SHARES, { width: 1_280, height: 720 });
  assert.equal(sizes.sigma, 25.6);
  assert.equal(sizes.radius, 192);
  assert.equal(sizes.clearRadius, 128);
});

test("the small canvas has the picture's shape and the same blur in its own pixels", () => {
  for (const picture of [{ width: 1_920, height: 1_080 }, { width: 404, height: 720 }, { width: 64, height: 64 }]) {
    const { sigma, small } = foveationSizes(SHARES, picture);
    assert.ok(Math.abs(small.width / small.height - picture.width / picture.height) < 0.05);
    assert.ok(Math.abs((small.sigma * picture.width) / small.width - sigma) < 1e-9);
    assert.ok(small.width <= picture.width);
    assert.ok(small.margin >= 3 * small.sigma);
  }
});

test("a ramp wider than the window leaves no negative radius", () => {
  assert.equal(foveationSizes({ ...SHARES, edge_share: 0.5 }, { width: 100, height: 100 }).clearRadius, 0);
});

test("no more pixels are drawn than the picture has, the screen shows, or the computer manages", () => {
  const fullHd = { width: 1_920, height: 1_080 };
  assert.equal(drawingScale(fullHd, { width: 3_840 }), 1);
  assert.equal(drawingScale(fullHd, { width: 960 }), 0.5);
  assert.equal(drawingScale(fullHd, { width: 3_840 }, 1_280), 1_280 / 1_920);
});

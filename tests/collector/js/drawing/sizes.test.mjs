import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER } from "../doubles.mjs";

const { canvasSize, coarser, foveationSizes, pxPerDegree, reduction, usesDegrees } = await import(
  `../${PLAYER}/drawing/sizes.js`
);

const SHARES = { blur_sigma_share: 0.02, window_radius_share: 0.15, edge_share: 0.05 };
const HD = { width: 1_280, height: 720 };
const PICTURES = [
  { width: 1_920, height: 1_080 }, { width: 3_840, height: 2_160 }, { width: 404, height: 720 },
  { width: 64, height: 64 }, { width: 1_000, height: 2 },
];

test("shares are of the picture's width, not of the screen", () => {
  const sizes = foveationSizes(SHARES, HD, 1);
  assert.equal(sizes.sigma, 25.6);
  assert.equal(sizes.radius, 192);
  assert.equal(sizes.clearRadius, 128);
  assert.equal(sizes.grows, false);
});

test("degrees become video pixels by the screen and by how large the picture stands on it", () => {
  const wanted = { blur_sigma_deg: 0.5, window_radius_deg: 3, edge_share: 0.05, blur_grows: true };
  const sizes = foveationSizes(wanted, HD, 40 * 2);
  assert.equal(sizes.sigma, 40);
  assert.equal(sizes.radius, 240);
  assert.equal(sizes.edge, 64);
  assert.ok(sizes.grows);
  assert.ok(usesDegrees(wanted));
  assert.ok(!usesDegrees({ ...SHARES, blur_sigma_deg: null }));
});

test("a degree is what was measured, else what 96 px an inch make of it", () => {
  assert.deepEqual(pxPerDegree({ px_per_deg: 52.5, viewing: { distance_cm: 60 } }, 1.25), {
    value: 52.5, source: "calibrated",
  });
  const { value, source } = pxPerDegree({ px_per_deg: null, viewing: { distance_cm: 57.3 } }, 1.25);
  assert.equal(source, "assumed");
  assert.ok(Math.abs(value - 96 / 2.54) < 0.01); // at 57.3 cm a degree is a centimetre
});

test("zooming in after the calibration makes a degree fewer CSS px, as each is larger on the screen", () => {
  const description = { px_per_deg: 50, px_per_deg_dpr: 1, viewing: { distance_cm: 60 } };
  assert.equal(pxPerDegree(description, 1).value, 50);
  assert.equal(pxPerDegree(description, 1.25).value, 40);
  assert.equal(pxPerDegree({ ...description, px_per_deg_dpr: 2 }, 1).value, 100);
});

test("a ramp wider than the window ends in its middle", () => {
  const { clearRadius, edge } = foveationSizes({ ...SHARES, edge_share: 0.5 }, { width: 100, height: 100 }, 1);
  assert.equal(clearRadius, 0);
  assert.equal(edge, 15);
});

test("a study that leaves a size out is a mistake that is named", () => {
  assert.throws(() => foveationSizes({ ...SHARES, edge_share: null }, HD, 1), /edge/);
});

test("no more pixels are drawn than the picture has, the screen shows, or the computer manages", () => {
  const fullHd = { width: 1_920, height: 1_080 };
  assert.deepEqual(canvasSize(fullHd, { width: 3_840 }), fullHd);
  assert.deepEqual(canvasSize(fullHd, { width: 960 }), { width: 960, height: 540 });
  assert.deepEqual(canvasSize(fullHd, { width: 3_840 }, 1_280), HD);
});

for (const picture of PICTURES) {
  test(`the small picture of ${picture.width}×${picture.height} has its shape, and no step leaves pixels out`, () => {
    for (const sigma of [0.4, 3, 25.6, 80]) {
      const { steps } = reduction(picture, sigma, 2.75);
      const small = steps[steps.length - 1];
      assert.ok(Math.abs(small.width - (picture.width * small.height) / picture.height) <= picture.width / picture.height);
      assert.ok(small.width <= picture.width && small.height <= picture.height);
      [picture, ...steps].reduce((before, after) => {
        assert.ok(before.width / after.width <= 2 * Math.SQRT2 + 1e-9);
        return after;
      });
    }
  });

  test(`reducing, blurring and drawing up ${picture.width}×${picture.height} makes the whole blur`, () => {
    const sigma = Math.min(25.6, picture.width / 16);
    const { steps, sigmaX } = reduction(picture, sigma, 4);
    const factor = picture.width / steps[steps.length - 1].width;
    const box = (factor ** 2 - 1) / 12;
    const linear = (factor ** 2 - 1) / 6;
    assert.ok(Math.abs(box + (sigmaX * factor) ** 2 + linear - sigma ** 2) < 1e-6);
  });
}

test("a blur no wider than the small canvas can hold is made at full size, with nothing to subtract", () => {
  assert.deepEqual(reduction(HD, 1.5, 2.75), { steps: [HD], sigmaX: 1.5, sigmaY: 1.5 });
});

test("the next level is half the size and brings the blur to twice its sigma", () => {
  const { steps } = reduction(HD, 25.6, 4);
  const finer = steps[steps.length - 1];
  const { size, sigmaX } = coarser(HD, finer, 25.6);
  assert.deepEqual(size, { width: finer.width / 2, height: Math.round(finer.height / 2) });
  const [fine, coarse] = [HD.width / finer.width, HD.width / size.width];
  const there = 25.6 ** 2 - (fine ** 2 - 1) / 6;
  const added = (coarse ** 2 - fine ** 2) / 12 + (sigmaX * coarse) ** 2 + (coarse ** 2 - 1) / 6;
  assert.ok(Math.abs(there + added - 51.2 ** 2) < 1e-6);
});

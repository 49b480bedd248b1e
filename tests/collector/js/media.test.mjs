import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { PLAYER } from "./doubles.mjs";

const { Unreachable } = await import(`${PLAYER}/api.js`);
const { ClipUnavailable, fetchClip } = await import(`${PLAYER}/media.js`);

const BYTES = new Uint8Array(5_000).map((_, i) => i);
const MEDIA = {
  url: "/clip",
  bytes: BYTES.length,
  mime: "video/mp4",
  sha256: createHash("sha256").update(BYTES).digest("hex"),
};
const wait = async () => {};
const serving = (...answers) => {
  let i = 0;
  return async () => answers[Math.min(i++, answers.length - 1)]();
};
const whole = () => new Response(BYTES);

test("the whole clip arrives, with progress up to 1", async () => {
  const shares = [];
  const clip = await fetchClip(MEDIA, { fetch: serving(whole), onProgress: (share) => shares.push(share), wait });
  assert.equal(clip.size, BYTES.length);
  assert.equal(clip.type, "video/mp4");
  assert.equal(shares.at(-1), 1);
});

test("a clip that broke off or was damaged is fetched again", async () => {
  const short = () => new Response(BYTES.slice(0, 100));
  const damaged = () => new Response(BYTES.map((byte) => byte ^ 1));
  const clip = await fetchClip(MEDIA, { fetch: serving(short, damaged, whole), onProgress() {}, wait });
  assert.equal(clip.size, BYTES.length);
});

test("damage that stays is told after some tries", async () => {
  const damaged = () => new Response(BYTES.map((byte) => byte ^ 1));
  await assert.rejects(fetchClip(MEDIA, { fetch: serving(damaged), onProgress() {}, wait }), Unreachable);
});

test("an address that is no longer good is told at once", async () => {
  let calls = 0;
  const fetch = async () => {
    calls += 1;
    return new Response("", { status: 410 });
  };
  await assert.rejects(fetchClip(MEDIA, { fetch, onProgress() {}, wait }), ClipUnavailable);
  assert.equal(calls, 1);
});

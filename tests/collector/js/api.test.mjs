import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";

import { PLAYER, answer } from "./doubles.mjs";

const { Api, Refused, Unreachable } = await import(`${PLAYER}/api.js`);

const KEY = { trial: "t1", token: "trial-key" };
const LONG = JSON.stringify({ t_us: Array.from({ length: 1_000 }, (_, i) => i) });

const speaking = (...answers) => {
  const calls = [];
  const fetch = async (url, request) => {
    calls.push({ url, ...request });
    return answers[Math.min(calls.length - 1, answers.length - 1)]();
  };
  return { api: new Api({ base: "/api/v1/", visitToken: "visit-key", fetch }), calls };
};

test("each call carries its own key", async () => {
  const { api, calls } = speaking(() => answer(200, { next: "check" }));
  assert.deepEqual(await api.visit("consent", { accepted: true }), { next: "check" });
  await api.finishTrial(KEY, "{}");
  assert.deepEqual(calls.map(({ url }) => url), ["/api/v1/visits/consent", "/api/v1/trials/t1/finish"]);
  assert.deepEqual(calls.map(({ headers }) => headers.Authorization), ["Bearer visit-key", "Bearer trial-key"]);
});

test("a long chunk travels packed, a short one as it is", async () => {
  const { api, calls } = speaking(() => answer(200));
  await api.putChunk(KEY, 0, LONG);
  await api.putChunk(KEY, 1, "{}");
  assert.equal(calls[0].headers["Content-Encoding"], "gzip");
  assert.equal(gunzipSync(calls[0].body).toString(), LONG);
  assert.ok(calls[0].body.length < LONG.length);
  assert.equal(calls[1].headers["Content-Encoding"], undefined);
  assert.equal(calls[1].body, "{}");
});

test("where packed chunks are not taken, this one and all after it travel as they are", async () => {
  const { api, calls } = speaking(() => answer(415), () => answer(200));
  await api.putChunk(KEY, 0, LONG);
  await api.putChunk(KEY, 1, LONG);
  assert.deepEqual(calls.map(({ headers }) => headers["Content-Encoding"]), ["gzip", undefined, undefined]);
  assert.equal(calls[1].body, LONG);
});

test("a chunk that is wrong in itself is refused packed and plain, and the next one is packed again", async () => {
  const { api, calls } = speaking(() => answer(422, { code: "bad_input" }));
  await assert.rejects(api.putChunk(KEY, 0, LONG), { code: "bad_input" });
  await assert.rejects(api.putChunk(KEY, 1, LONG), { code: "bad_input" });
  assert.deepEqual(calls.map(({ headers }) => headers["Content-Encoding"]), ["gzip", undefined, "gzip", undefined]);
});

test("a refusal carries the site's word and sentence", async () => {
  const { api } = speaking(() => answer(409, { code: "chunk_conflict", message: "No.", n: 3 }));
  await assert.rejects(api.putChunk(KEY, 3, "{}"), (error) => {
    assert.ok(error instanceof Refused);
    assert.deepEqual([error.status, error.code, error.message, error.details], [409, "chunk_conflict", "No.", { n: 3 }]);
    return true;
  });
});

for (const status of [408, 425, 429, 500, 503]) {
  test(`${status} means later`, async () => {
    const { api } = speaking(() => answer(status, {}, { "Retry-After": "4" }));
    await assert.rejects(api.visit("complete"), (error) => error instanceof Unreachable && error.retryAfterS === 4);
  });
}

test("no answer, and one that broke off, mean later", async () => {
  const silent = speaking(() => {
    throw new TypeError("Failed to fetch");
  });
  await assert.rejects(silent.api.visit("complete"), Unreachable);
  const broken = speaking(() => new Response('{"state":', { status: 200 }));
  await assert.rejects(broken.api.visit("complete"), Unreachable);
});

test("what is left to the browser outlives the page, and nobody waits for it", async () => {
  const { api, calls } = speaking(() => {
    throw new TypeError("gone");
  });
  api.leaveChunk(KEY, 4, LONG);
  api.leaveFinish(KEY, "{}");
  assert.deepEqual(calls.map(({ method, url, keepalive }) => [method, url, keepalive]), [
    ["PUT", "/api/v1/trials/t1/chunks/4", true],
    ["POST", "/api/v1/trials/t1/finish", true],
  ]);
});

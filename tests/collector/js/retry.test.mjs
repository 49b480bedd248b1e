import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER, answer } from "./doubles.mjs";

const { Api, Refused, Unreachable } = await import(`${PLAYER}/api.js`);
const { backoffMs, untilReached } = await import(`${PLAYER}/retry.js`);

const waits = () => {
  const waited = [];
  return { waited, wait: async (ms) => waited.push(ms) };
};
const failing = (times, error, result) => {
  let left = times;
  return async () => {
    if (left-- > 0) throw error;
    return result;
  };
};

test("waits double up to half a minute, with jitter", () => {
  assert.equal(backoffMs(1, () => 1), 500);
  assert.equal(backoffMs(4, () => 1), 4_000);
  assert.equal(backoffMs(4, () => 0), 2_000);
  assert.equal(backoffMs(40, () => 1), 30_000);
});

test("an unreachable site is asked again until it answers", async () => {
  const { waited, wait } = waits();
  const troubles = [];
  const work = failing(3, new Unreachable("down"), "yes");
  assert.equal(await untilReached(work, { wait, onTrouble: (n) => troubles.push(n) }), "yes");
  assert.equal(waited.length, 3);
  assert.deepEqual(troubles, [1, 2, 3, 0]);
});

test("a refusal is not asked again", async () => {
  const { waited, wait } = waits();
  await assert.rejects(untilReached(failing(1, new Refused(403, {})), { wait }), Refused);
  assert.equal(waited.length, 0);
});

test("Retry-After is obeyed", async () => {
  const { waited, wait } = waits();
  await untilReached(failing(1, new Unreachable("busy", 7)), { wait });
  assert.ok(waited[0] >= 7_000);
});

test("attempts may be limited", async () => {
  const { wait } = waits();
  await assert.rejects(untilReached(failing(9, new Unreachable("down")), { wait, attempts: 3 }), Unreachable);
});

const apiThat = (fetch) => new Api({ base: "/api/v1/", visitToken: "v", fetch });

test("lost networks, 5xx and 429 mean later; other refusals carry the site's word and sentence", async () => {
  const lost = apiThat(async () => {
    throw new TypeError("network");
  });
  await assert.rejects(lost.visit("complete"), Unreachable);
  for (const status of [500, 503, 429, 408]) {
    await assert.rejects(apiThat(async () => answer(status)).visit("complete"), Unreachable);
  }
  for (const status of [401, 403, 409, 410, 422]) {
    const refusal = apiThat(async () => answer(status, { code: "no", message: "Not so." })).visit("complete");
    await assert.rejects(refusal, { name: "Refused", status, code: "no", message: "Not so." });
  }
});

test("an answer that broke off means later", async () => {
  await assert.rejects(apiThat(async () => new Response("{", { status: 200 })).visit("complete"), Unreachable);
});

test("visits speak with the visit's token, trials with their own", async () => {
  const calls = [];
  const api = apiThat(async (url, { method, headers }) => {
    calls.push(`${method} ${url} ${headers.Authorization}`);
    return answer(200);
  });
  await api.visit("next-trial");
  await api.putChunk({ trial: "t1", token: "k" }, 4, "{}");
  await api.finishTrial({ trial: "t1", token: "k" }, "{}");
  assert.deepEqual(calls, [
    "POST /api/v1/visits/next-trial Bearer v",
    "PUT /api/v1/trials/t1/chunks/4 Bearer k",
    "POST /api/v1/trials/t1/finish Bearer k",
  ]);
});

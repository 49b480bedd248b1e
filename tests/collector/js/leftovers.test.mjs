// What a visit that has ended left in the browser: sent while it is taken, dropped in time, and never called stored
// when it is not.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER } from "./doubles.mjs";

const { clearUp } = await import(`${PLAYER}/leftovers.js`);
const { Refused } = await import(`${PLAYER}/api.js`);
const { MemoryStore } = await import(`${PLAYER}/store.js`);

const NOW = 1_000_000;
const TEXTS = { left_sending: "sending", left_sent: "sent", left_lost: "lost" };

const siteThat = (takes) => ({
  putChunk: async () => {
    if (!takes) throw new Refused(401, { code: "token_expired" });
    return {};
  },
  finishTrial: async () => ({ state: "finished", missing: [] }),
  visit: async () => ({}),
});

/** A store with one parcel of the visit, and one of another visit that ends at `until`. */
const storeWith = async (until) => {
  const store = new MemoryStore();
  await store.put({ visit: "v1", trial: "t1", token: "k", n: 0, body: "x", until: NOW - 1 });
  await store.put({ visit: "v2", trial: "t2", token: "k", n: 0, body: "y", until });
  return store;
};

const cleared = async (step, { takes = true, until = NOW + 1 } = {}) => {
  const said = [];
  const store = await storeWith(until);
  const visit = { key: "v1", step, texts: TEXTS };
  await clearUp(visit, siteThat(takes), { store, tell: (words) => said.push(words), now: () => NOW });
  return { said, store };
};

test("a visit that was closed for its age still sends what is left, and says so once it has arrived", async () => {
  const { said, store } = await cleared("closed");
  assert.deepEqual(said, ["sending", "sent"]);
  assert.deepEqual(await store.all("v1"), []);
});

test("what the site does not take any more is called lost, not stored", async () => {
  const { said, store } = await cleared("screened", { takes: false });
  assert.deepEqual(said, ["sending", "lost"]);
  assert.deepEqual(await store.all("v1"), []);
});

test("a visit with nothing left is told nothing", async () => {
  const said = [];
  const visit = { key: "v9", step: "closed", texts: TEXTS };
  await clearUp(visit, siteThat(true), { store: new MemoryStore(), tell: (words) => said.push(words) });
  assert.deepEqual(said, []);
});

test("what was taken back is dropped unsent", async () => {
  const { said, store } = await cleared("withdrawn");
  assert.deepEqual(said, []);
  assert.deepEqual(await store.all("v1"), []);
});

test("parcels of other visits go when their token is dead, and stay until then", async () => {
  assert.equal((await (await cleared("done", { until: NOW - 1 })).store.all("v2")).length, 0);
  assert.equal((await (await cleared("done", { until: NOW + 1 })).store.all("v2")).length, 1);
});

test("parcels without a time, of pages from before there was one, stay", async () => {
  const store = new MemoryStore();
  await store.put({ visit: "v3", trial: "t3", token: "k", n: 0, body: "z" });
  await store.dropExpired(NOW);
  assert.equal((await store.all("v3")).length, 1);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER, settle } from "./doubles.mjs";

const { Refused, Unreachable } = await import(`${PLAYER}/api.js`);
const { MemoryStore } = await import(`${PLAYER}/store.js`);
const { Uplink } = await import(`${PLAYER}/uplink.js`);

const TRIAL = { trial: "t1", token: "k" };
const REPORT = { chunks: 3, outcome: "complete", reason: "", summary: {} };

/** A site that keeps chunks, and fails as told: `lose(call)` may throw before the site hears it. */
class Site {
  chunks = new Map();
  finished = [];
  problems = [];
  calls = [];

  left = [];

  constructor(lose = () => {}) {
    this.lose = lose;
  }

  async putChunk({ trial }, n, body) {
    this.calls.push(n);
    this.lose({ trial, n });
    this.chunks.set(`${trial}/${n}`, body);
    const missing = [...Array(n).keys()].filter((before) => !this.chunks.has(`${trial}/${before}`));
    return { n, stored: true, missing };
  }

  leaveChunk(_, n) {
    this.left.push(n);
  }

  leaveFinish() {
    this.left.push("finish");
  }

  async finishTrial({ trial }, body) {
    this.calls.push("finish");
    this.lose({ trial, n: "finish" });
    const report = JSON.parse(body);
    const missing = [...Array(report.chunks).keys()].filter((n) => !this.chunks.has(`${trial}/${n}`));
    if (missing.length > 0 && !report.lost) return { state: "missing", missing };
    this.finished.push({ trial, ...report });
    return { state: "finished", missing: [] };
  }

  async visit(action, body) {
    this.problems.push({ action, ...body });
    return {};
  }
}

const uplinkTo = (site, store = new MemoryStore()) => {
  const progress = [];
  const uplink = new Uplink({
    visit: "v1",
    store,
    api: site,
    wait: async () => {},
    onProgress: ({ stored, total }) => progress.push(`${stored}/${total}`),
  });
  return { uplink, store, progress };
};
const send = (uplink, count = 3) => {
  for (let n = 0; n < count; n += 1) uplink.addChunk(TRIAL, n, `body ${n}`);
};

/** A line that was stopped at chunk 1, by an error of the page's own that does not come again. */
const stoppedOnce = async (store) => {
  let broken = true;
  const site = new Site(({ n }) => {
    if (broken && n === 1) throw new TypeError("an error of the page's own");
  });
  const { uplink } = uplinkTo(site, store);
  send(uplink);
  await assert.rejects(uplink.finish(TRIAL, REPORT), TypeError);
  broken = false;
  return { site, uplink };
};

test("chunks arrive in order, then the end, and nothing is kept any longer", async () => {
  const site = new Site();
  const { uplink, store, progress } = uplinkTo(site);
  send(uplink);
  await uplink.finish(TRIAL, REPORT);
  assert.deepEqual(site.calls, [0, 1, 2, "finish"]);
  assert.deepEqual(await store.all("v1"), []);
  assert.equal(progress.at(-1), "4/4");
});

test("a chunk is sent until the site has said yes", async () => {
  let failures = 5;
  const site = new Site(({ n }) => {
    if (n === 1 && failures-- > 0) throw new Unreachable("down");
  });
  const { uplink } = uplinkTo(site);
  send(uplink);
  await uplink.finish(TRIAL, REPORT);
  assert.deepEqual(site.calls, [0, 1, 1, 1, 1, 1, 1, 2, "finish"]);
});

test("everything is kept until the site has the whole trial", async () => {
  const site = new Site(({ n }) => {
    if (n === "finish") throw new Refused(410, { code: "gone" });
  });
  const { uplink, store } = uplinkTo(site);
  send(uplink);
  await assert.rejects(uplink.finish(TRIAL, REPORT), Refused);
  assert.equal((await store.all("v1")).length, 4);
});

test("what the site calls missing is sent again", async () => {
  const site = new Site();
  const { uplink } = uplinkTo(site);
  send(uplink);
  await uplink.settled();
  site.chunks.delete("t1/1"); // the site lost it, though it had said yes
  await uplink.finish(TRIAL, REPORT);
  assert.equal(site.chunks.get("t1/1"), "body 1");
  assert.equal(site.finished.length, 1);
});

test("a gap that the site tells of while the clip still plays is filled at once", async () => {
  const site = new Site();
  const { uplink } = uplinkTo(site);
  send(uplink, 2);
  await uplink.settled();
  site.chunks.delete("t1/0");
  uplink.addChunk(TRIAL, 2, "body 2");
  await uplink.settled();
  assert.deepEqual(site.calls, [0, 1, 2, 0]);
  assert.equal(site.chunks.get("t1/0"), "body 0");
});

test("a page that goes away leaves the browser what still waits, but not the end of a trial with chunks at risk", async () => {
  const deaf = { wait: () => new Promise(() => {}), visit: "v1", store: new MemoryStore() };
  const site = new Site(({ n }) => {
    if (n !== 0) throw new Unreachable("down");
  });
  const uplink = new Uplink({ ...deaf, api: site });
  send(uplink);
  uplink.finish(TRIAL, REPORT);
  await settle();
  uplink.farewell();
  assert.deepEqual(site.left, [1, 2]);
});

test("a page that goes away while only the end of a trial waits leaves the browser that", async () => {
  const site = new Site(({ n }) => {
    if (n === "finish") throw new Unreachable("down");
  });
  const uplink = new Uplink({ visit: "v1", store: new MemoryStore(), api: site, wait: () => new Promise(() => {}) });
  send(uplink);
  uplink.finish(TRIAL, REPORT);
  await settle();
  uplink.farewell();
  assert.deepEqual(site.left, ["finish"]);
});

test("a page that goes away leaves no more than browsers carry", async () => {
  const site = new Site(() => {
    throw new Unreachable("down");
  });
  const uplink = new Uplink({ visit: "v1", store: new MemoryStore(), api: site, wait: () => new Promise(() => {}) });
  for (let n = 0; n < 5; n += 1) uplink.addChunk(TRIAL, n, "é".repeat(10_000));
  await settle();
  uplink.farewell();
  assert.deepEqual(site.left, [0, 1, 2]); // of 20 kB each
});

test("a refusal stops the line and says why", async () => {
  const site = new Site(({ n }) => {
    if (n === 1) throw new Refused(422, { code: "bad_input", message: "no" });
  });
  const { uplink } = uplinkTo(site);
  send(uplink);
  await assert.rejects(uplink.finish(TRIAL, REPORT), { code: "bad_input" });
  assert.deepEqual(site.calls, [0, 1]);
  await assert.rejects(uplink.settled(), { code: "bad_input" });
});

test("of a refused trial nothing waits any more: the progress fills, and the browser is left what others have", async () => {
  const site = new Site(({ trial, n }) => {
    if (trial === "t1" && n === 1) throw new Refused(422, { code: "bad_input" });
  });
  const { uplink, progress } = uplinkTo(site);
  send(uplink);
  await assert.rejects(uplink.finish(TRIAL, REPORT), { code: "bad_input" });
  assert.equal(progress.at(-1), "1/1");
  send(uplink, 1); // the clip may still play
  uplink.addChunk({ trial: "t2", token: "k" }, 7, "z");
  await settle();
  assert.equal(progress.at(-1), "1/2");
  uplink.farewell();
  assert.deepEqual(site.left, [7]);
});

test("after a reload the rest is sent first, with the end that was meant", async () => {
  const store = new MemoryStore();
  const dead = new Site(() => {
    throw new Unreachable("down");
  });
  const before = new Uplink({ visit: "v1", store, api: dead, wait: () => new Promise(() => {}) });
  send(before);
  before.finish(TRIAL, REPORT);
  await new Promise(setImmediate);

  const site = new Site();
  const { uplink } = uplinkTo(site, store);
  assert.equal(await uplink.left(), 4);
  await uplink.resume();
  assert.deepEqual(site.calls, [0, 1, 2, "finish"]);
  assert.equal(site.finished[0].outcome, "complete");
  assert.deepEqual(await store.all("v1"), []);
});

test("a trial whose page went away in the middle is closed as interrupted", async () => {
  const store = new MemoryStore();
  for (const n of [0, 1]) await store.put({ visit: "v1", ...TRIAL, n, body: `body ${n}` });
  const site = new Site();
  await uplinkTo(site, store).uplink.resume();
  assert.deepEqual(site.finished, [
    { trial: "t1", chunks: 2, outcome: "interrupted", reason: "page_reloaded", summary: {} },
  ]);
});

test("a left-over trial that the site refuses is reported and does not bar the next one", async () => {
  const store = new MemoryStore();
  await store.put({ visit: "v1", trial: "old", token: "k", n: 0, body: "x" });
  await store.put({ visit: "v1", ...TRIAL, n: 0, body: "y" });
  const site = new Site(({ trial }) => {
    if (trial === "old") throw new Refused(410, { code: "gone" });
  });
  const { uplink } = uplinkTo(site, store);
  assert.equal(await uplink.resume(), 1);
  assert.equal(site.problems.length, 1);
  assert.equal(site.finished[0].trial, "t1");
  send(uplink, 1); // the line works on
  await uplink.settled();
});

test("that the site has heard enough of problems bars no way either", async (context) => {
  context.mock.method(console, "warn", () => {});
  const store = new MemoryStore();
  await store.put({ visit: "v1", trial: "old", token: "k", n: 0, body: "x" });
  const site = new Site(() => {
    throw new Refused(410, { code: "gone" });
  });
  site.visit = async () => {
    throw new Refused(409, { code: "problems_enough" });
  };
  const { uplink } = uplinkTo(site, store);
  assert.equal(await uplink.resume(), 1);
  assert.deepEqual(await store.all("v1"), []);
});

test("what is refused without the site's own words, by something between, is kept", async () => {
  const store = new MemoryStore();
  await store.put({ visit: "v1", trial: "old", token: "k", n: 0, body: "x" });
  const { uplink } = uplinkTo(
    new Site(() => {
      throw new Refused(403);
    }),
    store,
  );
  await assert.rejects(uplink.resume(), Refused);
  assert.equal((await store.all("v1")).length, 2); // with the end that was to be said
});

test("a store that cannot be read keeps nothing of this page from being sent, and nothing is told to be lost", async (context) => {
  context.mock.method(console, "warn", () => {});
  const store = new MemoryStore();
  store.all = async () => {
    throw new Error("UnknownError");
  };
  const { site, uplink } = await stoppedOnce(store);
  await uplink.resume();
  assert.deepEqual(site.finished, [{ trial: "t1", ...REPORT }]);
  const other = { trial: "t2", token: "k" };
  uplink.addChunk(other, 1, "of two");
  await assert.rejects(uplink.finish(other, { ...REPORT, chunks: 2 }), Refused);
  assert.equal(site.finished.length, 1);
});

test("parts that nobody has any more are told to be lost, once everything else is there", async () => {
  const store = new MemoryStore();
  for (const n of [0, 2]) await store.put({ visit: "v1", ...TRIAL, n, body: `body ${n}` });
  await store.put({ visit: "v1", ...TRIAL, n: 2 ** 31, body: JSON.stringify(REPORT) });
  const site = new Site();
  const { uplink } = uplinkTo(site, store);
  assert.equal(await uplink.resume(), 0);
  assert.deepEqual(site.calls, [0, 2, "finish", "finish"]);
  assert.deepEqual(site.finished, [{ trial: "t1", ...REPORT, lost: true }]);
  assert.deepEqual(await store.all("v1"), []);
});

test("a part that the page still has is never told to be lost", async () => {
  const site = new Site();
  const { uplink } = uplinkTo(site);
  send(uplink);
  await uplink.settled();
  site.chunks.delete("t1/1");
  await uplink.finish(TRIAL, REPORT);
  assert.equal(site.finished[0].lost, undefined);
});

test("another try in the same page sends what the line was stopped at, from memory too", async (context) => {
  context.mock.method(console, "warn", () => {});
  const store = new MemoryStore();
  const put = store.put.bind(store);
  store.put = async (parcel) => {
    if (parcel.n === 1) throw new Error("QuotaExceededError");
    await put(parcel);
  };
  const { site, uplink } = await stoppedOnce(store);
  assert.equal(await uplink.left(), 4);
  assert.equal(await uplink.resume(), 0);
  assert.deepEqual([...site.chunks.keys()].sort(), ["t1/0", "t1/1", "t1/2"]);
  assert.deepEqual(site.finished, [{ trial: "t1", ...REPORT }]);
  assert.equal(await uplink.left(), 0);
});

test("what is kept is kept for as long as the trial's token lives, across pages", async () => {
  const store = new MemoryStore();
  const deaf = { visit: "v1", store, wait: () => new Promise(() => {}) };
  const down = new Site(() => {
    throw new Unreachable("down");
  });
  new Uplink({ ...deaf, api: down }).addChunk({ ...TRIAL, until: 7 }, 0, "x");
  await settle();
  new Uplink({ ...deaf, api: down }).resume();
  await settle();
  assert.deepEqual((await store.all("v1")).map(({ n, until }) => [n, until]), [[0, 7], [2 ** 31, 7]]);
});

test("another visit's parcels are left alone", async () => {
  const store = new MemoryStore();
  await store.put({ visit: "other", ...TRIAL, n: 0, body: "x" });
  const site = new Site();
  const { uplink } = uplinkTo(site, store);
  assert.equal(await uplink.left(), 0);
  await uplink.resume();
  assert.deepEqual(site.calls, []);
});

test("a full disk loses nothing: the chunk goes out from memory", async (context) => {
  context.mock.method(console, "warn", () => {});
  const store = new MemoryStore();
  store.put = async () => {
    throw new Error("QuotaExceededError");
  };
  const site = new Site();
  const { uplink } = uplinkTo(site, store);
  send(uplink);
  await uplink.finish(TRIAL, REPORT);
  assert.equal(site.finished.length, 1);
});

test("a store that cannot forget does not spoil a trial that has arrived", async (context) => {
  context.mock.method(console, "warn", () => {});
  const store = new MemoryStore();
  store.forget = async () => {
    throw new Error("UnknownError");
  };
  const site = new Site();
  const { uplink, progress } = uplinkTo(site, store);
  send(uplink);
  assert.equal((await uplink.finish(TRIAL, REPORT)).state, "finished");
  assert.equal(progress.at(-1), "4/4");
});

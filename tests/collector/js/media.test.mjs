import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { Clock, PLAYER, settle } from "./doubles.mjs";

const { Refused, Unreachable } = await import(`${PLAYER}/api.js`);
const { ClipUnavailable, Clips } = await import(`${PLAYER}/media.js`);

const BYTES = new Uint8Array(5_000).map((_, i) => i);
const mediaOf = (bytes, more = {}) => ({
  url: "/clip",
  bytes: bytes.length,
  mime: "video/mp4",
  sha256: createHash("sha256").update(bytes).digest("hex"),
  ...more,
});
const MEDIA = mediaOf(BYTES);
const OTHER = mediaOf(BYTES.map((byte) => byte ^ 7), { url: "/other" });

/** A site that gives one answer after the other, the last one for ever, and remembers what it was asked. */
const world = (answers, more = {}) => {
  const calls = [];
  const waits = [];
  const fetch = async (url, { headers, signal, priority }) => {
    calls.push({ url, range: headers.Range, priority, signal });
    return answers[Math.min(calls.length - 1, answers.length - 1)]({ url, headers, signal });
  };
  const clips = new Clips({
    fetch,
    wait: async (ms) => void waits.push(ms),
    renew: async () => {
      throw new Refused(404);
    },
    ...more,
  });
  return { clips, calls, waits };
};
const whole = () => new Response(BYTES);
const status = (code, headers = {}) => () => new Response("", { status: code, headers });
const offline = () => {
  throw new TypeError("Failed to fetch");
};
/** A body that brings `bytes` and then breaks off. */
const breaking = (bytes, code = 200) => {
  let sent = false;
  const body = new ReadableStream({
    pull(stream) {
      if (sent) return stream.error(new TypeError("network error"));
      sent = true;
      stream.enqueue(bytes);
    },
  });
  return new Response(body, { status: code });
};

test("the whole clip arrives, with progress up to 1", async () => {
  const shares = [];
  const clip = await world([whole]).clips.take(MEDIA, { onProgress: (share) => shares.push(share) });
  assert.equal(clip.size, BYTES.length);
  assert.equal(clip.type, "video/mp4");
  assert.equal(shares.at(-1), 1);
});

test("a clip that broke off is fetched on from where it broke", async () => {
  const first = () => breaking(BYTES.slice(0, 2_000));
  const rest = () => new Response(BYTES.slice(2_000), { status: 206 });
  const { clips, calls } = world([first, rest]);
  const clip = await clips.take(MEDIA);
  assert.deepEqual(new Uint8Array(await clip.arrayBuffer()), BYTES);
  assert.deepEqual(calls.map(({ range }) => range), [undefined, "bytes=2000-"]);
});

test("a site that knows no ranges sends it from the start", async () => {
  const clip = await world([() => breaking(BYTES.slice(0, 2_000)), whole]).clips.take(MEDIA);
  assert.deepEqual(new Uint8Array(await clip.arrayBuffer()), BYTES);
});

test("a clip that is short or damaged is fetched again from the start", async () => {
  const short = () => new Response(BYTES.slice(0, 100));
  const damaged = () => new Response(BYTES.map((byte) => byte ^ 1));
  const { clips, calls } = world([short, damaged, whole]);
  assert.equal((await clips.take(MEDIA)).size, BYTES.length);
  assert.deepEqual(calls.map(({ range }) => range), [undefined, undefined, undefined]);
});

test("damage that stays is told after some tries", async () => {
  const damaged = () => new Response(BYTES.map((byte) => byte ^ 1));
  const { clips, calls } = world([damaged]);
  await assert.rejects(clips.take(MEDIA), Unreachable);
  assert.equal(calls.length, 5);
});

for (const [name, failure] of Object.entries({ offline, "500": status(500), "503": status(503), "429": status(429) })) {
  test(`${name}: tried again with growing waits, told meanwhile, and well once the site answers`, async () => {
    const { clips, waits } = world([failure, failure, failure, whole]);
    const told = [];
    const clip = await clips.take(MEDIA, { onTrouble: (failures) => told.push(failures) });
    assert.equal(clip.size, BYTES.length);
    assert.deepEqual(told, [1, 2, 3, 0]);
    assert.equal(waits.length, 3);
    assert.ok(waits[2] > waits[0]);
  });

  test(`${name}: told after some tries`, async () => {
    await assert.rejects(world([failure]).clips.take(MEDIA), Unreachable);
  });
}

test("a site that asks for patience gets it", async () => {
  const { clips, waits } = world([status(503, { "Retry-After": "7" }), whole]);
  await clips.take(MEDIA);
  assert.deepEqual(waits, [7_000]);
});

test("a line that brings something each time is not given up", async () => {
  let sent = 0;
  const drip = () => breaking(BYTES.slice(sent, (sent += 500)), sent > 500 ? 206 : 200);
  const { clips, calls } = world([drip], { leastBytes: 500 });
  const taken = clips.take(MEDIA);
  const clip = await taken;
  assert.equal(clip.size, BYTES.length);
  assert.ok(calls.length > 5);
});

test("a line that brings too little in each try and enough in some of them is not given up either", async () => {
  let sent = 0;
  const drip = () => breaking(BYTES.slice(sent, (sent += 500)), sent > 500 ? 206 : 200);
  const { clips } = world([drip], { leastBytes: 1_900 });
  assert.equal((await clips.take(MEDIA)).size, BYTES.length);
});

test("a line that brings next to nothing in all of them is", async () => {
  let sent = 0;
  const drip = () => breaking(BYTES.slice(sent, (sent += 10)), sent > 10 ? 206 : 200);
  const { clips, calls } = world([drip], { leastBytes: 500 });
  await assert.rejects(clips.take(MEDIA), Unreachable);
  assert.equal(calls.length, 5);
});

test("a line that trickles without an end is broken off", async () => {
  const trickling = ({ signal }) => {
    let timer;
    const body = new ReadableStream({
      start(stream) {
        timer = setInterval(() => stream.enqueue(new Uint8Array(1)), 1);
        signal.addEventListener("abort", () => stream.error(signal.reason));
      },
    });
    signal.addEventListener("abort", () => clearInterval(timer));
    return new Response(body);
  };
  const { clips, calls } = world([trickling, whole], { stallMs: 30 });
  assert.equal((await clips.take(MEDIA)).size, BYTES.length);
  assert.equal(calls.length, 2);
});

for (const code of [401, 403, 404, 410]) {
  test(`a link that answers ${code} is renewed`, async () => {
    const renewed = [];
    const renew = async (sha256) => {
      renewed.push(sha256);
      return { url: "/fresh", expires_in_s: 600 };
    };
    const { clips, calls } = world([status(code), whole], { renew });
    assert.equal((await clips.take(MEDIA)).size, BYTES.length);
    assert.deepEqual(calls.map(({ url }) => url), ["/clip", "/fresh"]);
    assert.deepEqual(renewed, [MEDIA.sha256]);
  });

  test(`a clip that is gone for good (${code}) is told, not asked for over and over`, async () => {
    const renew = async () => ({ url: "/fresh", expires_in_s: 600 });
    const { clips, calls } = world([status(code)], { renew });
    await assert.rejects(clips.take(MEDIA), ClipUnavailable);
    assert.equal(calls.length, 2);
  });
}

test("a link that the site will not renew is told in the site's own word", async () => {
  for (const code of ["clip_unknown", "token_expired", "wrong_step"]) {
    const renew = async () => {
      throw new Refused(409, { code });
    };
    const { clips, calls } = world([status(403)], { renew });
    await assert.rejects(clips.take(MEDIA), { name: "Refused", code });
    assert.equal(calls.length, 1);
    await assert.rejects(clips.take({ ...MEDIA, expires_in_s: 1 }), { name: "Refused", code });
  }
});

test("a link that is about to die is renewed before it is used", async () => {
  const clock = new Clock();
  const renew = async () => ({ url: "/fresh", expires_in_s: 600 });
  const offlineForLong = () => {
    clock.ms += 120_000;
    return offline();
  };
  const { clips, calls } = world([offlineForLong, whole], { renew, now: clock.now });
  await clips.take({ ...MEDIA, expires_in_s: 60 });
  assert.deepEqual(calls.map(({ url }) => url), ["/clip", "/fresh"]);
});

test("a line that brings nothing any more counts as broken", async () => {
  const silent = ({ signal }) => {
    const body = new ReadableStream({
      start(stream) {
        stream.enqueue(BYTES.slice(0, 10));
        signal.addEventListener("abort", () => stream.error(signal.reason));
      },
    });
    return new Response(body);
  };
  const { clips, calls } = world([silent, whole], { stallMs: 5 });
  assert.equal((await clips.take(MEDIA)).size, BYTES.length);
  assert.equal(calls.length, 2);
});

test("the next clip is fetched ahead, behind everything else, and only once", async () => {
  const { clips, calls } = world([whole]);
  clips.fetchAhead(MEDIA);
  clips.fetchAhead(MEDIA);
  await settle();
  const clip = await clips.take(MEDIA);
  assert.equal(clip.size, BYTES.length);
  assert.deepEqual(calls.map(({ priority }) => priority), ["low"]);
});

test("a clip that is still on its way is waited for, with its progress", async () => {
  let deliver;
  const late = () => new Promise((resolve) => (deliver = () => resolve(new Response(BYTES))));
  const { clips, calls } = world([late]);
  clips.fetchAhead(MEDIA);
  const shares = [];
  const taken = clips.take(MEDIA, { onProgress: (share) => shares.push(share) });
  deliver();
  await taken;
  assert.deepEqual([shares[0], shares.at(-1), calls.length], [0, 1, 1]);
});

test("what was fetched ahead in vain is fetched again", async () => {
  const failures = Array(5).fill(status(500));
  const { clips, calls } = world([...failures, whole]);
  clips.fetchAhead(MEDIA);
  await settle(50);
  assert.equal((await clips.take(MEDIA)).size, BYTES.length);
  assert.equal(calls.length, 6);
});

test("what was cancelled while it waited or asked for a new link is fetched no more", async () => {
  let goOn;
  const wait = () => new Promise((resolve) => (goOn = resolve));
  const waiting = world([status(500), whole], { wait });
  waiting.clips.fetchAhead(MEDIA);
  await settle();
  waiting.clips.fetchAhead(null);
  goOn();
  await settle();
  assert.equal(waiting.calls.length, 1);

  const renew = () => new Promise((resolve) => (goOn = () => resolve({ url: "/fresh", expires_in_s: 600 })));
  const renewing = world([whole], { renew });
  renewing.clips.fetchAhead({ ...MEDIA, expires_in_s: 1 });
  await settle();
  renewing.clips.fetchAhead(null);
  goOn();
  await settle();
  assert.equal(renewing.calls.length, 0);
});

test("another clip than the one fetched ahead cancels it: at most one is kept", async () => {
  const hanging = ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const { clips, calls } = world([hanging, () => new Response(BYTES.map((byte) => byte ^ 7))]);
  clips.fetchAhead(MEDIA);
  await settle();
  assert.equal((await clips.take(OTHER)).size, BYTES.length);
  assert.equal(calls[0].signal.aborted, true);
  assert.equal(calls.length, 2);
});

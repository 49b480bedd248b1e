/**
 * What a visit that has ended left behind in this browser: it is still sent while the site takes it, and the person
 * is told the truth about it. What was taken back is dropped, and so is what no visit can send any more.
 */

import { element } from "./elements.js";
import { openStore } from "./store.js";
import { Uplink } from "./uplink.js";

/** Steps at which recordings are still sent: a visit that goes on sends its own. */
const SENT_AT = new Set(["closed", "screened"]);

/**
 * @param {{key: string, step: string, texts: Record<string, string>}} visit
 * @param {ConstructorParameters<typeof Uplink>[0]["api"]} api
 * @param {object} [options]
 * @param {import("./store.js").Store} [options.store]
 * @param {(words: string) => void} [options.tell]
 * @param {() => number} [options.now] ms since 1970
 * @param {(ms: number) => Promise<void>} [options.wait] replaces waiting in tests
 */
export async function clearUp(visit, api, { store, tell = show, now = Date.now, wait } = {}) {
  const outbox = store ?? (await openStore());
  if (visit.step === "withdrawn") await outbox.forgetVisit(visit.key);
  if (SENT_AT.has(visit.step)) await sendLeft(visit, new Uplink({ visit: visit.key, store: outbox, api, wait }), tell);
  await outbox.dropExpired(now());
}

/**
 * @param {{texts: Record<string, string>}} visit
 * @param {Uplink} uplink
 * @param {(words: string) => void} tell
 */
async function sendLeft({ texts }, uplink, tell) {
  if ((await uplink.left()) === 0) return;
  tell(texts.left_sending);
  let lost = true;
  try {
    lost = (await uplink.resume()) > 0;
  } catch (error) {
    console.warn("What was left could not be sent:", error); // by a later page, perhaps
  }
  tell(lost ? texts.left_lost : texts.left_sent);
}

/** @param {string} words */
function show(words) {
  const place = element("#left", HTMLElement);
  place.textContent = words;
  place.hidden = false;
}

/** Tries again, ever more slowly, while the site cannot be reached. */

import { Unreachable } from "./api.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/**
 * Exponential backoff with jitter: thousands of pages that lost the same server must not come back at once.
 * @param {number} failures in a row so far, from 1
 * @param {() => number} [random] 0 to 1
 * @returns {number} ms, between half and the whole of 0.5 s, 1 s, 2 s … 30 s
 */
export function backoffMs(failures, random = Math.random) {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
  return longest * (0.5 + random() / 2);
}

/**
 * Waits, but no longer than until the browser is online again.
 * @param {number} ms
 * @param {Partial<EventTarget>} [view] the window; elsewhere there is nothing to listen to
 * @returns {Promise<void>}
 */
export function pause(ms, view = globalThis) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      view.removeEventListener?.("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    view.addEventListener?.("online", done);
  });
}

/**
 * Repeats `work` until it succeeds or fails for good.
 * @template T
 * @param {(failures: number) => Promise<T>} work told how often it has failed so far
 * @param {object} [options]
 * @param {(failures: number) => void} [options.onTrouble] told before each wait, and with 0 once it is over
 * @param {(ms: number) => Promise<void>} [options.wait]
 * @param {number} [options.attempts] give up after so many; never by default
 * @returns {Promise<T>}
 */
export async function untilReached(work, { onTrouble = () => {}, wait = pause, attempts = Infinity } = {}) {
  for (let failures = 0; ; ) {
    try {
      const result = await work(failures);
      if (failures > 0) onTrouble(0);
      return result;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      failures += 1;
      if (failures >= attempts) throw error;
      onTrouble(failures);
      await wait(Math.max(backoffMs(failures), error.retryAfterS * 1000));
    }
  }
}

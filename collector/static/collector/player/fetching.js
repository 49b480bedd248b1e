/** Fetches a small file of the site whole. Clips are media.js's. */

import { Refused, Unreachable, reached, wordsOf } from "./api.js";
import { untilReached } from "./retry.js";

/** Longest wait for one: of a few hundred kilobytes at most, on a line that could not bring a clip. */
const WITHIN_MS = 30_000;
/** Tries in a row, each slower than any that could bring a clip, before the observer is told. */
const TRIES = 8;

/**
 * @param {string} url
 * @param {object} [options]
 * @param {(failures: number) => void} [options.onTrouble] vain tries in a row; 0 when over
 * @param {typeof globalThis.fetch} [options.fetch]
 * @param {(ms: number) => Promise<void>} [options.wait] replaces waiting in tests
 * @param {number} [options.withinMs]
 * @returns {Promise<Blob>} rejects with Refused when the site does not give it out, with Unreachable after several
 *   vain tries
 */
export function fetchWhole(url, { onTrouble, fetch = globalThis.fetch, wait, withinMs = WITHIN_MS } = {}) {
  return untilReached(
    async () => {
      try {
        const answer = reached(await fetch(url, { signal: AbortSignal.timeout(withinMs) }));
        if (!answer.ok) throw new Refused(answer.status);
        return await answer.blob();
      } catch (error) {
        if (error instanceof Refused || error instanceof Unreachable) throw error;
        throw new Unreachable(wordsOf(error));
      }
    },
    { onTrouble, wait, attempts: TRIES },
  );
}

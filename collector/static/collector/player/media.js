/** Fetches a whole clip before it is shown, so that no network can come between the eye and the picture. */

import { Unreachable } from "./api.js";
import { untilReached } from "./retry.js";

/** Tries before the observer is told; each one counts its own progress. */
const ATTEMPTS = 5;

/** The clip's address no longer answers with the clip. */
export class ClipUnavailable extends Error {}

/**
 * @param {{url: string, bytes: number, sha256: string, mime: string}} media
 * @param {object} options
 * @param {(share: number) => void} options.onProgress 0 to 1
 * @returns {Promise<Blob>}
 */
export function fetchClip(media, { onProgress, fetch = globalThis.fetch.bind(globalThis), wait }) {
  const load = async () => {
    const bytes = await read(media, onProgress, fetch);
    if (bytes.size !== media.bytes || !(await matches(bytes, media.sha256))) {
      throw new Unreachable("The clip arrived damaged.");
    }
    return bytes;
  };
  return untilReached(load, { attempts: ATTEMPTS, ...(wait && { wait }) });
}

async function read(media, onProgress, fetch) {
  let response;
  const parts = [];
  try {
    response = await fetch(media.url);
    if (response.ok) {
      let received = 0;
      const reader = response.body.getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        parts.push(part.value);
        received += part.value.length;
        onProgress(Math.min(1, received / media.bytes));
      }
    }
  } catch (error) {
    throw new Unreachable(error.message);
  }
  if (response.status >= 500 || response.status === 429) throw new Unreachable(`The site answered ${response.status}.`);
  if (!response.ok) throw new ClipUnavailable(`The site answered ${response.status}.`);
  return new Blob(parts, { type: media.mime });
}

/** Compares the checksum; browsers offer it on secure pages only, elsewhere the length has to do. */
async function matches(blob, sha256) {
  if (!globalThis.crypto?.subtle || !sha256) return true;
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex === sha256;
}

/** What is told of an error, in the observer's language. */

import { Refused, Unreachable } from "./api.js";
import { ClipUnavailable } from "./media.js";
import { Unplayable } from "./trial.js";

/** @param {unknown} error @param {Record<string, string>} texts */
export function wordsFor(error, texts) {
  if (error instanceof Refused) return texts[`refused_${error.code}`] ?? error.message;
  if (error instanceof Unplayable) return texts.trouble_unplayable;
  if (error instanceof ClipUnavailable) return texts.trouble_clip;
  if (error instanceof Unreachable) return texts.trouble_network;
  return texts.trouble_other;
}

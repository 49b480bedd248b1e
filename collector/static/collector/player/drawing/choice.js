/** Which renderer and how large a picture, from the frames that were shown of 30. Nothing here touches a page. */

/** A picture is kept up with when at least so many of 30 frames are shown. */
export const KEEPS = 29;
/** With fewer, even of the smallest picture, what people look at is no longer this film. */
export const LEAST = 27;

/**
 * @typedef {"webgl2" | "2d"} Kind
 * @typedef {"full" | "1080p" | "720p"} Tier
 * @typedef {{width: number, height: number}} Size px
 *
 * @typedef {object} Trial what is to be tried next
 * @property {Kind} renderer
 * @property {"720p" | "1080p" | "2160p"} picture
 *
 * @typedef {object} Choice
 * @property {Kind} renderer
 * @property {Tier} tier the largest rendition to be shown
 * @property {"passes" | "too_slow"} decision
 */

/** The sizes that are tried, the smallest first. @type {Record<Trial["picture"], Size>} */
export const PICTURES = {
  "720p": { width: 1280, height: 720 },
  "1080p": { width: 1920, height: 1080 },
  "2160p": { width: 3840, height: 2160 },
};

/** What is tried, as it is named in the record: `webgl2 720p`. @param {Trial} trial */
export const named = ({ renderer, picture }) => `${renderer} ${picture}`;

/**
 * What should be tried next, after what is known; null when the choice can be made.
 * @param {Record<string, number>} rates frames shown of 30, by `named`
 * @param {Size} largest what the study shows at most
 * @returns {Trial | null}
 */
export function nextTrial(rates, largest) {
  for (const renderer of /** @type {Kind[]} */ (["webgl2", "2d"])) {
    const first = /** @type {Trial} */ ({ renderer, picture: "720p" });
    if (!(named(first) in rates)) return first;
    if (rates[named(first)] >= KEEPS) break; // the better renderer keeps up: the other need not be tried
  }
  const renderer = bestRenderer(rates);
  for (const picture of /** @type {Trial["picture"][]} */ (Object.keys(PICTURES))) {
    const rate = rates[named({ renderer, picture })];
    if (rate === undefined) return { renderer, picture };
    if (rate < KEEPS || fits(largest, PICTURES[picture])) return null;
  }
  return null;
}

/**
 * @param {Record<string, number>} rates frames shown of 30, by `named`, of all trials that `nextTrial` asked for
 * @param {Size} largest
 * @returns {Choice}
 */
export function choose(rates, largest) {
  const renderer = bestRenderer(rates);
  const kept = /** @type {Trial["picture"][]} */ (Object.keys(PICTURES)).filter(
    (picture) => rates[named({ renderer, picture })] >= KEEPS,
  );
  const biggest = kept[kept.length - 1];
  return {
    renderer,
    tier: tierOf(biggest, largest),
    decision: rates[named({ renderer, picture: "720p" })] < LEAST ? "too_slow" : "passes",
  };
}

/** @param {Trial["picture"] | undefined} kept @param {Size} largest @returns {Tier} */
function tierOf(kept, largest) {
  if (fits(largest, PICTURES[kept ?? "720p"])) return "full";
  if (kept === "2160p") return "full"; // nothing larger can be tried
  return kept ?? "720p";
}

/** @param {Record<string, number>} rates @returns {Kind} */
function bestRenderer(rates) {
  const webgl2 = rates["webgl2 720p"] ?? 0;
  return webgl2 >= KEEPS || webgl2 > (rates["2d 720p"] ?? 0) ? "webgl2" : "2d";
}

/** Whether a picture is no larger than another, either way up. @param {Size} one @param {Size} other */
function fits(one, other) {
  const [long, short] = [Math.max(one.width, one.height), Math.min(one.width, one.height)];
  return long <= other.width && short <= other.height;
}

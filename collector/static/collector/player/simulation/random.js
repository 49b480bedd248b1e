/** Random numbers that a seed decides. */

/**
 * Mulberry32: 32 bits of state are plenty for a made-up hand.
 * @param {string | number} seed
 * @returns {() => number} 0 to 1, 1 excluded
 */
export function randomFrom(seed) {
  let state = 0;
  for (const letter of String(seed)) state = Math.imul(state ^ letter.charCodeAt(0), 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

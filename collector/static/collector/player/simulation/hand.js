/** A made-up hand: it glides to its goal as a critically damped spring does, and rests there without a tremble. */

/** @typedef {{x: number, y: number}} Point client CSS px */
/** @typedef {{left: number, top: number, width: number, height: number}} Box client CSS px */

/** 1/s: a jump is over in about 0.3 s, and what moves evenly is followed 0.13 s behind. */
const STIFFNESS = 15;
/** Nearer than this, CSS px, and slower than twice this a second, the hand lies still. */
const STILL_PX = 0.5;
/** How long the eye dwells on something, s: from the shortest, mostly short, now and then long. */
const DWELL_S = { shortest: 0.25, spread: 1.6 };
/** Where a wandering eye looks: nobody goes to the very edge. */
const MARGIN_SHARE = 0.12;

export class Hand {
  #velocity = { x: 0, y: 0 };
  #random;
  #dwellS = 0;

  /** @param {() => number} random 0 to 1 @param {Point} at */
  constructor(random, at) {
    this.#random = random;
    this.at = { ...at };
    this.goal = { ...at };
  }

  /** Goes after something, wherever it is. @param {Point} goal */
  follow(goal) {
    this.goal = goal;
    this.#dwellS = 0;
  }

  /** Looks around in a box: dwells, then goes elsewhere. @param {Box} box @param {number} seconds since the last call */
  wander({ left, top, width, height }, seconds) {
    this.#dwellS -= seconds;
    if (this.#dwellS > 0) return;
    this.#dwellS = DWELL_S.shortest + DWELL_S.spread * this.#random() ** 2;
    const place = () => MARGIN_SHARE + (1 - 2 * MARGIN_SHARE) * this.#random();
    this.goal = { x: left + width * place(), y: top + height * place() };
  }

  /**
   * Lets time pass.
   * @param {number} seconds
   * @returns {boolean} whether the hand has moved; a hand that lies still says nothing
   */
  step(seconds) {
    const before = { ...this.at };
    for (const axis of /** @type {const} */ (["x", "y"])) {
      // The spring's exact motion towards a goal that stays where it is for this long.
      const away = this.at[axis] - this.goal[axis];
      const drive = this.#velocity[axis] + STIFFNESS * away;
      const fading = Math.exp(-STIFFNESS * seconds);
      this.at[axis] = this.goal[axis] + (away + drive * seconds) * fading;
      this.#velocity[axis] = (this.#velocity[axis] - STIFFNESS * drive * seconds) * fading;
    }
    const away = Math.hypot(this.at.x - this.goal.x, this.at.y - this.goal.y);
    if (away >= STILL_PX || Math.hypot(this.#velocity.x, this.#velocity.y) >= 2 * STILL_PX) return true;
    this.at = before;
    this.#velocity = { x: 0, y: 0 };
    return false;
  }
}

/** The states of a trial and what leads from one to another: a table without clocks, elements or network. */

/** @typedef {"preload" | "ready" | "playing" | "held" | "finished" | "interrupted" | "abandoned"} State */
/** @typedef {"loaded" | "play" | "ended" | "hold_over" | "interrupt" | "abandon"} Input */

/**
 * - preload: the clip is being fetched and opened
 * - ready: its first frame is there; the observer is called to the mark
 * - playing: frames are presented
 * - held: the last frame stands still and the recording goes on
 * - finished: everything was seen
 * - interrupted: something came between; the clip is shown again as the next attempt
 * - abandoned: something came between, and the study does not show this clip to this observer again
 * @type {Readonly<Record<State, Readonly<Partial<Record<Input, State>>>>>}
 */
export const TRANSITIONS = Object.freeze({
  preload: { loaded: "ready", interrupt: "interrupted", abandon: "abandoned" },
  ready: { play: "playing", interrupt: "interrupted", abandon: "abandoned" },
  playing: { ended: "held", interrupt: "interrupted", abandon: "abandoned" },
  held: { hold_over: "finished", interrupt: "interrupted", abandon: "abandoned" },
  finished: {},
  interrupted: {},
  abandoned: {},
});

/** The state that `input` leads to; throws when the table has no such way. @param {State} state @param {Input} input */
export function next(state, input) {
  const following = TRANSITIONS[state]?.[input];
  if (following === undefined) throw new Error(`A trial that is ${state} takes no ${input}.`);
  return following;
}

/** Whether nothing follows any more. @param {State} state */
export const isOver = (state) => Object.keys(TRANSITIONS[state]).length === 0;

/** One trial on its way through the table. */
export class Machine {
  /** @type {State} */
  state = "preload";

  /** @param {(state: State, before: State) => void} [onChange] told after each step */
  constructor(onChange = () => {}) {
    this.onChange = onChange;
  }

  get over() {
    return isOver(this.state);
  }

  /** @param {Input} input @returns {State} */
  take(input) {
    const before = this.state;
    this.state = next(before, input);
    this.onChange(this.state, before);
    return this.state;
  }
}

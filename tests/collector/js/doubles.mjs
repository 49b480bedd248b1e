// Stand-ins for what the browser gives the player.

export const PLAYER = "../../../collector/static/collector/player";

/** Takes rows as a ChunkBuffer does and keeps them. */
export class Sink {
  samples = [];
  marks = [];
  viewports = [];
  events = [];

  sample(...row) {
    this.samples.push(row);
  }

  mark(...row) {
    this.marks.push(row);
  }

  viewport(tUs, row) {
    this.viewports.push({ tUs, ...row });
  }

  event(tUs, kind, detail) {
    this.events.push({ tUs, kind, detail });
  }
}

/** A clock that moves when told to. */
export class Clock {
  ms = 0;
  now = () => this.ms;
}

/** @param {Record<string, unknown>} properties */
export const event = (kind, properties = {}) =>
  Object.defineProperties(
    new Event(kind),
    Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, { value }])),
  );

/** An answer of `fetch`. */
export const answer = (status, body = {}, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });

/** Lets everything run that waits for nothing but its turn. */
export const settle = async (rounds = 10) => {
  for (let i = 0; i < rounds; i += 1) await new Promise(setImmediate);
};

/** A video element that presents a frame when told to. */
export class Video extends EventTarget {
  #callback = null;
  ended = false;
  playbackRate = 1;
  error = null;
  muted = false;
  volume = 1;
  currentTime = 0;

  requestVideoFrameCallback(callback) {
    this.#callback = callback;
    return 1;
  }

  cancelVideoFrameCallback() {
    this.#callback = null;
  }

  present(nowMs, frame) {
    const callback = this.#callback;
    this.#callback = null;
    callback?.(nowMs, frame);
  }
}

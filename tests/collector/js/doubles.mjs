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

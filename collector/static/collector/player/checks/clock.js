/** How far the page's clock is from the site's, so that the times of both can be laid side by side. */

import { microseconds } from "../protocol.js";

const PROBES = 5;

/**
 * @typedef {object} Probe
 * @property {number} sent page clock, µs
 * @property {number} received page clock, µs
 * @property {number} server µs since 1970 UTC
 */

/** @typedef {{offset_us: number, round_trip_us: number}} Offset server time = page time + offset, to half of the round trip */

/**
 * The probe with the least round trip leaves the least room for error: half of that round trip.
 * @param {Probe[]} probes at least one
 * @returns {Offset}
 */
export function offsetFrom(probes) {
  const best = probes.reduce((least, probe) => (roundTrip(probe) < roundTrip(least) ? probe : least));
  return {
    offset_us: best.server - Math.round((best.sent + best.received) / 2),
    round_trip_us: roundTrip(best),
  };
}

/** @param {Probe} probe */
const roundTrip = ({ sent, received }) => received - sent;

/**
 * @param {{visit(action: string, body: object): Promise<{t_server_us: number}>}} api
 * @param {() => number} [now] page clock, ms
 */
export async function measureClock(api, now = () => performance.now()) {
  /** @type {Probe[]} */
  const probes = [];
  for (let n = 0; n < PROBES; n += 1) {
    const sent = microseconds(now());
    const { t_server_us: server } = await api.visit("clock", { t_page_us: sent });
    probes.push({ sent, received: microseconds(now()), server });
  }
  return offsetFrom(probes);
}

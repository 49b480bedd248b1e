/** One tab a visit: two pages that recorded the same visit would give up each other's trials. */

/** After a reload the page before may hold its place a little longer. */
const PATIENCE_MS = 1_500;

/**
 * Resolves once this tab may go on: at once in most cases, else when the other tab has gone.
 * Where the browser has no locks (pages that are not secure), or gives none (site data that are blocked), every tab may
 * go on, and the site hands each clip to the tab that asked last.
 * @param {string} visit
 * @param {object} [options]
 * @param {() => void} [options.onElsewhere] told when another tab has the visit
 * @param {Pick<LockManager, "request">} [options.locks]
 * @param {number} [options.patienceMs]
 * @returns {Promise<void>}
 */
export function ownVisit(visit, { onElsewhere = () => {}, locks = navigator.locks, patienceMs = PATIENCE_MS } = {}) {
  if (!locks) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(onElsewhere, patienceMs);
    const held = locks.request(`cursal-visit-${visit}`, () => {
      clearTimeout(timer);
      resolve();
      return new Promise(() => {}); // held until the page goes
    });
    held.catch((error) => {
      clearTimeout(timer);
      console.warn("Whether another tab has this visit cannot be told:", error);
      resolve();
    });
  });
}

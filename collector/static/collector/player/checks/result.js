/** What a check answers. */

/**
 * @typedef {object} CheckResult
 * @property {boolean} passed
 * @property {string | number | boolean} value what was found, for the record
 */

/**
 * @param {boolean} passed
 * @param {string | number | boolean} value
 * @returns {CheckResult}
 */
export const outcome = (passed, value) => ({ passed, value });

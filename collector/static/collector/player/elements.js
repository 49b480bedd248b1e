/** Finds what a page must have: a template and a script that do not fit together say so at once. */

/**
 * @template {Element} T
 * @param {string} selector
 * @param {abstract new (...given: any[]) => T} kind
 * @param {ParentNode} [root]
 * @returns {T}
 */
export function element(selector, kind, root = document) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`This page lacks ${selector}.`);
  return found;
}

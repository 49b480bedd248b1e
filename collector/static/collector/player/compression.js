/** Gzip by the browser's own means. */

/** Below this, in characters, packing costs more than it saves. */
const WORTH_IT = 1_024;

/**
 * @param {string} text
 * @returns {Promise<Uint8Array<ArrayBuffer> | null>} null where the browser cannot, or where it is not worth it
 */
export async function gzip(text) {
  if (text.length < WORTH_IT || !("CompressionStream" in globalThis)) return null;
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

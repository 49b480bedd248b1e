/** A made-up ear: counts the tones of a sound check by listening, as a person does. */

const WINDOW_S = 0.01;
/** Of full scale, root mean square in a window: the tones are ten times as loud, the noise beneath a tenth of it. */
const AUDIBLE = 0.05;
/** Two tones with less silence between them sound like one. */
const PAUSE_S = 0.1;

/**
 * @param {Float32Array} signal -1 to 1
 * @param {number} rateHz
 */
export function countTones(signal, rateHz) {
  const length = Math.round(WINDOW_S * rateHz);
  let tones = 0;
  let silentS = Infinity;
  for (let begin = 0; begin + length <= signal.length; begin += length) {
    const power = signal.subarray(begin, begin + length).reduce((sum, value) => sum + value * value, 0) / length;
    if (Math.sqrt(power) < AUDIBLE) {
      silentS += WINDOW_S;
    } else {
      if (silentS >= PAUSE_S) tones += 1;
      silentS = 0;
    }
  }
  return tones;
}

/** @param {string} url of a sound file */
export async function hear(url) {
  const file = await (await fetch(url)).arrayBuffer();
  const rateHz = 16_000;
  const sound = await new OfflineAudioContext(1, 1, rateHz).decodeAudioData(file);
  return countTones(sound.getChannelData(0), rateHz);
}

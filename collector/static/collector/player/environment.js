/** The device check: can this computer show a clip, follow a hand and keep a recording? Each answer has a value. */

/** What prepared clips are: H.264 High 4.0 with AAC-LC in MP4. */
const CLIP_TYPE = 'video/mp4; codecs="avc1.640028, mp4a.40.2"';
/** A clip of a few kilobytes must show its first frame within this time. */
const FIRST_FRAME_TIMEOUT_MS = 8_000;

/**
 * @typedef {object} CheckResult
 * @property {boolean} passed
 * @property {string | number | boolean} value what was found, for the record
 */

/** A computer with a mouse or touchpad: a finger covers what it points at and says nothing between touches. */
export function checkDesktop(view = window) {
  const fine = view.matchMedia("(any-pointer: fine)").matches;
  const hover = view.matchMedia("(any-hover: hover)").matches;
  const phone = view.navigator.userAgentData?.mobile ?? /Mobi|Android/i.test(view.navigator.userAgent);
  return { passed: fine && hover && !phone, value: phone ? "phone" : fine ? "mouse" : "touch" };
}

/** @param {{width: number, height: number}} least CSS px */
export function checkWindow(least, view = window) {
  const { innerWidth: width, innerHeight: height } = view;
  return { passed: width >= least.width && height >= least.height, value: `${width}×${height}` };
}

/** Resolves once the mouse has moved: events that a finger makes do not count. */
export function checkMouse(view = window) {
  return new Promise((resolve) => {
    let from = null;
    const onMove = (event) => {
      if (event.pointerType === "touch") return;
      from ??= event;
      if (Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) < 40) return;
      view.removeEventListener("pointermove", onMove);
      resolve({ passed: true, value: event.pointerType });
    };
    view.addEventListener("pointermove", onMove);
  });
}

/** Parts of the browser without which nothing can be recorded. */
export function checkBrowser(view = window) {
  const missing = Object.entries({
    frame_callback: "requestVideoFrameCallback" in view.HTMLVideoElement.prototype,
    coalesced_events: "getCoalescedEvents" in view.PointerEvent.prototype,
    canvas_blur: typeof view.document.createElement("canvas").getContext("2d")?.filter === "string",
    streams: "ReadableStream" in view,
  })
    .filter(([, there]) => !there)
    .map(([name]) => name);
  return { passed: missing.length === 0, value: missing.join(" ") || "complete" };
}

/** Plays a tiny real clip: some browsers promise a codec and then show nothing (width 0, no error). */
export async function checkVideo(url, view = window) {
  const video = view.document.createElement("video");
  if (video.canPlayType(CLIP_TYPE) === "") return { passed: false, value: "codec" };
  if (!video.requestVideoFrameCallback) return { passed: false, value: "frame_callback" };
  Object.assign(video, { muted: true, playsInline: true, src: url });
  const outcome = await new Promise((resolve) => {
    video.requestVideoFrameCallback(() => resolve(video.videoWidth > 0 ? "plays" : "no_picture"));
    video.addEventListener("error", () => resolve("error"));
    view.setTimeout(() => resolve("timeout"), FIRST_FRAME_TIMEOUT_MS);
    video.play().catch(() => resolve("refused"));
  });
  video.removeAttribute("src");
  video.load();
  return { passed: outcome === "plays", value: outcome };
}

/** @param {{durable: boolean}} store what `openStore` gave. Without durable storage a reload loses a few seconds. */
export function checkStorage(store) {
  return { passed: true, value: store.durable ? "durable" : "memory" };
}

/** What is written down about browser and screen, with every visit. */
export function describeEnvironment(view = window) {
  const { navigator, screen } = view;
  return {
    user_agent: navigator.userAgent,
    platform: navigator.userAgentData?.platform ?? navigator.platform,
    languages: [...navigator.languages],
    cores: navigator.hardwareConcurrency ?? null,
    screen_width: screen.width,
    screen_height: screen.height,
    window_width: view.innerWidth,
    window_height: view.innerHeight,
    device_pixel_ratio: view.devicePixelRatio,
    colour_depth: screen.colorDepth,
    time_zone_offset_minutes: new Date().getTimezoneOffset(),
  };
}

/** A soft tone of half a second, so that the observer can set the volume. */
export function playTone(view = window) {
  const audio = new view.AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 440;
  volume.gain.setValueAtTime(0, audio.currentTime);
  volume.gain.linearRampToValueAtTime(0.2, audio.currentTime + 0.05);
  volume.gain.linearRampToValueAtTime(0, audio.currentTime + 0.5);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.5);
  tone.onended = () => audio.close();
}

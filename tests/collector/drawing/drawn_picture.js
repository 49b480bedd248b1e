/** Draws a given picture once by the player's own renderer, and hands back the pixels of the canvas. */
async ({ pixels, width, height, description, cursor, lose }) => {
  const { openFoveation } = await import("/player/drawing/foveation.js");
  const source = Object.assign(document.createElement("canvas"), { width, height });
  const given = Uint8ClampedArray.from(atob(pixels), (letter) => letter.charCodeAt(0));
  source.getContext("2d").putImageData(new ImageData(given, width, height), 0, 0);
  const video = Object.assign(source, { videoWidth: width, videoHeight: height }); // a film of one exact frame

  const stage = document.createElement("div");
  stage.style.cssText = `position: absolute; left: 0; top: 0; width: ${width}px; height: ${height}px`;
  const canvas = document.createElement("canvas");
  stage.append(canvas);
  document.body.replaceChildren(stage);
  const fallbacks = [];
  const foveation = openFoveation({ canvas, video, description, onFallback: (kind) => fallbacks.push(kind) });
  foveation.newFrame();
  const drew = [foveation.draw({ x: 1, y: 1 }), foveation.draw(cursor), foveation.draw(cursor)];
  if (lose) {
    foveation.canvas.getContext("webgl2").getExtension("WEBGL_lose_context").loseContext();
    drew.push(foveation.draw(cursor));
  }

  const copy = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
  copy.drawImage(foveation.canvas, 0, 0);
  const bytes = copy.getImageData(0, 0, width, height).data;
  let drawn = "";
  for (let at = 0; at < bytes.length; at += 4096) drawn += String.fromCharCode(...bytes.subarray(at, at + 4096));
  const onPage = stage.firstElementChild === foveation.canvas && stage.childElementCount === 1;
  const facts = foveation.facts();
  foveation.stop();
  return { drawn: btoa(drawn), facts, drew, fallbacks, onPage };
}

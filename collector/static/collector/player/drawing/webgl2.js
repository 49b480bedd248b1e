/**
 * Draws the blurred picture with its clear window by WebGL2: for computers with a graphics card.
 *
 * A separable Gaussian on a reduced picture, linear drawing up, and the window put over it in one shader. Where the
 * study asks for it, the blur grows with the distance from the cursor: three Gaussians of sigma, 2 sigma and 4 sigma
 * are mixed so that the variance of the mixture is the one wanted at each place.
 */

import { BLUR, COMPOSE, CORNERS, REDUCE } from "./shaders.js";
import { coarser, reduction } from "./sizes.js";

/** The blur's sigma on the reduced picture: there linear drawing up is not seen, and a kernel has few taps. */
const SMALL_SIGMA_PX = 4;
/** Each level has twice the sigma of the one before. */
const LEVELS_THAT_GROW = 3;

/**
 * @typedef {{x: number, y: number}} Point
 * @typedef {import("./sizes.js").Size} Size
 * @typedef {{texture: WebGLTexture, framebuffer: WebGLFramebuffer, size: Size}} Target a picture that is drawn into
 * @typedef {{halved: Target[], between: Target, blurred: Target, sigma: Point}} Level
 */

/** This browser or computer cannot draw so; another renderer can. */
export class RendererUnavailable extends Error {
  name = "RendererUnavailable";
}

export class WebGL2 {
  /** @type {"webgl2"} */
  kind = "webgl2";
  #frameIsNew = true;
  /** @type {Point | null} */
  #cursor = null;
  /** @type {(() => void)[]} */
  #release = [];

  /**
   * @param {object} options
   * @param {HTMLCanvasElement} options.canvas sized already
   * @param {WebGL2RenderingContext} options.gl of this canvas
   * @param {HTMLVideoElement} options.video
   * @param {import("./sizes.js").FoveationSizes} options.sizes
   */
  constructor({ canvas, gl, video, sizes }) {
    this.canvas = canvas;
    this.gl = gl;
    this.video = video;
    this.sizes = sizes;
    this.picture = { width: video.videoWidth, height: video.videoHeight };
    this.grows = sizes.grows;
    this.gpu = describeGpu(gl);
    this.reduce = this.#program(REDUCE);
    this.blur = this.#program(BLUR);
    this.compose = this.#program(COMPOSE);
    this.frame = this.#texture();
    /** Halvings of the frame before it is drawn: a canvas of less than half its size would leave pixels out. */
    this.detail = Math.max(0, Math.floor(Math.log2(this.picture.width / canvas.width)));
    this.levels = this.#levels();
    this.blurSize = this.levels[0].blurred.size;
    this.#setUp();
  }

  get lost() {
    return this.gl.isContextLost();
  }

  /** To be called at each presented frame. */
  newFrame() {
    this.#frameIsNew = true;
  }

  /**
   * @param {Point} cursor video px
   * @returns {boolean} false when nothing has changed since the last time, and nothing was drawn
   */
  draw({ x, y }) {
    if (!this.#frameIsNew && this.#cursor?.x === x && this.#cursor.y === y) return false;
    if (this.#frameIsNew) this.#take();
    this.#cursor = { x, y };
    this.#frameIsNew = false;
    const { gl, compose } = this;
    gl.useProgram(compose.program);
    gl.uniform2f(compose.at("cursor"), x, y);
    bind(gl, 0, this.frame);
    this.levels.forEach(({ blurred }, level) => bind(gl, 1 + level, blurred.texture));
    this.#fill(null, this.canvas);
    return true;
  }

  /** Gives everything back; the context stays with its canvas for the next clip. */
  stop() {
    if (!this.lost) for (const release of this.#release) release();
    this.#release = [];
  }

  /** Uploads the video's frame and blurs it. */
  #take() {
    const { gl } = this;
    bind(gl, 0, this.frame);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, this.video);
    if (this.detail) gl.generateMipmap(gl.TEXTURE_2D);
    let source = this.frame;
    for (const { halved, between, blurred, sigma } of this.levels) {
      gl.useProgram(this.reduce.program);
      for (const target of halved) {
        this.#draw(source, target);
        source = target.texture;
      }
      gl.useProgram(this.blur.program);
      this.#blurAlong({ x: 1, y: 0 }, sigma.x, source, between);
      this.#blurAlong({ x: 0, y: 1 }, sigma.y, between.texture, blurred);
      source = blurred.texture;
    }
  }

  /** @param {Point} along @param {number} sigma px @param {WebGLTexture} source @param {Target} target */
  #blurAlong(along, sigma, source, target) {
    this.gl.uniform2i(this.blur.at("along"), along.x, along.y);
    this.gl.uniform1f(this.blur.at("sigma"), sigma);
    this.#draw(source, target);
  }

  /** @param {WebGLTexture} source @param {Target} target */
  #draw(source, target) {
    bind(this.gl, 0, source);
    this.#fill(target.framebuffer, target.size);
  }

  /** @param {WebGLFramebuffer | null} framebuffer @param {Size} size px */
  #fill(framebuffer, { width, height }) {
    const { gl } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.viewport(0, 0, width, height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /** What stays the same for a whole clip. */
  #setUp() {
    const { gl, compose, sizes, picture } = this;
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    gl.disable(gl.BLEND);
    if (this.detail) {
      bind(gl, 0, this.frame);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_NEAREST);
    }
    gl.useProgram(compose.program);
    gl.uniform1i(compose.at("sharp"), 0);
    gl.uniform1f(compose.at("detail"), this.detail);
    for (let level = 0; level < LEVELS_THAT_GROW; level += 1) {
      // Without growth all samplers must still name a texture; the first level stands in.
      gl.uniform1i(compose.at(`blurred${level}`), 1 + Math.min(level, this.levels.length - 1));
    }
    gl.uniform2f(compose.at("picture"), picture.width, picture.height);
    gl.uniform1f(compose.at("radius"), sizes.radius);
    gl.uniform1f(compose.at("edge"), Math.max(sizes.edge, Number.EPSILON));
    gl.uniform1i(compose.at("grows"), Number(sizes.grows));
  }

  /** @returns {Level[]} */
  #levels() {
    const { steps, sigmaX, sigmaY } = reduction(this.picture, this.sizes.sigma, SMALL_SIGMA_PX);
    const levels = [this.#level(steps, { x: sigmaX, y: sigmaY })];
    while (this.grows && levels.length < LEVELS_THAT_GROW) {
      const finer = levels[levels.length - 1].blurred.size;
      const next = coarser(this.picture, finer, this.sizes.sigma * 2 ** (levels.length - 1));
      levels.push(this.#level([next.size], { x: next.sigmaX, y: next.sigmaY }));
    }
    return levels;
  }

  /** @param {Size[]} steps @param {Point} sigma px of the last step @returns {Level} */
  #level(steps, sigma) {
    const halved = steps.map((size) => this.#target(size));
    const size = steps[steps.length - 1];
    return { halved, between: this.#target(size), blurred: this.#target(size), sigma };
  }

  /** Ten bits a channel, so that passing a picture on three times leaves no bands. @param {Size} size */
  #target(size) {
    const { gl } = this;
    const texture = this.#texture();
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGB10_A2, size.width, size.height);
    const framebuffer = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    this.#release.push(() => gl.deleteFramebuffer(framebuffer));
    return { texture, framebuffer, size };
  }

  #texture() {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const axis of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, axis, gl.CLAMP_TO_EDGE);
    for (const way of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, way, gl.LINEAR);
    this.#release.push(() => gl.deleteTexture(texture));
    return texture;
  }

  /** @param {string} fragment GLSL */
  #program(fragment) {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [type, source] of [[gl.VERTEX_SHADER, CORNERS], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(/** @type {number} */ (type));
      if (!shader) throw new RendererUnavailable("no shader");
      gl.shaderSource(shader, /** @type {string} */ (source));
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      gl.deleteShader(shader); // goes with the program
    }
    gl.linkProgram(program);
    this.#release.push(() => gl.deleteProgram(program));
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
      throw new RendererUnavailable(gl.getProgramInfoLog(program) ?? "no program");
    }
    /** @type {Map<string, WebGLUniformLocation | null>} */
    const places = new Map();
    const at = (/** @type {string} */ name) => {
      if (!places.has(name)) places.set(name, gl.getUniformLocation(program, name));
      return places.get(name) ?? null;
    };
    return { program, at };
  }
}

/** @param {WebGL2RenderingContext} gl @param {number} unit @param {WebGLTexture} texture */
function bind(gl, unit, texture) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, texture);
}

/** @param {WebGL2RenderingContext} gl */
function describeGpu(gl) {
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  return String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER) ?? "").slice(0, 200);
}

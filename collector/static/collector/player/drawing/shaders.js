/** What the graphics card runs, in GLSL ES 3.00. Row 0 of every texture is the top of the picture. */

/** Taps to each side of a kernel at most: four sigma of the largest that is used, which leaves 1/15,000 out. */
const REACH_PX = 16;

/** One triangle that covers everything; `place` runs from (0, 0) to (1, 1) over what is drawn into. */
export const CORNERS = `#version 300 es
out vec2 place;
void main() {
  place = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
  gl_Position = vec4(place * 2.0 - 1.0, 0.0, 1.0);
}`;

/** A smaller copy: at half the size, linear sampling between four pixels is their mean. */
export const REDUCE = `#version 300 es
precision highp float;
uniform sampler2D source;
in vec2 place;
out vec4 colour;
void main() {
  colour = vec4(textureLod(source, place, 0.0).rgb, 1.0);
}`;

/** A Gaussian of sigma px along one axis; outside its borders the picture goes on mirrored. */
export const BLUR = `#version 300 es
precision highp float;
uniform sampler2D source;
uniform ivec2 along;
uniform float sigma;
out vec4 colour;
vec3 at(ivec2 place) {
  ivec2 last = textureSize(source, 0) - 1;
  ivec2 within = min(max(place, -1 - place), 2 * last + 1 - place);
  return texelFetch(source, clamp(within, ivec2(0), last), 0).rgb;
}
void main() {
  ivec2 middle = ivec2(gl_FragCoord.xy);
  vec3 sum = at(middle);
  float weights = 1.0;
  int reach = int(min(ceil(4.0 * sigma), ${REACH_PX}.0));
  for (int i = 1; i <= reach; i += 1) {
    float z = float(i) / sigma;
    float weight = exp(-0.5 * z * z);
    sum += weight * (at(middle - along * i) + at(middle + along * i));
    weights += 2.0 * weight;
  }
  colour = vec4(sum / weights, 1.0);
}`;

/**
 * The picture that is seen. The canvas counts its rows from below, the textures from above. With growth the wanted
 * sigma is that of the study at the window's border and proportional to the distance from there on, up to four
 * times; a mixture of two Gaussians has the mixture of their variances (1, 4 and 16 in units of sigma squared).
 */
export const COMPOSE = `#version 300 es
precision highp float;
uniform sampler2D sharp, blurred0, blurred1, blurred2;
uniform vec2 cursor, picture;
uniform float radius, edge, detail;
uniform bool grows;
in vec2 place;
out vec4 colour;
void main() {
  vec2 at = vec2(place.x, 1.0 - place.y);
  float distance = length(at * picture - cursor);
  float clear = clamp((radius - distance) / edge, 0.0, 1.0);
  vec3 seen = vec3(0.0);
  if (clear < 1.0) {
    seen = textureLod(blurred0, at, 0.0).rgb;
    if (grows) {
      float variance = pow(clamp(distance / radius, 1.0, 4.0), 2.0);
      seen = mix(seen, textureLod(blurred1, at, 0.0).rgb, clamp((variance - 1.0) / 3.0, 0.0, 1.0));
      seen = mix(seen, textureLod(blurred2, at, 0.0).rgb, clamp((variance - 4.0) / 12.0, 0.0, 1.0));
    }
  }
  if (clear > 0.0) seen = mix(seen, textureLod(sharp, at, detail).rgb, clear);
  colour = vec4(seen, 1.0);
}`;

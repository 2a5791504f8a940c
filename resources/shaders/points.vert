in vec3 position;
in uint label;

uniform mat4 matrix;
uniform float size;
uniform float fog;
uniform vec3 background;
uniform vec3 unassigned;
uniform sampler2D palette;
/* 0: all points; 1: those that belong to nobody; 2: all others. */
uniform int part;

flat out vec3 colour;

void main ()
{
  gl_Position = matrix * vec4 (position, 1.0);
  /* Outliers stay in the picture, however far in front or behind; at depth 1 itself nothing passes. */
  gl_Position.z = clamp (gl_Position.z, -1.0, 0.9999);
  gl_PointSize = size;
  /* Outside of the picture. */
  if (part != 0 && (label == 65535u) != (part == 1))
    gl_Position = vec4 (2.0, 2.0, 2.0, 1.0);
  int at = int (label);
  vec3 own = label == 65535u ? unassigned : texelFetch (palette, ivec2 (at % 256, at / 256), 0).rgb;
  /* Far points fade towards the background: depth -1 is near, 1 is far. */
  colour = mix (own, background, fog * clamp (0.5 + 0.5 * gl_Position.z, 0.0, 1.0));
}

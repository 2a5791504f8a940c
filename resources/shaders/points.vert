in vec3 position;
in uint label;
/* Whose it was before, where a change is on its way. */
in uint before;

/* How much wider than the others it is, and was before. */
in float swell;
in float former_swell;

uniform mat4 matrix;
uniform float size;
/* Between these. */
uniform float least_size;
uniform float largest_size;
/* How much of its former size is left. */
uniform float former;
uniform float fog;
uniform vec3 background;
uniform vec3 unassigned;
uniform sampler2D palette;
/* 0: all points; 1: those that belong to nobody; 2: all others. */
uniform int part;
/* A change of owners: where colours spread from, how far each axis counts, and which part of its way it is, below 0
 * if there is none; see ui/draw/frame.h. */
uniform sampler2D centres;
uniform vec3 wave_scale;
uniform float wave_share;
uniform float wave_width;
uniform float wave_swell;

flat out vec3 colour;
flat out float diameter;

vec3 colour_of (uint owner)
{
  int at = int (owner);
  return owner == 65535u ? unassigned : texelFetch (palette, ivec2 (at % 256, at / 256), 0).rgb;
}

/* How far this point has changed. */
float change ()
{
  int at = int (label == 65535u ? before : label);
  vec3 centre = texelFetch (centres, ivec2 (at % 256, at / 256), 0).rgb;
  float way = min (length ((position - centre) * wave_scale), 1.0);
  return clamp ((wave_share - way * (1.0 - wave_width)) / wave_width, 0.0, 1.0);
}

void main ()
{
  gl_Position = matrix * vec4 (position, 1.0);
  /* Outliers stay in the picture, however far in front or behind; at depth 1 itself nothing passes. */
  gl_Position.z = clamp (gl_Position.z, -1.0, 0.9999);
  /* Outside of the picture. */
  if (part != 0 && (label == 65535u) != (part == 1))
    gl_Position = vec4 (2.0, 2.0, 2.0, 1.0);
  vec3 own = colour_of (label);
  diameter = clamp (size * mix (swell, former_swell, former), least_size, largest_size);
  if (wave_share >= 0.0 && before != label)
    {
      float done = change ();
      own = mix (colour_of (before), own, done);
      diameter *= 1.0 + wave_swell * 4.0 * done * (1.0 - done);
    }
  gl_PointSize = diameter;
  /* Far points fade towards the background: depth -1 is near, 1 is far. */
  colour = mix (own, background, fog * clamp (0.5 + 0.5 * gl_Position.z, 0.0, 1.0));
}

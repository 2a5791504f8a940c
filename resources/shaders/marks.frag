flat in vec4 colour;
flat in float diameter;
flat in int shape;
flat in float half_width;
in float across;

uniform vec3 halo;
uniform vec3 rim;

out vec4 result;

/* A disc with a two-tone halo, so that it stands out on its own colour and on any other. */
vec4 disc (vec2 p)
{
  float r = length (p) * diameter * 0.5;
  float radius = diameter * 0.5;
  float outer = clamp (radius - r, 0.0, 1.0);
  float middle = clamp (radius - 1.5 - r, 0.0, 1.0);
  float inner = clamp (radius - 3.5 - r, 0.0, 1.0);
  vec3 c = mix (rim, halo, middle);
  c = mix (c, colour.rgb, inner);
  return vec4 (c * outer, outer);
}

/* Two strokes that cross: where the data's own zero is. */
vec4 cross_mark (vec2 p)
{
  vec2 q = abs (p) * diameter * 0.5;
  float stroke = clamp (1.7 - min (q.x, q.y), 0.0, 1.0);
  return vec4 (colour.rgb, 1.0) * stroke * colour.a;
}

void main ()
{
  if (shape == 0)
    result = vec4 (colour.rgb, 1.0) * colour.a * clamp (half_width + 0.5 - abs (across), 0.0, 1.0);
  else if (shape == 1)
    result = disc (gl_PointCoord * 2.0 - 1.0);
  else
    result = cross_mark (gl_PointCoord * 2.0 - 1.0);
}

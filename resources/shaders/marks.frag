flat in vec4 colour;
flat in float diameter;
flat in int shape;
flat in float half_width;
in float across;

uniform vec3 halo;
uniform vec3 rim;

out vec4 result;

/* What lies that far inside an edge: a two-tone halo, so that it stands out on its own colour and on
 * any other, and the colour. */
vec4 tinted (float inside)
{
  float outer = clamp (inside, 0.0, 1.0);
  vec3 c = mix (rim, halo, clamp (inside - 1.5, 0.0, 1.0));
  c = mix (c, colour.rgb, clamp (inside - 3.5, 0.0, 1.0));
  return vec4 (c * outer, outer);
}

vec4 disc (vec2 p)
{
  return tinted ((1.0 - length (p)) * diameter * 0.5);
}

/* A square of rounded corners with the head of a pin. */
vec4 pinned (vec2 p)
{
  float r = length (p) * diameter * 0.5;
  float corner = diameter * 0.15;
  vec2 q = abs (p) * diameter * 0.5 - (diameter * 0.45 - corner);
  float inside = corner - length (max (q, 0.0)) - min (max (q.x, q.y), 0.0);
  vec4 c = tinted (inside);
  return vec4 (mix (c.rgb, halo * c.a, clamp (diameter * 0.16 - r, 0.0, 1.0)), c.a);
}

/* A ring in its colour between two thin ones in the halo's. */
vec4 ring (vec2 p)
{
  float off = abs ((length (p) - 1.0) * diameter * 0.5 + 3.0);
  float outer = clamp (3.0 - off, 0.0, 1.0);
  return vec4 (mix (halo, colour.rgb, clamp (1.75 - off, 0.0, 1.0)) * outer, outer);
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
  else if (shape == 3)
    result = pinned (gl_PointCoord * 2.0 - 1.0);
  else if (shape == 4)
    result = ring (gl_PointCoord * 2.0 - 1.0);
  else
    result = cross_mark (gl_PointCoord * 2.0 - 1.0);
}

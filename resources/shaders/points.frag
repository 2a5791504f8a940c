flat in vec3 colour;
flat in float diameter;

uniform float alpha;
uniform float cutoff;

out vec4 result;

void main ()
{
  float radius = length (gl_PointCoord * 2.0 - 1.0);
  float coverage = clamp ((1.0 - radius) * diameter * 0.5 + 0.5, 0.0, 1.0);
  if (coverage <= cutoff)
    discard;
  float a = alpha * coverage;
  result = vec4 (colour * a, a);
}

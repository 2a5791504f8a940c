/* Two texels a cluster: what a pixel costs it, as a plane over the picture, in two parts of which the second is the
 * rest that the first could not hold; see ui/draw/regions.h. */
uniform sampler2D planes;
uniform sampler2D palette;
uniform int n;
/* Half the size of the picture. */
uniform vec2 middle;
uniform float alpha;
uniform vec4 border;
uniform float border_width;

out vec4 result;

vec3 part (int j, int which)
{
  int at = 2 * j + which;
  return texelFetch (planes, ivec2 (at % 256, at / 256), 0).rgb;
}

/* How much more plane j is than the plane (high, low): differences of like numbers lose nothing. */
vec3 beyond (int j, vec3 high, vec3 low)
{
  return (part (j, 0) - high) + (part (j, 1) - low);
}

void main ()
{
  vec2 p = vec2 (gl_FragCoord.x - middle.x, middle.y - gl_FragCoord.y);
  vec3 high = part (0, 0), low = part (0, 1);
  int owner = 0;
  for (int j = 1; j < n; j++)
    {
      vec3 more = beyond (j, high, low);
      if (dot (more.xy, p) + more.z < 0.0)
        {
          owner = j;
          high = part (j, 0);
          low = part (j, 1);
        }
    }
  float nearest = 1e9;
  for (int j = 0; j < n; j++)
    {
      vec3 more = beyond (j, high, low);
      float slope = length (more.xy);
      if (slope > 0.0)
        nearest = min (nearest, (dot (more.xy, p) + more.z) / slope);
    }
  float line = border.a * clamp (border_width * 0.5 + 0.5 - nearest, 0.0, 1.0);
  vec3 own = texelFetch (palette, ivec2 (owner % 256, owner / 256), 0).rgb;
  result = vec4 (own, 1.0) * alpha * (1.0 - line) + vec4 (border.rgb, 1.0) * line;
}

uniform sampler2D picture;
uniform vec3 background;

out vec4 result;

/* Rows come from the top, and each pixel's bytes are blue, green, red. Where no point is, what lies below is seen. */
void main ()
{
  ivec2 at = ivec2 (gl_FragCoord.xy);
  vec3 own = texelFetch (picture, ivec2 (at.x, textureSize (picture, 0).y - 1 - at.y), 0).bgr;
  if (all (lessThan (abs (own - background), vec3 (0.5 / 255.0))))
    discard;
  result = vec4 (own, 1.0);
}

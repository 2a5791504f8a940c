uniform sampler2D picture;

out vec4 result;

/* Rows come from the top, and each pixel's bytes are blue, green, red. */
void main ()
{
  ivec2 at = ivec2 (gl_FragCoord.xy);
  result = vec4 (texelFetch (picture, ivec2 (at.x, textureSize (picture, 0).y - 1 - at.y), 0).bgr, 1.0);
}

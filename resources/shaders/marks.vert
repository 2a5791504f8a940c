/* Marks and lines, in pixels from the top left. */
in vec2 position;
in vec4 tint;
/* Of a mark its diameter; of a line the signed distance from its middle. */
in float extent;
/* Of a mark its shape; of a line minus half its width. */
in float kind;

uniform vec2 viewport;

flat out vec4 colour;
flat out float diameter;
flat out int shape;
flat out float half_width;
out float across;

void main ()
{
  gl_Position = vec4 (position.x / viewport.x * 2.0 - 1.0, 1.0 - position.y / viewport.y * 2.0, 0.0, 1.0);
  gl_PointSize = max (extent, 1.0);
  colour = tint;
  diameter = extent;
  shape = kind < 0.0 ? 0 : int (kind + 0.5);
  half_width = -kind;
  across = extent;
}

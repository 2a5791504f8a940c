/* Shader programs from the resources, the same source for GL 3.3 core and GLES 3.0. */
#pragma once

#include <epoxy/gl.h>
#include <glib.h>

/* Links shaders NAME.vert and NAME.frag with attributes bound, in order, to locations 0, 1, ... 0
 * with an error that carries the compiler's log. A context must be current. */
GLuint lloyd_program_new (const char *name, const char *const *attributes, GError **error);

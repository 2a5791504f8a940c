/* The desktop application. */
#pragma once

#include <adwaita.h>

#define LLOYD_TYPE_APPLICATION (lloyd_application_get_type ())
G_DECLARE_FINAL_TYPE (LloydApplication, lloyd_application, LLOYD, APPLICATION, AdwApplication)

LloydApplication *lloyd_application_new (void);

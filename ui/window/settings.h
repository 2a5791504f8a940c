/* What a person chose for good: preferences and the window's last state, in GSettings. Main thread.
 */
#pragma once

#include <adwaita.h>

/* By value of their enums in the schema. */
typedef enum
{
  LLOYD_SCHEME_SYSTEM,
  LLOYD_SCHEME_LIGHT,
  LLOYD_SCHEME_DARK,
} LloydScheme;

typedef enum
{
  LLOYD_PRESENT_LIGHT,
  LLOYD_PRESENT_DARK,
  LLOYD_PRESENT_AS_USUAL,
} LloydPresentScheme;

/* The app's settings, borrowed. The schema is looked for beside a program that is not installed,
 * then where the program is installed, then where GSettings looks; a program whose schema is
 * nowhere ends here, with a sentence. */
GSettings *lloyd_settings (void);

/* Follows the colour scheme and the wish for less motion from now on, for all windows. */
void lloyd_settings_follow (void);

/* Says whether something is presented, which has a colour scheme of its own. */
void lloyd_settings_set_presenting (gboolean is_presenting);

/* What screen readers are told of a widget that changes by itself: at once while a person sets the
 * pace, and not more often than it can be listened to while runs go on by themselves. */
#pragma once

#include <gtk/gtk.h>

typedef struct _LloydLive
{
  /* Borrowed. */
  GtkWidget *widget;
  gboolean is_fast;
  gint64 said_us;
  /* What is to be said next, or NULL, and when. */
  char *next;
  guint timeout;
} LloydLive;

/* Starts from all zero with `widget` set. All functions are for the main thread. */

/* Lets the widget's accessible name be a text: now, or, while it is fast, within a second; what
 * came between is left out. */
void lloyd_live_say (LloydLive *self, const char *text);

/* Whether news comes faster than it can be said. What waits is said when it no longer does. */
void lloyd_live_set_fast (LloydLive *self, gboolean is_fast);

/* Forgets what waits. */
void lloyd_live_clear (LloydLive *self);

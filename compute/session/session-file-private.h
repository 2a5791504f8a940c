/* The words of session files, for what writes and what reads them. */
#pragma once

#define GROUP_HEAD "Lloyd Session"
#define GROUP_DATA "Data"
#define GROUP_RECIPE "Recipe"
#define GROUP_EDIT "Edit "
#define GROUP_POSITION "Position"
#define GROUP_VIEW "View"
#define GROUP_NAMES "Clusters"

/* Keys of a recipe that say something of one machine only; NULL-terminated. */
extern const char *const lloyd_session_file_machine_keys[];

/* By value of LloydEditKind; NULL-terminated. */

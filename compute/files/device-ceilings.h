/* What devices can do at most, by their names: a list as a card has it. What was measured is kept
 * from one start of the program to the next, by device and driver. */
#pragma once

#include "compute/backends/backend.h"

typedef struct
{
  /* "NVIDIA H100 PCIe"; owned. */
  char *device;
  LloydCeilings ceilings;
} LloydDeviceCeilings;

/* An empty list of LloydDeviceCeilings, and a copy of one. Yours. */
GPtrArray *lloyd_device_ceilings_new (void);
GPtrArray *lloyd_device_ceilings_copy (const GPtrArray *self);

/* The ceilings of a device, borrowed; NULL where they are not in the list, or `device` is NULL. */
const LloydCeilings *lloyd_device_ceilings_get (const GPtrArray *self, const char *device);

/* Adds a device to the list. Of one that is there the most that was ever seen counts. */
void lloyd_device_ceilings_put (GPtrArray *self, const char *device, const LloydCeilings *ceilings);

/* Finds what was measured on a device with a driver before, and adds it to the list. `folder` is
 * where it is kept; NULL: the user's cache. FALSE where there is nothing. */
gboolean lloyd_device_ceilings_find (GPtrArray *self,
                                     const char *folder,
                                     const char *device,
                                     const char *driver);

/* Keeps what the list has of a device, if it has any. */
void lloyd_device_ceilings_keep (const GPtrArray *self,
                                 const char *folder,
                                 const char *device,
                                 const char *driver);

/* Measures device number `device` of a backend, and adds it to the list and to what is kept. TRUE
 * without doing anything where the backend has nothing to measure so. Fails as the backend does. */
gboolean lloyd_device_ceilings_measure (GPtrArray *self,
                                        const char *folder,
                                        const LloydBackend *backend,
                                        int device,
                                        GCancellable *cancellable,
                                        GError **error);

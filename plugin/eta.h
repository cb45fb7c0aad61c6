/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Turns rough estimates of the time left into a figure that a person can read: it appears after a second, counts down,
 * follows the estimates slowly and comes in steps. */
typedef struct
{
  gint64 started, updated;   /* µs; 0 before the first update */
  double left;               /* smoothed, at `updated`; < 0 while unknown */
  int    shown;              /* what was given last; 0: nothing */
} PmtEta;

/* now: µs of a monotonic clock. estimate: seconds, < 0 while there is none (then what is known counts down). Returns
 * seconds to show: whole ones below 10, fives below a minute, minutes (as multiples of 60) above; 0 while nothing
 * should be shown. It grows only where the estimates say that clearly more is left. */
int pmt_eta_update (PmtEta *eta, gint64 now, double estimate);

G_END_DECLS

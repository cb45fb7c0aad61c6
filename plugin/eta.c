/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eta.h"

#include <math.h>

#define QUIET_US     (1 * G_USEC_PER_SEC)   /* nothing is said before */
#define FOLLOW       2.0                    /* seconds in which the figure follows the estimates to 1 - 1/e */
#define CLEARLY_MORE 1.3                    /* times what is shown, and a step, before the figure grows */
#define LITTLE       2                      /* seconds; a growth below that is noise */

static int
step_at (double seconds)
{
  return seconds < 10 ? 1 : seconds < 57.5 ? 5 : 60;
}

static int
in_steps (double seconds)
{
  int step = step_at (seconds);

  return MAX ((int) lround (seconds / step), 1) * step;
}

int
pmt_eta_update (PmtEta *eta, gint64 now, double estimate)
{
  double passed = eta->started == 0 ? 0 : (now - eta->updated) / 1e6;
  int steps;

  if (eta->started == 0)
    *eta = (PmtEta) { now, now, -1, 0 };
  eta->updated = now;
  if (eta->left >= 0)
    eta->left = MAX (eta->left - passed, 0);
  if (isfinite (estimate) && estimate >= 0)
    eta->left = eta->left < 0 ? estimate : eta->left + (estimate - eta->left) * (1 - exp (-passed / FOLLOW));
  if (eta->left < 0 || now - eta->started < QUIET_US)
    return 0;
  steps = in_steps (eta->left);
  if (eta->shown == 0 || steps < eta->shown
      || eta->left > eta->shown * CLEARLY_MORE + MAX (step_at (eta->shown), LITTLE))
    eta->shown = steps;
  return eta->shown;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "phantom-pair.h"

static PmtSource *
picture (Phantom *phantom, PhantomBand band, int side, const PmtMatrix3 *view, guint64 noise)
{
  PhantomCamera camera;

  phantom_camera_init (&camera, side, side);
  camera.view = *view;
  camera.noise = 0.01;
  camera.noise_seed = noise;
  camera.bits = 16;
  return phantom_render_source (NULL, phantom, band, &camera, NULL);
}

void
phantom_pair_init (PhantomPair *pair, const PhantomPairOptions *o, const PmtMatrix3 *truth)
{
  PhantomOptions options;
  PmtMatrix3     view = pmt_matrix3_translation (o->corner.x, o->corner.y), moving_view;

  phantom_options_init (&options);
  options.width = options.height = o->painting;
  options.density = 1;
  options.private_share = o->private_share;
  pair->phantom = phantom_new (o->seed, &options, NULL);
  pair->truth = *truth;
  pmt_matrix3_invert (truth, &moving_view);
  moving_view = pmt_matrix3_then (&moving_view, &view);
  pair->fixed = picture (pair->phantom, PHANTOM_BAND_VISIBLE, o->side, &view, o->noise);
  pair->moving = picture (pair->phantom, o->moving, o->side, &moving_view, o->noise + 1);
  pair->fixed_pyramid = _pmt_pyramid_new (NULL, pair->fixed, NULL, NULL);
  pair->moving_pyramid = _pmt_pyramid_new (NULL, pair->moving, NULL, NULL);
}

void
phantom_pair_clear (PhantomPair *pair)
{
  _pmt_pyramid_free (pair->fixed_pyramid);
  _pmt_pyramid_free (pair->moving_pyramid);
  pmt_source_unref (pair->fixed);
  pmt_source_unref (pair->moving);
  phantom_free (pair->phantom);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of a chain: what a history shows step by step, and puts together again. */
#include "transform/transform-private.h"

const char *
pmt_transform_get_kind (const PmtTransform *transform, int index)
{
  if (index < 0 || index >= pmt_transform_get_length (transform))
    return NULL;
  return _pmt_transform_get_step (transform, index)->klass->kind;
}

PmtTransform *
pmt_transform_slice (const PmtTransform *transform, int first, int n)
{
  int           length = pmt_transform_get_length (transform);
  int           from = CLAMP (first, 0, length), to = from + CLAMP (n, 0, length - from);
  PmtSize       unknown = { 0, 0 };
  PmtTransform *slice = pmt_transform_new (from == 0 ? pmt_transform_get_fixed_size (transform) : unknown,
                                           to == length ? pmt_transform_get_moving_size (transform) : unknown);

  for (int i = from; i < to; i++)
    _pmt_transform_add (slice, _pmt_step_ref ((PmtStep *) _pmt_transform_get_step (transform, i)));
  return slice;
}

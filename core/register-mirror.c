/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures that were turned over: an X-ray plate seen from behind, a slide in the scanner the wrong way round. The
 * pipeline knows no flips; the moving image is mirrored left to right before it and the transform after it. */
#include "register-mirror-private.h"

#include <string.h>

#include "base/error.h"
#include "judge/verdict-private.h"
#include "register-terms-private.h"

static PmtMatrix3
mirror_of (PmtSource *moving)
{
  return (PmtMatrix3) { { { -1, 0, pmt_source_get_width (moving) }, { 0, 1, 0 }, { 0, 0, 1 } } };
}

static gboolean
is_turned_over (const PmtTransform *initial)
{
  PmtMatrix3 m;

  return initial != NULL && pmt_transform_get_matrix (initial, &m) && pmt_matrix3_determinant (&m) < 0;
}

static PmtLandmark *
mirror_landmarks (const PmtRegisterOptions *options, int width)
{
  int          n = _pmt_terms_are_read (options) ? options->n_landmarks : 0;
  PmtLandmark *mirrored = g_memdup2 (options->landmarks, n * sizeof *mirrored);

  for (int k = 0; k < n; k++)
    mirrored[k].moving.x = width - mirrored[k].moving.x;
  return mirrored;
}

/* As _pmt_register_once() for the moving image seen from behind. */
static PmtRegistration *
register_turned_over (PmtContext *context, PmtSource *fixed, PmtSource *moving, const PmtRegisterOptions *options,
                      GError **error)
{
  PmtMatrix3                  mirror = mirror_of (moving);
  PmtSize                     size = { pmt_source_get_width (moving), pmt_source_get_height (moving) };
  PmtRegisterOptions          turned = *options;
  g_autoptr (PmtSource)       source = pmt_source_mirror_new (moving, error), mask = NULL, rigid = NULL;
  g_autofree PmtLandmark     *landmarks = mirror_landmarks (options, size.width);
  g_autoptr (PmtTransform)    initial = NULL, flat = NULL;
  g_autoptr (PmtRegistration) result = NULL;

  if (source == NULL)
    return NULL;
  if (options->moving_mask != NULL)
    {
      turned.moving_mask = mask = pmt_source_mirror_new (options->moving_mask, error);
      if (mask == NULL)
        return NULL;
    }
  if (options->rigid != NULL && (turned.rigid = rigid = pmt_source_mirror_new (options->rigid, error)) == NULL)
    return NULL;
  turned.landmarks = landmarks;
  if (is_turned_over (options->initial))
    {
      initial = pmt_transform_append_matrix (options->initial, &mirror, size, NULL, error);
      if (initial == NULL)
        return NULL;
    }
  else if (options->initial != NULL)      /* says nothing of a picture that lies the other way */
    turned.search = MIN (options->search, PMT_SEARCH_UPRIGHT);
  turned.initial = initial;
  result = _pmt_register_once (context, fixed, source, &turned, error);
  if (result == NULL)
    return NULL;
  flat = g_steal_pointer (&result->transform);
  result->transform = pmt_transform_append_matrix (flat, &mirror, size, pmt_transform_get_provenance (flat, 0), error);
  result->mirrored = TRUE;
  return result->transform != NULL ? g_steal_pointer (&result) : NULL;
}

static double
support_of (const PmtRegistration *r)
{
  for (guint i = 0; i < r->reasons->len; i++)
    if (g_str_equal (((PmtReason *) r->reasons->pdata[i])->code, "support"))
      return ((PmtReason *) r->reasons->pdata[i])->value;
  return 0;
}

static gboolean
is_better (const PmtRegistration *a, const PmtRegistration *b)
{
  return a->verdict != b->verdict ? a->verdict < b->verdict : support_of (a) > support_of (b);
}

/* Whether it is worth the time to look at the picture's back as well. */
static gboolean
look_behind (const PmtRegistration *first, const PmtRegisterOptions *options)
{
  if (first->verdict == PMT_VERDICT_OK || options->search == PMT_SEARCH_LOCAL)
    return FALSE;
  return options->mirror == PMT_MIRROR_ALLOW
         || (options->mirror == PMT_MIRROR_DETECT && first->verdict == PMT_VERDICT_FAILED && !first->mirrored);
}

static PmtRegistration *
register_view (PmtContext *context, PmtSource *fixed, PmtSource *moving, const PmtRegisterOptions *options,
               gboolean turned_over, GError **error)
{
  return turned_over ? register_turned_over (context, fixed, moving, options, error)
                     : _pmt_register_once (context, fixed, moving, options, error);
}

/* The same question, asked in a small part of the time: near the given placement and upright, the pictures as they are. */
static PmtRegisterOptions
at_a_glance (const PmtRegisterOptions *options)
{
  PmtRegisterOptions glance = *options;

  glance.search = MAX (options->search, PMT_SEARCH_UPRIGHT);
  if (options->preparation == NULL || g_str_equal (options->preparation, "auto"))
    glance.preparation = "none";
  return glance;
}

/* Either side may show: a glance at both first, since every way of looking at the wrong one takes long. NULL without error
 * when that does not do. */
static PmtRegistration *
glance_at_both (PmtContext *context, PmtSource *fixed, PmtSource *moving, const PmtRegisterOptions *options,
                gboolean turned_over, GError **error)
{
  PmtRegisterOptions glance = at_a_glance (options);

  for (int behind = 0; behind < 2; behind++)
    {
      PmtRegistration *r = register_view (context, fixed, moving, &glance, turned_over != behind, error);

      if (r == NULL || r->verdict == PMT_VERDICT_OK)
        return r;
      pmt_registration_free (r);
    }
  return NULL;
}

/* Every way of looking at one side, and at the other where that gives no sure answer. */
static PmtRegistration *
look_at_all (PmtContext *context, PmtSource *fixed, PmtSource *moving, const PmtRegisterOptions *options,
             gboolean turned_over, GError **error)
{
  PmtRegisterOptions          behind = options->mirror == PMT_MIRROR_DETECT ? at_a_glance (options) : *options;
  g_autoptr (PmtRegistration) first = register_view (context, fixed, moving, options, turned_over, error), second = NULL;

  if (first == NULL || !look_behind (first, options))
    return g_steal_pointer (&first);
  second = register_view (context, fixed, moving, &behind, !turned_over, error);
  if (second == NULL)
    return NULL;
  if (options->mirror == PMT_MIRROR_ALLOW)
    return is_better (second, first) ? g_steal_pointer (&second) : g_steal_pointer (&first);
  if (second->verdict == PMT_VERDICT_OK)
    _pmt_judge_add_mirrored (first, support_of (second));
  return g_steal_pointer (&first);
}

PmtRegistration *
pmt_register (PmtContext *context, PmtSource *fixed, PmtSource *moving, const PmtRegisterOptions *options,
              GError **error)
{
  PmtRegisterOptions given;
  GError            *problem = NULL;
  PmtRegistration   *result = NULL;
  gboolean           turned_over;

  pmt_register_options_init (&given);
  if (options != NULL)
    given = *options;
  if (!_pmt_terms_check (&given, fixed, moving, error))
    return NULL;
  turned_over = is_turned_over (given.initial);
  if (given.mirror == PMT_MIRROR_ALLOW && given.search < PMT_SEARCH_UPRIGHT)
    result = glance_at_both (context, fixed, moving, &given, turned_over, &problem);
  if (result == NULL && problem == NULL)
    result = look_at_all (context, fixed, moving, &given, turned_over, &problem);
  if (problem != NULL)
    g_propagate_error (error, problem);
  return result;
}

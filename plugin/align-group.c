/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Fitting all layers together: pairs of layers are registered, and solved so that whichever way round they are compared the same
 * comes out (core/group). As with each by itself, what is compared are the layers' original pixels: the group gives G: u_r → u_m for
 * each layer. Copies of the pixels keep the layers' own formats; a pair reads what it looks at as floats, by rectangles. */

#include <math.h>

#include "align-chain.h"
#include "align-private.h"
#include "buffer-source.h"
#include "layers.h"
#include "plug-in.h"

/* The share of the job that each stage takes. */
#define READ_SHARE 0.10
#define FIT_SHARE  0.75

typedef struct
{
  PmtAlignPicture picture;
  PmtAlignItem   *item;        /* NULL: the reference that was given */
  PmtTransform   *pose;        /* canvas → u, as it lies now */
  PmtSource      *mask;        /* the selection as seen from u; NULL */
} Member;

typedef struct
{
  PmtAlignment    *alignment;
  GPtrArray       *members;    /* of Member, the lowest layer first, as frames of an animation follow each other */
  PmtGroupOptions  options;
  PmtGroup        *group;
} Together;

static void
member_free (gpointer data)
{
  Member *member = data;

  pmt_align_picture_clear (&member->picture);
  g_clear_pointer (&member->pose, pmt_transform_unref);
  g_clear_pointer (&member->mask, pmt_source_unref);
  g_free (member);
}

static void
together_clear (Together *t)
{
  g_clear_pointer (&t->members, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Together, together_clear)

static PmtAlignItem *
find_item (const PmtAlignment *alignment, GimpLayer *layer)
{
  for (guint i = 0; i < alignment->items->len; i++)
    {
      PmtAlignItem *item = g_ptr_array_index (alignment->items, i);

      if (pmt_layer_equal (item->layer, layer))
        return item;
    }
  return NULL;
}

/* -- reading -- */

/* Whoever was cropped since it was aligned can't take part. */
static gboolean
read_member (Member *member, GimpLayer *layer, PmtSource *selection, PmtJob *job, GError **error)
{
  g_autoptr (PmtLayerChain) present = pmt_align_chain_present (layer, NULL, error);
  g_autoptr (PmtTransform) to_image = NULL;

  if (present == NULL || !pmt_align_picture_read (&member->picture, layer, job, error))
    return FALSE;
  to_image = pmt_align_chain_to_image (layer, member->picture.shown, error);
  if (to_image == NULL || (member->pose = pmt_transform_invert (to_image, error)) == NULL)
    return FALSE;
  if (selection == NULL)
    return TRUE;
  member->mask = pmt_pixels_seen_source (selection, member->picture.size, to_image, error);
  return member->mask != NULL;
}

static PmtSource *
read_selection (const PmtAlignment *alignment, PmtJob *job, GError **error)
{
  g_autoptr (GeglBuffer) copy = pmt_pixels_copy (GIMP_DRAWABLE (gimp_image_get_selection (alignment->image)), job, error);

  return copy != NULL ? pmt_gegl_source_new (copy, NULL, babl_format ("Y float"), error) : NULL;
}

static gboolean
add_member (Together *t, GimpLayer *layer, PmtAlignItem *item, PmtSource *selection, PmtJob *job, GError **error)
{
  Member *member = g_new0 (Member, 1);
  GError *reason = NULL;

  member->item = item;
  if (read_member (member, layer, selection, job, &reason))
    {
      g_ptr_array_add (t->members, member);
      return TRUE;
    }
  member_free (member);
  if (item != NULL)
    return pmt_align_item_note (item, reason, error);
  g_propagate_error (error, reason);
  return FALSE;
}

static gboolean
read_members (Together *t, PmtJob *job, GError **error)
{
  PmtAlignment *alignment = t->alignment;
  g_autoptr (GPtrArray) all = pmt_layers_in_order (alignment->image);
  g_autoptr (PmtSource) selection = NULL;
  double part = READ_SHARE / (alignment->items->len + 1);
  int done = 0;

  if (alignment->options.use_selection && (selection = read_selection (alignment, job, error)) == NULL)
    return FALSE;
  for (int i = (int) all->len - 1; i >= 0; i--)
    {
      GimpLayer *layer = g_ptr_array_index (all, i);
      PmtAlignItem *item = find_item (alignment, layer);
      gboolean is_reference = pmt_layer_equal (layer, alignment->reference);
      g_autofree char *name = NULL;

      if (!is_reference && (item == NULL || item->skipped))
        continue;
      name = gimp_item_get_name (GIMP_ITEM (layer));
      pmt_job_set_part (job, name, done * part, (done + 1) * part);
      if (!add_member (t, layer, item, selection, job, error))
        return FALSE;
      done++;
    }
  return TRUE;
}

/* -- registering -- */

static PmtSource *
open_member (int index, gpointer data, GError **error)
{
  Together *t = data;

  return pmt_pixels_match_source (((Member *) t->members->pdata[index])->picture.copy, error);
}

static PmtSource *
open_mask (int index, gpointer data, GError **error)
{
  Together *t = data;

  return pmt_source_ref (((Member *) t->members->pdata[index])->mask);
}

static gboolean
group_work (PmtContext *context, gpointer data, GError **error)
{
  Together *t = data;

  t->group = pmt_group_register (context, (int) t->members->len, open_member, t, &t->options, error);
  return t->group != NULL;
}

static void
set_options (Together *t, const PmtTransform **pose, const char **names)
{
  const PmtAlignOptions *options = &t->alignment->options;

  pmt_group_options_init (&t->options);
  pmt_align_options_to_core (options, &t->options.pair);
  if (!options->allow_mirrored)      /* try_alone() asks */
    t->options.pair.mirror = PMT_MIRROR_NEVER;
  if (options->compare == PMT_COMPARE_SEQUENCE)
    t->options.order = PMT_GROUP_SEQUENCE;
  for (guint i = 0; i < t->members->len; i++)
    {
      Member *member = g_ptr_array_index (t->members, i);

      pose[i] = member->pose;
      names[i] = member->picture.name;
      if (pmt_layer_equal (member->picture.layer, t->alignment->reference))
        t->options.reference = (int) i;
    }
  t->options.names = names;
  if (options->start_from_position)
    t->options.pose = pose;
  if (options->use_selection)
    t->options.fixed_mask = open_mask;
}

static gboolean
register_members (Together *t, PmtJob *job, GError **error)
{
  g_autofree const PmtTransform **pose = g_new0 (const PmtTransform *, t->members->len);
  g_autofree const char **names = g_new0 (const char *, t->members->len);
  gboolean done;

  set_options (t, pose, names);
  pmt_job_set_part (job, NULL, READ_SHARE, FIT_SHARE);
  done = pmt_job_run (job, group_work, t, error);
  t->options.pose = NULL;
  t->options.names = NULL;
  t->alignment->group = t->group;
  return done;
}

/* -- what came of it -- */

typedef struct
{
  PmtSource          *fixed, *moving;
  const PmtTransform *before, *after;
  int                 size;
  PmtSampler          sampler;
  PmtOverlay         *overlay;
} Picture;

static gboolean
picture_work (PmtContext *context, gpointer data, GError **error)
{
  Picture *picture = data;

  picture->overlay = pmt_overlay_new (context, picture->fixed, picture->moving, picture->before, picture->after,
                                      picture->size, NULL);
  if (picture->overlay != NULL)
    picture->overlay->sampler = picture->sampler;
  return pmt_context_check (context, error);
}

/* What was left out is shown as it lies. */
static gboolean
draw_picture (PmtAlignment *alignment, const PmtAlignPicture *reference, Member *member, const PmtLayerChain *before,
              PmtJob *job, GError **error)
{
  g_autoptr (PmtTransform) pose = pmt_align_chain_pose (before, reference->shown, error);
  g_autoptr (PmtSource) fixed = pose != NULL ? pmt_pixels_match_source (reference->copy, error) : NULL;
  g_autoptr (PmtSource) moving = fixed != NULL ? pmt_pixels_match_source (member->picture.copy, error) : NULL;
  gboolean placed = member->item->registration->verdict != PMT_VERDICT_FAILED;
  Picture picture = { fixed, moving, pose, placed ? member->item->registration->transform : pose,
                      alignment->overlay_size, alignment->options.sampler, NULL };

  if (moving == NULL || !pmt_job_run (job, picture_work, &picture, error))
    return FALSE;
  member->item->overlay = picture.overlay;
  return TRUE;
}

/* Of what no pair is certain, that may lie in any way: pairs of a group are looked for among those that lie much alike. */
static gboolean
may_lie_otherwise (const Together *t, int index)
{
  gboolean tried = FALSE;

  if (t->group->images[index].transform != NULL || t->options.order == PMT_GROUP_SEQUENCE)
    return FALSE;
  for (guint k = 0; k < t->group->pairs->len; k++)
    {
      const PmtGroupPair *pair = &g_array_index (t->group->pairs, PmtGroupPair, k);

      if (pair->fixed != index && pair->moving != index)
        continue;
      tried = TRUE;
      if (pair->registration->verdict == PMT_VERDICT_OK)      /* contradicted by others */
        return FALSE;
    }
  return tried;
}

/* With the reference, as if it were the only layer: turned, oblique, seen from behind. */
static gboolean
try_alone (Together *t, Member *reference, PmtAlignItem *item, double from, double to, PmtJob *job, GError **error)
{
  g_autoptr (PmtSource) pixels = pmt_pixels_match_source (reference->picture.copy, error);
  PmtAlignReference alone = { .picture = &reference->picture, .pixels = pixels, .mask = reference->mask };

  return pixels != NULL && pmt_align_item_fit (item, t->alignment, &alone, from, to, job, error);
}

static gboolean
conclude_member (Together *t, const PmtAlignPicture *reference, int index, PmtJob *job, GError **error)
{
  PmtAlignment *alignment = t->alignment;
  Member *member = g_ptr_array_index (t->members, index);
  PmtAlignItem *item = member->item;
  g_autoptr (PmtLayerChain) before = pmt_align_chain_present (member->picture.layer, reference->layer, error);
  g_autofree char *method = NULL;

  if (before == NULL)
    return FALSE;
  item->registration = pmt_group_image_registration (t->group, index);
  item->pairs = t->group->images[index].pairs;
  if (alignment->overlay_size > 0 && !draw_picture (alignment, reference, member, before, job, error))
    return FALSE;
  if (item->registration->verdict == PMT_VERDICT_FAILED)
    return TRUE;
  method = pmt_alignment_group_method (t->group, item->pairs);
  return pmt_align_item_conclude (item, alignment, reference->shown, before, method, error)
         && pmt_align_item_render (item, alignment, member->picture.copy, job, error);
}

static gboolean
conclude (Together *t, PmtJob *job, GError **error)
{
  Member *reference = t->members->pdata[t->group->reference];
  double part = (1 - FIT_SHARE) / t->members->len;

  for (guint i = 0; i < t->members->len; i++)
    {
      Member *member = g_ptr_array_index (t->members, i);
      GError *reason = NULL;
      double from = FIT_SHARE + i * part;

      if ((int) i == t->group->reference)
        continue;
      pmt_job_set_part (job, member->picture.name, from, from + part);
      if (may_lie_otherwise (t, (int) i))
        try_alone (t, reference, member->item, from, from + part, job, &reason);
      else
        conclude_member (t, &reference->picture, (int) i, job, &reason);
      if (!pmt_align_item_note (member->item, reason, error))
        return FALSE;
      member->item->wanted = pmt_align_item_is_wanted (member->item, t->alignment);
    }
  return TRUE;
}

gboolean
pmt_alignment_fit_together (PmtAlignment *alignment, PmtJob *job, GError **error)
{
  g_auto (Together) t = { .alignment = alignment };
  g_autoptr (GError) problem = NULL;
  Member *reference;

  t.members = g_ptr_array_new_with_free_func (member_free);
  if (!read_members (&t, job, error))
    return FALSE;
  if (t.members->len < 2)      /* the others have said why not */
    return alignment->reference != NULL
           || pmt_plug_in_fail (error, _("Fewer than two layers can be compared."));
  if (!register_members (&t, job, &problem))
    {
      /* Too few of the pictures show anything: each is told why by itself. */
      if (alignment->reference != NULL && g_error_matches (problem, PMT_ERROR, PMT_ERROR_BAD_INPUT))
        return pmt_alignment_fit_each (alignment, job, error);
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  reference = g_ptr_array_index (t.members, t.group->reference);
  alignment->reference = reference->picture.layer;
  if (!conclude (&t, job, error))
    return FALSE;
  if (reference->item != NULL)      /* which stays where it is */
    g_ptr_array_remove (alignment->items, reference->item);
  return TRUE;
}

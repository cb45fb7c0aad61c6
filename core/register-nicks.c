/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nicks of the enumerations of register.h; those of metrics and optimisers stand in their own tables. */
#include "register.h"

static const char *const models[] = { "auto", "translation", "rigid", "similarity", "affine", "homography",
                                      "smooth", "deformable" };
static const char *const modalities[] = { "auto", "same", "different" };
static const char *const searches[] = { "auto", "frontal", "upright", "local" };
static const char *const mirrors[] = { "detect", "allow", "never" };
static const char *const verdicts[] = { "ok", "uncertain", "failed" };

static gboolean
from_nick (const char *const *nicks, int n, const char *nick, int *value)
{
  for (int k = 0; k < n; k++)
    if (g_strcmp0 (nick, nicks[k]) == 0)
      {
        *value = k;
        return TRUE;
      }
  return FALSE;
}

gboolean
pmt_model_from_nick (const char *nick, PmtModel *model)
{
  int      value = 0;
  gboolean ok = from_nick (models, G_N_ELEMENTS (models), nick, &value);

  if (ok)
    *model = (PmtModel) value;
  return ok;
}

const char *
pmt_model_to_nick (PmtModel model)
{
  return models[model];
}

gboolean
pmt_modality_from_nick (const char *nick, PmtModality *modality)
{
  int      value = 0;
  gboolean ok = from_nick (modalities, G_N_ELEMENTS (modalities), nick, &value);

  if (ok)
    *modality = (PmtModality) value;
  return ok;
}

const char *
pmt_modality_to_nick (PmtModality modality)
{
  return modalities[modality];
}

gboolean
pmt_search_from_nick (const char *nick, PmtSearch *search)
{
  int      value = 0;
  gboolean ok = from_nick (searches, G_N_ELEMENTS (searches), nick, &value);

  if (ok)
    *search = (PmtSearch) value;
  return ok;
}

gboolean
pmt_mirror_from_nick (const char *nick, PmtMirror *mirror)
{
  int      value = 0;
  gboolean ok = from_nick (mirrors, G_N_ELEMENTS (mirrors), nick, &value);

  if (ok)
    *mirror = (PmtMirror) value;
  return ok;
}

gboolean
pmt_verdict_from_nick (const char *nick, PmtVerdict *verdict)
{
  int      value = 0;
  gboolean ok = from_nick (verdicts, G_N_ELEMENTS (verdicts), nick, &value);

  if (ok)
    *verdict = (PmtVerdict) value;
  return ok;
}

const char *
pmt_verdict_to_nick (PmtVerdict verdict)
{
  return verdicts[verdict];
}

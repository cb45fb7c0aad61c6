/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "exchange/exchange.h"
#include "transform/transform-private.h"

G_BEGIN_DECLS

/* What a format can express. */
typedef enum
{
  PMT_REACH_CHAIN,    /* everything */
  PMT_REACH_SPLINE,   /* affine maps and uniform cubic B-splines, as far as write() can */
  PMT_REACH_AFFINE,
  PMT_REACH_PAIRS,    /* pairs of points */
  PMT_REACH_FIELD     /* no text: exchange/field.h */
} PmtReach;

/* A file's text, zero-terminated, and what else a reader may need. */
typedef struct
{
  const char *text;
  gsize       length;
  const char *path;              /* NULL: from memory, there are no files beside it */
  PmtSize     fixed, moving;     /* what the caller says of the images; 0 × 0: nothing */
} PmtFormatText;

/* What a file holds: a chain, or pairs. Readers fill it in, writers are given it. */
typedef struct
{
  PmtTransform *transform;              /* to write: flat. Read: NULL where there are pairs */
  PmtMatrix3    matrix;                 /* to write, PMT_REACH_AFFINE: the same, its last row 0, 0, 1 */
  GArray       *from, *to;              /* of PmtPoint: fixed, moving; to read: empty */
  PmtSize       fixed, moving;
  const char   *fixed_name, *moving_name;
} PmtFormatContent;

/* A format: a file with these, and a row in exchange.c's table. */
typedef struct
{
  PmtFormatInfo info;
  PmtReach      reach;
  PmtPointModel target;          /* of pairs: what the program itself makes of them; AUTO: that is up to the person */
  /* TRUE where the text is of this format for certain; NULL: there is nothing to tell it by. */
  gboolean    (*recognise) (const char *text);
  gboolean    (*read)      (const PmtFormatText *text, PmtFormatContent *content, GError **error);
  /* Appends the file's text, and where the format needs a second file that one's to `partner`.
   * PMT_ERROR_UNSUPPORTED: cannot be expressed. path: of the first file; NULL: to memory. */
  gboolean    (*write)     (const PmtFormatContent *content, const char *path, GString *text, GString *partner,
                            GError **error);
  char       *(*partner)   (const char *path, GError **error);   /* the second file's path; NULL: the format never has one */
} PmtFormat;

extern const PmtFormat _pmt_format_pentimento, _pmt_format_itk, _pmt_format_elastix, _pmt_format_elastix_points,
  _pmt_format_points,
  _pmt_format_bigwarp, _pmt_format_qgis, _pmt_format_gdal, _pmt_format_hugin, _pmt_format_trakem2, _pmt_format_svg,
  _pmt_format_annotation, _pmt_format_georeference, _pmt_format_field;

/* A whole file's text, at most PMT_FORMAT_MAX_BYTES, in UTF-8 and without zeros. */
#define PMT_FORMAT_MAX_BYTES (64 << 20)
GString *_pmt_format_read_file (const char *path, GError **error);

/* -- words and numbers: format-text.c -- */

/* An error that names a line, counted from 1; 0: no line. */
gboolean _pmt_format_fail    (GError **error, int line, const char *format, ...) G_GNUC_PRINTF (3, 4);
gboolean _pmt_format_refuse  (GError **error, const char *format, ...) G_GNUC_PRINTF (2,
                                                                                      3);   /* PMT_ERROR_UNSUPPORTED */
/* All of text is finite numbers between white space (and commas, where `commas`), appended to an array of double. */
gboolean _pmt_format_numbers (const char *text, gboolean commas, GArray *numbers);
/* One finite number that is all of text but white space. */
gboolean _pmt_format_number  (const char *text, double *value);
/* Numbers with blanks between them, each of 17 significant digits. */
void     _pmt_format_put     (GString *text, int n, const double *values);
void     _pmt_format_put_xml (GString *text, const char *words);   /* escaped */
/* TRUE where the first line of text that is neither blank nor begins with `comment` (0: none) begins with `word`. */
gboolean _pmt_format_begins  (const char *text, char comment, const char *word);
void     _pmt_format_add_pair (PmtFormatContent *content, PmtPoint fixed, PmtPoint moving);
/* An error where the moving image's size, and with `both` the fixed one's, is not known. */
gboolean _pmt_format_need_sizes (const PmtFormatContent *content, gboolean both, GError **error);
/* The last part of a path. */
const char *_pmt_format_basename (const char *name);

/* -- affine maps: format-linear.c -- */

/* p ↦ A·(p − c) + c + t, of a file's numbers. */
PmtMatrix3 _pmt_linear_about (const double a[4], PmtPoint t, PmtPoint c);
PmtMatrix3 _pmt_linear_turn  (double scale, double angle, PmtPoint t, PmtPoint c);   /* radians, from x towards y */
/* The same map in coordinates in which the first pixel's centre is (0, 0), and back from those. */
PmtMatrix3 _pmt_linear_to_centres   (const PmtMatrix3 *m);
PmtMatrix3 _pmt_linear_from_centres (const PmtMatrix3 *m);
/* Appended to content->transform, an empty chain to begin with. */
gboolean   _pmt_linear_append (PmtFormatContent *content, const PmtMatrix3 *m, const char *format, GError **error);
/* moving⁻¹ · fixed of two placements on one canvas, appended as above. */
gboolean   _pmt_linear_relate (PmtFormatContent *content, const PmtMatrix3 *fixed, const PmtMatrix3 *moving,
                               const char *format,
                               GError **error);
/* TRUE and the map where the chain is one affine map. */
gboolean   _pmt_linear_get    (const PmtTransform *flat, PmtMatrix3 *m);
/* SVG's transform list, "matrix(…) rotate(…)": what TrakEM2 has as well. FALSE: it is none. */
gboolean   _pmt_linear_from_list (const char *text, PmtMatrix3 *m);

/* -- B-splines: format-spline.c -- */

/* p ↦ p + d(p) of a file; nodes are in coordinates in which the first pixel's centre is (0, 0). Beyond the nodes'
 * support such files displace nothing; ours go on. */
gboolean    _pmt_spline_append (PmtFormatContent *content, const PmtLattice *nodes, const char *format, GError **error);
/* Step index of a flat chain as such nodes, wide enough for all that the fixed image reaches there; NULL with
 * PMT_ERROR_UNSUPPORTED where it is no such spline. */
PmtLattice *_pmt_spline_nodes (const PmtTransform *flat, int index, PmtSize fixed, GError **error);
/* The map that follows, taken into the displacements. */
void        _pmt_spline_follow (PmtLattice *nodes, const PmtMatrix3 *m);
void        _pmt_spline_free  (PmtLattice *nodes);
/* Checks what a file says of its grid. */
gboolean    _pmt_spline_check (double columns, double rows, double n_parameters, GError **error);

/* -- XML: format-xml.c -- */

/* An element: name without prefix, attributes as GMarkup gives them. `depth`: 0 for the outermost. FALSE ends the
 * parse. */
typedef gboolean (*PmtXmlStart) (const char *name, const char **names, const char **values, int depth, gpointer data,
                                 GError **error);
typedef void     (*PmtXmlEnd)   (const char *name, int depth, gpointer data);

gboolean    _pmt_xml_parse     (const PmtFormatText *text, PmtXmlStart start, PmtXmlEnd end, gpointer data,
                                GError **error);
/* NULL: not there. Prefixes are passed over: "href" finds "xlink:href". */
const char *_pmt_xml_attribute (const char **names, const char **values, const char *name);
/* TRUE where the text's first element is called so. */
gboolean    _pmt_xml_is        (const char *text, const char *name);

/* -- what is nearest: format-nearest.c -- */

/* A grid of places over the fixed image, its corners among them, and their images; those that have none are left
 * out. */
gboolean      _pmt_nearest_pairs   (const PmtTransform *transform, PmtSize fixed, int along, GArray *from, GArray *to,
                                    GError **error);
/* The map of that model that misses the transform least, in the mean square over the fixed image. */
PmtTransform *_pmt_nearest_fit     (const PmtTransform *transform, PmtSize fixed, PmtSize moving, PmtPointModel model,
                                    GError **error);
/* How far two maps lead apart: report's worst, mean and where. */
void          _pmt_nearest_measure (const PmtTransform *transform, const PmtTransform *other, PmtSize fixed,
                                    PmtExchangeReport *report);

G_END_DECLS

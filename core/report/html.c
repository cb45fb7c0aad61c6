/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/html-private.h"

#include <stdarg.h>
#include <string.h>

#include "config.h"

/* -- text -- */

void
_pmt_html_text (GString *page, const char *text)
{
  g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;

  for (const char *c = valid; c != NULL && *c != 0; c = g_utf8_next_char (c))
    {
      gunichar u = g_utf8_get_char (c);

      if (u == '&')
        g_string_append (page, "&amp;");
      else if (u == '<')
        g_string_append (page, "&lt;");
      else if (u == '>')
        g_string_append (page, "&gt;");
      else if (u == '"')
        g_string_append (page, "&quot;");
      else if (u == '\'')
        g_string_append (page, "&#39;");
      else if ((u < 0x20 && u != '\n' && u != '\t') || (u >= 0x7f && u < 0xa0)   /* controls, and those that turn … */
               || (u >= 0x202a && u <= 0x202e) || (u >= 0x2066 && u <= 0x2069))   /* … the direction of writing */
        g_string_append (page, "\357\277\275");
      else
        g_string_append_unichar (page, u);
    }
}

/* Digits after "%." up to and with the "f". */
static const char *
append_number (GString *page, const char *at, double value)
{
  char format[8] = "%.", text[64];
  int  digits = 0;

  while (g_ascii_isdigit (*at))
    digits = 10 * digits + (*at++ - '0');
  g_snprintf (format, sizeof format, "%%.%df", MIN (digits, 17));
  g_string_append (page, g_ascii_formatd (text, sizeof text, format, value));   /* always with a point */
  return at + 1;
}

void
_pmt_html_printf (GString *page, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  for (const char *c = format; *c != 0;)
    if (*c != '%')
      g_string_append_c (page, *c++);
    else if (c[1] == 's')
      {
        _pmt_html_text (page, va_arg (arguments, const char *));
        c += 2;
      }
    else if (c[1] == 'd')
      {
        g_string_append_printf (page, "%d", va_arg (arguments, int));
        c += 2;
      }
    else if (c[1] == '.')
      c = append_number (page, c + 2, va_arg (arguments, double));
    else
      {
        g_string_append_c (page, '%');
        c += 2;
      }
  va_end (arguments);
}

/* -- the frame -- */

static const char style[] =
  ":root{color-scheme:light dark;--bg:#fbfbfa;--fg:#1c1d1f;--soft:#5d6166;--line:#d9dadc;--card:#fff;--good:#00765a;"
  "--warn:#8a5a00;--bad:#a83600;--ink:#2b6cb0}\n"
  "@media(prefers-color-scheme:dark){:root{--bg:#17181a;--fg:#e8e8e6;--soft:#a3a7ad;--line:#393c40;--card:#1f2124;"
  "--good:#35c79d;--warn:#e6b84a;--bad:#ff8a57;--ink:#7db4ee}}\n"
  "*{box-sizing:border-box}\n"
  "body{margin:0 auto;padding:2rem 1.25rem 4rem;max-width:76rem;background:var(--bg);color:var(--fg);"
  "font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\n"
  "h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}h2{font-size:1.2rem;margin:2.5rem 0 .75rem}"
  "h3{font-size:1rem;margin:1.25rem 0 .5rem}p{margin:.4rem 0;max-width:48rem}\n"
  ".soft,figcaption,caption{color:var(--soft);font-size:.9rem}\n"
  ".verdict{border-left:.5rem solid;padding:.6rem 1rem;margin:1.25rem 0;background:var(--card)}"
  ".verdict strong{font-size:1.15rem}.ok{border-color:var(--good)}.uncertain{border-color:var(--warn)}"
  ".failed{border-color:var(--bad)}.word-ok{color:var(--good)}.word-uncertain{color:var(--warn)}"
  ".word-failed{color:var(--bad)}.word-ok,.word-uncertain,.word-failed{font-weight:600}\n"
  "img{display:block;max-width:100%;height:auto;background:#0003}\n"
  "figure{margin:0}figcaption{padding:.3rem 0 .6rem}\n"
  ".panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.75rem}\n"
  ".charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:1.25rem}"
  ".charts figure{background:var(--card);border:1px solid var(--line);padding:.75rem;border-radius:.3rem}\n"
  ".stack{position:relative;display:inline-block;max-width:100%}.stack>img:first-child{width:100%}"
  ".look .stack{width:min(100%,48rem)}.stack>img+img,.stack>svg{position:absolute;inset:0;width:100%;height:100%;background:none}\n"
  ".controls{display:flex;flex-wrap:wrap;gap:1rem;align-items:center;padding:.5rem 0}.controls input[type=range]{"
  "flex:1 1 16rem}\n"
  "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}caption{text-align:left;padding:.3rem 0}"
  "th,td{text-align:left;padding:.35rem .9rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top;"
  "overflow-wrap:normal}th[scope=row]{overflow-wrap:anywhere;min-width:6rem}td.n,th.n{text-align:right;white-space:nowrap}.scroll{overflow-x:auto}th.group{padding-top:1rem}\n"
  "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.25rem;margin:.5rem 0}dt{color:var(--soft)}dd{margin:0}\n"
  "svg text{fill:currentColor;font:12px system-ui,sans-serif}svg .axis{stroke:var(--line)}svg .line{fill:none;"
  "stroke:var(--ink);stroke-width:2}svg .dot{fill:var(--ink)}svg .bar{fill:var(--ink)}svg .mark{stroke:var(--soft);"
  "stroke-dasharray:4 3}svg .dim{fill:var(--soft)}svg .on-colour{fill:#111}svg{max-width:100%;height:auto}\n"
  ".key{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;list-style:none;padding:0;margin:.5rem 0}.key svg{width:1em;height:1em;"
  "vertical-align:-.1em;margin-right:.4em}\n"
  "summary{cursor:pointer;font-weight:600;padding:.4rem 0}details{border-bottom:1px solid var(--line);padding:.3rem 0 .6rem}"
  "a{color:var(--ink)}:focus-visible{outline:3px solid var(--ink);outline-offset:2px}[hidden]{display:none!important}\n"
  "@media print{details{break-inside:avoid}.look{display:none}}\n";

/* Shows the slider, which needs a script, opens the details that a link leads to, and counts pictures that the browser could not decode. */
static const char script[] =
  "(function () {\n"
  "  'use strict';\n"
  "  function each(selector, f) { Array.prototype.forEach.call(document.querySelectorAll(selector), f); }\n"
  "  each('.look', function (look) {\n"
  "    var pictures = look.querySelectorAll('.stack img'), range = look.querySelector('input[type=range]');\n"
  "    var moved = pictures[1];\n"
  "    each('img[data-as]', function (from) {\n"
  "      if (from.dataset.as === 'fixed') pictures[0].src = from.src;\n"
  "      if (from.dataset.as === 'moved') moved.src = from.src;\n"
  "    });\n"
  "    function update() {\n"
  "      var mode = look.querySelector('input[name=mode]:checked').value, value = Number(range.value);\n"
  "      moved.style.clipPath = mode === 'curtain' ? 'inset(0 0 0 ' + value + '%)' : 'none';\n"
  "      moved.style.opacity = mode === 'blend' ? String(value / 100) : '1';\n"
  "      moved.style.mixBlendMode = mode === 'difference' ? 'difference' : 'normal';\n"
  "      range.disabled = mode === 'difference';\n"
  "      range.setAttribute('aria-valuetext', mode === 'curtain' ? 'curtain at ' + value + ' % of the width'\n"
  "                                                               : 'moving image at ' + value + ' % opacity');\n"
  "    }\n"
  "    look.addEventListener('input', update);\n"
  "    look.hidden = false;\n"
  "    update();\n"
  "  });\n"
  "  function reveal() {\n"
  "    var target = document.getElementById(location.hash.slice(1));\n"
  "    if (target && target.tagName === 'DETAILS') { target.open = true; target.scrollIntoView(); }\n"
  "  }\n"
  "  window.addEventListener('hashchange', reveal);\n"
  "  reveal();\n"
  "  window.addEventListener('load', function () {\n"
  "    var all = 0, broken = 0;\n"
  "    each('img', function (img) { all += 1; if (!(img.complete && img.naturalWidth > 0)) broken += 1; });\n"
  "    document.documentElement.dataset.pictures = String(all);\n"
  "    document.documentElement.dataset.broken = String(broken);\n"
  "  });\n"
  "}());\n";

/* The hash by which the page's policy lets this script run and no other. */
static char *
script_hash (void)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8                digest[32];
  gsize                 length = sizeof digest;

  g_checksum_update (sum, (const guchar *) script, strlen (script));
  g_checksum_get_digest (sum, digest, &length);
  return g_base64_encode (digest, length);
}

void
_pmt_html_begin (GString *page, const char *title)
{
  g_autofree char *hash = script_hash ();

  g_string_append (page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
  _pmt_html_printf (page, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
                    "style-src 'unsafe-inline'; script-src 'sha256-%s'; base-uri 'none'; form-action 'none'\">\n", hash);
  g_string_append (page, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
  _pmt_html_text (page, title);
  g_string_append_printf (page, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", style);
}

void
_pmt_html_end (GString *page)
{
  g_string_append_printf (page, "</main>\n<footer><p class=\"soft\">Made by pentimento " PMT_VERSION ". The page is "
                          "complete in itself and loads nothing.</p></footer>\n<script>%s</script>\n</body>\n</html>\n",
                          script);
}

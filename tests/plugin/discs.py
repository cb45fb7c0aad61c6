# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for five discs of one colour on the screen, two above, one in the middle, two below, and prints their places in that
order, from left to right: discs.py magenta|green."""
import sys

import gi
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk  # noqa: E402
import numpy as np  # noqa: E402

COLOURS = {"magenta": (255, 0, 255), "green": (0, 255, 0)}
NEAR = 60          # a colour's distance, each band
APART = 25         # px between discs

root = Gdk.get_default_root_window()
shot = Gdk.pixbuf_get_from_window(root, 0, 0, root.get_width(), root.get_height())
rows = np.frombuffer(shot.get_pixels(), np.uint8)
rows = np.pad(rows, (0, shot.get_rowstride() * shot.get_height() - rows.size)).reshape(shot.get_height(), -1)
pixels = rows[:, :3 * shot.get_width()].reshape(shot.get_height(), -1, 3).astype(int)
places = np.argwhere((np.abs(pixels - COLOURS[sys.argv[1]]) < NEAR).all(axis=2))[:, ::-1].astype(float)

discs = []
while len(places):
    near = np.hypot(*(places - places[0]).T) < APART
    if near.sum() >= 6:
        discs.append(places[near].mean(axis=0))
    places = places[~near]
if len(discs) != 5:
    sys.exit(f"{len(discs)} discs are on the screen: {discs}")
discs.sort(key=lambda p: p[1])
for row in (discs[:2], discs[2:3], discs[3:]):
    for x, y in sorted(row, key=lambda p: p[0]):
        print(round(x), round(y))

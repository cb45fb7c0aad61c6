# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for vertical black and white stripes on the screen and prints the width of one (0: there are none), how many
pixels long they go on side by side, and the place of their top left corner."""
import gi
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk  # noqa: E402
import numpy as np  # noqa: E402

LEAST = 24        # px that go on
CONTRAST = 150

root = Gdk.get_default_root_window()
shot = Gdk.pixbuf_get_from_window(root, 0, 0, root.get_width(), root.get_height())
rows = np.frombuffer(shot.get_pixels(), np.uint8)
rows = np.pad(rows, (0, shot.get_rowstride() * shot.get_height() - rows.size)).reshape(shot.get_height(), -1)
grey = rows[:, :3 * shot.get_width()].reshape(shot.get_height(), -1, 3)[..., 1].astype(int)

best = (0, 0, 0, 0)
for stripe in (1, 2):
    other = np.abs(grey[:, stripe:] - grey[:, :-stripe]) > CONTRAST
    for y in np.flatnonzero(other.sum(axis=1) >= LEAST):
        edges = np.flatnonzero(np.diff(np.r_[0, other[y].astype(int), 0]))
        runs = edges[1::2] - edges[::2]
        i = runs.argmax()
        # a run of one row may be an accident; the first row of the longest counts
        if runs[i] >= LEAST and runs[i] + stripe > best[1] + 2:
            best = (stripe, int(runs[i]) + stripe, int(edges[2 * i]), int(y))
print(*best)

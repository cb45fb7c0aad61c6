# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be the same before saving and after loading, in another process."""

import hashlib

from harness import PARASITE, Gegl, np, seen, warp_filter


def colours(layer):
    """A hash of the layer's own colours, before any filter. Alpha is left out: aligning adds it to a layer without."""
    buffer = layer.get_buffer()
    data = buffer.get(buffer.get_extent(), 1.0, "R'G'B' u16", Gegl.AbyssPolicy.NONE)
    return hashlib.sha256(data).hexdigest()


def note(layer):
    parasite, filter_ = layer.get_parasite(PARASITE), warp_filter(layer)
    return {"original pixels": colours(layer),
            "transform": parasite and bytes(parasite.get_data()).decode(),
            "live filter": filter_ and filter_.get_config().get_property("transform")}


def canvas(layer):
    """What the layer shows, in 16-bit steps. Each GIMP process measures anew which of babl's conversions is fastest, and
    these differ in the last step, so canvases of two processes are the same where they differ by one step at most."""
    return np.rint(np.clip(seen(layer), 0, 1) * 65535).astype(np.uint16)


def same_canvas(a, b):
    return a.shape == b.shape and int(np.abs(a.astype(int) - b).max()) <= 1

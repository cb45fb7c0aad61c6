# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be the same before saving and after loading, in another process."""

import hashlib

from harness import PARASITE, Gegl, seen, warp_filter


def colours(layer):
    """A hash of the layer's own colours, before any filter. Alpha is left out: aligning adds it to a layer without."""
    buffer = layer.get_buffer()
    data = buffer.get(buffer.get_extent(), 1.0, "R'G'B' u16", Gegl.AbyssPolicy.NONE)
    return hashlib.sha256(data).hexdigest()


def note(layer):
    parasite, filter_ = layer.get_parasite(PARASITE), warp_filter(layer)
    return {"original pixels": colours(layer),
            "transform": parasite and bytes(parasite.get_data()).decode(),
            "live filter": filter_ and filter_.get_config().get_property("transform"),
            "canvas": hashlib.sha256(seen(layer)).hexdigest()}

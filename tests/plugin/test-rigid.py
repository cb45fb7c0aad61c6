# SPDX-License-Identifier: GPL-3.0-or-later
"""Align Layers where a layer bends, and a part of it is painted that keeps its shape."""
from harness import *


def channel(image, pixels):
    item = Gimp.Channel.new(image, "panel", image.get_width(), image.get_height(), 50, Gegl.Color.new("red"))
    image.insert_channel(item, None, 0)
    write(item, pixels)
    return item


def mask(layer, pixels):
    item = layer.create_mask(Gimp.AddMaskType.BLACK)
    layer.add_mask(item)
    write(item, pixels)
    layer.set_apply_mask(False)
    return item


def test_keep_rigid():
    """A panel amid canvas: what is painted moves, and does not bend; the same for a channel, over the image, and for a mask,
    over the layer."""
    image = new_image()
    reference = add_layer(image, picture("ref"), "reference", 10, 5)
    layer = add_layer(image, bent_around(picture("ref")), "bent", 70, 55)
    size = layer.get_height(), layer.get_width()

    def strain(name, **arguments):
        verdicts, reports = align(image, [layer], reference=reference, model="deformable", start_from_position=False,
                                  **arguments)
        same(verdicts, ["ok"], f"{name}: ok")
        return strain_within(record(layer)["transform"]), reports[0]

    free, _ = strain("nothing is kept rigid")
    ok(free > 2e-3, "without a map the bend goes through the panel", free)
    call("reset", image, [layer])
    panel = channel(image, painted((600, 760), 70, 55))
    kept, report = strain("a channel", rigid_mask=panel)
    below(kept, 2e-4, "a panel that is painted into a channel is not strained")
    ok("strained by 0.0" in report["message"], "and the message says so", report["message"])
    first = record(layer)["transform"]["steps"][-1]
    # aligned now, the layer shows the panel where the reference has it: 3 px to the right and 2 up of there
    write(panel, painted((600, 760), 10 + 3, 5 - 2))
    kept, report = strain("a channel, painted over the aligned layer", rigid_mask=panel)
    below(kept, 2e-4, "the map is read where the layer shows its pixels")
    call("reset", image, [layer])
    _, reports = align(image, [layer], reference=reference, model="affine", rigid_mask=panel)
    ok("strained" not in reports[0]["message"], "a movement that does not bend asks for no map", reports[0]["message"])
    call("reset", image, [layer])
    own = mask(layer, painted(size))
    kept, report = strain("a mask", rigid_mask=own)
    below(kept, 2e-4, "a panel that is painted into the layer's mask is not strained")
    second = record(layer)["transform"]["steps"][-1]
    below(np.abs(np.array(first["dx"]) - np.array(second["dx"])).max() / 1000, 0.05, "mask and channel say the same")
    call("reset", image, [layer])
    kept, report = strain("the layers' masks", rigid_from_layer_masks=True)
    below(kept, 2e-4, "nor is one painted into it where all layers' masks count")
    refused("a map and the masks at once are refused", *call("align-layers", image, [layer], reference=reference,
                                                           rigid_mask=panel, rigid_from_layer_masks=True), "not both")
    refused("a layer is no map", *call("align-layers", image, [layer], reference=reference, rigid_mask=reference), "rigid-mask")
    other = new_image()
    refused("nor a channel of another image", *call("align-layers", image, [layer], reference=reference,
                                                  rigid_mask=channel(other, painted((600, 760)))), "another image")
    other.delete()
    image.delete()


run_tests([test_keep_rigid])

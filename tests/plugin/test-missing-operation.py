# SPDX-License-Identifier: GPL-3.0-or-later
"""A GIMP without our operation: alignments fail half way, and the image has to be as it was; an image that was saved
with alignments loses its filters, and the records stay."""
from harness import *


def test_rolled_back():
    image, reference, layer = pair(moving_at=(31, 12))
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 5, 6, 70, 80)
    image.set_selected_layers([layer])
    selection = stored(image.get_selection())
    before = state(layer), state(reference)
    status, values = call("align-layers", image, [layer], reference=reference)
    refused("without the operation a live filter is refused", status, values, FILTER)
    same((state(layer), state(reference)), before, "and the layers are as they were")
    same(stored(image.get_selection()), selection, "the selection is")
    same([l.get_name() for l in image.get_selected_layers()], ["moving"], "the selected layers are")
    same(len(image.get_channels()), 0, "no channel is left behind")
    verdicts, reports = align(image, [layer], reference=reference, result="pixels")
    same((verdicts, reports[0]["applied"]), (["ok"], True), "pixels need no operation")
    image.delete()


def test_lost_filter():
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE,
                           Gio.File.new_for_path(os.environ["PENTIMENTO_TEST_DIR"] + "/saved.xcf"))
    layer = image.get_layer_by_name("moving")
    ok(warp_filter(layer) is None and record(layer) is not None, "the filter is lost, the record is not")
    refused("it can't be restored here", *call("rebuild", image, [layer]), FILTER)
    same(call("bake", image, [layer])[1], [1], "but baked")
    image.delete()


run_tests([value for name, value in list(globals().items()) if name.startswith("test_")])

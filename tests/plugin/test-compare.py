# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare Layers without a window: what is seen of two layers in one picture, as a new layer and as a file, against the formulas
computed here. The layers themselves stay what they are."""
from harness import *

AT, LAYER_AT = (30, 20), (70, 45)
FRAME = (30, 20, 640, 525)      # x, y, width, height of what holds both: 640 × 480 and 600 × 500
STEP = 1.6 / 255                # bytes in, bytes out


def compare(image, layers, **arguments):
    status, values = call("compare-layers", image, layers, **arguments)
    if status != Gimp.PDBStatusType.SUCCESS:
        raise RuntimeError(f"{status.value_nick}: {values}")
    return values[0]


def framed(pixels, at):
    """R'G'B'A of the frame"""
    canvas = np.zeros((FRAME[3], FRAME[2], 4), np.float32)
    x, y = at[0] - FRAME[0], at[1] - FRAME[1]
    part = canvas[y:y + pixels.shape[0], x:x + pixels.shape[1]]
    part[..., :3] = np.round(pixels * 255)[:part.shape[0], :part.shape[1]] / 255
    part[..., 3] = 1
    return canvas


def pictures():
    return framed(picture("ref"), AT), framed(picture("mov"), LAYER_AT)


def alike(found, expected, name):
    below(float(np.abs(found[..., 3] - expected[..., 3]).max()), STEP, f"{name}: alpha")
    below(float(np.abs(found * found[..., 3:] - expected * expected[..., 3:]).max()), STEP, f"{name}: colours")


def where(mask, a, b):
    return np.where(mask[..., None], a, b)


def lightness(pixels):
    return pixels[..., :3] @ np.array([0.2126, 0.7152, 0.0722], np.float32) * pixels[..., 3]


def expected(mode, f, m):
    y, x = np.mgrid[0:FRAME[3], 0:FRAME[2]]
    both = (f[..., 3] > 0) & (m[..., 3] > 0)
    if mode == "blend":
        return where(both, f * 0.7 + m * 0.3, where(f[..., 3] > 0, f, m))
    if mode == "checker":
        return where((x // 50 + y // 50) % 2 == 0, f, m)
    if mode == "curtain":
        return where(x + 0.5 < 0.4 * FRAME[2], f, m)
    if mode == "difference":
        out = np.minimum(np.abs(f - m) * 2, 1)
        out[..., 3] = both
        return out
    red, cyan = lightness(f), lightness(m)
    return np.dstack([red, cyan, cyan, np.maximum(f[..., 3], m[..., 3])])


def test_modes():
    image, reference, layer = pair(at=AT, moving_at=LAYER_AT)
    layer.set_opacity(30)
    layer.set_mode(Gimp.LayerMode.MULTIPLY)
    reference.set_visible(False)
    image.set_selected_layers([layer])
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 5, 5, 50, 50)
    before = [state(each) for each in (reference, layer)]
    f, m = pictures()
    for mode in ("red-cyan", "checker", "curtain", "difference", "blend"):
        made = compare(image, [layer, reference], mode=mode, opacity=0.3, curtain=0.4, gain=2.0, size=50, spread_tones=False)
        same((offsets(made), made.get_width(), made.get_height(), image.get_item_position(made)),
             (FRAME[:2], FRAME[2], FRAME[3], 0), f"{mode}: on top, where both lie")
        alike(floats(made), expected(mode, f, m), mode)
        image.remove_layer(made)
    same([state(each) for each in (reference, layer)], before, "the layers stay what they are")
    same((layer.get_opacity(), layer.get_mode(), reference.get_visible()), (30.0, Gimp.LayerMode.MULTIPLY, False),
         "and how they are shown")
    same([each.get_name() for each in image.get_selected_layers()], ["moving"], "the selected layer too")
    ok(not Gimp.Selection.is_empty(image), "and the selection")
    same(len(Gimp.get_images()), 1, "no copy of the image is left")
    image.delete()


def test_spread():
    image, reference, layer = pair(at=AT, moving_at=AT)
    write(layer, picture("mov") * 0.25)
    made = compare(image, [layer, reference], mode="curtain", curtain=0.0)
    found = floats(made)[:480, :600, :3]
    ok(found.max() > 0.95 and found.min() < 0.05, "a dark layer's tones are spread", (found.min(), found.max()))
    made = compare(image, [layer, reference], mode="curtain", curtain=0.0, spread_tones=False)
    below(float(floats(made)[:480, :600, :3].max()), 0.26, "unless they are wanted as they are")
    image.delete()


def test_masks_groups_filters():
    image = new_image()
    reference = add_layer(image, picture("ref"), "reference", *AT)
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    add_layer(image, picture("third"), "other child", 100, 100, group)
    layer = add_layer(image, picture("mov"), "moving", *LAYER_AT, parent=group, alpha=True)
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    layer.add_mask(mask)
    white = np.ones((500, 600, 3), np.float32)
    white[:, :200] = 0
    write(mask, white)
    group.set_visible(False)
    made = compare(image, [layer], reference=reference, mode="curtain", curtain=0.0, spread_tones=False)
    m = framed(picture("mov"), LAYER_AT)
    m[:, :LAYER_AT[0] - FRAME[0] + 200] = 0
    alike(floats(made), m, "a masked child of a hidden group, alone")
    image.remove_layer(made)
    layer.remove_mask(Gimp.MaskApplyMode.DISCARD)
    group.set_visible(True)
    attach(layer, AT)
    call("rebuild", image, [layer])
    made = compare(image, [layer], reference=reference, mode="curtain", curtain=0.0, spread_tones=False)
    x, y = offsets(made)
    found = np.zeros((600, 760, 4), np.float32)
    pixels = floats(made)
    y1, x1 = min(600, y + pixels.shape[0]), min(760, x + pixels.shape[1])
    found[max(y, 0):y1, max(x, 0):x1] = pixels[max(-y, 0):y1 - y, max(-x, 0):x1 - x]
    image.remove_layer(made)
    image.get_layer_by_name("other child").set_visible(False)
    reference.set_visible(False)
    shown = Gimp.Layer.new_from_visible(image, image, "shown")
    image.insert_layer(shown, None, 0)
    alike(found, floats(shown), "an aligned layer as its live filter shows it")
    image.delete()


def test_files():
    image, reference, layer = pair(at=AT, moving_at=LAYER_AT)
    path = os.environ["PENTIMENTO_TEST_DIR"] + "/comparison.png"
    count_before = len(image.get_layers())
    made = compare(image, [layer, reference], mode="red-cyan")
    same(compare(image, [layer, reference], mode="red-cyan", output="file", file=Gio.File.new_for_path(path)), None,
         "a file is no layer")
    loaded_image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))
    same((loaded_image.get_width(), loaded_image.get_height()), FRAME[2:], "the file is as large as both")
    below(float(np.abs(floats(loaded_image.get_layers()[0]) - floats(made)).max()), 1e-6, "and the same as the layer")
    loaded_image.delete()
    same(len(image.get_layers()), count_before + 1, "no layer was added for it")
    three = compare(image, [layer, reference], mode="panels")
    ok(3 * FRAME[2] <= three.get_width() < 3.2 * FRAME[2] and "Side by side" in three.get_name(), "three panels side by side",
       (three.get_width(), three.get_name()))
    attach(layer, AT)
    call("rebuild", image, [layer])
    image.remove_layer(three)
    five = compare(image, [layer, reference], mode="panels")
    ok(five.get_width() >= 5 * 600, "five for an aligned layer", five.get_width())
    image.delete()


def test_refusals():
    image, reference, layer = pair(base=Gimp.ImageBaseType.GRAY)
    names = [each.get_name() for each in image.get_layers()]
    refused("a layer and itself", *call("compare-layers", image, [layer], reference=layer), "different")
    refused("the lowest layer alone", *call("compare-layers", image, [reference]), "two layers")
    refused("colours in a grey image", *call("compare-layers", image, [layer]), "grey")
    for name, value in (("mode", "red"), ("output", "png"), ("opacity", 1.5), ("curtain", -0.1), ("gain", 0.0), ("size", 0),
                        ("opacity", float("nan"))):
        refused(f"{name} {value!r}", *call("compare-layers", image, [layer], **{name: value}))
    refused("a file without a name", *call("compare-layers", image, [layer], output="file"), "file")
    refused("a folder that is not there", *call("compare-layers", image, [layer], output="file",
                                                file=Gio.File.new_for_path("/nowhere/x.png")))
    same([each.get_name() for each in image.get_layers()], names, "nothing was added")
    made = compare(image, [layer], mode="difference", spread_tones=False)
    ok(made.get_name().startswith("Difference"), "grey differences are fine", made.get_name())
    same(len(Gimp.get_images()), 1, "no copy is left")
    image.delete()


run_tests([value for name, value in list(globals().items()) if name.startswith("test_")])

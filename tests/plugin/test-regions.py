# SPDX-License-Identifier: GPL-3.0-or-later
"""Align Layers region by region, and with a part that must not move."""
from harness import *

LEFT, RIGHT = (40, 60, 240, 360), (370, 60, 230, 360)      # x, y, width, height on the reference
MOVES = ((12.25, 9.5), (-15.75, 4.25))      # where each half of the moving picture has its part


def torn(pixels):
    """a picture whose halves were moved apart"""
    y, x = np.mgrid[0:pixels.shape[0], 0:pixels.shape[1]].astype(float)
    left = x < 320
    return remapped(pixels, x + np.where(left, *[-m[0] for m in MOVES]), y + np.where(left, *[-m[1] for m in MOVES]))


def white(image, rect, name):
    item = Gimp.Channel.new(image, name, image.get_width(), image.get_height(), 50, Gegl.Color.new("red"))
    image.insert_channel(item, None, 0)
    pixels = np.zeros((image.get_height(), image.get_width(), 3), np.float32)
    x, y, width, height = rect
    pixels[y:y + height, x:x + width] = 1
    write(item, pixels)
    return item


def mask_on_canvas(layer):
    image = layer.get_image()
    canvas = np.zeros((image.get_height(), image.get_width()), np.float32)
    x, y = offsets(layer)
    pixels = floats(layer.get_mask(), "Y float")[..., 0]
    h, w = pixels.shape
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + w, canvas.shape[1]), min(y + h, canvas.shape[0])
    canvas[y0:y1, x0:x1] = pixels[y0 - y:y1 - y, x0 - x:x1 - x]
    return canvas


def rectangle(image, rect):
    canvas = np.zeros((image.get_height(), image.get_width()), np.float32)
    x, y, width, height = rect
    canvas[y:y + height, x:x + width] = 1
    return canvas


def check_part(layer, rect, reference_at, move, name):
    x, y, width, height = rect
    u, v = np.meshgrid(np.linspace(x, x + width, 9), np.linspace(y, y + height, 9))
    points = np.c_[u.ravel(), v.ravel()]
    found = apply(image_map(layer), points + reference_at)
    below(np.hypot(*(found - points - move).T).max(), 0.35, f"{name} lies where it belongs")


def torn_pair():
    image = new_image()
    reference = add_layer(image, picture("ref"), "reference", 20, 10)
    layer = add_layer(image, torn(picture("ref")), "drawing", 20, 10)
    return image, reference, layer


def test_parts():
    image, reference, layer = torn_pair()
    for rect in (LEFT, RIGHT):
        image.select_rectangle(Gimp.ChannelOps.ADD, rect[0] + 20, rect[1] + 10, *rect[2:])
    image.select_rectangle(Gimp.ChannelOps.ADD, 700, 560, 4, 4)      # a speck
    image.set_selected_layers([layer])
    before = state(layer)
    verdicts, reports = align(image, [layer], reference=reference, regions="parts", model="rigid")
    same(verdicts, ["ok", "ok"], "each part has its verdict, and a speck counts for nothing")
    same([r["region"] for r in reports], ["part 1", "part 2"], "and its name")
    parts = [image.get_layer_by_name(f"drawing, part {i}") for i in (1, 2)]
    ok(all(parts), "each has a layer of its own")
    same([r["result-id"] for r in reports], [p.get_id() for p in parts], "which the report names")
    for part, rect, move in zip(parts, (LEFT, RIGHT), MOVES):
        check_part(part, rect, (20, 10), move, part.get_name())
        area = (rect[0] + 20, rect[1] + 10, *rect[2:])
        below(np.abs(mask_on_canvas(part) - rectangle(image, area)).max(), 1 / 255, "its mask is the region")
        view, want = seen(part)[..., :3], seen(reference)[..., :3]
        inside = rectangle(image, (area[0] + 8, area[1] + 8, area[2] - 16, area[3] - 16)) > 0
        below(np.abs(view - want)[inside].mean(), 0.02, "and it shows there what the reference shows")
    ok(not layer.get_visible(), "the layer is hidden")
    same(state(layer), before, "and otherwise what it was")
    same(image.get_selected_layers(), [layer], "and still selected")
    ok(not Gimp.Selection.is_empty(image), "the selection is there again")
    image.delete()


def test_channels_and_pixels():
    image, reference, layer = torn_pair()
    white(image, (LEFT[0] + 20, LEFT[1] + 10, *LEFT[2:]), "figure")
    white(image, (0, 0, 10, 10), "hidden").set_visible(False)
    verdicts, reports = align(image, [layer], reference=reference, regions="channels", model="translation", result="pixels")
    same([r["region"] for r in reports], ["figure"], "each visible channel is a region")
    same(verdicts, ["ok"], "the painted figure is found")
    part = image.get_layer_by_name("drawing, figure")
    ok(part.get_filters() == [] and part.get_parasite("pentimento-baked") is not None, "as new pixels")
    below(np.abs(mask_on_canvas(part) - rectangle(image, (LEFT[0] + 20, LEFT[1] + 10, *LEFT[2:]))).max(), 1 / 255,
          "with the channel as mask")
    image.delete()


def test_held():
    """All of the picture was moved, but a part is told to lie right."""
    image = new_image(width=640, height=480)
    reference = add_layer(image, picture("ref"), "reference")
    y, x = np.mgrid[0:480, 0:640].astype(float)
    layer = add_layer(image, remapped(picture("ref"), x + 7, y - 4), "moved")
    rect = (0, 120, 170, 200)
    hold = white(image, rect, "held")
    before = seen(layer)
    verdicts, reports = align(image, [layer], reference=reference, model="translation", hold_mask=hold)
    same(verdicts, ["ok"], "with a part that must not move")
    ok("must not move stays" in reports[0]["message"], "and the message says so", reports[0]["message"])
    same([s["kind"] for s in record(layer)["transform"]["steps"]], ["projective", "dense"], "as a step behind the movement")
    after, want = seen(layer)[..., :3], seen(reference)[..., :3]
    inside = rectangle(image, (rect[0] + 3, rect[1] + 3, rect[2] - 6, rect[3] - 6)) > 0
    beyond = rectangle(image, (330, 20, 280, 440)) > 0
    below(np.abs(after - before[..., :3])[inside].mean(), 0.004, "what is painted shows what it showed")
    below(np.abs(after - want)[beyond].mean(), 0.012, "and the rest lies on the reference")
    ok(np.abs(before[..., :3] - want)[beyond].mean() > 0.03, "where it did not before")
    call("reset", image, [layer])
    same(warp_filter(layer), None, "Reset takes all of it back")
    other = new_image()
    refused("a channel of another image is refused", *call("align-layers", image, [layer], reference=reference,
                                                         hold_mask=white(other, rect, "far")), "another image")
    refused("a layer is no map", *call("align-layers", image, [layer], reference=reference, hold_mask=reference), "hold-mask")
    refused("no selection has no parts", *call("align-layers", image, [layer], reference=reference, regions="parts"), "no region")
    refused("a wrong word is refused", *call("align-layers", image, [layer], reference=reference, regions="some"), "“regions”")
    other.delete()
    image.delete()


run_tests([test_parts, test_channels_and_pixels, test_held])

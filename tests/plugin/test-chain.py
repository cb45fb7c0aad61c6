# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to an alignment after it was made: many in a row, Bake, Reset, Copy, lost filters; then an image is
saved for test-reload.py, which opens it in another GIMP."""
from harness import *

GRAY, RGB = Gimp.ImageBaseType.GRAY, Gimp.ImageBaseType.RGB
STEP = 1 / 65535
# Two ways to the same transform differ in the last bits of its matrix, so that a sample may fall on the other side of
# the border, where coverage begins: those pixels differ by their whole value.
BORDER_SHARE = 0.002


def one_resample(image, pixels, at, transform):
    """A layer with the transform as its only filter, merged by GIMP: the pixels to compare with."""
    twin = add_layer(image, pixels, "twin", *at, alpha=True)
    filter_ = Gimp.DrawableFilter.new(twin, FILTER, "check")
    config = filter_.get_config()
    config.set_property("transform", json.dumps(transform))
    config.set_property("sampler", "cubic")
    twin.merge_filter(filter_)
    return twin


def compare(a, b, name):
    """Layers show the same within one 16-bit step, wherever they lie."""
    differences = np.abs(a - b).max(axis=2)
    outside = float((differences > STEP * 1.01).mean())
    below(outside, BORDER_SHARE, f"{name}: pixels that differ by more than a 16-bit step")


def on_canvas(layer, width=760, height=600):
    pixels, (x, y) = floats(layer), offsets(layer)
    canvas = np.zeros((height, width, 4), np.float32)
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + pixels.shape[1], width), min(y + pixels.shape[0], height)
    canvas[y0:y1, x0:x1] = pixels[y0 - y:y1 - y, x0 - x:x1 - x]
    canvas[canvas[..., 3] == 0] = 0
    return canvas


def test_ten_then_bake():
    image, reference, layer = pair(precision=P.U16_NON_LINEAR, moving_at=(33, 21))
    original, before = stored(layer), state(layer)
    for _ in range(10):
        verdicts, _ = align(image, [layer], reference=reference)
        same(verdicts, ["ok"], "one more alignment is ok")
    kept = record(layer)
    same(len(kept["transform"]["steps"]), 11, "ten alignments and a placement are eleven steps")
    # the composed transform, multiplied here: the layer's frame → reference's frame → original
    x, y = kept["reference"]["offset"]
    composed = product(kept["transform"]) @ shift(33 - x, 21 - y)
    transform = {"format": "pentimento-transform", "version": 1, "from": "fixed", "to": "moving", "pixel-centre": 0.5,
                 "axes": "x right, y down", "fixed": {"width": 600, "height": 500},
                 "moving": {"width": 600, "height": 500},
                 "steps": [{"kind": "projective", "matrix": composed.tolist()}]}
    twin = one_resample(image, picture("mov"), (33, 21), transform)
    live = seen(layer)
    same(call("bake", image, [layer])[1], [1], "one layer is baked")
    compare(on_canvas(layer), on_canvas(twin), "ten alignments baked against one resample")
    live[live[..., 3] == 0] = 0
    compare(on_canvas(layer), live, "baked against the live filter")
    ok(warp_filter(layer) is None and record(layer) is None, "no filter or record is left on the baked layer")
    same(layer.get_parasite_list(), ["pentimento-baked"], "but a note is")
    same(image.get_precision(), P.U16_NON_LINEAR, "the precision is the image's")
    image.delete()

    image, reference, layer = pair(precision=P.U16_NON_LINEAR, moving_at=(33, 21))
    for _ in range(3):
        align(image, [layer], reference=reference)
    ok(layer.has_alpha(), "an aligned layer has alpha")
    same(call("reset", image, [layer])[1], [1], "one layer is reset")
    same(stored(layer), original, "the original is back to the byte")
    same(state(layer), before, "with its size, place, missing alpha, no filter and no parasite")
    refused("a layer that is not aligned can't be reset", *call("reset", image, [layer]), "not aligned")
    refused("nor baked", *call("bake", image, [layer]), "not aligned")
    image.delete()


def test_pixels():
    image, reference, layer = pair(precision=P.U16_NON_LINEAR, moving_at=(12, 40))
    twin = add_layer(image, picture("mov"), "twin", 12, 40)
    verdicts, reports = align(image, [layer], reference=reference, result="pixels")
    same((verdicts, reports[0]["result"]), (["ok"], "pixels"), "a result as pixels")
    align(image, [twin], reference=reference)
    call("bake", image, [twin])
    same(offsets(layer), offsets(twin), "lies where the baked filter lies")
    compare(on_canvas(layer), on_canvas(twin), "pixels against the baked filter")
    same(layer.get_filters(), [], "it has no filter")
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    add_layer(image, picture("mov"), "inner", 0, 0, group)
    verdicts, _ = align(image, [group], reference=reference, result="pixels")
    same(verdicts, ["skipped"], "a group has no pixels to replace")
    image.delete()


def test_reset_keeps_erased():
    image, reference, layer = pair()
    align(image, [layer], reference=reference)
    pixels = floats(layer).copy()
    pixels[10:20, 10:20, 3] = 0
    write(layer, pixels, "R'G'B'A float")
    call("reset", image, [layer])
    ok(layer.has_alpha(), "alpha stays on a layer in which somebody erased")
    ok(warp_filter(layer) is None, "the filter goes all the same")
    image.delete()


def test_other_filters_stay():
    image, reference, layer = pair()
    blur = Gimp.DrawableFilter.new(layer, "gegl:gaussian-blur", "blur")
    layer.append_filter(blur)
    align(image, [layer], reference=reference)
    align(image, [layer], reference=reference)
    same(sorted(f.get_operation_name() for f in layer.get_filters()), ["gegl:gaussian-blur", FILTER],
         "the user's own filter stays beside ours")
    call("bake", image, [layer])
    same([f.get_operation_name() for f in layer.get_filters()], ["gegl:gaussian-blur"], "also when ours is baked")
    image.delete()


def test_copy():
    image, reference, layer = pair(at=(20, 10), moving_at=(50, 35))
    twin = add_layer(image, picture("mov") * 0.5, "twin", -15, 70)
    small = add_layer(image, picture("mov")[:400], "small")
    align(image, [layer], reference=reference)
    layer.set_offsets(58, 31)
    before = state(small)
    status, values = call("copy", image, [twin, small, layer])
    same((status, values), (Gimp.PDBStatusType.SUCCESS, [1]), "the alignment is copied to the layer of the same size")
    same(state(small), before, "a layer of another size is left alone")
    points = np.array([[x, y] for x in (100.0, 500) for y in (100.0, 400)])
    below(float(np.abs(apply(image_map(twin), points) - apply(image_map(layer), points)).max()), 1e-6,
          "the copy shows its pixels at the same places of the image")
    same(offsets(twin), (-15, 70), "and stays at its own offsets")
    same(record(twin)["layer"]["had-alpha"], False, "its record is its own")
    call("reset", image, [twin])
    ok(not twin.has_alpha(), "so that Reset brings it back")
    refused("without an aligned layer there is nothing to copy", *call("copy", image, [twin, small]), "aligned")
    status, values = call("copy", image, [twin], source=layer)
    same(values, [1], "a stated source is copied from")
    refused("a source that is not aligned is refused", *call("copy", image, [twin], source=small), "small")
    refused("copying to nothing but the source is refused", *call("copy", image, [layer], source=layer), "Select")
    image.delete()


def test_rebuild():
    image, reference, layer = pair(moving_at=(9, 9))
    align(image, [layer], reference=reference)
    text = warp_filter(layer).get_config().get_property("transform")
    same(call("rebuild", image, [layer])[1], [0], "nothing to restore where all is in place")
    warp_filter(layer).delete()
    same(call("rebuild", image, [reference])[1], [1], "a lost filter is restored, whatever is selected")
    same(warp_filter(layer).get_config().get_property("transform"), text, "to the byte")
    warp_filter(layer).delete()
    align(image, [layer], reference=reference)
    below(misfit(layer, reference, truth("ref", "mov")), 0.3, "aligning again needs no filter, only the record")
    layer.detach_parasite(PARASITE)
    align(image, [layer], reference=reference)
    below(misfit(layer, reference, truth("ref", "mov")), 0.3, "nor the record, where there is a filter")
    warp_filter(layer).delete()
    same(call("bake", image, [layer])[1], [1], "nor does baking")
    image.delete()


def test_damaged_record():
    image, reference, layer = pair()
    align(image, [layer], reference=reference)
    for text in (b"", b"{", b"[]", b'{"format":"pentimento-layer","version":99}', b"\x01\x02",
                 bytes(layer.get_parasite(PARASITE).get_data()).replace(b'"version\\":1', b'"version\\":7')
                 .replace(b'600,500', b'600,-5')):
        layer.attach_parasite(Gimp.Parasite.new(PARASITE, 1, text + b"\0"))
        verdicts, reports = align(image, [layer], reference=reference)
        ok(verdicts == ["failed"] and "record" in reports[0]["message"], f"a damaged record {text[:12]!r} is told",
           reports[0]["message"])
        refused("and not baked", *call("bake", image, [layer]), "record")
    same(call("reset", image, [layer])[1], [1], "but it can be reset")
    same((layer.get_filters(), layer.get_parasite_list()), ([], []), "which removes filter and record")
    image.delete()


def test_resized_after():
    image, reference, layer = pair()
    align(image, [layer], reference=reference)
    layer.resize(620, 520, 10, 10)
    verdicts, reports = align(image, [layer], reference=reference)
    ok(verdicts == ["failed"] and "resized" in reports[0]["message"], "a layer that was resized is not aligned again",
       reports[0]["message"])
    same(call("bake", image, [layer])[1], [1], "what it shows can be baked")
    image.delete()


def test_save():
    image, reference, layer = pair(precision=P.U16_NON_LINEAR, at=(8, 4), moving_at=(44, 27))
    before = state(layer)
    align(image, [layer], reference=reference)
    align(image, [layer], reference=reference)
    path = os.environ["PENTIMENTO_TEST_DIR"] + "/saved.xcf"
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(path), None)
    with open(os.environ["PENTIMENTO_TEST_DIR"] + "/saved.json", "w") as note:
        json.dump({"before": before, "record": record(layer),
                   "filter": warp_filter(layer).get_config().get_property("transform")}, note)
    np.save(os.environ["PENTIMENTO_TEST_DIR"] + "/saved.npy", seen(layer))
    ok(os.path.getsize(path) > 1000, "the image is saved")
    image.delete()


run_tests([value for name, value in list(globals().items()) if name.startswith("test_")])

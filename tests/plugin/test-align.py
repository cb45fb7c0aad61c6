# SPDX-License-Identifier: GPL-3.0-or-later
"""Align Layers, called as a script would call it: what it finds and what it does to the layers."""
from harness import *

# Mean distance allowed between found and true map. The phantom pairs carry noise of 1 %; whoever mixes up the order of
# two maps or an offset is wrong by tens of pixels, while the accuracy of core is measured elsewhere.
BOUND = 0.3
GRAY, RGB = Gimp.ImageBaseType.GRAY, Gimp.ImageBaseType.RGB


def test_known_displacement():
    image, reference, layer = pair(at=(30, 20), moving_at=(70, 45))
    before, reference_before = stored(layer), state(reference)
    verdicts, reports = align(image, [layer, reference])
    same(verdicts, ["ok"], "a pair that fits is called ok")
    below(misfit(layer, reference, truth("ref", "mov")), BOUND, "the layer lies on the reference")
    same(state(reference), reference_before, "the reference is not touched")
    same(offsets(layer), (70, 45), "the layer's offsets stay")
    same(warp_filter(layer) is not None and len(layer.get_filters()), 1, "one live filter is on it")
    ok(layer.has_alpha(), "alpha was added")
    same(floats(layer, "R'G'B' float").tobytes(), np.frombuffer(before, np.uint8).astype(np.float32).__truediv__(
        np.float32(255)).reshape(layer.get_height(), layer.get_width(), 3).tobytes(), "its colours are untouched")
    report = reports[0]
    same((report["layer"], report["reference"], report["applied"], report["result"]),
         ("moving", "reference", True, "filter"), "the report names the layers and what was done")
    kept = record(layer)
    same(kept["layer"], {"offset": [70, 45], "size": [600, 500], "had-alpha": False}, "the record describes the layer")
    same([s["provenance"]["method"] for s in kept["transform"]["steps"]], ["placement", "registration"],
         "the record tells where each step came from")
    # seen as pixels: most of what covers the reference resembles it
    a, b = seen(layer), seen(reference)
    both = (a[..., 3] > 0.99) & (b[..., 3] > 0.99)
    ok(both.mean() > 0.4, "the picture covers the reference", both.mean())
    ok(np.corrcoef(a[..., 1][both], b[..., 1][both])[0, 1] > 0.9, "and looks like it",
       np.corrcoef(a[..., 1][both], b[..., 1][both])[0, 1])
    image.delete()


def test_precisions():
    for base, precision in ((RGB, P.U16_NON_LINEAR), (RGB, P.FLOAT_LINEAR), (GRAY, P.U8_NON_LINEAR),
                            (GRAY, P.FLOAT_LINEAR), (GRAY, P.U16_LINEAR)):
        name = f"{base.value_nick} {precision.value_nick}"
        image, reference, layer = pair(base=base, precision=precision, moving_at=(-20, 33))
        before = state(layer)
        verdicts, _ = align(image, [layer], reference=reference)
        same(verdicts, ["ok"], f"{name}: ok")
        below(misfit(layer, reference, truth("ref", "mov")), BOUND, f"{name}: it lies right")
        status, values = call("reset", image, [layer])
        same(values, [1], f"{name}: one layer is reset")
        same(state(layer), before, f"{name}: Reset brings the original back to the byte")
        image.delete()


def test_other_kind():
    image, reference, layer = pair(moving="ir", base=GRAY)
    verdicts, reports = align(image, [layer], reference=reference, modality="different", preparation="red+laplacian")
    same(verdicts, ["ok"], "infrared on visible: ok")
    below(misfit(layer, reference, truth("ref", "ir")), 1, "infrared on visible: it lies right")
    same(reports[0]["registration"]["modality"], "different", "the report says that they are of different kinds")
    same(reports[0]["registration"]["preparation"], "red+laplacian", "and how they were prepared")
    image.delete()


def test_model():
    image, reference, layer = pair(moving="shifted")
    _, reports = align(image, [layer], reference=reference, model="translation")
    matrix_ = image_map(layer)
    same(np.round(matrix_[:, :2] / matrix_[2, 2], 12).tolist(), [[1, 0], [0, 1], [0, 0]],
         "a translation moves and does no more")
    same(reports[0]["registration"]["model"], "translation", "and is called so")
    image.delete()


def test_stiffness():
    image, reference, layer = pair()
    _, reports = align(image, [layer], reference=reference, model="smooth", stiffness=0.5)
    same((reports[0]["registration"]["model"], reports[0]["registration"]["stiffness"]), ("smooth", 0.5),
         "a bend is as stiff as was told")
    ok("stiffness 0.5" in reports[0]["message"], "and the message says so", reports[0]["message"])
    image.delete()


def test_deformable():
    image, reference, layer = pair()
    _, reports = align(image, [layer], reference=reference, model="deformable")
    report = reports[0]["registration"]
    ok(report["model"] not in ("smooth", "deformable") and report["bend"]["taken"] is False,
       "a wish for a bend leaves a plane where nothing bends", (report["model"], report["bend"]))
    ok("bend was" in reports[0]["message"], "and the message says so", reports[0]["message"])
    _, reports = align(image, [layer], reference=reference, model="smooth")
    ok("the differences it removes may be real" in reports[0]["message"],
       "a bend that was insisted on, and is no better than none, is applied with a warning", reports[0]["message"])
    image.delete()


def test_turned_over():
    """A picture seen from behind: told, and done where it is allowed; then all that is done to layers works as ever."""
    image = new_image()
    reference = add_layer(image, picture("ref"), "reference", 15, 10)
    layer = add_layer(image, picture("mov")[:, ::-1], "plate", 40, 25)
    true = np.array([[-1, 0, layer.get_width()], [0, 1, 0], [0, 0, 1]]) @ truth("ref", "mov")
    before = state(layer)
    verdicts, reports = align(image, [layer], reference=reference)
    ok(verdicts[0] != "ok" and state(layer) == before, "turned over, it is left alone unless that is allowed", verdicts)
    told = [r for r in reports[0]["registration"]["reasons"] if r["code"] == "mirrored"]
    ok(told and "Turned over" in reports[0]["message"] and "tick" in reports[0]["message"],
       "but it is said, and what to do", (reports[0]["message"], told))
    verdicts, reports = align(image, [layer], reference=reference, allow_mirrored=True)
    same((verdicts, reports[0]["registration"]["mirrored"]), (["ok"], True), "where it is allowed it is found")
    ok("Turned over" in reports[0]["message"], "and said", reports[0]["message"])
    below(misfit(layer, reference, true), BOUND, "the mirrored layer lies on the reference")
    ok(np.linalg.det(image_map(layer)) < 0, "its filter mirrors")
    a, b = seen(layer), seen(reference)
    both = (a[..., 3] > 0.99) & (b[..., 3] > 0.99)
    ok(both.mean() > 0.4 and np.corrcoef(a[..., 1][both], b[..., 1][both])[0, 1] > 0.9, "it looks like the reference")
    verdicts, _ = align(image, [layer], reference=reference)
    same(verdicts, ["ok"], "aligning again starts from there, with no leave to turn it over")
    below(misfit(layer, reference, true), BOUND, "and it still lies right")
    a = seen(layer)
    same(call("bake", image, [layer])[1], [1], "it can be baked")
    baked = seen(layer)
    both = (a[..., 3] > 0.99) & (baked[..., 3] > 0.99)
    ok(both.mean() > 0.4 and np.abs(a[both] - baked[both]).max() < 0.02, "baked, it looks the same",
       np.abs(a[both] - baked[both]).max())
    again = add_layer(image, picture("mov")[:, ::-1], "second plate", 40, 25)
    align(image, [again], reference=reference, allow_mirrored=True)
    same(call("reset", image, [again])[1], [1], "it can be reset")
    same(state(again), before, "which brings back all of it")
    image.delete()


def test_reference_rules():
    image, reference, layer = pair()
    third = add_layer(image, picture("mov"), "third")
    _, reports = align(image, [third, layer, reference])
    same([r["reference"] for r in reports], ["reference"] * 2, "the lowest selected layer is the reference")
    same([r["layer"] for r in reports], ["third", "moving"], "the others are told from top to bottom")
    call("reset", image, [third, layer])
    layer.set_lock_position(True)
    _, reports = align(image, [third, layer, reference])
    same([(r["layer"], r["reference"]) for r in reports], [("third", "moving"), ("reference", "moving")],
         "a position-locked one goes before the lowest")
    call("reset", image, [third, reference])
    layer.set_lock_position(False)
    _, reports = align(image, [third, layer], reference=reference)
    same({r["reference"] for r in reports}, {"reference"}, "a chosen one goes before all")
    call("reset", image, [third, layer])
    _, reports = align(image, [third])
    same(reports[0]["reference"], "moving", "the one below serves a single layer")
    refused("a single layer with none below is refused", *call("align-layers", image, [reference]), "below")
    refused("the reference alone is refused", *call("align-layers", image, [reference], reference=reference), "select")
    image.delete()


def test_locks():
    for lock in ("set_lock_content", "set_lock_position", "set_lock_alpha"):
        image, reference, layer = pair()
        getattr(layer, lock)(True)
        before = state(layer)
        verdicts, reports = align(image, [layer], reference=reference)
        same((verdicts, reports[0]["applied"]), (["skipped"], False), f"{lock}: the layer is left out")
        ok("locked" in reports[0]["message"], f"{lock}: the message says why", reports[0]["message"])
        same(state(layer), before, f"{lock}: and untouched")
        image.delete()


def test_mask():
    image, reference, layer = pair()
    layer.add_alpha()
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    layer.add_mask(mask)
    write(mask, np.repeat(np.linspace(0, 1, 600, dtype=np.float32)[None, :, None], 500, 0), "Y' float")
    before = stored(mask)
    verdicts, reports = align(image, [layer], reference=reference)
    same(verdicts, ["ok"], "a layer with a mask is aligned")
    ok("mask" in reports[0]["message"], "what becomes of the mask is said", reports[0]["message"])
    same(stored(layer.get_mask()), before, "the mask is untouched")
    below(misfit(layer, reference, truth("ref", "mov")), BOUND, "its picture lies right")
    image.delete()


def test_group():
    image = new_image()
    reference = add_layer(image, picture("ref"), "reference", 15, 25)
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    moving = picture("mov")
    left = add_layer(image, moving[:, :300], "left", 40, 60, group)
    right = add_layer(image, moving[:, 300:], "right", 340, 60, group)
    before = state(left), state(right)
    verdicts, reports = align(image, [group, left], reference=reference)
    same(verdicts, ["ok", "skipped"], "a group is aligned as a whole, its layers are not aligned once more")
    below(misfit(group, reference, truth("ref", "mov")), BOUND, "the group lies right")
    same((state(left), state(right)), before, "its layers are untouched")
    ok(seen(group)[..., 3].max() > 0.99, "the group still shows something")
    refused("a group is not baked", *call("bake", image, [group]), "group")
    same(call("reset", image, [group])[1], [1], "a group can be reset")
    ok(warp_filter(group) is None and record(group) is None, "and has neither filter nor record then")
    image.delete()


def test_inside_reference():
    image = new_image()
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    inner = add_layer(image, picture("ref"), "inner", 0, 0, group)
    other = add_layer(image, picture("mov"), "other")
    verdicts, _ = align(image, [group, other], reference=inner)
    same(verdicts, ["ok", "skipped"], "a group that holds the reference is left out")
    verdicts, _ = align(image, [inner], reference=group)
    same(verdicts, ["skipped"], "a layer in the reference is left out")
    image.delete()


def test_selection_restricts():
    moving = picture("ref").copy()
    halves = np.roll(moving, (6, 4), (0, 1))
    halves[:, 320:] = np.roll(moving, (-5, -7), (0, 1))[:, 320:]
    for name, x, expected in (("left", 20, (4, 6)), ("right", 350, (-7, -5))):
        image = new_image()
        reference = add_layer(image, moving, "reference", 50, 40)
        layer = add_layer(image, halves, "halves", 50, 40)
        image.select_rectangle(Gimp.ChannelOps.REPLACE, x + 50, 60, 260, 440)
        Gimp.Selection.feather(image, 9)
        image.set_selected_layers([layer])
        selection = stored(image.get_selection())
        verdicts, reports = align(image, [layer], reference=reference, model="translation", use_selection=True,
                                  apply_uncertain=True)
        found = apply(image_map(layer), np.array([[350.0, 300.0]]))[0] - [300, 260]
        below(float(np.hypot(*(found - expected))), 0.3, f"the {name} half alone decides")
        same(stored(image.get_selection()), selection, f"{name}: the selection is as before")
        same([l.get_name() for l in image.get_selected_layers()], ["halves"], f"{name}: and the selected layers")
        same(len(image.get_channels()), 0, f"{name}: no channel is left behind")
        covered = seen(layer)[..., 3]
        ok(covered[300, 80] > 0.99 and covered[300, 660] > 0.99,
           f"{name}: the whole layer moved, not only what is selected")
        image.delete()
    image, reference, layer = pair()
    refused("a fit to the selection without one is refused",
            *call("align-layers", image, [layer], reference=reference, use_selection=True), "selected")
    image.delete()


def test_selection_is_ignored_otherwise():
    image, reference, layer = pair()
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 60, 60)
    verdicts, _ = align(image, [layer], reference=reference)
    same(verdicts, ["ok"], "a selection does not disturb a fit to all")
    ok(seen(layer)[300, 330, 3] > 0.99, "nor does it mask the filter")
    image.delete()


def test_again_and_moved():
    image, reference, layer = pair(at=(10, 10), moving_at=(60, 20))
    align(image, [layer], reference=reference)
    n = len(record(layer)["transform"]["steps"])
    align(image, [layer], reference=reference)
    again = record(layer)["transform"]["steps"]
    same(len(again), n + 1, "aligning again adds a step")
    below(float(np.abs(np.array(again[-1]["matrix"]) - np.eye(3)).max()), 0.5, "which is a small correction")
    same(len(layer.get_filters()), 1, "there is still one filter")
    layer.set_offsets(90, -15)
    align(image, [layer], reference=reference)
    methods = [s["provenance"]["method"] for s in record(layer)["transform"]["steps"]]
    same((methods[0], len(methods)), ("placement", n + 3), "a move by hand is a step too, and the correction another")
    below(misfit(layer, reference, truth("ref", "mov")), BOUND, "the layer lies right again")
    same(offsets(layer), (90, -15), "its offsets are the user's")
    reference.set_offsets(40, 33)
    align(image, [layer], reference=reference)
    below(misfit(layer, reference, truth("ref", "mov")), BOUND, "it follows a reference that moved")
    align(image, [layer], reference=reference, start_from_position=False)
    same([s["provenance"]["method"] for s in record(layer)["transform"]["steps"]], ["registration"],
         "a fresh start forgets the steps")
    below(misfit(layer, reference, truth("ref", "mov")), BOUND, "and lies right as well")
    image.delete()


def test_aligned_reference():
    """C is aligned to B, which was aligned to A and moved by hand after that."""
    image, a, b = pair(at=(5, 5), moving_at=(50, 30))
    c = add_layer(image, picture("third"), "c", -10, 12)
    align(image, [b], reference=a)
    b.set_offsets(62, 21)
    verdicts, _ = align(image, [c], reference=b)
    same(verdicts, ["ok"], "a layer is aligned to one that was aligned itself")
    points = np.array([[x, y] for x in (200.0, 400) for y in (150.0, 300)])
    expected = apply(truth("mov", "third"), apply(image_map(b), points))
    below(float(np.hypot(*(apply(image_map(c), points) - expected).T).mean()), BOUND, "they lie on each other")
    same(record(c)["reference"]["name"], "moving", "the record names the reference")
    image.delete()


def test_failed_is_untouched():
    image, reference, layer = pair(moving="unrelated")
    before = state(layer), state(reference), [c.get_name() for c in image.get_channels()]
    verdicts, reports = align(image, [layer], reference=reference)
    ok(verdicts[0] in ("failed", "uncertain"), "unrelated pictures are not called ok", verdicts)
    same((state(layer), state(reference), [c.get_name() for c in image.get_channels()]), before,
         "and the image stays as it was")
    ok(not reports[0]["applied"] and len(reports[0]["message"]) > 40, "the message says why", reports[0]["message"])
    image.delete()


def test_uncertain():
    """Half of the layer shows what the reference shows: evidence on one side only, which is a case for a person."""
    torn, other = picture("mov").copy(), picture("unrelated")
    half = torn.shape[1] // 2
    torn[:, half:] = np.resize(other[:, :torn.shape[1] - half], torn[:, half:].shape)
    image = new_image()
    reference = add_layer(image, picture("ref"), "reference", 30, 20)
    layer = add_layer(image, torn, "torn", 70, 45)
    before = state(layer)
    verdicts, reports = align(image, [layer], reference=reference)
    same((verdicts, reports[0]["applied"]), (["uncertain"], False), "an uncertain result waits for a person")
    same(state(layer), before, "and nothing is changed")
    verdicts, reports = align(image, [layer], reference=reference, apply_uncertain=True)
    ok(reports[0]["applied"] and warp_filter(layer) is not None, "it is applied where asked for")
    ok("uncertain" in reports[0]["message"], "and called uncertain", reports[0]["message"])
    same(record(layer)["transform"]["steps"][-1]["provenance"]["verdict"], "uncertain", "in the record too")
    image.delete()


def test_one_failure_among_many():
    image, reference, layer = pair()
    stranger = add_layer(image, np.full((400, 300, 3), 0.5), "stranger")
    before = state(stranger)
    verdicts, reports = align(image, [stranger, layer], reference=reference)
    same((verdicts[0] != "ok", verdicts[1]), (True, "ok"), "one failure does not stop the others")
    same((state(stranger), reports[1]["applied"]), (before, True), "the failed one is untouched, the other applied")
    image.delete()


def test_flat_layer():
    image, reference, layer = pair()
    flat = add_layer(image, np.full((400, 300, 3), 0.5), "flat")
    tiny = add_layer(image, np.full((3, 4, 3), 0.5), "tiny")
    verdicts, reports = align(image, [tiny, flat], reference=reference)
    same(verdicts, ["failed", "failed"], "a flat and a tiny layer fail")
    same([r["applied"] for r in reports], [False, False], "and are untouched")
    image.delete()


def test_terminated():
    """SIGTERM, which GIMP sends when the user cancels a plug-in that has no window of its own."""
    import signal
    import threading
    import time

    image, reference, layer = pair()
    others = [add_layer(image, picture("unrelated"), f"other {i}") for i in range(6)]
    before = [state(l) for l in others + [layer]]
    own = os.environ["GIMP3_DIRECTORY"]

    def terminate():
        for _ in range(200):
            time.sleep(0.1)
            for process in os.listdir("/proc"):
                try:
                    with open(f"/proc/{process}/cmdline", "rb") as f:
                        program = f.read().split(b"\0")[0].decode()
                except (OSError, UnicodeDecodeError):
                    continue
                if program == own + "/plug-ins/pentimento/pentimento":
                    time.sleep(0.5)      # into the work
                    os.kill(int(process), signal.SIGTERM)
                    return

    thread = threading.Thread(target=terminate)
    thread.start()
    status, _ = call("align-layers", image, others + [layer], reference=reference)
    thread.join()
    same(status, Gimp.PDBStatusType.CANCEL, "SIGTERM cancels")
    same([state(l) for l in others + [layer]], before, "and nothing has changed")
    image.delete()


def test_wrong_arguments():
    image, reference, layer = pair()
    for name in ("model", "modality", "preparation", "result", "sampler", "optimiser", "metric"):
        status, values = call("align-layers", image, [layer], **{name: "bogus"})
        refused(f"a wrong {name} is refused", status, values, "bogus", name)
        same(status, Gimp.PDBStatusType.CALLING_ERROR, f"a wrong {name} is the caller's error")
    for stiffness in (-1, 0.01, 7):
        status, values = call("align-layers", image, [layer], stiffness=stiffness)
        refused(f"a stiffness of {stiffness} is refused", status, values, f"{stiffness:g}", "stiffness", "0.05")
        same(status, Gimp.PDBStatusType.CALLING_ERROR, f"a stiffness of {stiffness} is the caller's error")
    other, stranger, _ = pair()
    status, values = call("align-layers", image, [layer], reference=stranger)
    refused("a reference of another image is refused", status, values, "another image")
    channel = Gimp.Channel.new(image, "channel", 100, 100, 50, Gegl.Color.new("red"))
    image.insert_channel(channel, None, 0)
    refused("a channel is refused", *call("align-layers", image, [channel]), "layers")
    image.set_component_active(Gimp.ChannelType.RED, False)
    refused("switched-off colour channels are refused", *call("align-layers", image, [layer]), "channels")
    image.set_component_active(Gimp.ChannelType.RED, True)
    other.delete()
    image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 32, False, False, "")
    refused("indexed colours are refused", *call("align-layers", image, [layer]), "RGB")
    image.delete()


run_tests([value for name, value in list(globals().items()) if name.startswith("test_")])

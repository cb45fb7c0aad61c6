# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo inside GIMP: aligns each scene's layers, says how well, saves the XCF and a picture of before and after."""

import traceback

from harness import Gegl, Gimp, Gio, GLib, apply, image_map, json, np, offsets, os, say, seen, write
from note import canvas, colours, note
from scenes import scenes

OUT = os.environ["PENTIMENTO_DEMO"]


def align(image, layers, reference):
    """The call, as a user's script would make it: (verdicts, reports) for the layers from top to bottom."""
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-pentimento-align-layers")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", layers)
    config.set_property("reference", reference)
    result = procedure.run(config)
    if result.index(0) != Gimp.PDBStatusType.SUCCESS:
        raise RuntimeError(result.index(1))
    return list(result.index(1)), [json.loads(report) for report in result.index(2)]


def true_error(layer, reference, truth):
    """Mean distance in the layer's pixels between where its map and the truth put the reference's points."""
    points, expected = truth
    found = apply(image_map(layer), points + np.array(offsets(reference)))
    return float(np.hypot(*(found - expected).T).mean())


def luminance(layer):
    """The canvas with that layer alone: Y' stretched to its own 1st and 99th percentile, and where it covers."""
    pixels = seen(layer)
    grey, alpha = pixels[..., :3] @ np.array([0.2126, 0.7152, 0.0722], np.float32), pixels[..., 3:]
    low, high = np.percentile(grey[alpha[..., 0] > 0.5], [1, 99]) if (alpha > 0.5).any() else (0, 1)
    return np.clip((grey - low) / max(high - low, 1e-6), 0, 1), alpha


def red_cyan(reference, layer):
    """The reference in red, the layer in cyan: grey where they agree; the reference alone, dimmed, elsewhere."""
    (fixed, _), (moving, alpha) = luminance(reference), luminance(layer)
    return np.dstack([fixed, moving, moving]) * alpha + 0.4 * fixed[..., None] * (1 - alpha)


def save_picture(rows, path, width=1800):
    """Rows of (before, after) as one PNG."""
    gap = np.ones((rows[0][0].shape[0], 16, 3), np.float32)
    bands = [np.hstack([before, gap, after]) for before, after in rows]
    line = np.ones((16, bands[0].shape[1], 3), np.float32)
    pixels = np.vstack([part for band in bands for part in (band, line)][:-1])
    height = round(pixels.shape[0] * width / pixels.shape[1])
    image = Gimp.Image.new(pixels.shape[1], pixels.shape[0], Gimp.ImageBaseType.RGB)
    layer = Gimp.Layer.new(image, "picture", pixels.shape[1], pixels.shape[0], Gimp.ImageType.RGB_IMAGE, 100,
                           Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    write(layer, pixels)
    image.scale(width, height)
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(path), None)
    image.delete()


def tell(scene, layer, verdict, report):
    """One line about the layer; whether its alignment is right."""
    error = true_error(layer, scene.reference(), scene.truth[layer.get_name()])
    right = verdict == "ok" and error <= scene.bound
    model = report.get("registration", {}).get("model", "–")
    say(f"  {layer.get_name():34} {verdict:10} {model:12} true error {error:.2f} px (at most {scene.bound:g})")
    if not right:
        say("    WRONG: " + report["message"])
    return right


def show(scene):
    image, reference, layers = scene.image, scene.reference(), scene.moving()
    say(f"\n{scene.title}\n  {reference.get_width()} × {reference.get_height()}, "
        f"{image.get_precision().value_nick}, {len(layers)} layer{'s' * (len(layers) > 1)} onto the reference")
    originals = [colours(layer) for layer in layers]
    before = [red_cyan(reference, layer) for layer in layers]
    start = GLib.get_monotonic_time()
    verdicts, reports = align(image, layers, reference)
    seconds = (GLib.get_monotonic_time() - start) / 1e6
    notes, wrong = {}, 0
    for layer, verdict, report, original in zip(layers, verdicts, reports, originals):
        notes[layer.get_name()] = kept = note(layer)
        wrong += not tell(scene, layer, verdict, report)
        if kept["original pixels"] != original or kept["live filter"] is None:
            say("    WRONG: its own pixels changed, or it has no live filter")
            wrong += 1
    say(f"  {seconds:.1f} s for all")
    save_picture([(a, red_cyan(reference, layer)) for a, layer in zip(before, layers)], f"{OUT}/{scene.name}.png")
    with open(f"{OUT}/{scene.name}.json", "w") as file:
        json.dump(notes, file)
    np.savez(f"{OUT}/{scene.name}.npz", **{layer.get_name(): canvas(layer) for layer in layers})
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(f"{OUT}/{scene.name}.xcf"), None)
    image.delete()
    return wrong


def main():
    Gegl.init(None)
    shown = wrong = 0
    for scene in scenes():
        if scene is not None:
            wrong += show(scene)
            shown += 1
    if not shown:
        say("No photographs are there: install Debian's mate-backgrounds, or run with PENTIMENTO_DEV=root.")
    with open(f"{OUT}/state", "w") as file:
        file.write("done\n" if shown and not wrong else "wrong\n")


try:
    main()
except Exception:
    say(traceback.format_exc())

# SPDX-License-Identifier: GPL-3.0-or-later
"""Open as Aligned Stack, called as a script would call it."""
from stack_files import *

BOUND = 0.3      # px, as in test-align.py


def test_sixteen_bits():
    files = [f"{PICTURES}/{name}.png" for name in ("ref", "mov")]
    status, (image, verdicts, reports) = open_stack(files, reference=1, **QUICK)
    same((status, list(verdicts)), (Gimp.PDBStatusType.SUCCESS, ["reference", "ok"]), "two files open, one laid on the other")
    layers = image.get_layers()
    same([layer.get_name() for layer in layers], ["mov.png", "ref.png"], "the layers have the files' names, the first one lowest")
    same((image.get_precision(), image.get_base_type()), (P.U16_NON_LINEAR, Gimp.ImageBaseType.RGB), "16 bits stay 16 bits")
    same((image.get_width(), image.get_height()), (640, 480), "the canvas is the reference's")
    below(misfit(layers[0], layers[1], truth("ref", "mov")), BOUND, "the second lies on the first")
    below(float(np.abs(floats(layers[0], "R'G'B' float") - picture("mov")).max()), 1e-6, "its pixels are the file's")
    kept = json.loads(parasite(layers[0], "pentimento-file"))
    same((kept["path"], kept["page"], kept["band"], kept["width"], kept["height"]), (files[1], 0, -1, 600, 500),
         "each layer remembers its file")
    ok(image.undo_is_enabled(), "the new image can be worked on")
    image.delete()


def test_pages_bands_and_strangers():
    tall = np.full((500, 20, 1), 7, np.uint16)
    described = [(315, 2, b"A painter\0")]      # Artist
    files = [write_tiff("shifted.tif", [grey("shifted"), tall], described), f"{PICTURES}/ref.png",
             write_tiff("bands.tif", [np.full((30, 40, 5), 0.25, np.float32)]), f"{FOLDER}/missing.tif",
             f"{PICTURES}/mov.png"]
    status, values = open_stack(files, **QUICK)
    ok(len(values) == 3, "the call succeeds", values)
    image, verdicts, reports = values
    same(status, Gimp.PDBStatusType.SUCCESS, "pages, bands, a file that is missing: what can be opened is")
    layers = image.get_layers()[::-1]
    same(len(layers), 9, "pages and bands are layers of their own")
    same(image.get_precision(), P.FLOAT_LINEAR, "where one is float, all are")
    names = [layer.get_name() for layer in layers]
    same(names[0], "shifted.tif, page 1", "a page is named so")
    same(names[1], "shifted.tif, page 2 (fits nowhere)", "what fits nowhere says so")
    same(names[3], "bands.tif, band 1 (fits nowhere)", "and a band")
    same([layer.get_visible() for layer in layers], [True, False, True] + [False] * 5 + [True], "it is kept, but hidden")
    found = list(verdicts)
    same((found.count("reference"), found.count("ok"), found.count("failed")), (1, 2, 6), "the pictures chose a reference")
    same(floats(layers[3], "Y float")[0, 0, 0], np.float32(0.25), "floats are the file's own")
    reference = layers[found.index("reference")]
    fixed = {0: "shifted", 2: "ref", 8: "mov"}
    for i, name in fixed.items():
        if i != found.index("reference"):
            below(misfit(layers[i], reference, truth(fixed[found.index("reference")], name)), BOUND, f"{name} lies right")
    ok("A painter" in (parasite(layers[0], "pentimento-metadata") or ""), "a layer keeps its file's metadata")
    image.delete()


def test_refusals():
    count_before = len(Gimp.get_images())
    blank = [write_tiff(f"blank{i}.tif", [np.full((40, 40, 1), 9, np.uint8)]) for i in range(3)]
    status, values = open_stack(blank)
    ok(status == Gimp.PDBStatusType.EXECUTION_ERROR, "pictures of nothing can't be compared", values)
    status, values = open_stack([f"{FOLDER}/missing.tif", blank[0]])
    ok(status == Gimp.PDBStatusType.EXECUTION_ERROR and "missing.tif" in str(values), "one picture is no stack", values)
    status, values = open_stack(blank, compare="both")
    ok(status == Gimp.PDBStatusType.CALLING_ERROR and "compare" in str(values), "a wrong word is refused", values)
    status, values = open_stack(blank, reference=4)
    ok(status == Gimp.PDBStatusType.CALLING_ERROR and "reference" in str(values), "so is a file that is none", values)
    same(len(Gimp.get_images()), count_before, "no image is left behind")


run_tests([test_sixteen_bits, test_pages_bands_and_strangers, test_refusals])

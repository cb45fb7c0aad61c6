# SPDX-License-Identifier: GPL-3.0-or-later
"""Show Deformation: a picture of what an alignment bends, on a layer of its own. The alignments are records made by hand, so
that what is bent is known."""
from harness import *

GRAY, RGB = Gimp.ImageBaseType.GRAY, Gimp.ImageBaseType.RGB
SIZE, AT, MOVING_AT = BENT_SIZE, (15, 10), (40, 25)     # of the reference; where it lies, and the layer


def bent(base=RGB, precision=P.U8_NON_LINEAR, parent=None):
    """An image with a layer that a record says is aligned and bent."""
    image = new_image(base, precision)
    if parent is not None:
        parent = Gimp.GroupLayer.new(image, "group")
        image.insert_layer(parent, None, 0)
    layer = add_layer(image, picture("mov"), "moving", *MOVING_AT, parent=parent)
    attach(layer, AT)
    return image, layer


def drawn(mode, **options):
    """What the operation pentimento:deformation draws over nothing: floats R'G'B'A."""
    graph = Gegl.Node()
    rectangle = Gegl.Rectangle.new(0, 0, *SIZE)
    nothing = Gegl.Buffer.new("R'G'B'A float", 0, 0, *SIZE)
    source, node = graph.create_child("gegl:buffer-source"), graph.create_child("pentimento:deformation")
    source.set_property("buffer", nothing)
    for name, value in {"transform": json.dumps(bend()), "mode": mode, "opacity": 1.0, **options}.items():
        node.set_property(name, value)
    source.link(node)
    out = Gegl.Buffer.new("R'G'B'A float", 0, 0, *SIZE)
    node.blit_buffer(out, rectangle, 0, Gegl.AbyssPolicy.NONE)
    data = out.get(rectangle, 1.0, "R'G'B'A float", Gegl.AbyssPolicy.NONE)
    return np.frombuffer(data, np.float32).reshape(SIZE[1], SIZE[0], 4)


def show(image, layers, **arguments):
    status, values = call("show-deformation", image, layers, **arguments)
    if status != Gimp.PDBStatusType.SUCCESS:
        raise RuntimeError(f"{status.value_nick}: {values}")
    return list(values[1])


def alike(layer, expected, step, name):
    """Colours count as far as they are seen."""
    found = floats(layer)
    difference = np.abs(found * found[..., 3:] - expected * expected[..., 3:]).max()
    below(float(difference), step, name)


def test_modes():
    image, layer = bent()
    before = state(layer)
    image.set_selected_layers([layer])
    for mode, what in (("grid", "shifts ×"), ("arrows", "shifts ×"), ("jacobian", "%"), ("strain", "%")):
        made = show(image, [layer], mode=mode)
        same(len(made), 1, f"{mode}: one picture is made")
        expected = drawn(mode)
        ok(expected[..., 3].mean() > 0.01, f"{mode}: there is something to draw", expected[..., 3].mean())
        alike(made[0], expected, 1.1 / 255, f"{mode}: what the operation draws")
        same(offsets(made[0]), AT, f"{mode}: where the reference lay")
        ok(made[0].get_name().startswith("moving: ") and what in made[0].get_name(), f"{mode}: named after the layer, with its scale",
           made[0].get_name())
        same([l.get_name() for l in image.get_layers()][1:], ["moving"], f"{mode}: directly above it")
        below(abs(made[0].get_opacity() - 80), 0.01, f"{mode}: a little transparent")
        image.remove_layer(made[0])
    same(state(layer), before, "the layer stays what it was")
    same([l.get_name() for l in image.get_selected_layers()], ["moving"], "and selected")
    image.delete()


def test_options():
    image, layer = bent()
    made = show(image, [layer], spacing=0.1, exaggeration=3.0, opacity=0.5)[0]
    alike(made, drawn("grid", spacing=0.1, exaggeration=3.0), 1.1 / 255, "spacing and exaggeration reach the picture")
    ok("× 3" in made.get_name(), "the name tells the exaggeration", made.get_name())
    below(abs(made.get_opacity() - 50), 0.01, "the opacity is the layer's")
    alike(show(image, [layer], mode="strain", range=0.5)[0], drawn("strain", range=0.5), 1.1 / 255, "so does the range")
    alike(show(image, [layer], whole=True)[0], drawn("grid", whole=True), 1.1 / 255, "and the plane's share")
    count = len(image.get_layers())
    for name, value, word in (("mode", "wobble", "wobble"), ("spacing", 0.9, "spacing"),
                              ("exaggeration", -1.0, "exaggeration"), ("range", 11.0, "range"), ("opacity", 2.0, "opacity")):
        refused(f"{name} {value} is refused", *call("show-deformation", image, [layer], **{name: value}), word)
    same(len(image.get_layers()), count, "and nothing is added")
    image.delete()


def test_precisions():
    for base, precision, step in ((RGB, P.U16_NON_LINEAR, 1.1 / 65535), (RGB, P.FLOAT_LINEAR, 1e-5),
                                  (RGB, P.U8_LINEAR, 0.06), (RGB, P.HALF_NON_LINEAR, 1e-3)):
        image, layer = bent(base, precision)
        made = show(image, [layer], mode="jacobian")[0]
        alike(made, drawn("jacobian"), step, f"{precision.value_nick}: as exact as the image")
        same(image.get_precision(), precision, f"{precision.value_nick}: which keeps its precision")
        image.delete()
    image, layer = bent(GRAY, P.U16_NON_LINEAR)
    made = show(image, [layer], mode="grid")[0]
    below(float(np.abs(floats(made)[..., 3] - drawn("grid")[..., 3]).max()), 1.1 / 65535, "a grey image shows a grid")
    refused("but no colours", *call("show-deformation", image, [layer], mode="strain"), "grey")
    image.delete()


def test_moved():
    image, layer = bent()
    layer.set_offsets(MOVING_AT[0] + 7, MOVING_AT[1] - 30)
    same(offsets(show(image, [layer])[0]), (AT[0] + 7, AT[1] - 30), "a layer that was moved took its frame along")
    layer.resize(620, 520, 10, 10)
    refused("one that was resized has none", *call("show-deformation", image, [layer]), "resized")
    image.delete()


def test_by_hand():
    """A filter without a record, and a record without a filter that says the alignment is in the pixels."""
    image = new_image()
    layer = add_layer(image, picture("mov"), "moving", *MOVING_AT, alpha=True)
    filter_ = Gimp.DrawableFilter.new(layer, FILTER, "by hand")
    filter_.get_config().set_property("transform", json.dumps(bend()))
    filter_.update()
    layer.append_filter(filter_)
    made = show(image, [layer])[0]
    same(offsets(made), MOVING_AT, "a filter made by hand is in the layer's own frame")
    alike(made, drawn("grid"), 1.1 / 255, "and shown")
    baked = add_layer(image, picture("mov"), "baked", *MOVING_AT)
    attach(baked, AT, "pentimento-baked")
    same(offsets(show(image, [baked])[0]), AT, "a baked alignment is shown from its note")
    image.delete()


def test_groups_and_locks():
    image, layer = bent(parent=True)
    group = layer.get_parent()
    layer.set_lock_position(True)
    layer.set_lock_content(True)
    before = state(layer)
    made = show(image, [layer])[0]
    same([item.get_name() for item in group.get_children()], [made.get_name(), "moving"], "in a group the picture is above its layer")
    same(state(layer), before, "a locked layer is shown, and stays what it was")
    group.set_lock_position(True)
    refused("a locked group gets no picture", *call("show-deformation", image, [layer]), "group", "locked")
    group.set_lock_position(False)
    attach(group, AT)
    refused("nor one that is aligned itself", *call("show-deformation", image, [layer]), "select the group")
    made = show(image, [group])[0]
    same([item.get_name() for item in image.get_layers()], [made.get_name(), "group"], "a group's own picture is above it")
    image.delete()


def test_which():
    image, layer = bent()
    other = add_layer(image, picture("ref"), "other")
    refused("a layer without an alignment has none to show", *call("show-deformation", image, [other]), "“other”", "not aligned")
    second = add_layer(image, picture("mov"), "second", *MOVING_AT)
    attach(second, AT)
    status, values = call("show-deformation", image, [layer, other, second])
    same((status, values[0], len(values[1])), (Gimp.PDBStatusType.SUCCESS, 2, 2), "of three layers the two that are aligned")
    names = [l.get_name() for l in image.get_layers()]
    ok(names[0].startswith("second: ") and names[1] == "second" and names[2] == "other" and names[3].startswith("moving: "),
       "each above its own", names)
    layer.attach_parasite(Gimp.Parasite.new(PARASITE, 3, b"{}\0"))
    refused("a damaged record is told", *call("show-deformation", image, [layer]), "damaged")
    image.delete()


run_tests([value for name, value in list(globals().items()) if name.startswith("test_")])

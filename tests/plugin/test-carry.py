# SPDX-License-Identifier: GPL-3.0-or-later
"""Carry Markup: paths, guides, selections, channels and masks from one layer's geometry to another's."""
from harness import *

SQUARE = (180, 120, 160, 140)      # x, y, width, height on the canvas


def path(image, anchors, name="outline", closed=True, handles=None):
    """a polygon, or with `handles`, (x, y) before and behind of each anchor, a curve"""
    item = Gimp.Path.new(image, name)
    image.insert_path(item, None, 0)
    points = []
    for i, (x, y) in enumerate(anchors):
        before, behind = handles[i] if handles else ((x, y), (x, y))
        points += [*before, x, y, *behind]
    item.stroke_new_from_points(Gimp.PathStrokeType.BEZIER, points, closed)
    return item


def strokes(item):
    """[(points n × 3 × 2, closed)]"""
    found = []
    for stroke in item.get_strokes():
        _, points, closed = item.stroke_get_points(stroke)
        found.append((np.array(points).reshape(-1, 3, 2), closed))
    return found


def drawn(points, closed, n=200):
    """places along a stroke"""
    t = np.linspace(0, 1, n, endpoint=False)[:, None]
    places = []
    for i in range(len(points) if closed else len(points) - 1):
        a, b = points[i], points[(i + 1) % len(points)]
        places.append((1 - t) ** 3 * a[1] + 3 * t * (1 - t) ** 2 * a[2] + 3 * t * t * (1 - t) * b[0] + t ** 3 * b[1])
    return np.concatenate(places)


def off(places, curve):
    """the largest distance of `places` from a curve given by many places"""
    a, b = curve[:-1], curve[1:]
    worst = 0
    for p in places:
        along = b - a
        t = np.clip(((p - a) * along).sum(axis=1) / np.maximum((along ** 2).sum(axis=1), 1e-12), 0, 1)
        worst = max(worst, np.hypot(*(a + t[:, None] * along - p).T).min())
    return worst


def square_corners():
    x, y, w, h = SQUARE
    return [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]


def channel(image, name="area"):
    item = Gimp.Channel.new(image, name, image.get_width(), image.get_height(), 40, Gegl.Color.new("lime"))
    image.insert_channel(item, None, 0)
    pixels = np.zeros((image.get_height(), image.get_width(), 3), np.float32)
    x, y, w, h = SQUARE
    pixels[y:y + h, x:x + w] = 1
    write(item, pixels)
    return item


def numbers(drawable):
    """a channel's own numbers, 0 … 1"""
    buffer = drawable.get_buffer()
    extent = buffer.get_extent()
    data = buffer.get(extent, 1.0, None, Gegl.AbyssPolicy.NONE)
    return np.frombuffer(data, np.uint8).reshape(extent.height, extent.width) / 255


def centroid(pixels):
    y, x = np.mgrid[0:pixels.shape[0], 0:pixels.shape[1]] + 0.5
    return np.array([(pixels * x).sum(), (pixels * y).sum()]) / pixels.sum()


def carry(image, layer, **arguments):
    status, values = call("carry", image, [layer], **arguments)
    if status != Gimp.PDBStatusType.SUCCESS:
        raise RuntimeError(f"{status.value_nick}: {values}")
    return values


def attach_plane(layer, reference_at):
    """harness.attach() with a turn and a perspective alone"""
    attach(layer, reference_at)
    text = json.loads(bytes(layer.get_parasite(PARASITE).get_data()).rstrip(b"\0"))
    transform = bend()
    transform["steps"] = [{"kind": "projective", "matrix": [[0.96, -0.11, 31], [0.1, 0.97, -22], [4e-5, -3e-5, 1]]}]
    text["transform"] = json.dumps(transform)
    layer.attach_parasite(Gimp.Parasite.new(PARASITE, 3, json.dumps(text).encode() + b"\0"))


def aligned_pair():
    """the image with both, and the original photograph in an image of its own, at an offset"""
    image, reference, layer = pair(at=(30, 20), moving_at=(70, 45))
    attach_plane(layer, (30, 20))
    call("rebuild", image, [layer])
    own = new_image(width=640, height=560)
    original = add_layer(own, picture("mov"), "photograph", 15, 10)
    return image, reference, layer, own, original


def original_map(layer, at):
    """canvas of the aligned layer → canvas of the image of its original, which lies at `at`"""
    return shift(*at) @ image_map(layer)


def test_to_the_photograph_and_back():
    image, reference, layer, own, original = aligned_pair()
    true = original_map(layer, (15, 10))
    square = path(image, square_corners())
    curve = path(image, [(200, 200), (400, 260)], "curve", False,
                 [((200, 200), (260, 90)), ((330, 420), (400, 260))])
    channel(image)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, *SQUARE)
    before = state(layer)

    count, route, remark = carry(image, layer, target=original)
    same((count, remark), (4, ""), "two paths, a channel and the selection are carried")
    ok("moving" in route and "photograph" in route, "the route names both layers", route)
    same([p.get_name() for p in own.get_paths()], ["curve", "outline"], "paths keep names and order")
    points, closed = strokes(own.get_paths()[1])[0]
    ok(closed and len(points) == 4, "a polygon under a perspective stays one", points)
    below(np.abs(points[:, 1] - apply(true, square_corners())).max(), 1e-3, "its corners lie where they belong")
    mapped = apply(true, drawn(*strokes(curve)[0]))
    points, closed = strokes(own.get_paths()[0])[0]
    below(off(mapped, drawn(points, closed)), 0.05, "the curve lies within a twentieth of a pixel of its true image")
    own_channel = own.get_channels()[0]
    same((own_channel.get_name(), round(own_channel.get_opacity())), ("area", 40), "a channel keeps name and opacity")
    same((own_channel.get_width(), own_channel.get_height()), (640, 560), "and has the size of the other image")
    below(np.abs(centroid(numbers(own_channel)) - polygon_centroid(apply(true, square_corners()))).max(), 0.05,
          "its middle lies where it belongs")
    below(abs(numbers(own_channel).sum() / polygon_area(apply(true, square_corners())) - 1), 2e-3, "and its area is right")
    selected = numbers(own.get_selection())
    below(np.abs(selected - numbers(own_channel)).max(), 2 / 255, "selection and channel agree")
    same(state(layer), before, "the aligned layer is what it was")
    same(len(image.get_paths()), 2, "and its image has no new path")

    # and back again, onto the aligned view
    for item in image.get_paths():
        image.remove_path(item)
    Gimp.Selection.none(image)
    count, route, remark = carry(own, original, target=layer, channels="none")
    same(count, 3, "back from the photograph")
    points, _ = strokes(image.get_paths()[1])[0]
    below(np.abs(points[:, 1] - np.array(square_corners())).max(), 2e-3, "there and back a polygon is what it was")
    Gimp.Selection.none(own)
    below(np.abs(centroid(numbers(image.get_selection())) - centroid_of_square()).max(), 0.05, "and so is a selection")
    own.delete()
    image.delete()


def polygon_area(p):
    x, y = np.asarray(p).T
    return 0.5 * abs((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())


def polygon_centroid(p):
    x, y = np.asarray(p).T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    return np.array([((x + np.roll(x, -1)) * cross).sum(), ((y + np.roll(y, -1)) * cross).sum()]) / (3 * cross.sum())


def centroid_of_square():
    x, y, w, h = SQUARE
    return np.array([x + w / 2, y + h / 2])


def test_within_a_layer():
    """A layer's own two geometries, where it bends: the way there and back, and each against the map's own formula."""
    image = new_image()
    layer = add_layer(image, picture("mov"), "bent", 70, 45)
    attach(layer, (30, 20))
    call("rebuild", image, [layer])
    outline = path(image, square_corners())
    here = drawn(*strokes(outline)[0])
    count, route, remark = carry(image, layer, to="original")
    same((count, remark), (1, ""), "from what is seen to the original pixels, within one image")
    there = image.get_paths()[0]
    ok(len(strokes(there)[0][0]) > 4, "a side that bends is divided", len(strokes(there)[0][0]))
    lattice = bent_places(here - [30, 20]) + [70, 45]
    below(off(lattice[::7], drawn(*strokes(there)[0])), 0.05, "it lies within a twentieth of a pixel of its true image")
    image.remove_path(outline)
    carry(image, layer, **{"from": "original"})
    back = image.get_paths()[0]
    below(off(drawn(*strokes(back)[0])[::7], here), 0.11, "and comes home")
    refused("the same geometry twice is refused", *call("carry", image, [layer]), "nothing to carry")
    image.delete()


def bent_places(points):
    """harness.bend() by its formula: a matrix, and a uniform cubic B-spline"""
    m, lattice = (bend()["steps"][i] for i in (0, 1))
    q = apply(np.array(m["matrix"], float), points)
    basis = [lambda t: (1 - t) ** 3 / 6, lambda t: (3 * t ** 3 - 6 * t ** 2 + 4) / 6,
             lambda t: (-3 * t ** 3 + 3 * t ** 2 + 3 * t + 1) / 6, lambda t: t ** 3 / 6]
    u = (q - lattice["origin"]) / lattice["spacing"]
    cell = np.floor(u).astype(int)
    t = u - cell
    moved = np.zeros_like(q)
    for k, name in enumerate(("dx", "dy")):
        d = np.array(lattice[name], float) / 1000
        for j in range(4):
            for i in range(4):
                rows = np.clip(cell[:, 1] + j - 1, 0, lattice["rows"] - 1)
                columns = np.clip(cell[:, 0] + i - 1, 0, lattice["columns"] - 1)
                moved[:, k] += basis[j](t[:, 1]) * basis[i](t[:, 0]) * d[rows, columns]
    return q + moved


def test_guides_and_masks():
    image = new_image()
    layer = add_layer(image, picture("mov"), "turned", 70, 45)
    image.add_hguide(300)
    image.add_vguide(400)
    image.add_hguide(5)
    mask = layer.create_mask(Gimp.AddMaskType.BLACK)
    layer.add_mask(mask)
    pixels = np.zeros((500, 600, 3), np.float32)
    pixels[100:200, 150:300] = 1
    write(mask, pixels)
    own = new_image(width=600, height=500)
    original = add_layer(own, picture("mov"), "photograph")
    count, route, remark = carry(image, layer, target=original)
    same(count, 3, "guides and a mask without an alignment")
    ok("Guide at y = 5" in remark, "and the guide that falls outside is told", remark)
    found, guide = [], own.find_next_guide(0)
    while guide:
        found.append((own.get_guide_orientation(guide), own.get_guide_position(guide)))
        guide = own.find_next_guide(guide)
    same(sorted(found, key=lambda g: g[1]), [(Gimp.OrientationType.HORIZONTAL, 255), (Gimp.OrientationType.VERTICAL, 330)],
         "guides stay guides where the layer is only moved")
    below(np.abs(numbers(original.get_mask()) - pixels[..., 0]).max(), 0, "the mask is the other layer's, to the bit")
    count, route, remark = carry(image, layer, target=original, paths="none", channels="none", guides=False, selection=False)
    ok("became a channel" in remark and len(own.get_channels()) == 1, "a second mask becomes a channel", remark)

    attach(layer, (30, 20))
    call("rebuild", image, [layer])
    own.remove_channel(own.get_channels()[0])
    count, route, remark = carry(image, layer, target=original, mask=False)
    ok("became paths" in remark or "became a path" in remark, "guides that turn become paths, and it is told", remark)
    names = [p.get_name() for p in own.get_paths()]
    ok("Guide at y = 300" in names, "named after the guide", names)
    own.delete()
    image.delete()


def test_outside():
    image, reference, layer, own, original = aligned_pair()
    own.resize(200, 150, 0, 0)
    path(image, square_corners(), "far")
    image.select_rectangle(Gimp.ChannelOps.REPLACE, *SQUARE)
    count, route, remark = carry(image, layer, target=original)
    ok("“far”" in remark and "outside" in remark, "a path outside of the image is told", remark)
    ok("% of the selection lies outside" in remark, "and the share of the selection", remark)
    own.delete()
    image.delete()


def test_through_another_image():
    """Drawn on the reference's own file, carried to the moving picture's own file by the image in which both are aligned."""
    image, reference, layer, own, original = aligned_pair()
    atlas = new_image(width=660, height=500)
    first = add_layer(atlas, picture("ref"), "atlas", 8, 4)
    path(atlas, square_corners())
    count, route, remark = carry(atlas, first, target=original)
    true = original_map(layer, (15, 10)) @ shift(30 - 8, 20 - 4)
    points, _ = strokes(own.get_paths()[0])[0]
    below(np.abs(points[:, 1] - apply(true, square_corners())).max(), 2e-3, "the corners lie where they belong")
    ok("reference" in route and "moving" in route, "and the route names the aligned layers", route)
    refused("different pictures are not taken for one", *call("carry", atlas, [first], target=original, relation="pixels"),
            "same picture")
    refused("nor is the wrong image a way", *call("carry", atlas, [first], target=original, through=own), "belong together")
    image.delete()
    refused("without that image nothing relates them", *call("carry", atlas, [first], target=original), "Open that image")
    atlas.delete()
    own.delete()


def test_baked():
    image, reference, layer, own, original = aligned_pair()
    true = original_map(layer, (15, 10))
    path(image, square_corners())
    call("bake", image, [layer])
    layer.set_offsets(*(np.array(offsets(layer)) + [5, -3]))
    carry(image, layer, target=original)
    points, _ = strokes(own.get_paths()[0])[0]
    expected = apply(true, np.array(square_corners()) - [5, -3])
    below(np.abs(points[:, 1] - expected).max(), 2e-3, "a baked layer's note tells the way, and its moves count")
    layer.scale(300, 300, False)
    refused("one that was scaled since is refused", *call("carry", image, [layer], target=original), "resized")
    own.delete()
    image.delete()


def test_errors():
    image, reference, layer = pair()
    refused("nothing to carry is an error", *call("carry", image, [layer], to="original", **{"from": "original"}))
    attach(layer, (30, 20))
    call("rebuild", image, [layer])
    refused("an image without markup has nothing to carry", *call("carry", image, [layer], to="original"), "nothing to carry")
    refused("a wrong word is refused", *call("carry", image, [layer], to="elsewhere"), "“to”")
    refused("two layers are refused", *call("carry", image, [layer, reference]), "one layer")
    image.delete()


run_tests([test_to_the_photograph_and_back, test_within_a_layer, test_guides_and_masks, test_outside,
           test_through_another_image, test_baked, test_errors])

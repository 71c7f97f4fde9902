"""Pictures for people: exact small views, and a sheet whose crops are pixel for pixel."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from workbench import views
from workbench.compose import background, over
from workbench.errors import ArrayError, InputError
from workbench.views import quality_sheet


def scene(height: int = 260, width: int = 320) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width] + 0.5
    alpha = np.clip((80 - np.hypot(x - width / 2, y - height / 2)) / 6 + 0.5, 0, 1)
    image = rng.integers(0, 256, (height, width, 3), np.uint8)
    trimap = np.where((alpha > 0) & (alpha < 1), 0.5, alpha).astype(np.float32)
    return image, alpha.astype(np.float32), trimap


def test_overlay_exact() -> None:
    image = np.full((1, 3, 3), 100, np.uint8)
    shown = views.overlay(image, np.array([[0, 0.5, 1]]), (200, 0, 100), 0.5)
    np.testing.assert_array_equal(shown[0], [[100, 100, 100], [125, 75, 100], [150, 50, 100]])
    assert shown.dtype == np.uint8
    np.testing.assert_array_equal(views.overlay(image, np.ones((1, 3)), opacity=0), image)
    with pytest.raises(InputError, match="opacity"):
        views.overlay(image, np.ones((1, 3)), opacity=2)
    with pytest.raises(InputError, match="colour"):
        views.overlay(image, np.ones((1, 3)), (300, 0, 0))
    with pytest.raises(ArrayError):
        views.overlay(image, np.ones((2, 3)))


def test_outline_exact() -> None:
    mask = np.zeros((5, 6), np.float32)
    mask[1:4, 1:5] = 1
    mask[2, 3] = 0.5
    expected = np.zeros((5, 6), bool)
    expected[1:4, 1:5] = True
    expected[2, 2:4] = False
    np.testing.assert_array_equal(views.outline(mask), expected)
    assert not views.outline(np.ones((4, 4))).any() and not views.outline(np.zeros((1, 1))).any()


def test_outline_lies_inside() -> None:
    mask = scene()[1]
    line = views.outline(mask)
    assert line.any() and (mask[line] >= 0.5).all()


def test_trimap_and_alpha_views() -> None:
    image = np.full((1, 3, 3), (200, 100, 40), np.uint8)
    shown = views.trimap_view(image, np.array([[0, 0.5, 1]], np.float32))
    np.testing.assert_array_equal(shown[0, 2], (200, 100, 40))
    # Background dim and grey, band bluest.
    assert len(set(shown[0, 0])) == 1 and shown[0, 0, 0] < 60
    assert shown[0, 1].argmax() == 2
    np.testing.assert_array_equal(
        views.alpha_view(np.array([[0, 0.5, 1]])), [[[0] * 3, [128] * 3, [255] * 3]]
    )


def test_views_leave_their_input_alone() -> None:
    image, alpha, trimap = scene(40, 50)
    copies = [a.copy() for a in (image, alpha, trimap)]
    for array in (image, alpha, trimap):
        array.setflags(write=False)
    views.overlay(image, alpha)
    views.outline(alpha)
    views.trimap_view(image, trimap)
    views.alpha_view(alpha)
    views.sheet(image, alpha, image, trimap)
    for array, copy in zip((image, alpha, trimap), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_sheet_shows_the_edge_pixel_for_pixel() -> None:
    image, alpha, trimap = scene()
    png = views.sheet_png(image, alpha, image, trimap, "Scene")
    page = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    white = over.composite(image, alpha, background.background("white", alpha.shape))
    white = (white * 255 + 0.5).astype(np.uint8)
    places = views.places(alpha, quality_sheet.CROP)
    assert len(places) >= 2
    side = quality_sheet.CROP
    for left, top in places:
        crop = white[top : top + side, left : left + side]
        # A noisy row through the subject is found once in the page, if it is there unscaled.
        row = int(alpha[top : top + side, left : left + side].sum(axis=1).argmax())
        windows = np.lib.stride_tricks.sliding_window_view(page, (1, side, 3))[:, :, 0, 0]
        found = np.argwhere((windows[:, :, side // 2] == crop[row, side // 2]).all(axis=-1))
        found = [(r - row, c) for r, c in found if (page[r, c : c + side] == crop[row]).all()]
        assert len(found) == 1
        r, c = found[0]
        np.testing.assert_array_equal(page[r : r + side, c : c + side], crop)


def test_sheet_keeps_to_a_screen_and_names_every_panel() -> None:
    image, alpha, trimap = scene()
    figure = views.sheet(image, alpha, image, trimap, "Scene $x$ " + "long " * 40)
    words = [t.get_text() for t in figure.texts]
    for name in ("Alpha", "On white", "On black", "On grey", "On green", "On magenta"):
        assert name in words
    assert any(w.startswith("Trimap") for w in words)
    assert "Trimap" not in str(views.sheet(image, alpha, image).texts)
    width, height = figure.get_size_inches() * figure.dpi
    assert 1200 <= width <= 1800 and height <= 1.1 * width
    # No two words overlap, and none leaves the page.
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    boxes = [t.get_window_extent(renderer) for t in figure.texts]
    for index, box in enumerate(boxes):
        assert box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (5, 4), (1200, 40)])
@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
def test_sheet_of_odd_photos(shape: tuple[int, int], level: float) -> None:
    image = np.full((*shape, 3), 90, np.uint8)
    alpha = np.full(shape, level, np.float32)
    assert views.sheet_png(image, alpha, image, np.full(shape, 0.5)).startswith(b"\x89PNG")


def test_sheet_errors() -> None:
    image, alpha, trimap = scene(20, 20)
    with pytest.raises(ArrayError):
        views.sheet(image, alpha[:5], image)
    with pytest.raises(ArrayError):
        views.sheet(image, alpha, image[:5])
    with pytest.raises(ArrayError):
        views.sheet(image, alpha, image, trimap[:5])


def test_no_pyplot_and_no_early_matplotlib() -> None:
    code = (
        "import sys, numpy as np; from workbench import views; "
        "assert 'matplotlib' not in sys.modules and 'numba' not in sys.modules; "
        "z = np.zeros((8, 8, 3), np.uint8); views.sheet_png(z, z[..., 0], z); "
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

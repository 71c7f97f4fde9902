"""Figures of parts of a matte, two results compared, and the page for printing."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

from workbench import views
from workbench.errors import ArrayError, InputError
from workbench.quality.finding import Finding

SHAPE = (120, 160)


def disk(shape: tuple[int, int], radius: float, ramp: float) -> np.ndarray:
    """A disk in the middle whose edge is a straight ramp so many pixels long."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    far = np.hypot(x - shape[1] / 2, y - shape[0] / 2)
    return np.clip((radius - far) / ramp + 0.5, 0, 1).astype(np.float32)


def pictures_of(figure) -> list[np.ndarray]:
    """What a figure shows, each held to be on its page pixel for pixel."""
    figure.canvas.draw()
    page = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    found = []
    for one in figure.images:
        picture = np.asarray(one.get_array())
        rows, columns = picture.shape[:2]
        top, left = page.shape[0] - int(one.oy) - rows, int(one.ox)
        np.testing.assert_array_equal(page[top : top + rows, left : left + columns], picture)
        found.append(picture)
    return found


def scene() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return rng.integers(0, 256, (*SHAPE, 3), np.uint8), disk(SHAPE, 40, 6)


def holds(figure, picture: np.ndarray) -> bool:
    return any(np.array_equal(one, picture) for one in pictures_of(figure))


def test_the_band_alone_and_the_colours_alone_are_to_the_pixel() -> None:
    image, alpha = scene()
    front = np.roll(image, 1, axis=1)
    crop = np.s_[0:120, 0:160]  # a crop is larger than the photo
    band = (alpha > 0) & (alpha < 1)
    want = np.where(band[..., None], image, np.uint8(118))[crop]
    assert holds(views.band(image, alpha, front), want)
    want = np.where(alpha[..., None] > 0, front, np.uint8(118))[crop]
    assert holds(views.colours(image, alpha, front), want)
    trimap = np.where(alpha > 0, 0.5, 0).astype(np.float32)
    want = np.where(trimap[..., None] > 0, image, np.uint8(118))[crop]
    assert holds(views.band(image, alpha, front, trimap), want)


def test_contrast_shows_the_faults_at_100_percent() -> None:
    image, alpha = scene()
    alpha[5:9, 5:9] = 2 / 255  # a veil that nobody sees
    assert holds(views.contrast(image, alpha), views.alpha_view(views.alpha_curve(alpha)))


def test_saving_keeps_the_pixels_whatever_a_person_has_set() -> None:
    import matplotlib

    image, alpha = scene()
    figure = views.colours(image, alpha, image)
    with matplotlib.rc_context({"savefig.bbox": "tight", "savefig.dpi": 50}):
        target = io.BytesIO()
        figure.savefig(target, format="png")
    saved = np.asarray(Image.open(target).convert("RGB"))
    figure.canvas.draw()
    np.testing.assert_array_equal(saved, np.asarray(figure.canvas.buffer_rgba())[..., :3])


def test_two_results_side_by_side() -> None:
    image, alpha = scene()
    first, second = views.cut(image, alpha, image), views.cut(image, disk(SHAPE, 38, 6), image)
    figure = views.compare(first, second, names=("soft", "small"))
    words = " ".join(t.get_text() for t in figure.texts)
    went = float((alpha - second.alpha).sum())
    assert f"0 px of opacity came, {went:,.0f} px went" in words
    for one in (first, second):
        assert holds(figure, one.on(np.ones((*SHAPE, 3), np.float32)))
    same = views.compare(first, first)
    assert any("the alphas are the same" in t.get_text() for t in same.texts)
    with pytest.raises(ArrayError, match="160 × 120 px and 80 × 60 px"):
        views.compare(first, first.reduced((80, 60)))


def test_a_flicker_is_two_pictures_in_one_place(tmp_path) -> None:
    image, alpha = scene()
    first, second = views.cut(image, alpha, image), views.cut(image, disk(SHAPE, 38, 6), image)
    two = views.flicker(first, second, names=("<b>", "B"), ground="black", seconds=0.5)
    black = np.zeros((*SHAPE, 3), np.float32)
    with Image.open(two.save(tmp_path / "two.png")) as moving:
        assert moving.n_frames == 2 and moving.info["duration"] == 500 and moving.info["loop"] == 0
        for n, one in enumerate((first, second)):
            moving.seek(n)
            np.testing.assert_array_equal(np.asarray(moving.convert("RGB")), one.on(black))
    page = two.save(tmp_path / "two.html").read_text()
    assert "&lt;b&gt;" in page and "<b>&lt;b" not in page.replace('<b class="a">', "")
    assert "<script" not in page and not re.search(r'(src|href)="(?!data:)', page)
    # Two on one page do not steer one another.
    keys = [re.search(r'<div id="([\w-]+)"', two.html()).group(1) for _ in range(2)]
    assert keys[0] != keys[1]
    alphas = views.flicker(first, second, ground="alpha", box=(40, 40, 90.5, 80))
    np.testing.assert_array_equal(alphas.second, views.alpha_view(second.alpha)[40:80, 40:91])
    for wrong in (0.1, 20, float("nan")):
        with pytest.raises(InputError, match="seconds"):
            views.flicker(first, second, seconds=wrong)
    with pytest.raises(InputError, match=r"\.html or \.png"):
        two.save(tmp_path / "two.gif")


def test_the_printed_page_is_a4_with_figures_deeds_and_findings() -> None:
    image, alpha = scene()
    found = [Finding("patches_left", 0.3, None, 1, "px", f"Why number {n} " + "long " * 30)
             for n in range(40)]  # fmt: skip
    figure = views.contact_sheet(image, alpha, image, report=found, deeds=["Click $here$"] * 90,
                                 title="A very long name " * 20)  # fmt: skip
    assert (figure.get_size_inches() * figure.dpi).round(6).tolist() == [2480, 3508]
    words = [t.get_text() for t in figure.texts]
    assert "160 × 120 px: 1.4 × 1.0 cm in print at 300 DPI" in words
    assert "1. Click $here$" in words and any(re.fullmatch("… and [0-9]+ more", w) for w in words)
    assert any(w.startswith("0.30  patches left: Why number 0") for w in words)
    on_white = views.cut(image, alpha, image).on(np.ones((*SHAPE, 3), np.float32))
    assert holds(figure, on_white)
    # Nothing leaves the page or overlaps.
    renderer = figure.canvas.get_renderer()
    boxes = [t.get_window_extent(renderer) for t in figure.texts if t.get_text()]
    for index, box in enumerate(boxes):
        assert box.x0 >= 0 and box.x1 <= 2480 - 100 and box.y0 >= 0 and box.y1 <= 3508
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])
    clean = views.contact_sheet(image, alpha, image, report=[])
    assert "nothing was found" in [t.get_text() for t in clean.texts]


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (200, 1)])
@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
def test_figures_of_odd_photos(shape: tuple[int, int], level: float) -> None:
    image = np.full((*shape, 3), 90, np.uint8)
    alpha = np.full(shape, level, np.float32)
    figures = [view(image, alpha) for view in (
        views.unrolled, views.edge_width, views.contrast, views.band, views.colours)]  # fmt: skip
    one = views.cut(image, alpha)
    figures.append(views.compare(one, one))
    for figure in figures:
        assert figure.images and figure.texts
    assert views.flicker(one, one).first.shape == image.shape


def test_many_pixels_are_reduced_before_they_are_drawn() -> None:
    alpha = disk((1200, 1500), 500, 3)
    image = np.repeat((alpha * 200).astype(np.uint8)[..., None], 3, axis=2)
    for figure in (views.edge_width(image, alpha), views.colours(image, alpha, image)):
        assert max(max(i.get_array().shape[:2]) for i in figure.images) <= 1560
        assert figure.get_size_inches()[1] * figure.dpi < 1500


def test_saved_at_another_resolution_the_pictures_are_there_and_where_they_were(tmp_path) -> None:
    image = np.full((120, 160, 3), (200, 30, 30), np.uint8)
    alpha = np.zeros((120, 160), np.float32)
    alpha[30:90, 40:120] = 1
    page = views.contact_sheet(image, alpha)
    page.savefig(tmp_path / "own.png")
    page.savefig(tmp_path / "half.png", dpi=page.dpi / 2)
    own, half = (Image.open(tmp_path / f"{name}.png").convert("RGB") for name in ("own", "half"))
    assert half.size == (round(own.width / 2), round(own.height / 2))
    less = np.asarray(own.resize(half.size, Image.Resampling.BOX), int)
    red = (less[..., 0] > 150) & (less[..., 1] < 80)
    assert red.mean() > 0.01
    assert np.abs(np.asarray(half, int) - less)[red].mean() < 8


def test_words_of_other_scripts_are_set_in_the_fonts_that_the_machine_has(monkeypatch):
    from matplotlib import font_manager

    from workbench.views import page

    monkeypatch.setattr(
        font_manager, "get_font_names", lambda: ["WenQuanYi Zen Hei", "Noto Sans CJK JP", "Arial"]
    )
    page.families.cache_clear()
    assert page.families() == ["DejaVu Sans", "Noto Sans CJK JP", "WenQuanYi Zen Hei"]
    made = page.Page()
    made.heading("猫の写真")
    (text,) = [one for one in made.figure(200).texts if one.get_text()]
    assert text.get_fontfamily() == page.families()
    page.families.cache_clear()

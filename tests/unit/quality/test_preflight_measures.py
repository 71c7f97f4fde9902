"""The measures of a photo before the work, on made pictures with known answers."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from workbench.errors import ArrayError, UnknownNameError
from workbench.quality.preflight import ADVICE, MEASURES, Part, Shot, look, standing_out, used
from workbench.quality.preflight.backdrop import apart
from workbench.quality.preflight.jpeg import ijg_quality, remembered_quality, scaled
from workbench.quality.preflight.quality import grain_of
from workbench.quality.preflight.sharp import sharpness
from workbench.quality.preflight.surroundings import ciede2000


def scene(seed=0, size=(256, 320), things=60):
    """Discs of many colours, antialiased: edges in all directions. (H, W, 3) uint8."""
    rng = np.random.default_rng(seed)
    picture = np.full((*size, 3), 150, np.uint8)
    for _ in range(things):
        at = int(rng.integers(size[1])), int(rng.integers(size[0]))
        colour = rng.integers(40, 215, 3).tolist()
        cv2.circle(picture, at, int(rng.integers(6, 30)), colour, -1, cv2.LINE_AA)
    return picture


def disc(colour=(200, 60, 50), behind=(60, 140, 70), at=(80, 60), radius=30, size=(128, 160)):
    """A disc on a ground: the photo (H, W, 3) uint8 and its mask (H, W) float32."""
    mask = np.zeros(size, np.float32)
    cv2.circle(mask, at, radius, 1.0, -1, cv2.LINE_AA)
    a = mask[..., None]
    return np.rint(a * colour + (1 - a) * np.array(behind)).astype(np.uint8), mask


def value(code, shot):
    (one,) = MEASURES[code](shot)
    return one.measure.value


def verdict(code, shot):
    (one,) = MEASURES[code](shot)
    assert (one.severity > 0) == (one.measure.verdict != "good")
    return one.measure.verdict


def compressed(picture, quality):
    """The file's tables as Pillow gives them, and its pixels."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    image = Image.open(buffer)
    return [list(table) for _, table in sorted(image.quantization.items())], np.array(image)


@pytest.mark.parametrize("quality", [1, 25, 50, 75, 90, 95, 100])
def test_the_quality_of_a_librarys_own_tables_is_read_exactly(quality):
    tables, _ = compressed(scene(size=(16, 16)), quality)
    assert ijg_quality(tables) == quality
    assert ijg_quality([sorted(table) for table in tables]) == quality  # in any order


def test_tables_of_another_maker_get_the_nearest_quality():
    odd = [np.clip(scaled(80) + np.arange(64) % 3 - 1, 1, 255), scaled(80, chrominance=True)]
    assert abs(ijg_quality(odd) - 80) <= 2


@pytest.mark.parametrize("quality", [40, 60, 75, 85])
def test_pixels_remember_how_they_were_compressed_wherever_the_grid_begins(quality):
    _, pixels = compressed(scene(things=160), quality)
    assert abs(remembered_quality(pixels) - quality) <= 4
    assert abs(remembered_quality(pixels[3:, 5:]) - quality) <= 4


def test_pixels_that_were_never_compressed_remember_nothing():
    assert remembered_quality(scene(things=160)) is None
    noisy = scene() + np.random.default_rng(1).normal(0, 4, (256, 320, 3))
    assert remembered_quality(np.clip(noisy, 0, 255).astype(np.uint8)) is None
    assert remembered_quality(np.full((64, 64, 3), 90, np.uint8)) is None
    assert remembered_quality(np.zeros((5, 5, 3), np.uint8)) is None


def test_a_file_saved_again_at_a_better_quality_is_no_better():
    _, bad = compressed(scene(things=160), 50)
    tables, again = compressed(bad, 95)
    assert value("jpeg_artifacts", Shot(again, tables=tables)) < 60
    tables, _ = compressed(scene(), 92)
    assert verdict("jpeg_artifacts", Shot(scene(), tables=tables)) == "good"
    assert MEASURES["jpeg_artifacts"](Shot(scene())) == []


@pytest.mark.parametrize("sigma", [0, 3, 10, 25])
def test_grain_is_told_from_what_is_drawn(sigma):
    picture = scene(things=20) + np.random.default_rng(2).normal(0, sigma, (256, 320, 3))
    found = grain_of(np.clip(picture, 0, 255).astype(np.uint8))
    assert found == pytest.approx(sigma, rel=0.12, abs=0.6)


def test_resolution_counts_the_shorter_side_and_says_how_large_it_prints():
    (one,) = MEASURES["low_resolution"](Shot(np.zeros((1000, 3000, 3), np.uint8)))
    assert one.measure.value == 1000 and one.severity == 0.5
    assert "25.4 × 8.5 cm" in one.measure.words
    assert verdict("low_resolution", Shot(np.zeros((2000, 2000, 3), np.uint8))) == "good"


@pytest.mark.parametrize("radius", [0, 4, 8])
def test_out_of_focus_is_measured_alike_in_all_directions(radius):
    picture = scene().astype(np.float32) / 255
    if radius:
        y, x = np.mgrid[-9:10, -9:10]
        kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
        picture = cv2.filter2D(picture, -1, kernel / kernel.sum())
    found = sharpness(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
    assert found.length == 0
    assert found.radius == pytest.approx(radius, rel=0.3, abs=1.2)


@pytest.mark.parametrize("angle", [0, 40, 90, 140])
def test_a_movement_is_told_with_its_length_and_direction(angle):
    length, n = 15, 10
    y, x = np.mgrid[-n : n + 1, -n : n + 1]
    way = np.radians(angle)
    along, across = x * np.cos(way) + y * np.sin(way), -x * np.sin(way) + y * np.cos(way)
    kernel = np.clip(length / 2 + 0.5 - np.abs(along), 0, 1) * np.clip(1 - np.abs(across), 0, 1)
    moved = cv2.filter2D(scene(), -1, kernel / kernel.sum())
    found = sharpness(cv2.cvtColor(moved, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255)
    assert found.length == pytest.approx(length, rel=0.35)
    assert abs((found.angle - angle + 90) % 180 - 90) < 15
    assert verdict("motion_blur", Shot(moved)) != "good"


def test_the_subjects_own_movement_counts_where_it_is_sure():
    picture, mask = disc()
    sure = Shot(picture, mask, moved=lambda image, plane: (20.0, 45.0, 0.9))
    assert value("motion_blur", sure) == 20
    unsure = Shot(picture, mask, moved=lambda image, plane: (20.0, 45.0, 0.3))
    assert verdict("motion_blur", unsure) == "good"


def test_a_white_backdrop_is_not_burnt_out_and_a_white_subject_is():
    picture, mask = disc(behind=(255, 255, 255))
    assert value("clipped_exposure", Shot(picture, mask)) < 5
    assert value("clipped_exposure", Shot(picture)) == 0  # it reaches along the frame
    picture, mask = disc(colour=(255, 255, 255))
    assert value("clipped_exposure", Shot(picture, mask)) > 90


def test_too_dark_is_told_by_the_brightest_parts():
    picture = scene()
    assert verdict("underexposed", Shot(picture)) == "good"
    assert verdict("underexposed", Shot(picture // 4)) != "good"


def test_light_of_two_colours_is_measured_in_mired_whatever_it_falls_on():
    light = (scene().astype(np.float64) / 255) ** 2.2 * 0.6
    far = (np.arange(320) / 320 - 0.5) * 150
    red, blue = (np.exp(14388e-6 * (1 / 0.54 - 1 / nm) * far) for nm in (0.60, 0.45))
    light *= np.stack([red, np.ones(320), blue], axis=1)
    mixed = np.rint(np.clip(light, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    (one,) = MEASURES["mixed_light"](Shot(mixed))
    assert one.measure.value == pytest.approx(150, rel=0.2) and "on the right" in one.why
    assert verdict("mixed_light", Shot(scene())) == "good"


def test_the_colour_distance_is_the_standards_own():
    # Sharma, Wu and Dalal's test data, pairs 1 and 7.
    pairs = (
        np.array([[50, 2.6772, -79.7751], [50, 0, 0]]),
        np.array([[50, 0, -82.7485], [50, -1, 2]]),
    )
    assert ciede2000(*pairs) == pytest.approx([2.0425, 2.3669], abs=1e-4)


def test_contrast_is_read_across_the_outline_and_its_place_named():
    picture, mask = disc()
    assert verdict("low_contrast", Shot(picture, mask)) == "good"
    half = picture.copy()
    half[:, 80:] = (200, 60, 50)  # the ground takes on the disc's colour on the right
    (one,) = MEASURES["low_contrast"](Shot(half, mask))
    assert one.measure.value < 3 and one.box[0] >= 76 and one.box[2] <= 114
    assert MEASURES["low_contrast"](Shot(picture)) == []  # nobody to say what the subject is


def test_a_busy_background_is_told_from_a_plain_one_and_the_subject_does_not_count():
    busy = scene(things=150, size=(128, 160))
    mask = disc()[1]
    assert verdict("busy_background", Shot(busy, mask)) != "good"
    assert value("busy_background", Shot(*disc())) == 0
    both = cv2.circle(mask.copy(), (20, 100), 12, 1.0, -1)  # a guess that takes in some clutter
    drawn = cv2.circle(disc()[0], (20, 100), 10, (250, 250, 250), -1)
    alone = value("busy_background", Shot(drawn, make_salient=lambda: both))
    assert alone > value("busy_background", Shot(drawn, both))
    inside = np.where(mask[..., None] > 0.5, busy, disc()[0])
    assert value("busy_background", Shot(inside, mask)) < 3


def test_framing_tells_cut_from_tight_from_well():
    assert verdict("cut_by_frame", Shot(*disc(at=(80, 20)))) != "good"
    assert MEASURES["tight_framing"](Shot(*disc(at=(80, 20)))) == []
    assert verdict("cut_by_frame", Shot(*disc(at=(80, 31)))) == "good"
    assert verdict("tight_framing", Shot(*disc(at=(80, 31)))) != "good"
    assert verdict("tight_framing", Shot(*disc())) == "good"
    (one,) = MEASURES["cut_by_frame"](Shot(*disc(at=(80, 20))))
    assert "top" in one.why and one.box[1] == 0 and one.box[3] == 2


def test_a_landscape_on_its_head_and_what_the_camera_noted():
    photo = np.full((120, 160, 3), (120, 170, 235), np.uint8)
    photo[60:] = np.random.default_rng(0).integers(40, 110, (60, 160, 1)).astype(np.uint8)
    assert verdict("upside_down", Shot(photo)) == "good"
    (one,) = MEASURES["upside_down"](Shot(np.ascontiguousarray(photo[::-1])))
    assert one.severity > 0 and one.remedy[0].values["degrees"] == 180
    (one,) = MEASURES["upside_down"](Shot(photo, orientation=6))
    assert "EXIF orientation 6" in one.measure.words


def test_several_things_are_counted_and_the_one_asked_for_is_not_twice():
    left, right = disc(at=(40, 60), radius=25)[1], disc(at=(120, 60), radius=25)[1]
    picture = disc()[0]
    (one,) = MEASURES["several_subjects"](Shot(picture, make_salient=lambda: left + right))
    assert one.measure.value == 2 and len(one.remedy[0].values["boxes"]) == 2
    shot = Shot(picture, left, make_salient=lambda: left + right)
    (one,) = MEASURES["several_subjects"](shot)
    assert one.measure.value == 2 and one.box[0] > 90  # the other one
    assert value("several_subjects", Shot(picture, left, make_salient=lambda: left)) == 1
    crumb = cv2.circle(left.copy(), (140, 20), 3, 1.0, -1)
    assert value("several_subjects", Shot(picture, make_salient=lambda: crumb)) == 1


def test_hair_and_glass_are_as_others_tell_them():
    picture, mask = disc()
    top = ((40.0, 20.0), (120.0, 20.0), (120.0, 60.0), (40.0, 60.0))
    parts = [Part("hair", top, {"radius": 20.0}, "hair", 9.0), Part("body", top, {}, "", 1.0),
             Part("transparent", top, {}, "glass", 0.9)]  # fmt: skip
    shot = Shot(picture, mask, parts=lambda image, plane: parts, shadow=lambda image, plane: 0.8)
    assert value("fine_detail", shot) == pytest.approx(50, abs=4)
    assert value("transparency", shot) == 0.9 and value("shadow", shot) == 0.8
    (one,) = MEASURES["fine_detail"](shot)
    assert one.remedy[0].values["parts"] == (parts[0],) and one.box == (40, 20, 120, 60)
    crumb = Part("transparent", ((70.0, 60.0), (78.0, 60.0), (78.0, 68.0)), {}, "", 0.9)
    assert value("transparency", Shot(picture, mask, parts=lambda image, plane: [crumb])) == 0
    for code in ("fine_detail", "transparency", "shadow"):
        assert MEASURES[code](Shot(picture, mask)) == []  # nobody to tell


def test_what_the_camera_was_set_to_beside_what_is_advised():
    set_to = {"ExposureTime": 1 / 60, "FNumber": 2.8, "ISO": 3200, "FocalLength": 50.0}
    shot = Shot(scene(size=(64, 64)), camera=set_to)
    assert value("shutter", shot) == pytest.approx(60) and value("aperture", shot) == 2
    assert verdict("iso", shot) == "poor"
    assert used(set_to) == "This photo was taken at f/2.8, 1/60 s, ISO 3200, 50 mm."
    good = {"ExposureTime": 1 / 250, "FNumber": 8.0, "ISO": 100}
    for code in ("shutter", "aperture", "iso"):
        assert verdict(code, Shot(scene(size=(64, 64)), camera=good)) == "good"
        assert MEASURES[code](Shot(scene(size=(64, 64)), camera={"ISO": 0})) == []
    assert "no EXIF" in used({})


def test_before_a_plain_backdrop_the_thing_stands_out_and_in_nothing_nothing():
    picture, mask = disc()
    found = standing_out(picture)
    assert np.minimum(found, mask).sum() / np.maximum(found, mask).sum() > 0.9
    assert not standing_out(np.full((40, 50, 3), 90, np.uint8)).any()


def test_every_finding_has_advice_and_modes_that_there_are():
    known = {"hair", "transparent", "low_contrast", "clutter", "shadow", "framing", "degraded",
             "multi_subject"}  # fmt: skip
    assert set(ADVICE) == set(MEASURES) - {"backdrop"}
    told = [mode for advice in ADVICE.values() for mode in advice.modes]
    assert set(told) == known
    assert all(advice.now and advice.next_time for advice in ADVICE.values())


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (3, 3), (40, 30)])
@pytest.mark.parametrize("fill", [0, 128, 255])
def test_no_photo_is_too_small_or_too_plain(shape, fill):
    image = np.full((*shape, 3), fill, np.uint8)
    for mask in (None, np.zeros(shape, np.float32), np.ones(shape, np.float32)):
        shot = Shot(image, mask, make_salient=lambda: standing_out(image))
        for one in look(shot):
            assert np.isfinite(one.measure.value) and 0 <= one.severity <= 1


def test_16_bits_and_floats_give_the_same_and_what_makes_no_sense_is_refused():
    picture, mask = disc()
    for other in (picture.astype(np.uint16) * 257, picture.astype(np.float32) / 255):
        for one, two in zip(look(Shot(picture, mask)), look(Shot(other, mask)), strict=True):
            assert one.measure.value == pytest.approx(two.measure.value, abs=1e-3)
    with pytest.raises(ArrayError, match="mask"):
        Shot(picture, mask[:-1])
    with pytest.raises(UnknownNameError, match="measure"):
        look(Shot(picture), ["blurry"])


@pytest.mark.parametrize(
    ("subject", "best", "worst"),
    [
        ((20, 170, 70), "blue", "green"),
        ((10, 80, 180), "green", "blue"),
        ((225, 228, 230), "blue", "white"),
        ((120, 122, 120), "blue", "grey"),
    ],
)
def test_the_background_advised_is_of_another_colour_than_the_subjects_edge(subject, best, worst):
    (one,) = MEASURES["backdrop"](Shot(*disc(subject, (128, 90, 90))))
    told = apart(Shot(*disc(subject, (128, 90, 90))))
    assert max(told, key=told.get) == best and min(told, key=told.get) == worst
    assert f"a {best} background" in one.measure.words and one.measure.value == told[best]
    assert one.severity == 0


def test_hair_and_clothes_both_count_for_the_background():
    """A subject half green, half blue: neither screen."""
    picture, mask = disc((20, 170, 70), (128, 90, 90), radius=40)
    picture[:64][mask[:64] > 0.9] = (10, 80, 180)
    told = apart(Shot(picture, mask))
    assert max(told, key=told.get) in ("white", "grey")
    assert MEASURES["backdrop"](Shot(picture, np.zeros_like(mask))) == []


def test_what_the_camera_was_set_to_is_half_as_severe_as_what_is_seen():
    settings = {"ExposureTime": 1 / 30, "FNumber": 1.8, "ISO": 6400}
    seen = look(Shot(*disc(), camera=settings), ["shutter", "aperture", "iso"])
    assert [one.measure.verdict for one in seen] == ["poor"] * 3
    assert all(0 < one.severity <= 0.5 for one in seen)
    good = {"ExposureTime": 1 / 250, "FNumber": 7.1, "ISO": 200}
    assert all(
        one.severity == 0
        for one in look(Shot(*disc(), camera=good), ["shutter", "aperture", "iso"])
    )

import cv2
import numpy as np
import pytest
from discs import SIDE, blob, codes, disc, photo, sight

from workbench import notes
from workbench.benchmark import mending
from workbench.errors import ArrayError, UnknownNameError
from workbench.notes import Note
from workbench.quality.checks import CHECKS, Sight, look
from workbench.quality.checks.strokes import painted, painted_within


def test_a_good_matte_is_called_good():
    assert look(sight(disc(), make_mask=disc)) == []


def test_a_patch_beside_the_subject_is_found_where_it_is_and_its_remedy_removes_it():
    alpha = np.maximum(disc(), blob(20, 20, 5))
    (seen,) = CHECKS["patches_left"](sight(alpha))
    assert seen.box == (15, 15, 26, 26)
    assert seen.measure == ((alpha > 0.1) & (blob(20, 20, 5) > 0)).sum()
    after = mending.mended(sight(alpha), [seen])
    assert np.array_equal(after.plane, disc())


def test_an_island_with_an_edge_of_its_own_in_the_photo_is_no_patch():
    both = np.maximum(disc(), cv2.GaussianBlur(blob(18, 18, 8), (0, 0), 0.8))
    asked = ((80.0, 80.0),)
    assert CHECKS["patches_left"](sight(both, photo(both), kept=asked)) == []
    assert len(CHECKS["patches_left"](sight(both, kept=asked))) == 1


def test_a_thing_as_bright_as_the_background_is_no_patch_of_it():
    thing = cv2.GaussianBlur(blob(18, 18, 8), (0, 0), 0.8)
    grey = 0.299 * 0.1 + 0.587 * 0.7 + 0.114 * 0.2
    image = photo(disc()).astype(np.float32) / 255
    image += thing[..., None] * (np.float32([grey, grey, grey]) - image)
    both = np.maximum(disc(), thing)
    assert codes(sight(both, np.rint(image * 255).astype(np.uint8))) == {"extras"}


def test_an_edge_that_a_hole_happens_to_lie_on_is_not_its_own():
    alpha = disc() * (1 - cv2.GaussianBlur(blob(80, 80, 8), (0, 0), 0.8))
    image = photo(disc())
    image[78:84, 50:110] = 10
    assert len(CHECKS["holes"](sight(alpha, image))) == 1


def test_half_opaque_on_a_pattern_that_goes_on_around_it():
    alpha = np.maximum(disc(35.0), 0.45 * blob(22, 22, 10))
    image = photo(disc(35.0))
    image[:22] = (250, 120, 90)
    assert codes(sight(alpha, image)) == {"half_opaque"}


def test_what_was_asked_for_is_no_patch():
    alpha = np.maximum(disc(), blob(20, 20, 5))
    assert CHECKS["patches_left"](sight(alpha, kept=((20.5, 20.5),))) == []


def test_a_hole_is_found_unless_one_sees_through_it_in_the_photo():
    alpha = disc() * (1 - cv2.GaussianBlur(blob(80, 80, 8), (0, 0), 0.8))
    (seen,) = CHECKS["holes"](sight(alpha))
    assert seen.box[0] >= 68 and seen.box[2] <= 93 and seen.measure > 200
    assert np.array_equal(mending.mended(sight(alpha), [seen]).plane, disc())
    assert CHECKS["holes"](sight(alpha, photo(alpha))) == []


def test_half_opaque_inside_is_painted_to_be_kept_and_outside_to_be_removed():
    inside = disc() * (1 - 0.5 * blob(80, 80, 9))
    (seen,) = CHECKS["half_opaque"](sight(inside))
    assert seen.remedy[0].kind == "paint" and seen.remedy[0].values["keep"] is True
    assert CHECKS["half_opaque"](mending.mended(sight(inside), [seen])) == []
    outside = np.maximum(disc(), 0.5 * blob(18, 18, 9))
    (seen,) = CHECKS["half_opaque"](sight(outside))
    assert seen.remedy[0].values["keep"] is False


def test_a_binary_mask_goes_in_steps_and_a_blur_of_its_edge_takes_them_out():
    hard = (disc() >= 0.5).astype(np.float32)
    (seen,) = CHECKS["stair_steps"](sight(hard))[:1]
    assert seen.measure > 0.8
    after = mending.mended(sight(hard), [seen])
    assert all(s.measure < seen.measure for s in CHECKS["stair_steps"](after))


def test_an_edge_sharper_and_one_softer_than_the_photos_are_told_apart():
    soft_photo, sharp = photo(disc(sigma=2.0)), disc(sigma=0)
    assert {"cookie_cutter"} <= codes(sight(sharp, soft_photo))
    assert {"soft_edges"} <= codes(sight(disc(sigma=3.0), photo(disc(sigma=0.6))))
    assert not {"soft_edges", "cookie_cutter"} & codes(sight(disc(sigma=2.0), soft_photo))


def test_grain_in_the_alpha_is_found_in_its_place():
    rng = np.random.default_rng(0)
    alpha = disc()
    alpha[60:100, 60:100] += rng.normal(0, 0.06, (40, 40)).astype(np.float32)
    (seen,) = CHECKS["alpha_noise"](sight(alpha.clip(0, 1)))
    assert seen.box[0] >= 32 and seen.box[2] <= 128


def test_strands_that_the_photo_has_and_the_alpha_lacks():
    hairy = disc()
    for angle in np.linspace(0, np.pi, 40):
        way = np.array([np.cos(angle), np.sin(angle)])
        a, b = (tuple(int(v) for v in 80 + r * way) for r in (44, 62))
        cv2.line(hairy, a, b, 1.0, 1, cv2.LINE_AA)
    (seen,) = CHECKS["lost_hair"](sight(disc(), photo(hairy)))[:1]
    assert seen.box[1] > 60 and seen.remedy[0].kind == "refine"
    assert CHECKS["lost_hair"](sight(hairy, photo(hairy))) == []


def test_a_few_twigs_of_its_colour_are_no_hair():
    twigs = disc()
    for angle in np.linspace(0.8, 1.6, 9):
        way = np.array([np.cos(angle), np.sin(angle)])
        a, b = (tuple(int(v) for v in 80 + r * way) for r in (44, 62))
        cv2.line(twigs, a, b, 1.0, 1, cv2.LINE_AA)
    assert CHECKS["lost_hair"](sight(disc(), photo(twigs))) == []


@pytest.mark.parametrize("cell", [5, 8])
def test_a_mask_made_of_cells_is_told_with_their_size(cell):
    small = cv2.resize(disc(), (SIDE // cell, SIDE // cell), interpolation=cv2.INTER_AREA)
    alpha = cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    (seen,) = CHECKS["blocky_edge"](sight(alpha))
    assert f"blocks of {cell} px" in seen.why
    assert CHECKS["blocky_edge"](sight(disc())) == []


def test_an_alpha_that_was_a_jpeg_is_told_and_cleaned():
    eight = np.rint(disc() * 255).astype(np.uint8)
    saved = cv2.imencode(".jpg", eight, [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
    alpha = cv2.imdecode(saved, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
    (seen,) = CHECKS["blocky_edge"](sight(alpha))
    assert "JPEG" in seen.why and dict(seen.remedy[0].values) == {"denoise": 20.0}


def test_an_edge_soft_in_one_place_where_the_photo_is_not():
    soft = disc(sigma=3.0)
    alpha = disc()
    alpha[:, 100:] = soft[:, 100:]
    (seen,) = CHECKS["uneven_width"](sight(alpha))
    assert seen.box[0] >= 90 and seen.measure > 2
    assert CHECKS["uneven_width"](sight(alpha, photo(alpha))) == []


def test_another_thing_that_was_kept_goes_by_strokes_and_what_was_asked_for_stays():
    both = np.maximum(disc(), cv2.GaussianBlur(blob(18, 18, 9), (0, 0), 0.8))
    asked = ((80.0, 80.0),)
    seen = sight(both, photo(both), kept=asked)
    (found,) = CHECKS["extras"](seen)
    assert found.box == (8, 8, 29, 29) and CHECKS["patches_left"](seen) == []
    assert np.array_equal(mending.mended(seen, [found]).plane, disc())
    assert CHECKS["extras"](sight(both, photo(both), kept=(*asked, (18.0, 18.0)))) == []


def test_strokes_over_an_island_leave_what_lies_between_its_arms():
    ring = cv2.circle(np.zeros((60, 60), np.uint8), (30, 30), 24, 1, 5) > 0
    drawn = np.zeros((60, 60), np.float32)
    for stroke in painted(ring, (0, 0), True):
        drawn = np.maximum(drawn, mending.drawn(stroke, (60, 60)))
    assert drawn[ring].all() and not drawn[22:38, 22:38].any()


def test_strokes_within_a_region_leave_what_begins_beside_it():
    rng = np.random.default_rng(4)
    for width in (4, 6, 9):
        waves = cv2.GaussianBlur(rng.standard_normal((120, 150)), (0, 0), width)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(
            (waves > waves.std()).astype(np.uint8)
        )
        n = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
        x, y, w, h = stats[n][:4]
        drawn = np.zeros(waves.shape, bool)
        for stroke in painted_within(labels[y : y + h, x : x + w] == n, (x, y), False):
            drawn |= mending.drawn(stroke, waves.shape)
        region = labels == n
        away = cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, 5)
        assert (region & drawn).sum() > 0.85 * region.sum()
        assert (drawn & (away > 3)).sum() < 0.02 * region.sum()


def test_a_limb_that_was_lost_is_followed_to_its_end():
    whole = disc(30)
    cv2.line(whole, (108, 80), (150, 84), 1.0, 6, cv2.LINE_AA)
    (seen,) = CHECKS["thin_parts_lost"](sight(disc(30), photo(whole)))
    assert seen.measure == pytest.approx(43, abs=4) and seen.box[2] >= 150
    assert CHECKS["thin_parts_lost"](sight(whole, photo(whole))) == []


def test_a_limb_beside_the_body_stands_out_on_its_other_side():
    body = np.zeros((SIDE, SIDE), np.float32)
    body[30:130, 40:80] = body[100:130, 40:130] = 1.0
    body = cv2.GaussianBlur(body, (0, 0), 0.8)
    whole = body.copy()
    cv2.line(whole, (84, 102), (84, 60), 1.0, 5, cv2.LINE_AA)  # 2 px from the body
    (seen,) = CHECKS["thin_parts_lost"](sight(body, photo(whole)))
    assert seen.measure == pytest.approx(40, abs=4) and 79 <= seen.box[0] <= 83


def test_a_twig_behind_the_subject_does_not_come_out_of_it():
    alpha, image = disc(), photo(disc())
    image[77:82, 125:150] = 20
    image[81:96, 112:124] = 20  # of its colour, but beside where it would have to go on inside
    assert CHECKS["thin_parts_lost"](sight(alpha, image)) == []
    image[77:82, 112:125] = 20
    assert len(CHECKS["thin_parts_lost"](sight(alpha, image))) == 1


def test_a_stripe_that_the_background_has_more_of_is_no_limb():
    alpha, image = disc(), photo(disc())
    image[77:84, 124:150] = image[80, 80]
    assert len(CHECKS["thin_parts_lost"](sight(alpha, image))) == 1
    for row in (8, 24, 130, 146):
        image[row : row + 13] = image[80, 80]
    assert CHECKS["thin_parts_lost"](sight(alpha, image)) == []


@pytest.mark.parametrize(("by", "words"), [(-8, "the subject is cut"), (8, "background is kept")])
def test_an_outline_beside_the_subjects_own_is_told_with_how_far_and_to_which_side(by, words):
    (seen,) = CHECKS["off_edge"](sight(disc(45.0 + by)))
    assert seen.measure == 8 and words in seen.why
    assert CHECKS["off_edge"](sight(disc())) == []


def test_texture_that_crosses_an_outline_now_and_then_makes_it_no_edge():
    image = photo(disc())
    angles = np.arctan2(*(np.mgrid[:SIDE, :SIDE] - 79.6))
    inner = disc(37.0)
    along = (angles * 37) % 24 < 3  # a spot of 3 px every 24 px, just inside of the outline drawn
    rim = (disc(37.0) > 0.5) & (disc(33.0) < 0.5)
    image[along & rim] = (30, 30, 160)
    (seen,) = CHECKS["off_edge"](sight(inner, image))
    assert seen.measure == pytest.approx(8, abs=1)


def test_stripes_of_its_own_are_neither_the_subjects_edge_nor_hide_it():
    image = photo(disc())
    angles = np.arctan2(*(np.mgrid[:SIDE, :SIDE] - 79.6))
    image[(angles * 40 % 8 < 4) & (disc() > 0.9)] = (120, 20, 30)  # across the outline, 4 px wide
    (seen,) = CHECKS["off_edge"](sight(disc(37.0), image))
    assert seen.measure == pytest.approx(8, abs=1) and "the subject is cut" in seen.why
    assert CHECKS["off_edge"](sight(disc(), image)) == []


def test_a_glow_that_the_alpha_leaves_open_needs_no_edge():
    glow = np.maximum(disc(), 0.85 * disc(54.0, sigma=5.0))
    image = photo(disc())
    assert CHECKS["off_edge"](sight(glow, image)) == []
    assert len(CHECKS["off_edge"](sight(disc(54.0), image))) == 1


def test_a_box_that_reaches_farther_than_what_was_found():
    around = (30.0, 32.0, 128.0, 127.0)
    assert CHECKS["short_of_box"](sight(disc(), boxes=(around,))) == []
    half = disc() * (np.arange(SIDE) < 100)[None].astype(np.float32)
    (seen,) = CHECKS["short_of_box"](sight(half, boxes=(around,)))
    assert seen.box == (100, 32, 128, 127) and seen.measure == pytest.approx(28 / 98)
    assert "on the right" in seen.why and CHECKS["short_of_box"](sight(half)) == []


def test_the_share_of_the_side_that_cuts_the_subject():
    alpha = np.zeros((100, 100), np.float32)
    alpha[60:, 20:60] = 1
    image = np.zeros((100, 100, 3), np.uint8)
    (seen,) = CHECKS["cut_by_frame"](Sight(image, alpha))
    assert seen.measure == 0.4 and seen.box == (18, 97, 62, 100)


def test_the_matte_and_the_model_of_two_minds():
    alpha = np.maximum(disc(), blob(20, 20, 10))
    (seen,) = CHECKS["model_disagrees"](sight(alpha, make_mask=disc))
    assert "background" in seen.why
    assert np.abs(np.subtract(seen.box, (10, 10, 31, 31))).max() <= 1
    assert CHECKS["model_disagrees"](sight(alpha)) == []
    doubting = disc() + 0.05 * blob(20, 20, 14)
    assert len(CHECKS["model_disagrees"](sight(alpha, make_mask=lambda: doubting))) == 1
    doubting = disc() + 0.35 * blob(20, 20, 14)
    assert CHECKS["model_disagrees"](sight(alpha, make_mask=lambda: doubting)) == []
    # Of a patch its own check says more, and one finding a place is enough.
    asked = ((80.0, 80.0),)
    assert codes(sight(alpha, make_mask=disc, kept=asked)) == {"patches_left"}


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (30, 30)])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_no_photo_is_too_small_and_no_alpha_too_plain(shape, value):
    alpha = np.full(shape, value, np.float32)
    seen = look(Sight(np.zeros((*shape, 3), np.uint8), alpha, make_mask=lambda: alpha))
    assert all(0 <= one.severity <= 1 for one in seen)


def test_what_the_solver_said_is_passed_on():
    said = (
        Note("No sure background.", notes.REPAIRED, 0.4),
        Note("It stopped.", notes.STOPPED, 0.5, (8, 8, 40, 40)),
        Note("pass: it stopped", notes.STOPPED, 0.5, (60, 60, 99, 999), "p"),
        Note("A guess.", notes.REPLACE, 0.8),
        "The exposure was matched.",
    )
    looked = sight(disc(), notes=said, settings={"radius": 10.0}, passes={"p": {"radius": 40.0}})
    seen = {(one.code, one.box): one for one in look(looked)}
    whole = (0.0, 0.0, float(SIDE), float(SIDE))
    assert seen["trimap_repaired", whole].severity == 0.4
    assert seen["replace_behind", whole].severity == 0.8
    assert seen["noted", whole].severity <= 0.1 and not seen["noted", whole].remedy
    (here,) = seen["not_converged", (8, 8, 40, 40)].remedy
    (there,) = seen["not_converged", (60, 60, 99, float(SIDE))].remedy
    assert dict(here.values) == {"radius": 5} and there.values == {"radius": 20, "within": "p"}
    assert len(seen) == 5


def test_bad_input_is_refused():
    with pytest.raises(ArrayError, match="expected alpha of shape"):
        Sight(np.zeros((4, 5, 3), np.uint8), np.zeros((5, 4), np.float32))
    with pytest.raises(UnknownNameError, match="fringes"):
        look(sight(disc()), ["fringes"])
    with pytest.raises(ArrayError, match="expected a background of shape"):
        sight(disc(), background=np.zeros((4, 4, 3), np.float32))

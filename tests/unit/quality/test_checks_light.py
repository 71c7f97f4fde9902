import cv2
import numpy as np
import pytest
from discs import SIDE, blob, codes, disc, photo, sight

from workbench.benchmark import mending
from workbench.quality.checks import CHECKS, Observation, look, one_a_place


def test_what_was_accepted_as_glass_is_never_painted():
    glass = (("pass 1", ((60.0, 60.0), (100.0, 60.0), (100.0, 100.0), (60.0, 100.0))),)
    for alpha in (disc() * (1 - 0.5 * blob(80, 80, 9)), disc() * (1 - blob(80, 80, 9))):
        assert look(sight(alpha)) != []
        seen = look(sight(alpha, glass=glass, make_mask=disc))
        # The photo is solid there: what is wrong is that a pass lies there.
        assert all(r.kind == "unpass" and r.values["name"] == "pass 1" for o in seen
                   for r in o.remedy)  # fmt: skip
    image = photo(disc() * (1 - 0.5 * blob(80, 80, 9)))
    pane = disc() * (1 - 0.5 * blob(80, 80, 9))
    assert look(sight(pane, image, glass=glass, make_mask=disc)) == []


def test_the_old_backgrounds_colour_in_the_edge_is_named():
    alpha = disc(sigma=1.5)
    image = photo(alpha)
    (seen,) = CHECKS["fringe"](sight(alpha, image, make_colours=None))[:1]
    assert "green" in seen.why and dict(seen.remedy[0].values) == {"amount": 1.0}
    assert CHECKS["fringe"](mending.mended(sight(alpha, image, make_colours=None), [seen])) == []


def test_a_gleam_is_no_window_onto_the_background():
    gleam = cv2.GaussianBlur(blob(80, 80, 7), (0, 0), 0.8)
    alpha = disc() * (1 - gleam)
    image = photo(disc()) + gleam[..., None] * (255.0 - photo(disc()))
    (seen,) = CHECKS["highlights_lost"](sight(alpha, image.astype(np.uint8)))
    assert seen.box[0] >= 70 and seen.box[2] <= 91
    assert CHECKS["highlights_lost"](sight(alpha, photo(alpha))) == []
    white = photo(alpha, behind=(1, 1, 1))
    assert CHECKS["highlights_lost"](sight(alpha, white)) == []


def test_a_subject_floats_where_its_shadow_stays_behind():
    shade = np.zeros((SIDE, SIDE), np.float32)
    cv2.ellipse(shade, (80, 128), (40, 8), 0, 0, 360, 0.5, -1)
    ground = np.full((SIDE, SIDE, 3), 0.6, np.float32)
    without = sight(disc(), background=ground, make_shadow=lambda: shade)
    (seen,) = CHECKS["floating"](without)
    assert seen.measure > 0.3 and dict(seen.remedy[0].values) == {"mode": "keep"}
    standing = sight(disc(), background=ground, make_shadow=lambda: shade, shade=shade)
    assert CHECKS["floating"](standing) == []
    assert CHECKS["floating"](sight(disc(), make_shadow=lambda: shade)) == []


def test_a_shadow_on_a_ground_of_many_colours_is_told_column_by_column():
    stripes = np.where((np.arange(SIDE) // 9 % 2)[:, None], [0.8, 0.5, 0.2], [0.3, 0.4, 0.9])
    ground = np.broadcast_to(stripes[None], (SIDE, SIDE, 3)).astype(np.float32)
    rim = 1 / (1 + np.exp((np.arange(SIDE) - 137.0) / 2))
    shade = np.repeat(0.5 * (rim * (np.arange(SIDE) > 90))[:, None], SIDE, 1).astype(np.float32)
    alpha, nothing = disc(), np.zeros((SIDE, SIDE), np.float32)

    def said(dark, **more):
        photo = alpha[..., None] * 0.1 + (1 - alpha[..., None]) * ground * (1 - dark[..., None])
        pixels = np.rint(255 * photo).astype(np.uint8)
        return CHECKS["floating"](
            sight(alpha, pixels, background=ground, make_shadow=lambda: nothing, **more)
        )

    (seen,) = said(shade)
    # Some columns end in the rim, so it reads less than the whole 0.5. What could not be lifted
    # cannot be kept either: it has to be painted.
    assert 0.35 < seen.measure <= 0.5 and seen.remedy == ()
    assert said(shade, shade=shade) == [] and said(nothing) == []


def test_the_light_of_another_place_is_given_in_stops_and_gains():
    rng = np.random.default_rng(1)
    ground = rng.uniform(0.2, 0.6, (SIDE, SIDE, 3)).astype(np.float32)
    image = np.rint(255 * np.where(disc()[..., None] > 0.5, 0.4, ground)).astype(np.uint8)
    assert CHECKS["light_mismatch"](sight(disc(), image, background=ground)) == []
    settings = {"light_exposure": 0.0, "light_warmth": 0.0, "light_tint": 0.0}
    (seen,) = CHECKS["light_mismatch"](
        sight(disc(), image, background=ground / 2, settings=settings)
    )
    (light,) = seen.remedy
    assert "darker" in seen.why and light.kind == "set" and set(light.values) == set(settings)
    assert -3 < light.values["light_exposure"] < -1.5 and abs(light.values["light_tint"]) < 0.1
    already = settings | dict(light.values)
    assert not CHECKS["light_mismatch"](
        sight(disc(), image, background=ground / 2, settings=already)
    )
    (bare,) = CHECKS["light_mismatch"](sight(disc(), image, background=ground / 2))
    assert bare.remedy == () and bare.measure == pytest.approx(seen.measure, rel=1e-4)
    plain = np.full_like(ground, 0.9)
    assert CHECKS["light_mismatch"](sight(disc(), image, background=plain)) == []


def test_a_shadow_on_a_ground_without_one_of_the_colours_is_one():
    shade = disc(22.0, (122.3, 110.6), 4.0)
    rng = np.random.default_rng(2)
    ground = np.float32([0.01, 0.35, 0.8]) * (1 - 0.5 * shade[..., None])
    ground = ground + rng.uniform(0, 0.02, (SIDE, SIDE, 3))  # in red there is grain alone
    alpha = disc()
    image = alpha[..., None] * np.float32([0.6, 0.2, 0.1]) + (1 - alpha[..., None]) * ground
    pixels = np.rint(image * 255).astype(np.uint8)
    kept = np.maximum(alpha, cv2.GaussianBlur((shade > 0.5).astype(np.float32), (0, 0), 0.8))
    (seen,) = CHECKS["shadow_half_kept"](sight(kept, pixels))
    assert seen.measure == pytest.approx(0.435, abs=0.03)


def test_a_dark_subject_that_was_cut_is_no_shadow():
    image = photo(disc(sigma=1.5), subject=(0.05, 0.35, 0.1))  # the ground at half its light
    half = np.where(np.arange(SIDE)[None] > 90, disc(36.0), disc(sigma=1.5)).astype(np.float32)
    cut = sight(half, image)
    assert CHECKS["shadow_half_kept"](cut) == [] and "off_edge" in codes(cut)


def test_a_shadows_rim_is_soft_and_a_things_is_not():
    shade = disc(22.0, (122.3, 110.6), 4.0)
    ground = np.float32([0.8, 0.75, 0.7]) * (1 - 0.5 * shade[..., None])
    alpha = disc()
    image = alpha[..., None] * np.float32([0.1, 0.2, 0.7]) + (1 - alpha[..., None]) * ground
    pixels = np.rint(image * 255).astype(np.uint8)
    kept = np.maximum(alpha, cv2.GaussianBlur((shade > 0.5).astype(np.float32), (0, 0), 0.8))
    (seen,) = CHECKS["shadow_half_kept"](sight(kept, pixels))
    # 3 to 6 px inside a rim of σ = 4 px its darkness is 0.87 of the whole.
    assert seen.measure == pytest.approx(0.435, abs=0.03) and seen.box[0] > 100
    assert CHECKS["shadow_half_kept"](sight(alpha, pixels)) == []
    # The same darkness with a sharp rim is a thing of its own.
    sharp = (shade > 0.5)[..., None] * np.float32(0.5) * np.float32([0.8, 0.75, 0.7])
    thing = np.where((shade > 0.5)[..., None] & (alpha < 0.5)[..., None], sharp, image)
    assert CHECKS["shadow_half_kept"](sight(kept, np.rint(thing * 255).astype(np.uint8))) == []


def test_a_shadow_keeps_the_grounds_colour_and_a_thing_as_soft_and_dark_has_its_own():
    shade = disc(22.0, (122.3, 110.6), 4.0)[..., None]
    grain = cv2.GaussianBlur(np.random.default_rng(5).normal(0, 0.5, (SIDE, SIDE)), (0, 0), 1.2)
    ground = np.float32([0.7, 0.65, 0.6]) * (1 + grain[..., None])
    kept = np.maximum(disc(), cv2.GaussianBlur((shade[..., 0] > 0.5) * 1.0, (0, 0), 0.8))

    def seen(darker):
        over = disc()[..., None]
        image = over * np.float32([0.1, 0.2, 0.7]) + (1 - over) * darker
        pixels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
        return CHECKS["shadow_half_kept"](sight(kept.astype(np.float32), pixels))

    (found,) = seen(ground * (1 - 0.5 * shade))
    assert found.box[0] > 100
    # As soft and as dark, but of a colour of its own and without the ground's grain.
    assert seen(ground * (1 - shade) + shade * np.float32([0.2, 0.3, 0.5])) == []
    assert seen(ground * (1 - shade) + shade * np.float32([0.55, 0.2, 0.1])) == []


def test_a_gloss_that_darkens_as_the_background_does_is_not_seen_through():
    rng = np.random.default_rng(1)
    coarse, fine = (
        cv2.GaussianBlur(rng.uniform(-1, 1, (SIDE, SIDE, 3)).astype(np.float32), (0, 0), sigma)
        for sigma in (12.0, 3.0)
    )
    alpha, light = disc()[..., None], 0.5 + 4 * coarse
    ground = np.clip(light + 1.5 * fine, 0, 1)

    def said(behind):
        body = 0.5 * np.float32([0.8, 0.2, 0.2]) + 0.5 * behind
        image = np.rint(255 * (alpha * body + (1 - alpha) * ground)).astype(np.uint8)
        return CHECKS["solid_transparency"](sight(alpha[..., 0], image))

    assert said(np.clip(light, 0, 1)) == []
    assert said(ground)[0].measure == pytest.approx(0.5, abs=0.1)


def test_a_shadow_goes_and_the_foot_in_it_that_is_as_dark_stays():
    shade = disc(22.0, (122.3, 110.6), 4.0)
    ground = np.float32([0.8, 0.75, 0.7]) * (1 - 0.5 * shade[..., None])
    foot = cv2.GaussianBlur(blob(112, 114, 8), (0, 0), 0.8)
    alpha = np.maximum(disc(), foot)
    own = np.where((foot > disc())[..., None], np.float32([0.5, 0.15, 0.15]), [0.1, 0.2, 0.7])
    image = alpha[..., None] * own + (1 - alpha[..., None]) * ground
    kept = np.maximum(alpha, cv2.GaussianBlur((shade > 0.5).astype(np.float32), (0, 0), 0.8))
    before = sight(kept, np.rint(image * 255).astype(np.uint8))
    seen = CHECKS["shadow_half_kept"](before)
    after = mending.mended(before, seen).plane
    assert np.abs(after - alpha).sum() < 0.1 * np.abs(kept - alpha).sum()
    assert after[foot > 0.9].mean() > 0.95


def test_a_pane_that_the_ground_goes_on_behind_is_found_with_how_much_and_unmixed():
    rng = np.random.default_rng(0)

    def pattern(size):
        noise = cv2.GaussianBlur(rng.standard_normal((SIDE, SIDE, 3)), (0, 0), size)
        return noise / noise.std()

    ground = np.float32([0.45, 0.5, 0.4]) + 0.15 * pattern(4)
    own = np.float32([0.75, 0.25, 0.2]) + 0.05 * pattern(3)
    alpha = disc(50.0)
    through = np.clip((np.arange(SIDE)[None] - 80) / 8, 0, 1) * 0.55
    plain = alpha[..., None] * own + (1 - alpha[..., None]) * ground
    veiled = plain + (through * alpha)[..., None] * (ground - own)
    plain, veiled = (np.rint(np.clip(p, 0, 1) * 255).astype(np.uint8) for p in (plain, veiled))
    assert CHECKS["solid_transparency"](sight(alpha, plain)) == []
    before = sight(alpha, veiled)
    (seen,) = CHECKS["solid_transparency"](before)
    assert seen.measure == pytest.approx(0.5, abs=0.1) and 65 < seen.box[0] < 95
    right = alpha * (1 - through)
    after = mending.mended(before, [seen]).plane
    assert np.abs(after - right).sum() < 0.5 * np.abs(alpha - right).sum()


@pytest.mark.parametrize("other", ["shadow_half_kept", "off_edge"])
def test_where_ground_was_kept_nothing_is_said_of_glass(other):
    kept = Observation(other, 0.8, (10.0, 20.0, 60.0, 40.0), 0.4, "", "")
    within = Observation("solid_transparency", 0.9, (20.0, 22.0, 50.0, 38.0), 0.6, "", "")
    beside = Observation("solid_transparency", 0.7, (70.0, 20.0, 90.0, 40.0), 0.6, "", "")
    assert one_a_place([within, kept, beside]) == [kept, beside]

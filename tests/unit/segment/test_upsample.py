"""Upsampling guided by the photo: where it must help, where it may not hurt, what it keeps."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.benchmark.upsample import case, distance_off
from workbench.coordinates import Frame
from workbench.planes import place
from workbench.quality.metrics import boundary_iou
from workbench.segment import upsample
from workbench.segment.upsample import guided_logits


def answers(kind: str, cell: int, side: int = 384) -> list[tuple[float, float, float, float]]:
    """Boundary distance and boundary IoU, plain and guided, of two cases."""
    rows = []
    for seed in (cell, cell + 1):
        one = case(kind, cell, seed, side)
        plain = place(one.logits, one.frame, one.truth.shape, -20.0) > 0
        mine = guided_logits(one.image, one.logits, one.frame) > 0
        rows.append((
            distance_off(plain, one.truth), distance_off(mine, one.truth),
            boundary_iou(plain, one.truth), boundary_iou(mine, one.truth),
        ))  # fmt: skip
    return rows


@pytest.mark.parametrize("kind", ["clear", "textured", "same texture"])
@pytest.mark.parametrize("cell", [4, 8])
def test_edges_that_can_be_seen_are_followed(kind, cell):
    plain, guided, plain_iou, guided_iou = np.mean(answers(kind, cell), axis=0)
    assert guided < 0.85 * plain
    assert guided_iou > plain_iou


@pytest.mark.parametrize(("kind", "worst"), [("faint", 1.1), ("no contrast", 1.15)])
@pytest.mark.parametrize("cell", [4, 8])
def test_where_nothing_can_be_seen_the_models_boundary_stays(kind, worst, cell):
    plain, guided, *_ = np.mean(answers(kind, cell), axis=0)
    assert guided < worst * plain


def test_a_plain_photo_a_fine_grid_and_no_boundary_leave_everything_as_it_was():
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (60, 80, 3), np.uint8)
    grey = np.full((60, 80, 3), 128, np.uint8)
    logits = place(rng.normal(0, 4, (5, 7)).astype(np.float32), Frame.whole((15, 20)), (15, 20), 0)
    frame = Frame.whole((60, 80))
    plain = place(logits, frame, (60, 80), -20.0)
    assert np.array_equal(guided_logits(grey, logits, frame), plain)
    fine = place(logits, frame, (45, 60), -20.0)
    assert np.array_equal(guided_logits(photo, fine, frame), place(fine, frame, (60, 80), -20.0))
    inside = np.abs(logits) + 1
    assert np.array_equal(guided_logits(photo, inside, frame), place(inside, frame, (60, 80), -20))


@pytest.mark.parametrize(("height", "width"), [(203, 333), (64, 640), (17, 40), (5, 300), (1, 9)])
def test_any_size_any_frame_same_input_same_answer(height, width):
    rng = np.random.default_rng(1)
    photo = rng.integers(0, 256, (height, width, 3), np.uint8)
    logits = rng.normal(0, 3, (16, 16)).astype(np.float32)
    side = float(max(height, width))
    for frame in (Frame.whole((height, width)), Frame(0, 0, side, side, (64, 64)),
                  Frame(3, 2, side, side)):  # fmt: skip
        once = guided_logits(photo, logits, frame)
        assert once.shape == (height, width) and once.dtype == np.float32
        assert np.isfinite(once).all()
        step = upsample.step_of(logits, frame)
        small = upsample.reduced(photo, step) if step and min(height, width) >= step else None
        assert np.array_equal(once, guided_logits(photo, logits, frame, small=small))


def test_away_from_the_boundary_the_logits_are_the_models():
    one = case("clear", 8, 3, 384)
    plain = place(one.logits, one.frame, one.truth.shape, -20.0)
    mine = guided_logits(one.image, one.logits, one.frame)
    changed = plain != mine
    assert changed.any()
    assert distance_from_zero(plain)[changed].max() < 4 * one.cell


def distance_from_zero(plane: np.ndarray) -> np.ndarray:
    import cv2

    inside = (plane > 0).astype(np.uint8)
    return cv2.distanceTransform(inside, cv2.DIST_L2, 5) + cv2.distanceTransform(
        1 - inside, cv2.DIST_L2, 5
    )


def test_a_clicked_pixel_stays_on_its_side():
    one = case("textured", 8, 11, 384)
    plain = place(one.logits, one.frame, one.truth.shape, -20.0)
    mine = guided_logits(one.image, one.logits, one.frame)
    turned = np.argwhere((plain > 0) != (mine > 0))
    assert len(turned) > 100
    for row, column in turned[:: len(turned) // 20]:
        point = (column + 0.3, row + 0.8)
        asked = guided_logits(one.image, one.logits, one.frame, [point])
        assert asked[row, column] == plain[row, column]


def test_wherever_it_lies_in_memory_it_is_the_same_to_the_bit():
    one = case("textured", 4, 7, 384)
    once = guided_logits(one.image, one.logits, one.frame, [(190.5, 200.5)])
    loose = np.zeros((385, 391, 3), np.uint8)
    grid = np.zeros((97, 99), np.float32)
    for top, left in ((1, 7), (0, 3)):
        image = loose[top : top + 384, left : left + 384]
        image[:] = one.image
        logits = grid[top : top + 96, left % 3 : left % 3 + 96]
        logits[:] = one.logits
        assert np.array_equal(once, guided_logits(image, logits, one.frame, [(190.5, 200.5)]))


def test_what_is_asked_for_in_part_is_what_it_is_in_the_whole():
    one = case("textured", 8, 11, 389)
    rng = np.random.default_rng(4)
    side = one.truth.shape[0]
    for frame in (one.frame, Frame(-7.3, 4.6, side + 30.0, side - 12.2, (64, 64))):
        plane = upsample.Guided(one.image, one.logits, frame, [(190.5, 200.5), (30, 301)])
        assert len(plane._tiles) > 5
        whole = plane[:, :]
        for _ in range(60):
            first, last = np.sort(rng.integers(0, side + 1, (2, 2)), axis=0)
            part = tuple(
                slice(int(a), int(b), int(step))
                for a, b, step in zip(first, last, rng.integers(1, 9, 2), strict=True)
            )
            assert np.array_equal(plane[part], whole[part])
        assert np.array_equal(plane[0:1, :], whole[0:1]) and plane[7:7, 3:9].shape == (0, 6)


def test_fitted_block_by_block_it_is_what_it_is_in_one_piece(monkeypatch):
    one = case("textured", 4, 7, 384)
    whole = guided_logits(one.image, one.logits, one.frame)
    monkeypatch.setattr(upsample, "_BLOCK", 17)
    monkeypatch.setattr(upsample, "_TILE", 4)
    assert np.abs(guided_logits(one.image, one.logits, one.frame) - whole).max() < 1e-3


def test_no_seam_between_tiles():
    rng = np.random.default_rng(2)
    import cv2

    fields = upsample._Fields.none((40, 50))
    fields.offset[1:-1, 1:-1], fields.trust[1:-1, 1:-1] = rng.random((2, 40, 50))
    fields.close()
    whole = cv2.resize(fields.offset[1:-1, 1:-1], (250, 200))
    seen = np.zeros((203, 252), int)
    for tile in upsample._tiles(fields, 5, (203, 252)):
        slopes, offset, weight = tile.enlarged(fields, 5)
        assert slopes.shape[:2] == offset.shape == weight.shape
        rows, columns = tile.spot
        part = whole[rows, columns]
        assert np.allclose(offset[: part.shape[0], : part.shape[1]], part, atol=1e-5)
        seen[tile.spot] += 1
    assert (seen == 1).all()

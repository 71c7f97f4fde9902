"""The turned photo: the same as turning it by hand, asking, and turning the answer back."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.coordinates import Frame, turned, turned_back, turned_frame, turned_point
from workbench.planes import place
from workbench.prompts import Hint, PromptSet
from workbench.segment import EMBEDDINGS, Turned


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_points_frames_and_pixels_turn_together(turn):
    rng = np.random.default_rng(0)
    plane = rng.random((5, 8))
    there = turned(plane, turn)
    assert np.array_equal(turned(there, turned_back(turn)), plane)
    for row in range(5):
        for column in range(8):
            for dx, dy in ((0.5, 0.5), (0, 0), (0.9375, 0), (0, 0.9375), (0.0625, 0.9375)):
                x, y = turned_point((column + dx, row + dy), plane.shape, turn)
                assert there[int(y), int(x)] == plane[row, column]
    frame = Frame(-1, 2, 7.5, 6, (3, 4))
    back = turned_frame(turned_frame(frame, (5, 8), turn), there.shape, turned_back(turn))
    assert back == frame
    # A grid laid on the image and then turned, or turned and then laid: the same.
    grid = rng.random((4, 4)).astype(np.float32)
    padded = Frame(0, 0, 8, 10)
    laid = place(grid, padded, (5, 8), 0)
    other = place(turned(grid, turn), turned_frame(padded, (5, 8), turn), there.shape, 0)
    assert np.allclose(turned(laid, turn), other, atol=1e-6)


@pytest.mark.parametrize("turn", [90, 180, 270])
@pytest.mark.parametrize("region", [None, (60, 20, 200, 170)])
def test_the_answer_is_that_of_the_photo_turned_by_hand(small_sam, turn, region):
    photo = np.random.default_rng(1).integers(0, 256, (190, 260, 3), np.uint8)
    model = Turned(small_sam, turn)
    points, labels, box = ((100.5, 60.25), (150.5, 90.75)), (1, 0), (70, 30, 190, 150)
    said = model.predict(model.encode(photo, region), PromptSet(points, labels, (box,)))

    def by_hand(x, y):
        return {90: (190 - y, x), 180: (260 - x, 190 - y), 270: (y, 260 - x)}[turn]

    def box_by_hand(x0, y0, x1, y1):
        (ax, ay), (bx, by) = by_hand(x0, y0), by_hand(x1, y1)
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    upside = np.ascontiguousarray(np.rot90(photo, -turn // 90))
    part = None if region is None else box_by_hand(*region)
    asked = PromptSet(tuple(by_hand(*p) for p in points), labels, (box_by_hand(*box),))
    direct = small_sam.predict(small_sam.encode(upside, part), asked)
    assert said.shape == (190, 260)
    assert np.array_equal(said.scores, direct.scores)
    assert np.array_equal(np.rot90(said.logits[0], -turn // 90), direct.logits[0])
    mine, theirs = said.masks[0], np.rot90(direct.masks[0], turn // 90)
    assert np.abs(mine - theirs).max() < 1e-4


def test_its_own_answer_goes_back_as_a_hint_unchanged(small_sam):
    photo = np.random.default_rng(2).integers(0, 256, (190, 261, 3), np.uint8)
    model, upside = Turned(small_sam, 90), np.ascontiguousarray(np.rot90(photo, -1))
    embedding, direct = model.encode(photo), small_sam.encode(upside)
    first = model.predict(embedding, PromptSet(((100.5, 60.5),), (1,)))
    second = model.predict(
        embedding, PromptSet(((100.5, 60.5),), (1,), hint=Hint(first.logits[0], first.frame))
    )
    one = small_sam.predict(direct, PromptSet(((129.5, 100.5),), (1,)))
    two = small_sam.predict(
        direct, PromptSet(((129.5, 100.5),), (1,), hint=Hint(one.logits[0], one.frame))
    )
    assert np.array_equal(np.rot90(second.logits[0], -1), two.logits[0])


def test_its_embeddings_are_kept_apart_and_can_be_stored(small_sam):
    photo = np.random.default_rng(3).integers(0, 256, (64, 96, 3), np.uint8)
    EMBEDDINGS.clear()
    upright = EMBEDDINGS.embed(small_sam, photo)
    model = Turned(small_sam, 180)
    over = EMBEDDINGS.embed(model, photo)
    assert over.key != upright.key and EMBEDDINGS.embed(model, photo) is over
    arrays, meta = model.pack(over.data)
    again = model.unpack(arrays, meta)
    asked = PromptSet(((10.5, 20.5),), (1,))
    from dataclasses import replace

    same = model.predict(replace(over, data=again), asked)
    assert np.array_equal(same.logits, model.predict(over, asked).logits)
    EMBEDDINGS.clear()

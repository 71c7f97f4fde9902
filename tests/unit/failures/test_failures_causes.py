import numpy as np
import pytest

import workbench as wb
from workbench.errors import ArrayError, EditError, InputError
from workbench.failures import causes
from workbench.prompts import PromptSet
from workbench.segment.lite import LiteSegmenter


@pytest.fixture
def truth():
    y, x = np.mgrid[0:96, 0:128]
    return np.clip(30.5 - np.hypot(x + 0.5 - 64, y + 0.5 - 48), 0, 1).astype(np.float32)


def test_an_edge_that_cannot_be_seen_is_told_from_one_that_can(truth):
    """Left half: subject and ground of one grey. Right half: black before white."""
    image = np.full((96, 128, 3), 120, np.uint8)
    image[:, 64:] = np.where(truth[:, 64:, None] >= 0.5, 0, 255)
    found = causes.edge_contrast(image, truth)
    assert found.values["faint"] == pytest.approx(0.5, abs=0.1)
    assert causes.edge_contrast(np.full_like(image, 120), truth).values["faint"] == 1
    assert found.png.startswith(b"\x89PNG") and "CIELAB" in str(found)


def test_colours_of_both_sides(truth):
    apart = np.where(truth[..., None] >= 0.5, [200, 40, 40], [40, 40, 200]).astype(np.uint8)
    assert causes.colour_sides(apart, truth).values["overlap"] == 0
    same = np.full((96, 128, 3), 120, np.uint8)
    assert causes.colour_sides(same, truth).values["overlap"] == pytest.approx(1)
    half = apart.copy()
    half[:, :64] = [200, 40, 40]
    overlap = causes.colour_sides(half, truth).values["overlap"]
    assert overlap == pytest.approx(0.5, abs=0.12)
    with pytest.raises(ArrayError, match="outline"):
        causes.colour_sides(same, np.zeros_like(truth))


def test_the_candidates_of_one_click_with_their_scores(photo, truth, disks):
    session = wb.open(photo, "disks", journal=False)
    with pytest.raises(EditError, match="click or a box"):
        causes.candidates(session)
    session.subject().box(34, 18, 94, 78)
    found = causes.candidates(session, truth=truth)
    answer = disks.predict(disks.encode(photo), PromptSet(points=((64.0, 48.0),), labels=(1,)))
    assert found.values["candidates"] == 3
    assert found.values["best"] == pytest.approx(float(answer.scores[0]))
    right = [wb.metrics.iou(mask, truth) for mask in answer.masks]
    assert found.values["iou"] == pytest.approx(right[0])
    assert found.values["best_iou"] == pytest.approx(max(right))
    assert len(session.edits) == 1  # it was asked on the side


def test_what_a_model_read_is_told_in_its_own_pixels(photo, disks):
    session = wb.open(photo, "disks", journal=False)
    with pytest.raises(EditError, match="no prompt"):
        causes.model_input(session)
    session.subject().click(64, 48)
    found = causes.model_input(session)  # its logits have half of the photo's pixels a side
    assert found.values["scale"] == pytest.approx(2) and "64 × 48 px" in found.words
    assert causes.uncertainty(session).values["unsure"] > 0


def test_lite_shows_a_square_of_what_it_reads():
    view = LiteSegmenter.view(None, np.zeros((900, 500, 3), np.uint8))
    assert view.shape == (320, 320, 3) and view.dtype == np.uint8


def test_pictures_side_by_side(truth):
    colour = np.zeros((96, 128, 3), np.uint8)
    found = causes.beside("Two.", {"colour": colour, "plane": truth})
    assert [axes.get_title() for axes in found.figure.axes] == ["colour", "plane"]
    assert found.figure.axes[1].images[0].get_clim() == (0, 1) and str(found) == "Two."
    with pytest.raises(InputError, match="at least one"):
        causes.beside("None.", {})

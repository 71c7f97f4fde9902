"""Finding all objects, against segment_anything's own generator with the same weights."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.coordinates import Frame
from workbench.errors import CancelledError, InputError
from workbench.prompts import PromptSet
from workbench.segment import everything
from workbench.segment.base import Embedding, Prediction
from workbench.segment.checkpoint import import_segment_anything
from workbench.segment.everything import Grid, propose
from workbench.segment.regions import Window


@pytest.fixture(scope="module")
def amg():
    import_segment_anything()
    from segment_anything.utils import amg

    return amg


@pytest.fixture(scope="module")
def scene(small_sam):
    """A photo of blocks, and its embedding."""
    rough = np.random.default_rng(4).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    image = np.kron(rough, np.ones((32, 32, 1), np.uint8))
    return image, small_sam.encode(image)


# ------------------------------------------------------------------------ the steps, one by one


def test_of_overlapping_boxes_the_best_stays():
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [0, 0, 5, 10], [20, 20, 30, 30]], float)
    scores = np.array([0.5, 0.9, 0.8, 0.1])
    # IoU of the first two is 90 / 110; of the third with the second 40 / 110.
    assert everything.suppressed(boxes, scores, 0.7) == [1, 2, 3]
    assert everything.suppressed(boxes, scores, 0.3) == [1, 3]
    assert everything.suppressed(boxes, scores, 1.0) == [1, 2, 0, 3]
    assert everything.suppressed(boxes[:2], np.array([1.0, 1.0]), 0.5) == [0]  # the earlier one
    assert everything.suppressed(np.zeros((0, 4)), np.zeros(0), 0.5) == []


@pytest.mark.parametrize("shape", [(300, 640), (517, 211), (96, 96)])
@pytest.mark.parametrize("layers", [0, 1, 2])
def test_the_crops_are_the_references(amg, shape, layers):
    boxes, layer = amg.generate_crop_boxes(shape, layers, 512 / 1500)
    ours = list(everything.crop_windows(shape, layers, 512 / 1500))
    assert [list(map(int, w.box)) for w, _ in ours] == boxes
    assert [n for _, n in ours] == layer


def test_the_grid_is_the_references(amg):
    window = Window(10, 20, 110, 70)
    wanted = amg.build_point_grid(5) * [100, 50] + [10, 20]
    np.testing.assert_allclose(everything.grid_points(window, 5), wanted, atol=1e-9)


def test_what_touches_a_crops_edge_is_what_the_reference_says(amg):
    import torch

    rng = np.random.default_rng(0)
    window, shape = Window(100, 0, 300, 200), (400, 500)
    seen = set()
    for _ in range(200):
        x0, x1 = sorted(rng.integers(0, 201, 2))
        y0, y1 = sorted(rng.integers(0, 201, 2))
        box = (100.0 + x0, float(y0), 101.0 + x1, 1.0 + y1)
        wanted = amg.is_box_near_crop_edge(
            torch.tensor([[x0, y0, x1, y1]]), [100, 0, 300, 200], [0, 0, 500, 400]
        ).item()
        assert everything._touches_edge(box, window, shape) == wanted
        seen.add(wanted)
    assert seen == {True, False}


@pytest.mark.parametrize("smallest", [5, 30, 10_000])
def test_specks_go_as_in_the_reference(amg, smallest):
    rng = np.random.default_rng(1)
    mask = np.kron(rng.random((12, 15)) > 0.5, np.ones((3, 3))) > 0
    mask[5, 7] ^= True
    logits = np.where(mask, 3.0, -3.0).astype(np.float32)
    prediction = Prediction(
        np.ones(1, np.float32), logits[None], Frame.whole(mask.shape), mask.shape
    )
    wanted, holes = amg.remove_small_regions(mask, smallest, "holes")
    wanted, islands = amg.remove_small_regions(wanted, smallest, "islands")
    ours, changed = everything.without_specks(prediction, smallest)
    assert np.array_equal(ours > 0, wanted) and changed == (holes or islands)


# --------------------------------------------------------------------------- Segment Anything


def test_many_points_at_once_are_answered_as_one_by_one(small_sam, scene, monkeypatch):
    from workbench.segment import sam

    _, embedding = scene
    monkeypatch.setattr(sam, "_AT_ONCE", 2)
    points = [(10.0, 20.0), (200.5, 33.25), (255.0, 128.0)]
    together = small_sam.predict_many(embedding, points)
    for point, ours in zip(points, together, strict=True):
        alone = small_sam.predict(embedding, PromptSet((point,), (1,)))
        np.testing.assert_allclose(ours.scores, alone.scores, atol=1e-5)
        np.testing.assert_allclose(ours.logits, alone.logits, atol=2e-4)
        assert ours.frame == alone.frame
    assert np.abs(together[0].logits - together[1].logits).max() > 1e-2


def reference(small_sam, image, grid: Grid, monkeypatch):
    """The generator's records; its points half a model pixel back, where ours are."""
    import torch
    from segment_anything import automatic_mask_generator as generator

    def nms(boxes, scores, _, iou_threshold):
        kept = []
        for i in torch.argsort(scores, descending=True, stable=True).tolist():
            a = boxes[i]
            for k in kept:
                b = boxes[k]
                w = (torch.minimum(a[2], b[2]) - torch.maximum(a[0], b[0])).clamp(min=0)
                h = (torch.minimum(a[3], b[3]) - torch.maximum(a[1], b[1])).clamp(min=0)
                union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h
                if w * h / union > iou_threshold:
                    break
            else:
                kept.append(i)
        return torch.tensor(kept, dtype=torch.long)

    # torchvision's own operator is missing from builds without CUDA.
    monkeypatch.setattr(generator, "batched_nms", nms)
    unit = generator.build_all_layer_point_grids(grid.points, 0, 1)[0] - 0.5 / 1024
    grids = [unit] * (grid.layers + 1)
    made = generator.SamAutomaticMaskGenerator(
        small_sam._model, None, grid.batch, grid.score, grid.stability, grid.offset, grid.overlap,
        grid.layers, grid.crop_overlap, grid.crop_share, grid.fewer, grids, grid.smallest,
    )  # fmt: skip
    return made.generate(image)


@pytest.mark.parametrize(
    ("points", "layers", "overlap"),
    [(4, 0, 0.7), (2, 1, 1.0)],
    ids=["without duplicates", "all, with crops"],
)
def test_the_same_masks_as_the_reference(small_sam, scene, points, layers, overlap, monkeypatch):
    image, embedding = scene
    answers = small_sam.predict_many(embedding, everything.grid_points(Window(0, 0, 256, 256), 4))
    scores = np.concatenate([a.scores for a in answers])
    # Thresholds that a model of noise passes, in part.
    grid = Grid(points, 5, float(np.median(scores)), 0.2, 0.05, overlap, layers, overlap)
    monkeypatch.setattr(Grid, "checked", lambda self: self)  # such scores are no probabilities
    wanted = reference(small_sam, image, grid, monkeypatch)
    found = propose(small_sam, embedding, grid, image)
    assert 0 < len(found) == len(wanted) < 3 * points**2 * (1 + 4 * layers)
    for record in wanted:
        point = np.array(record["point_coords"][0]) + 0.5 / 4
        # A crop's half model pixel is another length in the photo.
        near = [p for p in found if np.abs(np.array(p.points[0]) - point).max() < 0.1]
        ours = min(near, key=lambda p: abs(p.score - record["predicted_iou"]))
        assert abs(ours.score - record["predicted_iou"]) < 1e-5
        assert abs(ours.stability - record["stability_score"]) < 2e-3
        x, y, w, h = record["bbox"]
        np.testing.assert_allclose(ours.box, [x, y, x + w + 1, y + h + 1], atol=1.01)
        assert abs(ours.area - record["area"]) <= 0.002 * record["area"] + 3
        differ = (ours.mask > 0.5) != record["segmentation"]
        assert differ.mean() < 2e-3


def test_crops_need_the_photo_and_settings_must_make_sense(small_sam, scene):
    _, embedding = scene
    with pytest.raises(InputError, match="the image too"):
        propose(small_sam, embedding, Grid(1, layers=1))
    for wrong in (Grid(points=0), Grid(stability=1.2), Grid(layers=-1), Grid(batch=0)):
        with pytest.raises(InputError, match="expected"):
            propose(small_sam, embedding, wrong)


# ------------------------------------------------------------------------ any other segmenter


class Squares:
    """Answers a click with the 20-pixel square of a grid that it is in; counts the clicks."""

    name, identity = "squares", "squares:none:float32"
    capabilities = frozenset({"points", "everything"})

    def __init__(self):
        self.clicks = 0

    def predict(self, embedding, prompts):
        self.clicks += 1
        ((x, y),) = prompts.points
        logits = np.full(embedding.shape, -9.0, np.float32)
        logits[int(y // 20) * 20 :, int(x // 20) * 20 :][:20, :20] = 9
        logits[:, 60:] = -9  # nothing to the right
        score = 0.95 if logits.max() > 0 else 0.99
        return Prediction.ranked(
            np.array([score]), logits[None], Frame.whole(embedding.shape), embedding.shape
        )


def test_the_grid_finds_each_thing_once_on_the_protocol_alone():
    squares = Squares()
    seen = []
    found = propose(
        squares, Embedding("k", (40, 100), None, None, 0), Grid(10, 7),
        progress=lambda fraction, words: seen.append(fraction),
    )  # fmt: skip
    assert squares.clicks == 100
    assert sorted(p.box for p in found) == [
        (x, y, x + 20, y + 20) for x in (0, 20, 40) for y in (0, 20)
    ]
    assert {p.area for p in found} == {400.0} and {p.stability for p in found} == {1.0}
    assert {p.model for p in found} == {"squares:none:float32"}
    assert all(p.mask[int(p.points[0][1]), int(p.points[0][0])] > 0.99 for p in found)
    assert seen == sorted(seen) and len(seen) == 16 and seen[-1] == 1

    def stop(fraction, words):
        if fraction > 0.3:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        propose(squares, Embedding("k", (40, 100), None, None, 0), Grid(10, 7), progress=stop)


def test_a_segmenter_that_cannot_is_refused_with_those_that_can(photo):
    from workbench.segment import get_segmenter

    grabcut = get_segmenter("grabcut")
    with pytest.raises(InputError, match=r"find all objects \(sam3, .*lite\), got grabcut"):
        propose(grabcut, grabcut.encode(photo))

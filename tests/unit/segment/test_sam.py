"""Against segment_anything's own SamPredictor, with the same weights and the same photo."""

import numpy as np
import pytest
from small_models import build_small_sam, skeleton

from workbench.coordinates import Frame
from workbench.errors import CancelledError, InputError, PromptError, WeightsMismatchError
from workbench.planes import place
from workbench.progress import CancelToken
from workbench.prompts import Hint, PromptSet
from workbench.segment.base import Segmenter
from workbench.segment.checkpoint import import_segment_anything

SHAPES = {"wide": (300, 640), "tall": (517, 211), "square": (256, 256)}


@pytest.fixture(scope="module", params=list(SHAPES))
def pair(request, small_sam):
    """A photo of each shape, encoded by both."""
    sa = import_segment_anything()
    rng = np.random.default_rng(len(request.param))
    height, width = SHAPES[request.param]
    rough = rng.integers(0, 256, (8, 8, 3)).astype(np.uint8)
    image = np.kron(rough, np.ones((height // 8 + 1, width // 8 + 1, 1), np.uint8))
    image = np.ascontiguousarray(image[:height, :width])
    predictor = sa.SamPredictor(small_sam._model)
    predictor.set_image(image)
    return image, predictor, small_sam.encode(image)


def ask_reference(predictor, image, prompts, several, mask_input=None):
    """SamPredictor adds half a model pixel to coordinates where pixel centres are integers."""
    height, width = image.shape[:2]
    new_h, new_w = predictor.transform.get_preprocess_shape(height, width, 1024)
    half = np.array([0.5 * width / new_w, 0.5 * height / new_h])
    points = np.array(prompts.points) - half if prompts.points else None
    labels = np.array(prompts.labels) if prompts.points else None
    box = np.array(prompts.boxes[0]) - np.tile(half, 2) if prompts.boxes else None
    return predictor.predict(points, labels, box, mask_input, several, return_logits=True)


def compare(prediction, reference, image):
    full, scores, low = reference
    order = np.argsort(-scores, kind="stable")
    np.testing.assert_allclose(prediction.scores, scores[order], atol=1e-5)
    np.testing.assert_allclose(prediction.logits, low[order], atol=2e-4)
    assert list(prediction.scores) == sorted(prediction.scores, reverse=True)
    for i, k in enumerate(order):
        ours = place(prediction.logits[i], prediction.frame, image.shape[:2], -20.0)
        np.testing.assert_allclose(ours, full[k], atol=3e-4)
        clear = np.abs(full[k]) > 3e-4
        assert np.array_equal((prediction.masks[i] > 0.5)[clear], (full[k] > 0)[clear])
        # A test of nothing if the masks were all one sign everywhere.
        assert full[k].std() > 1e-3


def questions(image):
    height, width = image.shape[:2]
    box = (width * 0.2, height * 0.3, width * 0.8, height * 0.9)
    a, b = (width * 0.5 + 0.25, height * 0.4), (width * 0.1, height * 0.75 + 0.5)
    return {
        "one point": PromptSet(points=(a,), labels=(1,)),
        "points": PromptSet(points=(a, b), labels=(1, 0)),
        "box": PromptSet(boxes=(box,)),
        "box and point": PromptSet(points=(b,), labels=(0,), boxes=(box,)),
    }


def quantised(prompts, image):
    return prompts.checked(image.shape[:2])


@pytest.mark.parametrize("kind", ["one point", "points", "box", "box and point"])
def test_the_same_answers_as_the_reference(pair, small_sam, kind):
    image, predictor, embedding = pair
    prompts = quantised(questions(image)[kind], image)
    several = kind == "one point"
    prediction = small_sam.predict(embedding, prompts)
    assert len(prediction.scores) == (3 if several else 1)
    compare(prediction, ask_reference(predictor, image, prompts, several), image)


@pytest.mark.parametrize("kind", ["one point", "box", "hint alone"])
def test_a_hint_goes_back_as_the_reference_takes_it(pair, small_sam, kind):
    image, predictor, embedding = pair
    first = small_sam.predict(embedding, questions(image)["points"])
    hint = Hint(first.logits[0], first.frame)
    asked = questions(image).get(kind, PromptSet())
    prompts = quantised(PromptSet(asked.points, asked.labels, asked.boxes, hint), image)
    without = small_sam.predict(
        embedding, questions(image)["points"] if not asked.points and not asked.boxes else asked
    )
    prediction = small_sam.predict(embedding, prompts)
    compare(prediction, ask_reference(predictor, image, prompts, False, first.logits), image)
    assert not np.allclose(prediction.logits[0], without.logits[0], atol=1e-3)


def test_a_hint_of_another_frame_lands_in_the_same_place(pair, small_sam):
    image, _, embedding = pair
    shape = image.shape[:2]
    height, width = shape
    y, x = np.mgrid[0:height, 0:width] + 0.5
    full = (8 - 0.05 * np.hypot(x - width * 0.4, y - height * 0.6)).astype(np.float32)
    own = small_sam._frame(embedding.data)
    grid = small_sam._hint(Hint(full, Frame.whole(shape)), own)
    assert grid.shape == (256, 256) and float(np.abs(grid).max()) <= 20
    back = place(grid, own, shape, -20.0)
    inner = (slice(height // 8, -height // 8), slice(width // 8, -width // 8))
    assert float(np.abs(back - full)[inner].max()) < 0.3
    if height != width:  # the padding is background
        assert float(grid[-1, -1]) == -20.0
    wild = small_sam._hint(Hint(full * 1e6, Frame.whole(shape)), own)
    assert float(np.abs(wild).max()) == 20.0


def test_a_region_is_the_crop_with_its_frame_moved(small_sam):
    rng = np.random.default_rng(5)
    image = rng.integers(0, 256, (200, 300, 3)).astype(np.uint8)
    part = small_sam.encode(image, region=(40.5, 20, 240, 180))
    crop = small_sam.encode(image[20:180, 40:240].copy())
    assert part.region == (40, 20, 240, 180) and part.key != crop.key
    ours = small_sam.predict(
        part, PromptSet(points=((140, 100), (5, 5)), labels=(1, 0), boxes=((20, 30, 200, 170),))
    )
    plain = small_sam.predict(
        crop, PromptSet(points=((100, 80),), labels=(1,), boxes=((0, 10, 160, 150),))
    )
    seen = slice(0, 204)  # 160 rows of 200 columns: 819 of 1024 rows of the square, a quarter of it
    np.testing.assert_array_equal(ours.logits[:, seen], plain.logits[:, seen])
    inside = ours.masks[0][20:178, 40:240]
    np.testing.assert_allclose(inside, plain.masks[0][:158], atol=0.02)
    assert plain.masks[0].std() > 0.005
    for outside in (ours.masks[0][:20], ours.masks[0][182:], ours.masks[0][:, :40]):
        assert float(outside.max()) < 1e-6
    with pytest.raises(PromptError, match="inside the region"):
        small_sam.predict(part, PromptSet(points=((5, 5),), labels=(1,)))


def test_progress_counts_up_and_a_cancel_stops_and_leaves_no_hook(small_sam):
    image = np.zeros((64, 64, 3), np.uint8)
    seen: list[float] = []
    small_sam.encode(image, progress=lambda fraction, words: seen.append(fraction))
    assert seen == sorted(seen) and seen[0] == 0 and seen[-1] == 1 and len(seen) == 4
    token = CancelToken()

    def cancel_in_the_middle(fraction, words):
        if fraction > 0:
            token.cancel()
        token(fraction, words)

    with pytest.raises(CancelledError):
        small_sam.encode(image, progress=cancel_in_the_middle)
    assert not any(b._forward_hooks for b in small_sam._model.image_encoder.blocks)
    before = len(seen)
    small_sam.encode(image)
    assert len(seen) == before


# A pixel, less than a patch, a strip that is less than a patch high, 20 : 1 both ways, a line.
@pytest.mark.parametrize("shape", [(1, 1), (9, 7), (3, 500), (20, 400), (800, 40), (3000, 1)])
def test_odd_photos_give_finite_answers(small_sam, shape):
    image = np.full((*shape, 3), 90, np.uint8)
    prediction = small_sam.predict(
        small_sam.encode(image), PromptSet(points=((shape[1] / 2, shape[0] / 2),), labels=(1,))
    )
    assert prediction.masks[0].shape == shape and np.isfinite(prediction.logits).all()


def test_an_embedding_of_another_segmenter_is_refused(small_sam, small_checkpoint):
    from workbench.segment.sam import load_sam

    other = load_sam(
        small_checkpoint, "small", "other:1:float32", build=build_small_sam, device="cpu"
    )
    embedding = other.encode(np.zeros((32, 32, 3), np.uint8))
    with pytest.raises(InputError, match="small:0123:float32, got one of other:1:float32"):
        small_sam.predict(embedding, PromptSet(points=((3, 3),), labels=(1,)))
    assert isinstance(other, Segmenter)


def test_a_wrong_checkpoint_is_refused_before_a_model_is_built(tmp_path):
    import torch

    from workbench.segment.sam import load_sam

    torch.save(skeleton(1024, 24), tmp_path / "l.pth")
    with pytest.raises(WeightsMismatchError, match=r"of vit_h in l\.pth, got those of vit_l"):
        load_sam(tmp_path / "l.pth", "vit_h", "x", build=lambda name: pytest.fail("built"))


def test_short_memory_on_a_gpu_falls_back_to_the_cpu(small_checkpoint, monkeypatch):
    import torch

    from workbench.segment.sam import load_sam

    segmenter = load_sam(
        small_checkpoint, "small", "s:1:bfloat16", build=build_small_sam, device="cpu"
    )
    segmenter.device = "meta"  # stands for a GPU that this machine may not have
    moves: list[str] = []
    monkeypatch.setattr(segmenter._model, "to", moves.append)
    before = segmenter.identity, segmenter.precision

    def work():
        if segmenter.device != "cpu":
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 GiB")
        return "done"

    assert segmenter._on_device(work) == "done"
    assert segmenter.device == "cpu" and moves == ["cpu"]
    assert "meta ran out of memory" in segmenter.notes[0]
    # The answers are still those that the identity speaks of.
    assert (segmenter.identity, segmenter.precision) == before
    segmenter.encode(np.zeros((8, 8, 3), np.uint8))

    def broken():
        raise RuntimeError("shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="multiplied"):
        segmenter._on_device(broken)


@pytest.mark.parametrize(("precision", "limit"), [("float32", 1e-4), ("bfloat16", 0.02)])
def test_embedding_and_logits_are_near_the_reference_in_each_precision(
    small_checkpoint, disk, precision, limit
):
    import torch

    from workbench.nets.reading import read_state
    from workbench.segment.sam import load_sam

    picture, _ = disk
    model = build_small_sam()
    model.load_state_dict(read_state(small_checkpoint))
    assert min(float(b.attn.rel_pos_h.detach().std()) for b in model.image_encoder.blocks) > 0.1
    predictor = import_segment_anything().SamPredictor(model)
    predictor.set_image(picture)
    segmenter = load_sam(
        small_checkpoint, "small", f"small:0123:{precision}", build=build_small_sam, device="cpu"
    )
    assert segmenter.precision == precision
    embedding = segmenter.encode(picture)
    assert embedding.data.tensors[0].dtype == torch.float32

    def error(ours, reference):
        return float(np.linalg.norm(ours - reference) / np.linalg.norm(reference))

    assert error(embedding.data.tensors[0].numpy(), predictor.features.numpy()) < limit
    prompts = quantised(PromptSet(points=((100, 90), (20, 30)), labels=(1, 0)), picture)
    reference = ask_reference(predictor, picture, prompts, False)[2]
    assert error(segmenter.predict(embedding, prompts).logits, reference) < limit

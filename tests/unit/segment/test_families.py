"""What holds for every member of the Segment Anything family, each against its own reference."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from family_cases import CASES, save

from workbench import segment
from workbench.coordinates import Frame
from workbench.errors import InputError, MissingPackageError, PromptError, WeightsMismatchError
from workbench.nets import packages
from workbench.nets.reading import import_torch
from workbench.prompts import Hint, PromptSet
from workbench.segment import families, registry
from workbench.segment.base import Segmenter

CLICK = PromptSet(points=((61.5, 40.25),), labels=(1,))
ASKED = {
    "a click": CLICK,
    "clicks": PromptSet(points=((61.5, 40.25), (20, 70.5)), labels=(1, 0)),
    "a box": PromptSet(boxes=((18.5, 12, 110, 77.25),)),
    "a box and a click": PromptSet(
        points=((30, 50),), labels=(0,), boxes=((18.5, 12, 110, 77.25),)
    ),
}


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """A photo (90, 130) of blocks with grain."""
    rng = np.random.default_rng(4)
    blocks = np.kron(rng.integers(0, 230, (9, 13, 3)), np.ones((10, 10, 1), int))
    return (blocks + rng.integers(0, 26, blocks.shape)).astype(np.uint8)


@pytest.fixture(scope="module", params=list(CASES))
def family(request, tmp_path_factory, picture):
    """The case, its segmenter out of ``get_segmenter``, the photo's embedding, the reference."""
    case = CASES[request.param]
    import_torch().set_num_threads(1)
    path, model = save(case, tmp_path_factory.mktemp("family"))
    with pytest.MonkeyPatch.context() as patch:
        case.loaded_small(patch)
        precise = families.FAMILIES[case.name].precise
        segmenter = segment.get_segmenter(
            case.name, checkpoint=path, precision="float32" if precise else "auto"
        )
    yield case, segmenter, segmenter.encode(picture), case.reference(model, picture)
    registry._made.clear()


def same(prediction, reference, count):
    """The candidates that the reference gives are ours, the best of them first."""
    scores, logits = reference
    order = np.argsort(-scores, kind="stable")[:count]
    np.testing.assert_allclose(prediction.scores[: len(order)], scores[order], atol=1e-5)
    # To 1e-4, or as much of what an untrained decoder makes too large.
    close = 1e-4 * max(1.0, float(logits.std()))
    np.testing.assert_allclose(prediction.logits[: len(order)], logits[order], rtol=0, atol=close)
    assert logits.std() > 1e-3  # a test of nothing if the masks were all alike


def test_it_is_what_the_table_says(family):
    case, segmenter, embedding, _ = family
    row = families.FAMILIES[case.name]
    assert isinstance(segmenter, Segmenter) and segmenter.name == case.name
    assert segmenter.capabilities == row.capabilities == segment.capabilities(case.name)
    assert segmenter.identity.startswith(f"{case.name}:")
    assert row.prompted and embedding.shape == (90, 130) and embedding.region is None
    assert embedding.size == sum(4 * t.numel() for t in embedding.data.tensors)


@pytest.mark.parametrize("asked", list(ASKED))
def test_the_same_answers_as_the_reference(family, asked):
    case, segmenter, embedding, ask = family
    one = asked == "a click"
    prediction = segmenter.predict(embedding, ASKED[asked])
    ours, theirs = case.several if one else (1, 1)
    assert len(prediction.scores) == len(prediction.logits) == ours
    assert list(prediction.scores) == sorted(prediction.scores, reverse=True)
    same(prediction, ask(ASKED[asked], one), theirs)


def test_an_answer_goes_back_as_the_reference_takes_it(family):
    _, segmenter, embedding, ask = family
    first = segmenter.predict(embedding, ASKED["clicks"])
    asked = PromptSet(CLICK.points, CLICK.labels, (), Hint(first.logits[0], first.frame))
    prediction = segmenter.predict(embedding, asked)
    assert len(prediction.scores) == 1
    same(prediction, ask(CLICK, False, first.logits), 1)
    without = ask(CLICK, False)[1]
    moved = np.abs(prediction.logits[0] - without[0]).max()
    assert moved > 4e-4 * max(1.0, float(without.std()))  # more than what counts as the same


def test_a_hint_alone_is_a_question(family):
    _, segmenter, embedding, _ = family
    y, x = np.mgrid[0:90, 0:130] + 0.5
    disk = (10 - 0.5 * np.hypot(x - 60, y - 40)).astype(np.float32)
    prediction = segmenter.predict(
        embedding, PromptSet(hint=Hint(disk, Frame.whole(embedding.shape)))
    )
    assert len(prediction.scores) == 1 and np.isfinite(prediction.logits).all()


def test_a_region_is_the_crop_with_its_frame_moved(family, picture):
    _, segmenter, _, _ = family
    part = segmenter.encode(picture, region=(20.5, 10, 100, 80))
    crop = segmenter.encode(picture[10:80, 20:100].copy())
    assert part.region == (20, 10, 100, 80) and part.key != crop.key
    ours = segmenter.predict(part, PromptSet(points=((60, 40), (2, 3)), labels=(1, 0)))
    plain = segmenter.predict(crop, PromptSet(points=((40, 30),), labels=(1,)))
    if len(plain.scores) > 1:
        plain = segmenter.predict(
            crop, PromptSet(points=((40, 30),), labels=(1,), hint=None, boxes=((0, 0, 80, 70),))
        )
        ours = segmenter.predict(
            part, PromptSet(points=((60, 40),), labels=(1,), boxes=((20, 10, 100, 80),))
        )
    inside = ours.masks[0][10:80, 20:100]
    np.testing.assert_allclose(inside[:-1, :-1], plain.masks[0][:-1, :-1], atol=0.02)
    assert float(ours.masks[0][:9].max()) < 1e-6 and float(ours.masks[0][:, :19].max()) < 1e-6
    with pytest.raises(PromptError, match="inside the region"):
        segmenter.predict(part, PromptSet(points=((2, 3),), labels=(1,)))


@pytest.mark.parametrize("shape", [(1, 1), (10, 200), (200, 10)])
def test_odd_photos_give_finite_answers(family, shape):
    _, segmenter, _, _ = family
    image = np.random.default_rng(1).integers(0, 256, (*shape, 3)).astype(np.uint8)
    at = PromptSet(points=((shape[1] / 2, shape[0] / 2),), labels=(1,))
    prediction = segmenter.predict(segmenter.encode(image), at)
    assert prediction.masks[0].shape == shape and np.isfinite(prediction.logits).all()


def test_an_embedding_of_another_is_refused_and_a_point_outside_too(family):
    _, segmenter, embedding, _ = family
    other = segment.get_segmenter("grabcut").encode(np.zeros((90, 130, 3), np.uint8))
    with pytest.raises(InputError, match=f"an embedding of {segmenter.name}"):
        segmenter.predict(other, CLICK)
    with pytest.raises(PromptError, match=r"inside 0\.\.130"):
        segmenter.predict(embedding, PromptSet(points=((140, 3),), labels=(1,)))


def test_many_clicks_at_once_are_answered_as_one_by_one(family):
    _, segmenter, embedding, _ = family
    points = [(61.5, 40.25), (20, 70.5), (5, 5)]
    many = segmenter.predict_many(embedding, points)
    for point, answer in zip(points, many, strict=True):
        alone = segmenter.predict(embedding, PromptSet(points=(point,), labels=(1,)))
        close = 1e-4 * max(1.0, float(alone.logits.std()))
        np.testing.assert_allclose(answer.logits, alone.logits, rtol=0, atol=close)
        np.testing.assert_allclose(answer.scores, alone.scores, atol=1e-5)


def test_progress_counts_up(family):
    _, segmenter, _, _ = family
    seen: list[float] = []
    segmenter.encode(
        np.zeros((32, 32, 3), np.uint8), progress=lambda fraction, words: seen.append(fraction)
    )
    assert seen == sorted(seen) and seen[0] == 0 and seen[-1] == 1 and len(seen) >= 4


@pytest.mark.parametrize("name", [n for n, f in families.FAMILIES.items() if f.extra])
def test_a_missing_package_names_the_install_line(name, monkeypatch):
    lacking = families.FAMILIES[name].packages[-1]
    real = importlib.util.find_spec
    monkeypatch.setattr(
        packages.importlib.util, "find_spec", lambda p: None if p == lacking else real(p)
    )
    line = rf'pip install "matte-workbench\[{families.FAMILIES[name].extra}\]"'
    for ask in (segment.get_segmenter, segment.identity):
        with pytest.raises(MissingPackageError, match=f"{lacking} .* for {name}.*{line}"):
            ask(name)
    assert line.replace("\\", "") in segment.segmenters()[name].why


def test_the_weights_of_another_family_are_named(tmp_path, monkeypatch):
    path, _ = save(CASES["vit_t"], tmp_path)
    with pytest.raises(WeightsMismatchError, match=r"of vit_b in vit_t\.pth, got those of vit_t"):
        segment.get_segmenter("vit_b", checkpoint=path)
    path, _ = save(CASES["hq_vit_t"], tmp_path)
    with pytest.raises(WeightsMismatchError, match=r"of vit_t in .*, got those of hq_vit_t"):
        segment.get_segmenter("vit_t", checkpoint=path)


def test_their_copies_of_timms_models_do_not_take_the_place_of_timms_own():
    code = """
import warnings
warnings.simplefilter("error")
from workbench.nets.packages import import_beside_timm
import_beside_timm("mobile_sam", "mobilesam")
import_beside_timm("segment_anything_hq", "hq")
import timm
print(timm.models.model_entrypoint("tiny_vit_5m_224").__module__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "timm.models.tiny_vit" and done.stderr == ""

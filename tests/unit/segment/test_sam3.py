"""SAM 3 asked in words and by example, against transformers' Sam3Processor and Sam3Model."""

import numpy as np
import pytest
from family_cases import CASES, SAM3_SIDE, sam3_file, save

from workbench import segment, weights
from workbench.coordinates import Frame
from workbench.errors import (
    FetchError,
    PromptError,
    UnsupportedPromptError,
    WeightsMismatchError,
    WeightsMissingError,
)
from workbench.nets.packages import import_package
from workbench.nets.reading import import_torch
from workbench.prompts import Hint, PromptSet
from workbench.segment import registry, sam3

torch = import_torch()


@pytest.fixture(scope="module")
def vocabulary():
    path = weights.find("clip_bpe")
    if path is None:
        try:
            path = weights.fetch("clip_bpe")
        except FetchError as error:
            pytest.skip(f"CLIP's vocabulary cannot be had here: {error}")
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path, model = save(CASES["sam3"], tmp_path_factory.mktemp("sam3"))
    with pytest.MonkeyPatch.context() as patch:
        CASES["sam3"].loaded_small(patch)
        segmenter = segment.get_segmenter("sam3", path)
    yield segmenter, model
    registry._made.clear()


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(8).integers(0, 256, (60, 100, 3)).astype(np.uint8)


def reference(model, picture, threshold, **given):
    """Scores and logits of what transformers' own processing keeps."""
    t = import_package("transformers", "sam3")
    processor = t.Sam3Processor(
        t.Sam3ImageProcessor(size={"height": SAM3_SIDE, "width": SAM3_SIDE}),
        sam3._tokenizer(weights.require("clip_bpe")),
    )
    inputs = processor(images=picture, return_tensors="pt", **given)
    inputs.pop("original_sizes")
    with torch.inference_mode():
        found = model.detector(**inputs)
    kept = processor.post_process_instance_segmentation(found, threshold=threshold)[0]
    scores = found.pred_logits[0].sigmoid() * found.presence_logits[0].sigmoid()
    logits = found.pred_masks[0, scores > threshold]
    assert torch.equal(kept["scores"], scores[scores > threshold])
    return kept["scores"].numpy(), logits.numpy()


ASKED = {
    "a text": (PromptSet(text="a photo of a cat"), {"text": "a photo of a cat"}),
    "an example": (
        PromptSet(exemplars=((10, 5, 40, 50),), exemplar_labels=(1,)),
        {"input_boxes": [[[10, 5, 40, 50]]], "input_boxes_labels": [[1]]},
    ),
    "a text and examples": (
        PromptSet(
            text="wheel", exemplars=((10, 5, 40, 50), (60, 0, 99, 30)), exemplar_labels=(1, 0)
        ),
        {
            "text": "wheel",
            "input_boxes": [[[10, 5, 40, 50], [60, 0, 99, 30]]],
            "input_boxes_labels": [[1, 0]],
        },
    ),
}


@pytest.mark.parametrize("asked", list(ASKED))
def test_it_finds_what_the_reference_finds(small, picture, vocabulary, asked, monkeypatch):
    segmenter, model = small
    prompts, given = ASKED[asked]
    embedding = segmenter.encode(picture)
    monkeypatch.setattr(sam3, "_SURE", 0.0)
    everything = segmenter.predict(embedding, prompts)
    threshold = float(np.median(everything.scores))  # an untrained model is sure of nothing
    monkeypatch.setattr(sam3, "_SURE", threshold)
    prediction = segmenter.predict(embedding, prompts)
    scores, logits = reference(model, picture, threshold, **given)
    order = np.argsort(-scores, kind="stable")
    assert 1 < len(scores) == len(prediction.scores) < len(everything.scores)
    np.testing.assert_allclose(prediction.scores, scores[order], atol=1e-5)
    np.testing.assert_allclose(prediction.logits, logits[order], atol=1e-4)
    assert prediction.frame == Frame.whole((60, 100)) and logits.std() > 1e-3
    other = segmenter.predict(embedding, PromptSet(text="dog"))
    assert np.abs(other.scores[:2] - prediction.scores[:2]).max() > 1e-6


def test_what_is_not_there_gives_an_empty_mask(small, picture, vocabulary, monkeypatch):
    segmenter, _ = small
    monkeypatch.setattr(sam3, "_SURE", 1.0)
    prediction = segmenter.predict(segmenter.encode(picture), PromptSet(text="a unicorn"))
    assert len(prediction.scores) == 1 and prediction.masks[0].max() < 1e-6


def test_a_region_is_asked_for_itself(small, picture, vocabulary, monkeypatch):
    segmenter, _ = small
    monkeypatch.setattr(sam3, "_SURE", 0.0)
    part = segmenter.encode(picture, (20, 10, 80, 50))
    crop = segmenter.encode(picture[10:50, 20:80].copy())
    one = PromptSet(text="cat", exemplars=((30, 20, 50, 40),), exemplar_labels=(1,))
    two = PromptSet(text="cat", exemplars=((10, 10, 30, 30),), exemplar_labels=(1,))
    ours, plain = segmenter.predict(part, one), segmenter.predict(crop, two)
    np.testing.assert_allclose(ours.logits, plain.logits, atol=1e-5)
    assert ours.frame == Frame(20, 10, 80, 50)
    with pytest.raises(PromptError, match="an example inside the region"):
        segmenter.predict(part, PromptSet(exemplars=((0, 0, 9, 9),), exemplar_labels=(1,)))


def test_what_it_found_can_be_refined_by_a_click(small, picture, vocabulary, monkeypatch):
    segmenter, _ = small
    monkeypatch.setattr(sam3, "_SURE", 0.0)
    embedding = segmenter.encode(picture)
    found = segmenter.predict(embedding, PromptSet(text="cat"))
    hint = Hint(found.logits[0], found.frame)
    click = PromptSet(points=((50, 30),), labels=(1,), hint=hint)
    refined = segmenter.predict(embedding, click)
    alone = segmenter.predict(embedding, PromptSet(points=((50, 30),), labels=(1,)))
    assert len(refined.scores) == 1 and len(alone.scores) == 3
    with pytest.raises(PromptError, match="alone, got points"):
        segmenter.predict(embedding, PromptSet(points=((50, 30),), labels=(1,), text="cat"))


def test_texts_become_clips_numbers(vocabulary, small, picture):
    # As printed in OpenAI's and transformers' documentation for this sentence.
    assert sam3.tokens("a photo of a cat") == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert sam3.tokens("A  photo of a CAT") == sam3.tokens("a photo of a cat")
    with pytest.raises(PromptError, match="at most 30 pieces of words, got 40"):
        small[0].predict(small[0].encode(picture), PromptSet(text="cat " * 40))


def test_without_the_vocabulary_it_says_how_to_get_it(small, picture, monkeypatch, tmp_path):
    embedding = small[0].encode(picture)
    monkeypatch.setenv("WORKBENCH_MODELS", str(tmp_path))
    with pytest.raises(WeightsMissingError, match="workbench models fetch clip_bpe"):
        small[0].predict(embedding, PromptSet(text="cat"))


def test_metas_own_file_is_named(tmp_path):
    torch.save({"detector.backbone.x": torch.ones(1), "tracker.y": torch.ones(1)},
               tmp_path / "sam3.pt")  # fmt: skip
    with pytest.raises(WeightsMismatchError, match=r"model\.safetensors of facebook/sam3"):
        sam3.regrouped(dict(torch.load(tmp_path / "sam3.pt", weights_only=True)))


def test_the_encoder_is_there_once(small):
    segmenter, model = small
    assert (
        segmenter._model.vision_encoder.backbone
        is segmenter._model.detector.vision_encoder.backbone
    )
    assert "tracker_model.memory_encoder.projection.bias" in sam3_file(model)


def test_others_say_who_can_read(picture):
    grabcut = segment.get_segmenter("grabcut")
    with pytest.raises(UnsupportedPromptError, match=r"for grabcut, got a text; .* put to sam3"):
        segment.check_takes("grabcut", grabcut.capabilities, PromptSet(text="a dog"))


def test_examples_are_pooled_as_torchvision_does():
    import_package("torchvision.ops.roi_align", "sam3")
    import sys

    theirs = sys.modules["torchvision.ops.roi_align"]._roi_align.__wrapped__  # before it compiles
    features = torch.randn(2, 3, 8, 9)
    boxes = [torch.tensor([[0.0, 0, 9, 8], [1.25, 2.5, 1.5, 2.75]]), torch.tensor([[2.0, 1, 8, 3]])]
    rois = torch.cat([torch.full((len(b), 1), float(n)) for n, b in enumerate(boxes)])
    rois = torch.cat([rois, torch.cat(boxes)], dim=1)
    expected = theirs(features, rois, 1.0, 7, 7, -1, False)
    torch.testing.assert_close(sam3.pooled(features, boxes, 7), expected, atol=1e-5, rtol=1e-5)
    assert sam3.pooled(features, [torch.zeros(0, 4)] * 2, 7).shape == (0, 3, 7, 7)

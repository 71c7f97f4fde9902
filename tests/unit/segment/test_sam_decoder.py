"""Against segment_anything's own MaskDecoder. No tensor of it is left at zero here."""

from types import SimpleNamespace

import pytest

from workbench.errors import InputError
from workbench.segment import sam_decoder
from workbench.segment.checkpoint import import_segment_anything
from workbench.segment.sam_decoder import SamDecoder, fits

import_segment_anything()

import torch  # noqa: E402 - after segment_anything's own order of imports
from segment_anything.modeling import (  # noqa: E402
    MaskDecoder,
    PromptEncoder,
    TwoWayTransformer,
)

GRID = (12, 12)
SIDE = 192


def build(depth=2, heads=8, grid=GRID):
    """A prompt encoder and a decoder with random weights, as wide as the real ones."""
    torch.manual_seed(3)
    transformer = TwoWayTransformer(depth=depth, embedding_dim=256, num_heads=heads, mlp_dim=64)
    side = (16 * grid[0], 16 * grid[1])
    model = SimpleNamespace(
        prompts=PromptEncoder(256, grid, side, 16).eval().requires_grad_(False),
        decoder=MaskDecoder(transformer_dim=256, transformer=transformer).eval(),
    )
    model.decoder.requires_grad_(False)
    for module in (model.prompts, model.decoder):
        for parameter in module.parameters():
            if float(parameter.std()) == 0:  # biases at zero, norms at one: any of them counts
                parameter += torch.randn_like(parameter) * 0.3
    model.places = model.prompts.get_dense_pe()
    return model


def wrapped(model):
    return SamDecoder(model.decoder, model.places, model.prompts.no_mask_embed.weight)


def asked(model, points=0, box=False, hint=False, batch=1):
    """Sparse and dense embeddings of random prompts."""
    given = torch.rand(batch, points, 2) * SIDE, torch.randint(0, 2, (batch, points))
    corners = torch.tensor([[20.0, 30, 150, 170]]).expand(batch, -1)
    logits = 5 * torch.randn(batch, 1, 4 * GRID[0], 4 * GRID[1])
    with torch.inference_mode():
        return model.prompts(
            given if points else None, corners if box else None, logits if hint else None
        )


def reference(model, embedding, sparse, dense, several):
    with torch.inference_mode():
        return model.decoder(embedding, model.places, sparse, dense, several)


def error(ours, theirs):
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    return float((ours - theirs).norm() / theirs.norm())


def agree(ours, theirs):
    """Logits and scores; a single score may be anywhere near 0."""
    assert ours[1].shape == theirs[1].shape
    return error(ours[0], theirs[0]) < 1e-5 and float((ours[1] - theirs[1]).abs().max()) < 1e-5


@pytest.fixture(scope="module")
def model():
    return build()


@pytest.fixture
def embedding():
    torch.manual_seed(4)
    return torch.randn(1, 256, *GRID)


@pytest.mark.parametrize("several", [True, False])
@pytest.mark.parametrize("hint", [False, True])
@pytest.mark.parametrize(
    ("points", "box", "batch"),
    [(1, False, 1), (2, True, 1), (9, False, 1), (20, True, 1), (0, True, 1), (1, False, 3)],
)
def test_it_answers_as_the_reference_does(model, embedding, points, box, batch, hint, several):
    sparse, dense = asked(model, points, box, hint, batch)
    ours = wrapped(model)(embedding, sparse, dense if hint else None, several)
    theirs = reference(model, embedding, sparse, dense, several)
    assert agree(ours, theirs)


def test_a_hint_alone_is_an_answer_too(model, embedding):
    sparse, dense = asked(model, hint=True)
    ours = wrapped(model)(embedding, sparse, dense, False)
    assert agree(ours, reference(model, embedding, sparse, dense, False))


@pytest.mark.parametrize("sizes", [{"depth": 1}, {"depth": 3}, {"heads": 4}, {"grid": (7, 12)}])
def test_other_sizes(sizes):
    model = build(**sizes)
    embedding = torch.randn(1, 256, *sizes.get("grid", GRID))
    sparse, dense = asked(model, 3)
    ours = wrapped(model)(embedding, sparse, None, True)
    assert agree(ours, reference(model, embedding, sparse, dense, True))


@pytest.mark.parametrize("part", ["prompts", "decoder"])
def test_every_weight_counts(embedding, part):
    """What is remembered or rearranged beforehand is still the model's own."""
    model = build()
    sparse, _ = asked(model, 2)
    first = wrapped(model)(embedding, sparse, None, True)[0]
    parameters = (
        [model.prompts.no_mask_embed.weight] if part == "prompts"
        else [p for n, p in model.decoder.named_parameters() if "k_proj.bias" not in n]
    )  # fmt: skip
    unused = [p for n, p in model.decoder.named_parameters() if "mlps.0" in n or "iou" in n]
    for parameter in parameters:
        kept = parameter.clone()
        parameter += torch.randn_like(parameter) * 0.5
        changed = wrapped(model)(embedding, sparse, None, True)[0]
        alike = any(parameter is p for p in unused)
        assert alike or error(changed, first) > 1e-5
        parameter.copy_(kept)


def test_another_photo_is_not_answered_with_what_was_kept_of_the_last(model, embedding):
    sparse, dense = asked(model, 1)
    decoder = wrapped(model)
    first = decoder(embedding, sparse, None, True)[0]
    other = torch.randn_like(embedding)
    assert error(decoder(other, sparse, None, True)[0], first) > 0.01
    theirs = reference(model, other, sparse, dense, True)
    assert agree(decoder(other, sparse, None, True), theirs)
    assert torch.equal(decoder(embedding, sparse, None, True)[0], first)
    # Memory that was let go of may come again at the same place.
    for _ in range(5):
        fresh = torch.randn_like(embedding)
        theirs = reference(model, fresh, sparse, dense, True)
        assert agree(decoder(fresh, sparse, None, True), theirs)
        del fresh


def test_enlarged_part_by_part_it_is_what_it_is_in_one_piece(model, embedding, monkeypatch):
    sparse, _ = asked(model, 1)
    whole = wrapped(model)(embedding, sparse, None, True)[0]
    monkeypatch.setattr(sam_decoder, "_PLACES", 50)
    assert error(wrapped(model)(embedding, sparse, None, True)[0], whole) < 1e-6


def test_what_it_does_not_compute_is_refused(model, embedding):
    sparse, _ = asked(model, 1)
    with pytest.raises(InputError, match=r"expected an embedding \(1, C, 12, 12\)"):
        wrapped(model)(embedding[..., :6], sparse, None, True)
    with pytest.raises(InputError, match="expected a decoder of Segment Anything's kind"):
        SamDecoder(torch.nn.Linear(1, 1), model.places, model.prompts.no_mask_embed.weight)


def test_the_decoders_of_the_family():
    mobile = pytest.importorskip("mobile_sam.modeling")
    transformer = mobile.TwoWayTransformer(depth=2, embedding_dim=256, num_heads=8, mlp_dim=64)
    assert fits(mobile.MaskDecoder(transformer_dim=256, transformer=transformer))
    assert not fits(SimpleNamespace(transformer=transformer, output_upscaling=None))

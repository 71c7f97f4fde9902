"""Against segment_anything's own ImageEncoderViT. Its positions are never left at zero here."""

import copy
from functools import partial

import pytest

from workbench.errors import CancelledError, InputError
from workbench.segment import sam_encoder
from workbench.segment.checkpoint import import_segment_anything
from workbench.segment.sam_encoder import SamEncoder, fits

import_segment_anything()

import torch  # noqa: E402 - after segment_anything's own order of imports
from segment_anything.modeling import ImageEncoderViT  # noqa: E402

SIZES = {
    "windows that leave a rest": {},
    "windows that fit": {"window_size": 8},
    "head of 80, as vit_h has": {"embed_dim": 80, "num_heads": 1},
    "the real grid": {"img_size": 1024, "embed_dim": 64, "depth": 2, "window_size": 14},
    "no windows": {"window_size": 0, "depth": 2},
    "no positions": {"use_rel_pos": False, "use_abs_pos": False},
    "no bias": {"qkv_bias": False},
}


def build(**sizes):
    torch.manual_seed(5)
    settings = {
        "img_size": 256,
        "embed_dim": 96,
        "depth": 3,
        "num_heads": 2,
        "window_size": 7,
        "global_attn_indexes": (1,),
        "use_rel_pos": True,
        "out_chans": 32,
        "norm_layer": partial(torch.nn.LayerNorm, eps=1e-6),
    }
    encoder = ImageEncoderViT(**{**settings, **sizes}).eval().requires_grad_(False)
    for name, parameter in encoder.named_parameters():
        if "rel_pos" in name or "pos_embed" in name or float(parameter.abs().max()) == 0:
            parameter.normal_(0, 0.3)
    return encoder


def picture(encoder, count=1):
    return torch.randn(count, 3, encoder.img_size, encoder.img_size)


def error(ours, reference):
    return float((ours - reference).norm() / reference.norm())


@pytest.fixture(scope="module", params=list(SIZES))
def case(request):
    """An encoder, a picture and what the reference makes of it."""
    encoder = build(**SIZES[request.param])
    x = picture(encoder)
    with torch.inference_mode():
        return encoder, x, encoder(x)


def test_float32_is_the_reference(case):
    encoder, x, reference = case
    ours = SamEncoder(encoder)(x)
    assert ours.dtype == torch.float32 and ours.shape == reference.shape
    assert error(ours, reference) < 1e-5


def test_bfloat16_is_near_it(case):
    encoder, x, reference = case
    ours = SamEncoder(copy.deepcopy(encoder), "bfloat16")(x)
    assert ours.dtype == torch.float32
    assert 1e-4 < error(ours, reference) < 0.015


@pytest.mark.parametrize("which", ["rel_pos_h", "rel_pos_w", "pos_embed"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_no_position_is_dropped(which, precision):
    """Without one of the three the answer is another: the comparisons above can fail."""
    encoder = build()
    x = picture(encoder)
    lacking = copy.deepcopy(encoder)
    for name, parameter in lacking.named_parameters():
        if which in name:
            parameter.zero_()
    full, less = SamEncoder(encoder, precision)(x), SamEncoder(lacking, precision)(x)
    assert error(less, full) > 0.03


def test_several_pictures_and_the_outputs_of_the_global_blocks():
    encoder = build(global_attn_indexes=(0, 2))
    x = picture(encoder, 2)
    seen = []
    for index in (0, 2):
        encoder.blocks[index].register_forward_hook(lambda _m, _i, out: seen.append(out))
    with torch.inference_mode():
        reference = encoder(x)
    ours, interim = SamEncoder(encoder)(x, interim=True)
    assert error(ours, reference) < 1e-5 and len(interim) == 2
    assert all(error(a, b) < 1e-5 for a, b in zip(interim, seen, strict=True))
    assert error(interim[0], interim[1]) > 0.1  # not one buffer twice


@pytest.mark.parametrize("size", [1, 100_000])
def test_tiles_of_any_size_give_the_same(monkeypatch, size):
    encoder = build()
    x = picture(encoder)
    whole = SamEncoder(encoder)(x)
    monkeypatch.setattr(sam_encoder, "_CACHE_BYTES", size)
    assert error(SamEncoder(encoder)(x), whole) < 1e-6


def test_positions_of_another_length_are_stretched_as_in_the_reference():
    encoder = build()
    for block in encoder.blocks:
        block.attn.rel_pos_h = torch.nn.Parameter(torch.randn(9, 48), requires_grad=False)
    x = picture(encoder)
    with torch.inference_mode():
        reference = encoder(x)
    assert error(SamEncoder(encoder)(x), reference) < 1e-5


def test_float32_leaves_the_weights_alone_and_bfloat16_rounds_them():
    encoder = build()
    before = copy.deepcopy(encoder.state_dict())
    SamEncoder(encoder)(picture(encoder))
    assert all(torch.equal(v, before[k]) for k, v in encoder.state_dict().items())
    SamEncoder(encoder, "bfloat16")
    for key, value in encoder.state_dict().items():
        assert torch.equal(value.float(), before[key].bfloat16().float())


def test_bfloat16_is_the_same_arithmetic_with_and_without_the_hardware(monkeypatch):
    """One identity must mean one answer: the difference is the order of sums and no more."""
    encoder = build()
    x = picture(encoder)
    answers, numbers = [], []
    for native in (False, True):
        monkeypatch.setattr(sam_encoder, "native_bfloat16", lambda device, n=native: n)
        copied = copy.deepcopy(encoder)
        answers.append(SamEncoder(copied, "bfloat16")(x))
        numbers.append(copied.blocks[0].mlp.lin1.weight.dtype)
    assert numbers == [torch.float32, torch.bfloat16]
    assert error(*answers) < 0.01


def test_after_each_block_it_can_be_stopped():
    encoder = build()
    calls: list[tuple[int, int]] = []
    SamEncoder(encoder)(picture(encoder), lambda n, of: calls.append((n, of)))
    assert calls == [(1, 3), (2, 3), (3, 3)]

    def stop(number, blocks):
        if number == 2:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        SamEncoder(encoder)(picture(encoder), stop)


def test_what_it_is_not_made_for_is_refused():
    encoder = build()
    assert fits(encoder) and not fits(torch.nn.Conv2d(3, 3, 3))
    with pytest.raises(InputError, match="got Conv2d"):
        SamEncoder(torch.nn.Conv2d(3, 3, 3))
    with pytest.raises(InputError, match="float32 or bfloat16, got 'float64'"):
        SamEncoder(encoder, "float64")
    with pytest.raises(InputError, match=r"\(B, 3, 256, 256\), got \(1, 3, 128, 256\)"):
        SamEncoder(encoder)(torch.zeros(1, 3, 128, 256))

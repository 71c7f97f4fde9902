import pytest
from family_cases import CASES, save

from workbench import segment
from workbench.errors import WeightsMismatchError
from workbench.nets.reading import import_torch, read_state
from workbench.segment import edgetam, registry, sam2
from workbench.segment.checkpoint import recognise
from workbench.segment.sam2_names import renamed

torch = import_torch()

PUBLISHED = {
    "sam2.1_tiny": 38.9,
    "sam2.1_small": 46.0,
    "sam2.1_base_plus": 80.8,
    "sam2.1_large": 224.4,
}
"""Millions of parameters, facebookresearch/sam2's README."""
MEMORY = 7.5  # millions of them are for video alone, the same in all


@pytest.mark.parametrize("name", list(PUBLISHED))
def test_each_size_has_as_many_parameters_as_published_and_is_recognised(name):
    with torch.device("meta"):
        model = sam2.build(name)
    count = sum(p.numel() for p in model.parameters()) / 1e6
    assert count + MEMORY == pytest.approx(PUBLISHED[name], abs=0.1)
    assert recognise(model.state_dict()) == name


def test_edgetam_is_built_without_a_network_and_recognised(monkeypatch):
    import socket

    monkeypatch.setattr(socket.socket, "connect", lambda *a: pytest.fail("asked the network"))
    with torch.device("meta"):
        model = edgetam.build()
    assert recognise(model.state_dict()) == "edgetam"
    # What of its published 13.9 million is not for video.
    assert sum(p.numel() for p in model.parameters()) / 1e6 == pytest.approx(9.1, abs=0.1)


def test_another_size_is_named(tmp_path):
    with torch.device("meta"):
        large = sam2.build("sam2.1_large").state_dict()
    # The names and a few shapes are enough to tell.
    torch.save({n: torch.zeros(v.shape if v.numel() < 2000 else 1) for n, v in large.items()},
               tmp_path / "large.pt")  # fmt: skip
    with pytest.raises(
        WeightsMismatchError, match=r"of sam2\.1_tiny in large\.pt, got those of sam2\.1_large"
    ):
        segment.get_segmenter("sam2.1_tiny", tmp_path / "large.pt")


META = {
    "image_encoder.trunk.pos_embed_window": "vision_encoder.backbone.pos_embed_window",
    "image_encoder.trunk.patch_embed.proj.bias":
        "vision_encoder.backbone.patch_embed.projection.bias",
    "image_encoder.trunk.blocks.11.norm1.weight":
        "vision_encoder.backbone.blocks.11.layer_norm1.weight",
    "image_encoder.trunk.blocks.3.attn.qkv.weight":
        "vision_encoder.backbone.blocks.3.attn.qkv.weight",
    "image_encoder.trunk.blocks.3.mlp.layers.0.bias":
        "vision_encoder.backbone.blocks.3.mlp.proj_in.bias",
    "image_encoder.trunk.blocks.3.mlp.layers.1.bias":
        "vision_encoder.backbone.blocks.3.mlp.proj_out.bias",
    "image_encoder.trunk.body.stages_0.blocks.0.token_mixer.conv.c.weight":
        "vision_encoder.backbone.timm_model.stages_0.blocks.0.token_mixer.conv.c.weight",
    "image_encoder.neck.convs.2.conv.weight": "vision_encoder.neck.convs.2.weight",
    "no_mem_embed": "no_memory_embedding",
    "sam_prompt_encoder.pe_layer.positional_encoding_gaussian_matrix":
        "prompt_encoder.shared_embedding.positional_embedding",
    "sam_prompt_encoder.not_a_point_embed.weight": "prompt_encoder.not_a_point_embed.weight",
    "sam_prompt_encoder.mask_downscaling.0.weight": "prompt_encoder.mask_embed.conv1.weight",
    "sam_prompt_encoder.mask_downscaling.6.weight": "prompt_encoder.mask_embed.conv3.weight",
    "sam_mask_decoder.transformer.layers.0.self_attn.out_proj.weight":
        "mask_decoder.transformer.layers.0.self_attn.o_proj.weight",
    "sam_mask_decoder.transformer.layers.1.mlp.layers.1.weight":
        "mask_decoder.transformer.layers.1.mlp.proj_out.weight",
    "sam_mask_decoder.transformer.layers.1.norm4.weight":
        "mask_decoder.transformer.layers.1.layer_norm4.weight",
    "sam_mask_decoder.transformer.norm_final_attn.bias":
        "mask_decoder.transformer.layer_norm_final_attn.bias",
    "sam_mask_decoder.output_upscaling.1.weight": "mask_decoder.upscale_layer_norm.weight",
    "sam_mask_decoder.output_hypernetworks_mlps.3.layers.1.weight":
        "mask_decoder.output_hypernetworks_mlps.3.layers.0.weight",
    "sam_mask_decoder.pred_obj_score_head.layers.2.bias":
        "mask_decoder.pred_obj_score_head.proj_out.bias",
    "sam_mask_decoder.iou_prediction_head.layers.0.bias":
        "mask_decoder.iou_prediction_head.proj_in.bias",
}  # fmt: skip


def test_metas_own_names_are_known():
    state = {name: torch.tensor([n]) for n, name in enumerate(META)}
    points = {f"sam_prompt_encoder.point_embeddings.{n}.weight": torch.full((1, 2), n)
              for n in range(4)}  # fmt: skip
    video = {"memory_encoder.out_proj.bias": torch.ones(1), "maskmem_tpos_enc": torch.ones(1)}
    found = renamed(state | points | video)
    for number, name in enumerate(META.values()):
        assert found.pop(name).tolist() == [number], name
    assert found.pop("prompt_encoder.point_embed.weight").tolist() == [[n, n] for n in range(4)]
    assert found == {}


def test_a_file_in_metas_layout_gives_the_same_segmenter(tmp_path, monkeypatch, disk):
    """The small model's file under Meta's names, by turning our rules round for each name."""
    case = CASES["sam2.1_tiny"]
    path, model = save(case, tmp_path)
    state = model.state_dict()
    metas = _as_meta_names_it(list(state))
    theirs = {metas[n]: v for n, v in state.items() if n in metas}
    kinds = state["prompt_encoder.point_embed.weight"]
    theirs |= {f"sam_prompt_encoder.point_embeddings.{n}.weight": kinds[n : n + 1]
               for n in range(4)}  # fmt: skip
    torch.save({"model": theirs}, tmp_path / "sam2.1_hiera_tiny.pt")
    assert recognise(read_state(tmp_path / "sam2.1_hiera_tiny.pt")).startswith("a SAM 2")
    case.loaded_small(monkeypatch)
    one = segment.get_segmenter(case.name, path)
    other = segment.get_segmenter(case.name, tmp_path / "sam2.1_hiera_tiny.pt")
    for a, b in zip(one.encode(disk[0]).data.tensors, other.encode(disk[0]).data.tensors,
                    strict=True):  # fmt: skip
        assert torch.equal(a, b)
    registry._made.clear()


def _as_meta_names_it(names):
    """Meta's name for each of transformers', found by trying what ``renamed`` makes of guesses."""
    import re

    guesses = {}
    for name in names:
        other = name.replace("mask_decoder.", "sam_mask_decoder.", 1)
        other = other.replace("prompt_encoder.", "sam_prompt_encoder.", 1)
        other = other.replace("vision_encoder.backbone.", "image_encoder.trunk.")
        other = re.sub(r"vision_encoder(\.neck\.convs\.\d+\.)", r"image_encoder\1conv.", other)
        other = other.replace("no_memory_embedding", "no_mem_embed")
        other = other.replace("patch_embed.projection", "patch_embed.proj")
        other = other.replace("layer_norm_final", "norm_final").replace(".layer_norm", ".norm")
        other = other.replace(".o_proj.", ".out_proj.")
        other = other.replace("shared_embedding.positional_embedding",
                              "pe_layer.positional_encoding_gaussian_matrix")  # fmt: skip
        other = re.sub(r"(hypernetworks_mlps\.\d+|_head)\.layers\.0\.", r"\1.layers.1.", other)
        last = "2" if re.search(r"hypernetworks|_head\.", other) else "1"
        other = other.replace(".proj_in.", ".layers.0.").replace(".proj_out.", f".layers.{last}.")
        for old, new in (("upscale_conv1", "0"), ("upscale_layer_norm", "1"),
                         ("upscale_conv2", "3")):  # fmt: skip
            other = other.replace(old, f"output_upscaling.{new}")
        for old, new in (("conv1", "0"), ("norm1", "1"), ("conv2", "3"), ("norm2", "4"),
                         ("conv3", "6")):  # fmt: skip
            other = other.replace(f"mask_embed.{old}", f"mask_downscaling.{new}")
        guesses[name] = other
    return {
        n: g
        for n, g in guesses.items()
        if not n.startswith("shared_image") and n != "prompt_encoder.point_embed.weight"
    }

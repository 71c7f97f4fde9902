"""Each family as a small model with random weights, and the reference that it must agree with."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from small_models import build_small_sam

from workbench.nets.packages import import_beside_timm, import_package


@dataclass(frozen=True)
class Case:
    """One family.

    Attributes:
        name: of the segmenter.
        build: the small model without weights, from its name.
        module, load: where the function that loads it is, and its name.
        reference: model, image → ask(prompts, several, logits to go back) → scores, logits.
        suffix: of the checkpoint's file.
        several: how many candidates a single click gives, and how many of them the reference gives.
        filed: model → the tensors of its checkpoint by name.
    """

    name: str
    build: Callable[[str], Any]
    module: str
    load: str
    reference: Callable[[Any, np.ndarray], Callable[..., tuple[np.ndarray, np.ndarray]]]
    suffix: str = ".pth"
    several: tuple[int, int] = (3, 3)
    filed: Callable[[Any], dict[str, Any]] = lambda model: dict(model.state_dict())

    def loaded_small(self, monkeypatch: Any) -> None:
        """From here on the family's factory builds the small model."""
        module = importlib.import_module(f"workbench.segment.{self.module}")
        plain = getattr(module, self.load)
        monkeypatch.setattr(module, self.load, partial(plain, build=self.build, device="cpu"))


def save(case: Case, folder: Any) -> tuple[Any, Any]:
    """A checkpoint of the small model, none of its tensors zero; and the model."""
    import torch

    torch.manual_seed(len(case.name))
    model = case.build(case.name)
    with torch.no_grad():
        for parameter in model.parameters():
            if float(parameter.std(unbiased=False)) < 0.1:
                parameter.add_(torch.randn_like(parameter) * 0.1)
        norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
        if norms and hasattr(model, "vision_encoder"):
            # Untrained, the numbers grow from layer to layer until no prompt matters beside them.
            for norm in norms:
                norm.momentum = 1.0
            model.train().vision_encoder(torch.randn(2, 3, 256, 256))
    path = folder / f"{case.name}{case.suffix}"
    tensors = {name: value.contiguous().clone() for name, value in case.filed(model).items()}
    if case.suffix == ".safetensors":
        from safetensors.torch import save_file

        save_file(tensors, path)
    else:
        torch.save(tensors, path)
    return path, model.eval()


# ---------------------------------------------------------------- models in segment_anything's form


def predictor(package: str) -> Callable[[Any, np.ndarray], Callable[..., Any]]:
    """The package's own SamPredictor.

    It adds half a model pixel to coordinates in which a pixel's centre is a whole number.
    """

    def reference(model: Any, image: np.ndarray) -> Callable[..., Any]:
        one = importlib.import_module(package).SamPredictor(model)
        one.set_image(image)

        def ask(prompts: Any, several: bool, back: Any = None) -> Any:
            height, width = image.shape[:2]
            new_h, new_w = one.transform.get_preprocess_shape(height, width, 1024)
            half = np.array([0.5 * width / new_w, 0.5 * height / new_h])
            points = np.array(prompts.points) - half if prompts.points else None
            labels = np.array(prompts.labels) if prompts.points else None
            box = np.array(prompts.boxes[0]) - np.tile(half, 2) if prompts.boxes else None
            _, scores, low = one.predict(points, labels, box, back, several, return_logits=True)
            return scores, low

        return ask

    return reference


def small_mobile_sam(name: str) -> Any:
    """MobileSAM with a narrow TinyViT."""
    import_beside_timm("mobile_sam", "mobilesam")
    from mobile_sam.modeling import (
        MaskDecoder,
        PromptEncoder,
        Sam,
        TinyViT,
        TwoWayTransformer,
    )

    return Sam(
        image_encoder=small_tiny_vit(TinyViT),
        prompt_encoder=PromptEncoder(256, (64, 64), (1024, 1024), 16),
        mask_decoder=MaskDecoder(
            transformer_dim=256,
            transformer=TwoWayTransformer(depth=2, embedding_dim=256, num_heads=8, mlp_dim=64),
        ),
        pixel_mean=[123.675, 116.28, 103.53],
        pixel_std=[58.395, 57.12, 57.375],
    ).eval()


def small_tiny_vit(kind: Any) -> Any:
    """One block a stage, of a few channels."""
    return kind(
        img_size=1024,
        embed_dims=[8, 16, 16, 320],  # 320: the last stage is as large as the one before
        depths=[1, 1, 1, 1],
        num_heads=[1, 2, 2, 2],
        window_sizes=[7, 7, 14, 7],
        drop_path_rate=0.0,
    )


def small_sam_hq(name: str) -> Any:
    """SAM-HQ with a narrow ViT (one global block, the one that its decoder reads) or TinyViT."""
    import_beside_timm("segment_anything_hq", "hq")
    import torch
    from segment_anything_hq.modeling import (
        ImageEncoderViT,
        MaskDecoderHQ,
        PromptEncoder,
        Sam,
        TinyViT,
        TwoWayTransformer,
    )

    if name == "hq_vit_t":
        encoder, width = small_tiny_vit(TinyViT), 16
    else:
        width = 16
        encoder = ImageEncoderViT(
            img_size=1024,
            embed_dim=width,
            depth=2,
            num_heads=1,
            mlp_ratio=2,
            out_chans=256,
            norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
            use_rel_pos=True,
            window_size=8,
            global_attn_indexes=(1,),
        )
    return Sam(
        image_encoder=encoder,
        prompt_encoder=PromptEncoder(256, (64, 64), (1024, 1024), 16),
        mask_decoder=MaskDecoderHQ(
            transformer_dim=256,
            transformer=TwoWayTransformer(depth=2, embedding_dim=256, num_heads=8, mlp_dim=64),
            vit_dim=width,
        ),
        pixel_mean=[123.675, 116.28, 103.53],
        pixel_std=[58.395, 57.12, 57.375],
    ).eval()


# ----------------------------------------------------------------- models in transformers' form


def processed(side: int, kind: str = "Sam2") -> Callable[[Any, np.ndarray], Callable[..., Any]]:
    """Transformers' own processor and model for a square of ``side`` pixels.

    It too adds half a model pixel to coordinates in which a pixel's centre is a whole number.
    """

    def reference(model: Any, image: np.ndarray) -> Callable[..., Any]:
        import torch

        transformers = import_package("transformers", "sam2")
        images = "Sam3" if kind == "Sam3Tracker" else kind
        processor = getattr(transformers, f"{kind}Processor")(
            getattr(transformers, f"{images}ImageProcessor")(size={"height": side, "width": side})
        )
        half = np.array([0.5 * image.shape[1] / side, 0.5 * image.shape[0] / side])

        def ask(prompts: Any, several: bool, back: Any = None) -> Any:
            given: dict[str, Any] = {}
            if prompts.points:
                given["input_points"] = [[(np.array(prompts.points) - half).tolist()]]
                given["input_labels"] = [[list(prompts.labels)]]
            if prompts.boxes:
                given["input_boxes"] = [[(np.array(prompts.boxes[0]) - np.tile(half, 2)).tolist()]]
            inputs = processor(images=image, return_tensors="pt", **given)
            inputs.pop("original_sizes")
            if back is not None:
                inputs["input_masks"] = torch.tensor(back)[None]
            with torch.inference_mode():
                found = model(**inputs, multimask_output=several)
            return found.iou_scores[0, 0].numpy(), found.pred_masks[0, 0].numpy()

        return ask

    return reference


def small_prompts_and_decoder(kind: str, side: int, patch: int) -> dict[str, Any]:
    transformers = import_package("transformers", "sam2")
    return {
        "prompt_encoder_config": getattr(transformers, f"{kind}PromptEncoderConfig")(
            hidden_size=32, image_size=side, patch_size=patch
        ),
        "mask_decoder_config": getattr(transformers, f"{kind}MaskDecoderConfig")(
            hidden_size=32, mlp_dim=32, num_attention_heads=2, iou_head_hidden_dim=16
        ),
    }


def small_sam2(name: str) -> Any:
    """SAM 2 of five narrow blocks on a square of 256 pixels."""
    t = import_package("transformers", "sam2")
    backbone = t.Sam2HieraDetConfig(
        hidden_size=8,
        image_size=[256, 256],
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[8, 16, 32, 64],
        num_attention_heads_per_stage=[1, 2, 2, 2],
        window_size_per_stage=[8, 8, 8, 8],
        window_positional_embedding_background_size=[5, 5],
        global_attention_blocks=[3],
    )
    vision = t.Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=[64, 32, 16, 8],
        backbone_feature_sizes=[[64, 64], [32, 32], [16, 16]],
        fpn_hidden_size=32,
    )
    rest = small_prompts_and_decoder("Sam2", 256, 16)
    return t.Sam2Model(t.Sam2Config(vision_config=vision, **rest)).eval()


def small_edgetam(name: str) -> Any:
    """EdgeTAM's own encoder on a square of 256 pixels, with a narrow decoder."""
    import_package("timm", "edgetam")
    t = import_package("transformers", "edgetam")
    encoder = t.TimmWrapperConfig(
        architecture="repvit_m1",
        model_args={"in_chans": 3, "features_only": True, "out_indices": [0, 1, 2, 3]},
    )
    vision = t.EdgeTamVisionConfig(
        backbone_config=encoder,
        backbone_feature_sizes=[[64, 64], [32, 32], [16, 16]],
        fpn_hidden_size=32,
    )
    rest = small_prompts_and_decoder("EdgeTam", 256, 16)
    return t.EdgeTamModel(t.EdgeTamConfig(vision_config=vision, **rest)).eval()


def with_video(model: Any) -> dict[str, Any]:
    """As the published files are: with what only video needs."""
    import torch

    return {**model.state_dict(), "memory_encoder.projection.bias": torch.ones(3)}


SAM3_SIDE = 112


def sam3_vision(levels: int = 4) -> Any:
    t = import_package("transformers", "sam3")
    backbone = t.Sam3ViTConfig(
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=SAM3_SIDE,
        window_size=4,
        global_attn_indexes=[1],
        pretrain_image_size=56,
    )
    return t.Sam3VisionConfig(
        backbone_config=backbone,
        fpn_hidden_size=32,
        backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]],
        scale_factors=[4.0, 2.0, 1.0, 0.5][:levels],
    )


def sam3_tracker(levels: int = 4) -> Any:
    t = import_package("transformers", "sam3")
    rest = small_prompts_and_decoder("Sam3Tracker", SAM3_SIDE, 14)
    return t.Sam3TrackerModel(t.Sam3TrackerConfig(vision_config=sam3_vision(levels), **rest))


def small_sam3(name: str) -> Any:
    """SAM 3 of two narrow blocks on a square of 112 pixels."""
    from workbench.segment.sam3 import joined

    t = import_package("transformers", "sam3")
    narrow = {"hidden_size": 32, "num_attention_heads": 2}
    detr = {**narrow, "intermediate_size": 32, "num_layers": 2}
    detector = t.Sam3Model(
        t.Sam3Config(
            vision_config=sam3_vision(),
            text_config=t.CLIPTextConfig(
                vocab_size=49408,
                **narrow,
                intermediate_size=32,
                num_hidden_layers=2,
                max_position_embeddings=32,
                projection_dim=16,
            ),
            geometry_encoder_config=t.Sam3GeometryEncoderConfig(**detr),
            detr_encoder_config=t.Sam3DETREncoderConfig(**detr),
            detr_decoder_config=t.Sam3DETRDecoderConfig(**detr, num_queries=12),
            mask_decoder_config=t.Sam3MaskDecoderConfig(**narrow),
        )
    )
    return joined(detector, sam3_tracker()).eval()


def sam3_file(model: Any) -> dict[str, Any]:
    """As facebook/sam3's model.safetensors: a detector, a neck and a tracker for video."""
    import torch

    found = {f"detector_model.{n}": v for n, v in model.detector.state_dict().items()}
    for name, value in model.state_dict().items():
        if name.startswith("vision_encoder.neck."):
            found["tracker_neck." + name.removeprefix("vision_encoder.neck.")] = value
        elif not name.startswith(("detector.", "vision_encoder.")):
            found[f"tracker_model.{name}"] = value
    # The file holds this tensor once.
    del found["tracker_model.prompt_encoder.shared_embedding.positional_embedding"]
    return found | {"tracker_model.memory_encoder.projection.bias": torch.ones(3)}


def sam3_reference(model: Any, image: np.ndarray) -> Callable[..., Any]:
    """Sam3TrackerModel with the three levels that are used.

    With the four of facebook/sam3 it adds the no-memory token to the fourth, which it then drops;
    Sam3TrackerVideoModel and SAM 3's own code add it to the third, as it does with three.
    """
    with_one = model.state_dict()
    with_one["prompt_encoder.shared_embedding.positional_embedding"] = with_one[
        "shared_image_embedding.positional_embedding"
    ]
    reference = sam3_tracker(3)
    reference.load_state_dict({name: with_one[name] for name in reference.state_dict()})
    return processed(SAM3_SIDE, "Sam3Tracker")(reference.eval(), image)


CASES = {
    case.name: case
    for case in (
        Case("vit_b", build_small_sam, "sam", "load_sam", predictor("segment_anything")),
        Case(
            "vit_t", small_mobile_sam, "mobile_sam", "load_mobile_sam", predictor("mobile_sam")
        ),
        Case(
            "hq_vit_b", small_sam_hq, "sam_hq", "load_sam_hq", predictor("segment_anything_hq"),
            several=(3, 1),
        ),
        Case(
            "hq_vit_t", small_sam_hq, "sam_hq", "load_sam_hq", predictor("segment_anything_hq"),
            several=(3, 1),
        ),
        Case(
            "sam2.1_tiny", small_sam2, "sam2", "load_sam2", processed(256),
            ".safetensors", filed=with_video,
        ),
        Case("edgetam", small_edgetam, "edgetam", "load_edgetam", processed(256)),
        Case(
            "sam3", small_sam3, "sam3", "load_sam3", sam3_reference,
            ".safetensors", filed=sam3_file,
        ),
    )
}  # fmt: skip

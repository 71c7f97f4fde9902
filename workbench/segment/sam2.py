"""SAM 2.1 on single photos, and what EdgeTAM and SAM 3 share with it, through transformers.

Ravi et al., SAM 2: Segment Anything in Images and Videos, 2024, https://arxiv.org/abs/2408.00714.
The photo is stretched to a square where Segment Anything pads it; the decoder looks at two finer
levels of the encoder besides; prompts are put as to Segment Anything. What concerns video (memory)
is not loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..coordinates import Frame
from ..nets.packages import import_package
from ..nets.reading import import_torch
from ..progress import Progress
from .loading import load_model
from .plain_encoder import PlainEncoder
from .sam import SamFeatures, SamSegmenter
from .sam2_names import renamed
from .sam_encoder import OnBlock

if TYPE_CHECKING:
    import torch

# Of the checkpoints sam2.1_hiera_*; after facebookresearch/sam2, sam2/configs/sam2.1/*.yaml. What
# is not named is transformers' default, which is the tiny one.
SIZES: dict[str, dict[str, Any]] = {
    "sam2.1_tiny": {},
    "sam2.1_small": {"blocks_per_stage": [1, 2, 11, 2], "global_attention_blocks": [7, 10, 13]},
    "sam2.1_base_plus": {
        "hidden_size": 112,
        "embed_dim_per_stage": [112, 224, 448, 896],
        "num_attention_heads": 2,
        "num_attention_heads_per_stage": [2, 4, 8, 16],
        "blocks_per_stage": [2, 3, 16, 3],
        "global_attention_blocks": [12, 16, 20],
        "window_positional_embedding_background_size": [14, 14],
    },
    "sam2.1_large": {
        "hidden_size": 144,
        "embed_dim_per_stage": [144, 288, 576, 1152],
        "num_attention_heads": 2,
        "num_attention_heads_per_stage": [2, 4, 8, 16],
        "blocks_per_stage": [2, 6, 36, 4],
        "global_attention_blocks": [23, 33, 43],
        "window_size_per_stage": [8, 4, 16, 8],
    },
}

# The means and deviations of ImageNet, which the photo's values are brought to.
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Sam2Segmenter(SamSegmenter):
    """A SAM 2 of transformers behind the Segmenter protocol. Safe from any thread.

    The arithmetic is that of its Sam2Processor and Sam2Model.forward.
    """

    _mean, _deviation = _MEAN, _DEVIATION

    def _settle(self) -> None:
        self._model.to(self.device)
        self._encoder = PlainEncoder(self._seen, self._blocks())

    @property
    def _side(self) -> int:
        return int(self._model.prompt_encoder.input_image_size)

    @property
    def recipe(self) -> str:
        """See SamSegmenter.recipe."""
        version = import_package("transformers", "sam2").__version__
        return f"{super().recipe}, transformers {version}"

    def _resized(self, pixels: np.ndarray) -> np.ndarray:
        """The part stretched to the model's square: (side, side, 3) uint8."""
        torch = import_torch()
        picture = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None]
        picture = torch.nn.functional.interpolate(
            picture, (self._side, self._side), mode="bilinear", antialias=True
        )
        return np.ascontiguousarray(picture[0].permute(1, 2, 0).numpy())

    def _frame(self, data: SamFeatures) -> Frame:
        return data.window.frame

    def _look(self, picture: Any, on_block: OnBlock) -> tuple[Any, ...]:
        return self._encoder(self._normalised(picture), on_block)

    def _seen(self, picture: Any) -> tuple[Any, ...]:
        """What is kept of a normalised picture: the first is the image embedding."""
        finest, finer, features = self._model.get_image_embeddings(picture)
        return features, finest, finer

    def _normalised(self, picture: Any) -> Any:
        torch = import_torch()
        mean, deviation = (
            torch.tensor(values, device=picture.device).view(1, 3, 1, 1) * 255
            for values in (self._mean, self._deviation)
        )
        return (picture.float() - mean) / deviation

    def _decode(
        self, seen: list[Any], points: Any, labels: Any, boxes: Any, masks: Any, several: bool
    ) -> tuple[Any, Any]:
        features, finest, finer = seen
        # Here many questions to one photo are a dimension of their own, after the photos'.
        found = self._model(
            image_embeddings=[finest, finer, features],
            input_points=None if points is None else points[None],
            input_labels=None if points is None else labels[None],
            input_boxes=None if boxes is None else boxes[None],
            input_masks=masks,
            multimask_output=several,
        )
        return found.pred_masks[0], found.iou_scores[0]

    def _blocks(self) -> list[Any]:
        return list(self._model.vision_encoder.backbone.blocks)


def build(name: str) -> Any:
    """A SAM 2.1 without weights, one of SIZES.

    Raises:
        MissingPackageError: transformers is not installed.
    """
    t = import_package("transformers", "sam2")
    backbone = t.Sam2HieraDetConfig(**SIZES[name])
    vision = t.Sam2VisionConfig(
        backbone_config=backbone, backbone_channel_list=backbone.embed_dim_per_stage[::-1]
    )
    return t.Sam2Model(t.Sam2Config(vision_config=vision))


def load_sam2(
    path: str | Path,
    name: str,
    identity: str,
    build: Callable[[str], Any] = build,
    device: str | None = None,
    progress: Progress | None = None,
    kind: type[Sam2Segmenter] = Sam2Segmenter,
    names: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
) -> Sam2Segmenter:
    """A segmenter from a checkpoint file, transformers' or Meta's own.

    Args:
        path: the checkpoint, see ``read_state``: ``model.safetensors`` or ``sam2.1_hiera_*.pt``.
        name: one of SIZES, or what ``build`` takes.
        identity: name, weights hash and precision.
        build: makes the model without weights from the name.
        device: a torch device, or None for the best there is.
        kind: what stands between the model and the protocol.
        names: the file's tensors → the model's, by name; None for those of SAM 2.

    Raises:
        WeightsError: missing, damaged, unsafe or of another architecture.
        MissingPackageError: transformers is not installed.
    """

    def bare(name: str) -> Any:
        with import_package("transformers.initialization", "sam2").no_init_weights():
            return build(name)

    model = load_model(path, name, bare, progress, names or photos_alone)
    return kind(name, model, identity, device)


_VIDEO = (
    *("memory_", "mask_downsample", "object_pointer_proj", "spatial_perceiver"),
    *("temporal_positional_encoding_projection_layer", "no_memory_positional_encoding"),
    *("no_object_pointer", "occlusion_spatial_embedding_parameter"),
)
_POSITIONS = (
    "shared_image_embedding.positional_embedding",
    "prompt_encoder.shared_embedding.positional_embedding",
)


def photos_alone(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A file's tensors, transformers' or Meta's own, by transformers' names, for photos alone."""
    return for_photos(renamed(state))


def for_photos(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The state without what only video needs.

    The two position embeddings are one tensor; a file may hold it under one of its names alone.
    """
    kept = {name: value for name, value in state.items() if not name.startswith(_VIDEO)}
    for one, other in (_POSITIONS, _POSITIONS[::-1]):
        if one in kept:
            kept.setdefault(other, kept[one])
    return kept

"""SAM-HQ: Segment Anything with one more output token, for edges and thin parts.

Ke et al., Segment Anything in High Quality, NeurIPS 2023, https://arxiv.org/abs/2306.01567. The
encoder and prompts are Segment Anything's; the decoder also looks at an early layer of the encoder,
and adds what it finds there to the mask.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..nets.packages import import_beside_timm
from ..progress import Progress
from .sam import SamSegmenter, load_sam
from .sam_encoder import OnBlock, SamEncoder

NAMES = ("hq_vit_b", "hq_vit_l", "hq_vit_h", "hq_vit_t")
_IN_THE_PACKAGE = {"hq_vit_t": "vit_tiny"}


class SamHQSegmenter(SamSegmenter):
    """A SAM-HQ model behind the Segmenter protocol. Safe from any thread."""

    def _look(self, picture: Any, on_block: OnBlock) -> tuple[Any, Any]:
        given = {"interim": True} if isinstance(self._encoder, SamEncoder) else {}
        features, early = self._encoder(self._model.preprocess(picture), on_block, **given)
        features, early = features.float(), [early[0].float()]
        decoder = self._model.mask_decoder
        # The same for every prompt, so it is made here: the package makes it at each click.
        fine = decoder.embedding_encoder(features)
        fine = fine + decoder.compress_vit_feat(early[0].permute(0, 3, 1, 2))
        return features, fine

    def _candidates(self, seen: list[Any], sparse: Any, dense: Any, several: bool) -> Any:
        """Logits (B, C, h, w) and scores (B, C).

        For a single click the package answers with one mask, the best of three with the finer one
        added. The same is the first candidate here. The other two, which are the subject at another
        scale, come as Segment Anything gives them: the finer mask is one of the best candidate, and
        added to them would draw its edges into theirs.
        """
        masks, quality = self._model.mask_decoder.predict_masks(
            image_embeddings=seen[0],
            image_pe=self._dense_places,
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            hq_features=seen[1],
        )
        plain, fine = masks[:, :-1], masks[:, -1]
        if not several:
            return plain[:, :1] + fine[:, None], quality[:, :1]
        plain, quality = plain[:, 1:].clone(), quality[:, 1:]
        plain[range(len(plain)), quality.argmax(dim=1)] += fine
        return plain, quality


def build(name: str) -> Any:
    """A SAM-HQ model without weights, one of NAMES.

    Raises:
        MissingPackageError: segment_anything_hq or timm is not installed.
    """
    models = import_beside_timm("segment_anything_hq", "hq").sam_model_registry
    model = models[_IN_THE_PACKAGE.get(name, name.removeprefix("hq_"))](checkpoint=None)
    return model


def load_sam_hq(
    path: str | Path,
    name: str,
    identity: str,
    build: Callable[[str], Any] = build,
    device: str | None = None,
    progress: Progress | None = None,
) -> SamSegmenter:
    """A segmenter from a checkpoint file; the arguments and errors are those of ``load_sam``."""
    return load_sam(path, name, identity, build, device, progress, kind=SamHQSegmenter)

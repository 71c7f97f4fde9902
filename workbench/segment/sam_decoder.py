"""The arithmetic of Segment Anything's mask decoder, several times faster, over its own weights.

The reference (segment_anything's MaskDecoder with its TwoWayTransformer) projects all 4096 places
of the image to queries, keys or values in each of its five cross-attentions, for the seven tokens
that a click makes. Here, with H heads and T tokens:

- Few tokens are carried over to the image's side instead: q·(W x) is (Wᵀ q)·x, and the weighted sum
  of W x is W times the weighted sum of x. That is H·T products for each place instead of half the
  width of x, and nothing is projected. The same for what the image takes from the tokens.
- Without a hint the first layer sees the photo alone: its projections are made once, not at each
  click.
- The last attention is asked for the tokens alone that are read out, the small networks behind them
  likewise.
- Enlarging keeps the channels last, so that the transposed convolutions are plain products, and
  goes part by part through the processor's cache.
"""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..nets.reading import import_torch

if TYPE_CHECKING:
    import torch

_PLACES = 512  # of the image that are enlarged at a time: 1 MB of numbers


def fits(decoder: Any) -> bool:
    """Whether a mask decoder is of the kind that ``SamDecoder`` computes.

    True for segment_anything's MaskDecoder and MobileSAM's, with any sizes; SAM-HQ's has tokens and
    maps of its own.
    """
    layers = getattr(getattr(decoder, "transformer", None), "layers", None)
    upscaling = getattr(decoder, "output_upscaling", None)
    return (
        layers is not None
        and all(hasattr(layer, "cross_attn_token_to_image") for layer in layers)
        and upscaling is not None
        and len(upscaling) == 5
        and all(tuple(upscaling[n].kernel_size) == (2, 2) for n in (0, 3))
        and not hasattr(decoder, "hf_token")
    )


@dataclass(frozen=True, eq=False)
class _Seen:
    """What of an image does not depend on the prompts, where there is no hint.

    Attributes:
        of: the embedding that it was made of.
        keys: (1, N, C), the places. keyed: the same with their positions.
        k, v: (1, H, N, d), what the tokens of the first layer look at.
        q: (1, H, N, d), what the places of the first layer ask.
    """

    of: weakref.ref[torch.Tensor]
    keys: torch.Tensor
    keyed: torch.Tensor
    k: torch.Tensor
    v: torch.Tensor
    q: torch.Tensor


class SamDecoder:
    """A MaskDecoder's own weights behind a faster forward. To be called by one thread at a time."""

    def __init__(self, decoder: Any, places: torch.Tensor, nothing: torch.Tensor) -> None:
        """Wrap a decoder that is on its device already; wrap it anew after moving it.

        Args:
            decoder: a module for which ``fits`` is true, in eval mode, in float32.
            places: (1, C, h, w), the positions as ``PromptEncoder.get_dense_pe`` gives them.
            nothing: (1, C), what stands for a hint where there is none.

        Raises:
            InputError: another kind of decoder.
        """
        if not fits(decoder):
            raise InputError(
                f"expected a decoder of Segment Anything's kind, got {type(decoder).__name__}"
            )
        torch = import_torch()
        self._decoder = decoder
        self._nothing = nothing.detach()
        self._seen: _Seen | None = None
        with torch.inference_mode():
            self._size = int(places.shape[2]), int(places.shape[3])
            self._places = _last(places)
            first, _, _, second, _ = decoder.output_upscaling
            self._enlarging = [
                (c.weight.permute(2, 3, 1, 0).flatten(0, 2).contiguous(), c.bias.repeat(4))
                for c in (first, second)
            ]

    def __call__(
        self,
        embedding: torch.Tensor,
        sparse: torch.Tensor,
        dense: torch.Tensor | None,
        several: bool,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What the module's own forward gives.

        Args:
            embedding: (1, C, h, w) float32 of the image. What is made of it is kept for as long as
                this very tensor is given, and not to be changed meanwhile.
            sparse: (B, N, C) float32, of points and boxes.
            dense: (B, C, h, w) float32, of a hint; None for no hint.
            several: whether three candidates are wanted, or one.

        Returns:
            logits (B, candidates, 4·h, 4·w) and scores (B, candidates), float32.

        Raises:
            InputError: an embedding of another size.
        """
        torch = import_torch()
        decoder = self._decoder
        if tuple(embedding.shape[2:]) != self._size or len(embedding) != 1:
            raise InputError(
                f"expected an embedding (1, C, {self._size[0]}, {self._size[1]}), "
                f"got {tuple(embedding.shape)}"
            )
        with torch.inference_mode():
            outputs = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])
            tokens = torch.cat((outputs[None].expand(len(sparse), -1, -1), sparse), dim=1)
            count = len(decoder.mask_tokens.weight)
            wanted = list(range(1, count)) if several else [0]
            read = [0, *(1 + n for n in wanted)]
            tokens, keys = self._mixed(embedding, dense, tokens, read)
            networks = decoder.output_hypernetworks_mlps
            weights = torch.stack([networks[n](tokens[:, 1 + i]) for i, n in enumerate(wanted)], 1)
            scores = decoder.iou_prediction_head(tokens[:, 0])[:, wanted]
            logits = torch.stack([self._enlarged(k, w) for k, w in zip(keys, weights, strict=True)])
        return logits, scores

    def _mixed(
        self, embedding: torch.Tensor, dense: torch.Tensor | None, given: torch.Tensor,
        read: list[int],
    ) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
        """The two-way transformer: tokens ``read`` (B, R, C) and the image's places (B, N, C)."""
        transformer = self._decoder.transformer
        tokens, seen = given, None
        if dense is None:
            seen = self._look(embedding)
            keys, keyed = seen.keys, seen.keyed
        else:
            keys = _last(embedding) + _last(dense)
            keyed = keys + self._places
        for number, layer in enumerate(transformer.layers):
            if layer.skip_first_layer_pe:
                tokens = layer.self_attn(q=tokens, k=tokens, v=tokens)
            else:
                asked = tokens + given
                tokens = tokens + layer.self_attn(q=asked, k=asked, v=tokens)
            tokens = layer.norm1(tokens)
            made = None if seen is None or number else seen
            known = None if made is None else (made.k, made.v)
            attention = layer.cross_attn_token_to_image
            tokens = tokens + _from_image(attention, tokens + given, keys, keyed, known)
            tokens = layer.norm2(tokens)
            tokens = layer.norm3(tokens + layer.mlp(tokens))
            known_q = None if made is None else made.q
            attention = layer.cross_attn_image_to_token
            keys = _from_tokens(attention, keys, keyed, tokens + given, tokens, known_q)
            keys = layer.norm4(keys)
            keyed = keys + self._places
        tokens, given = tokens[:, read], given[:, read]
        attention = transformer.final_attn_token_to_image
        tokens = tokens + _from_image(attention, tokens + given, keys, keyed, None)
        return transformer.norm_final_attn(tokens), keys

    def _look(self, embedding: torch.Tensor) -> _Seen:
        """What the first layer makes of an image, kept for the next prompt."""
        if self._seen is not None and self._seen.of() is embedding:
            return self._seen
        first = self._decoder.transformer.layers[0]
        look, ask = first.cross_attn_token_to_image, first.cross_attn_image_to_token
        keys = _last(embedding) + self._nothing
        keyed = keys + self._places
        self._seen = _Seen(
            weakref.ref(embedding), keys, keyed, _heads(look.k_proj(keyed), look),
            _heads(look.v_proj(keys), look), _heads(ask.q_proj(keyed), ask),
        )  # fmt: skip
        return self._seen

    def _enlarged(self, keys: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Places (h·w, C) as logits (M, 4·h, 4·w), by the weights (M, C/8) of M masks."""
        torch = import_torch()
        functional = torch.nn.functional
        _, norm, act, _, last = self._decoder.output_upscaling
        (w1, b1), (w2, b2) = self._enlarging
        height, width = self._size
        parts = keys.split(_PLACES if keys.device.type == "cpu" else len(keys))
        found = []
        for part in parts:
            x = functional.linear(part, w1, b1).view(-1, len(norm.weight))
            x = act(functional.layer_norm(x, x.shape[-1:], norm.weight, norm.bias, norm.eps))
            x = last(functional.linear(x, w2, b2)).view(-1, weights.shape[-1])
            found.append(x @ weights.T)
        # Row, column, twice which of two rows and columns, mask.
        grid = torch.cat(found).view(height, width, 2, 2, 2, 2, len(weights))
        return grid.permute(6, 0, 2, 4, 1, 3, 5).reshape(-1, 4 * height, 4 * width)


def _last(planes: torch.Tensor) -> torch.Tensor:
    """(B, C, h, w) to (B, h·w, C), contiguous."""
    return planes.flatten(2).transpose(1, 2).contiguous()


def _heads(x: torch.Tensor, attention: Any) -> torch.Tensor:
    """(B, N, H·d) to (B, H, N, d), contiguous."""
    return x.unflatten(-1, (attention.num_heads, -1)).transpose(1, 2).contiguous()


def _few(attention: Any, tokens: torch.Tensor) -> bool:
    """Whether the tokens are carried to the image's side with less work than the other way."""
    return bool(tokens.shape[1] * attention.num_heads <= attention.internal_dim)


def _from_image(
    attention: Any, asked: torch.Tensor, keys: torch.Tensor, keyed: torch.Tensor, known: Any
) -> torch.Tensor:
    """What tokens find in the image.

    Args:
        attention: an Attention module.
        asked: (B, T, C). keys: (B or 1, N, C), what is taken. keyed: what is compared.
        known: keys and values by head (1, H, N, d), where they are at hand.

    Returns:
        (B, T, C).
    """
    q = _heads(attention.q_proj(asked), attention)
    q = q * (1 / math.sqrt(q.shape[-1]))
    if known is not None or not _few(attention, asked):
        k, v = known or (
            _heads(attention.k_proj(keyed), attention),
            _heads(attention.v_proj(keys), attention),
        )
        found = (q @ k.transpose(2, 3)).softmax(dim=-1) @ v
    else:
        heads, tokens = q.shape[1:3]
        # The bias of the keys is the same for all places: the softmax does not see it.
        wide = q @ attention.k_proj.weight.unflatten(0, (heads, -1))  # (B, H, T, C)
        shares = (wide.flatten(1, 2) @ keyed.transpose(1, 2)).softmax(dim=-1)  # (B, H·T, N)
        mixed = (shares @ keys).unflatten(1, (heads, tokens))
        found = mixed @ attention.v_proj.weight.unflatten(0, (heads, -1)).transpose(1, 2)
        found = found + attention.v_proj.bias.view(heads, 1, -1)
    return attention.out_proj(found.transpose(1, 2).flatten(2))


def _from_tokens(
    attention: Any,
    keys: torch.Tensor,
    keyed: torch.Tensor,
    looked: torch.Tensor,
    taken: torch.Tensor,
    known: torch.Tensor | None,
) -> torch.Tensor:
    """The image with what its places find in the tokens added.

    Args:
        attention: an Attention module.
        keys: (B or 1, N, C), what is added to. keyed: what asks.
        looked, taken: (B, T, C), tokens as keys and as values.
        known: the queries by head (1, H, N, d), where they are at hand.

    Returns:
        (B, N, C).
    """
    torch = import_torch()
    k = _heads(attention.k_proj(looked), attention)
    k = k * (1 / math.sqrt(k.shape[-1]))
    v = _heads(attention.v_proj(taken), attention)
    batch, heads, tokens, _ = k.shape
    few = _few(attention, looked)
    # By head and token first, places last: the softmax over a few tokens runs along the places.
    if known is None and few:
        wide = (k @ attention.q_proj.weight.unflatten(0, (heads, -1))).flatten(1, 2)
        bias = (k @ attention.q_proj.bias.view(heads, -1, 1)).view(batch, -1, 1)
        shares = (wide @ keyed.transpose(1, 2) + bias).unflatten(1, (heads, tokens))
    else:
        q = _heads(attention.q_proj(keyed), attention) if known is None else known
        shares = k @ q.transpose(2, 3)
    shares = shares.softmax(dim=2)  # (B, H, T, N)
    if not few:
        found = (shares.transpose(2, 3) @ v).transpose(1, 2).flatten(2)
        return keys + attention.out_proj(found)
    # Of each head the shares add up to one: an equal part of the bias in each brings all of it.
    out = attention.out_proj
    brought = v @ out.weight.T.unflatten(0, (heads, -1)) + out.bias / heads  # (B, H, T, C)
    return torch.baddbmm(
        keys.expand(batch, -1, -1), shares.flatten(1, 2).transpose(1, 2), brought.flatten(1, 2)
    )

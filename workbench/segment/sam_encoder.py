"""The arithmetic of Segment Anything's image encoder, several times faster, over its own weights.

The reference (segment_anything's ImageEncoderViT; SAM-HQ's is the same with its interim outputs)
writes down the attention of every head in full, 4096 × 4096 numbers, and walks over them again for
each of the two relative positions and for the softmax. Here they are never all there at once:

- In float32 the queries go through ``scaled_dot_product_attention`` some rows at a time. The bias
  of those rows is written into a buffer that stays in the processor's cache.
- In bfloat16, where multiplying is nearly free and passing over memory is not, no bias is built:
  a query is widened by its products with the row and the column embeddings, a key by one-hot row
  and column, and q·k of the wide ones is the biased score (Li et al., Improved Multiscale Vision
  Transformers, CVPR 2022, for the decomposed relative positions).

Windows are padded after the projection instead of before it: a padding token is zero there, so that
its query, key and value are the projection's bias. It still takes part in the softmax, as in the
reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..nets.device import native_bfloat16
from ..nets.reading import import_torch

if TYPE_CHECKING:
    import torch

OnBlock = Callable[[int, int], None]
"""Called with (blocks done, blocks in all); what it raises stops the work."""

_CACHE_BYTES = 8 * 2**20  # of one tile's bias: a part of a third-level cache
_GPU_BYTES = 256 * 2**20
_MLP_ROWS = 1024  # of 3072 hidden numbers: 12 MB


def fits(encoder: Any) -> bool:
    """Whether an image encoder is of the kind that ``SamEncoder`` computes.

    True for segment_anything's ImageEncoderViT and SAM-HQ's, with any sizes; MobileSAM's TinyViT
    is another network.
    """
    blocks = getattr(encoder, "blocks", None)
    if blocks is None or not len(blocks) or not hasattr(encoder, "neck"):
        return False
    return hasattr(getattr(encoder, "patch_embed", None), "proj") and all(
        hasattr(getattr(b, "attn", None), "qkv")
        and hasattr(b.attn, "use_rel_pos")
        and hasattr(getattr(b, "mlp", None), "lin1")
        and hasattr(b, "window_size")
        for b in blocks
    )


class SamEncoder:
    """An ImageEncoderViT's own weights behind a faster forward.

    In bfloat16 the module's weights are rounded in place. Where the device multiplies bfloat16
    natively they are kept so; elsewhere as the float32 of the same value, so that the products are
    those of the same rounded numbers (added up in float32, as the hardware does) at the speed of
    float32 and not a tenth of it.

    Attributes:
        device: the torch device that the weights were on when this was made.
        precision: "float32" or "bfloat16".
    """

    def __init__(self, encoder: Any, precision: str = "float32") -> None:
        """Wrap an encoder that is on its device already; wrap it anew after moving it.

        Args:
            encoder: a module for which ``fits`` is true, in eval mode.
            precision: "float32" or "bfloat16".

        Raises:
            InputError: another kind of encoder, or another precision.
        """
        torch = import_torch()
        if not fits(encoder):
            raise InputError(
                f"expected an encoder of Segment Anything's kind, got {type(encoder).__name__}"
            )
        if precision not in ("float32", "bfloat16"):
            raise InputError(f"expected float32 or bfloat16, got {precision!r}")
        self.precision = precision
        self._encoder = encoder
        weight = encoder.patch_embed.proj.weight
        self.device = str(weight.device)
        self._number = torch.bfloat16 if precision == "bfloat16" else torch.float32
        native = precision == "bfloat16" and native_bfloat16(self.device)
        self._weight = torch.bfloat16 if native else torch.float32
        with torch.no_grad():
            for parameter in encoder.parameters():
                parameter.data = parameter.data.to(self._number).to(self._weight)
        self._tile_bytes = _CACHE_BYTES if weight.device.type == "cpu" else _GPU_BYTES
        grid = int(encoder.img_size) // int(encoder.patch_embed.proj.kernel_size[0])
        self._grid = grid
        self._folding = self._number is torch.bfloat16
        self._positions = [
            self._relative(block.attn, block.window_size or grid) for block in encoder.blocks
        ]

    def __call__(
        self, picture: torch.Tensor, on_block: OnBlock | None = None, interim: bool = False
    ) -> Any:
        """The embedding of pictures, as the module's own forward gives it in float32.

        Args:
            picture: (B, 3, S, S) float32, normalised and padded to the encoder's size.
            on_block: called after each block.
            interim: whether to give the outputs of the blocks with global attention as well.

        Returns:
            (B, C, S/16, S/16) float32, C = 256; with ``interim`` a pair of it and a list of
            (B, S/16, S/16, D) float32, one for each block without windows.

        Raises:
            InputError: a picture of another size.
        """
        torch = import_torch()
        encoder, side = self._encoder, int(self._encoder.img_size)
        if picture.ndim != 4 or tuple(picture.shape[1:]) != (3, side, side):
            raise InputError(
                f"expected pictures (B, 3, {side}, {side}), got {tuple(picture.shape)}"
            )
        outputs: list[Any] = []
        with torch.inference_mode():
            x = self._convolved(picture.to(self._number), encoder.patch_embed.proj)
            x = x.permute(0, 2, 3, 1).contiguous()
            if encoder.pos_embed is not None:
                x += encoder.pos_embed.to(x.dtype)
            blocks = list(encoder.blocks)
            for number, (block, positions) in enumerate(
                zip(blocks, self._positions, strict=True), start=1
            ):
                self._block(x, block, positions)
                if interim and block.window_size == 0:
                    outputs.append(x.float() if x.dtype != torch.float32 else x.clone())
                if on_block is not None:
                    on_block(number, len(blocks))
            x = self._neck(x)
        return (x, outputs) if interim else x

    # ------------------------------------------------------------------------------ the network

    def _block(self, x: torch.Tensor, block: Any, positions: Any) -> None:
        """One block, added to ``x`` (B, H, W, D) in place."""
        torch = import_torch()
        mixed = self._mixed(self._linear(_normal(x, block.norm1), block.attn.qkv), block, positions)
        x += self._linear(mixed, block.attn.proj)
        del mixed
        rows = x.view(-1, x.shape[-1])
        act = block.mlp.act
        for part in rows.split(_MLP_ROWS if x.device.type == "cpu" else len(rows)):
            hidden = self._linear(_normal(part, block.norm2), block.mlp.lin1)
            if isinstance(act, torch.nn.GELU):
                torch.ops.aten.gelu_(hidden, approximate=act.approximate)
            else:
                hidden = act(hidden)
            part += self._linear(hidden, block.mlp.lin2)

    def _mixed(self, qkv: torch.Tensor, block: Any, positions: Any) -> torch.Tensor:
        """Attention: (B, H, W, 3·D) queries, keys and values to (B, H, W, D)."""
        batch, height, width, _ = qkv.shape
        heads, side = int(block.attn.num_heads), int(block.window_size)
        scale = float(block.attn.scale)
        qkv = qkv.view(batch, height, width, 3, heads, -1)
        depth = heads * qkv.shape[-1]
        if side == 0:
            q, k, v = qkv.permute(3, 0, 4, 1, 2, 5).reshape(3, -1, height, width, qkv.shape[-1])
            out = self._attended(q, k, v, scale, positions)
            out = out.view(batch, heads, height, width, -1)
            return out.permute(0, 2, 3, 1, 4).reshape(batch, height, width, depth)
        out = qkv.new_empty(batch, height, width, depth)
        across = -(-width // side)
        # A strip of windows at a time: it fits into the cache, and its padding is soon gone.
        strip = qkv.new_empty(batch, side, across * side, *qkv.shape[3:])
        padding = 0 if block.attn.qkv.bias is None else block.attn.qkv.bias.view(qkv.shape[3:])
        strip[:, :, width:] = padding
        for top in range(0, height, side):
            rows = min(side, height - top)
            strip[:, :rows, :width] = qkv[:, top : top + rows]
            strip[:, rows:] = padding
            windows = strip.view(batch, side, across, side, *qkv.shape[3:])
            windows = windows.permute(4, 0, 2, 5, 1, 3, 6)
            q, k, v = windows.reshape(3, -1, side, side, qkv.shape[-1])
            part = self._attended(q[:, :rows], k, v, scale, positions)
            part = part.view(batch, across, heads, rows, side, -1).permute(0, 3, 1, 4, 2, 5)
            part = part.reshape(batch, rows, across * side, depth)
            out[:, top : top + rows] = part[:, :, :width]
        return out

    def _attended(
        self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float, positions: Any
    ) -> torch.Tensor:
        """softmax(scale·q·k + row and column bias)·v.

        Args:
            q: (M, r, w, d), M heads of windows; the first r rows of the windows, not always all.
            k, v: (M, h, w, d).
            scale: of the products, not of the bias.
            positions: (rows (h, h, d), columns (w, w, d)), each by query and key, or None.

        Returns:
            (M, r·w, d).
        """
        attend = import_torch().nn.functional.scaled_dot_product_attention
        m, r, w, d = q.shape
        h = k.shape[1]
        if positions is None:
            flat = (t.reshape(1, m, -1, d) for t in (q, k, v))
            return attend(*flat, scale=scale)[0]
        rows, columns = positions
        # By query, what is added for each row and for each column of keys.
        by_row = self._product(q, rows[:r].transpose(1, 2))  # (M, r, w, h)
        by_column = self._product(q.transpose(1, 2), columns.transpose(1, 2)).transpose(1, 2)
        if self._folding:
            return self._folded(q, k, v, scale, by_row, by_column)
        out = q.new_empty(m, r * w, d)
        k, v = k.reshape(m, h * w, d), v.reshape(m, h * w, d)
        # A tile is whole rows of queries of one head, or several heads of small windows.
        row_bytes = w * h * w * q.element_size()
        tall = max(1, min(r, self._tile_bytes // row_bytes))
        many = max(1, min(m, self._tile_bytes // (tall * row_bytes)))
        buffer = q.new_empty(many * tall * row_bytes // q.element_size())
        add = import_torch().add
        for i in range(0, m, many):
            for j in range(0, r, tall):
                a, b = by_row[i : i + many, j : j + tall], by_column[i : i + many, j : j + tall]
                n, t = a.shape[:2]
                bias = buffer[: n * t * w * h * w].view(n, t, w, h, w)
                add(a[..., None], b[..., None, :], out=bias)
                out[i : i + n, j * w : (j + t) * w] = attend(
                    q[i : i + n, j : j + t].reshape(1, n, t * w, d),
                    k[None, i : i + n],
                    v[None, i : i + n],
                    attn_mask=bias.view(1, n, t * w, h * w),
                    scale=scale,
                )[0]
        return out

    def _folded(
        self,
        q: torch.Tensor,
        k: torch.Tensor,
        v: torch.Tensor,
        scale: float,
        by_row: torch.Tensor,
        by_column: torch.Tensor,
    ) -> torch.Tensor:
        """The same without any bias: see the head of this file."""
        torch = import_torch()
        m, r, w, d = q.shape
        h = k.shape[1]
        # The fused kernels want one width for all three, and a round one.
        wide = -(-(d + h + w) // 32) * 32
        query = q.new_zeros(m, r, w, wide)
        torch.mul(q, scale, out=query[..., :d])
        query[..., d : d + h] = by_row
        query[..., d + h : d + h + w] = by_column
        key = k.new_zeros(m, h, w, wide)
        key[..., :d] = k
        key[..., d : d + h] = torch.eye(h, dtype=k.dtype, device=k.device)[:, None]
        key[..., d + h : d + h + w] = torch.eye(w, dtype=k.dtype, device=k.device)
        value = v.new_zeros(m, h, w, wide)
        value[..., :d] = v
        flat = (t.view(1, m, -1, wide) for t in (query, key, value))
        return torch.nn.functional.scaled_dot_product_attention(*flat, scale=1.0)[0, ..., :d]

    def _neck(self, x: torch.Tensor) -> torch.Tensor:
        """(B, H, W, D) to (B, C, H, W) float32."""
        narrow, norm, conv, last = self._encoder.neck
        x = _normal(self._convolved(x.permute(0, 3, 1, 2), narrow).permute(0, 2, 3, 1), norm)
        x = self._convolved(x.permute(0, 3, 1, 2), conv).permute(0, 2, 3, 1)
        return _normal(x.float(), last).permute(0, 3, 1, 2).contiguous()

    # ------------------------------------------------------------------------------- arithmetic

    def _relative(self, attn: Any, side: int) -> Any:
        """The relative positions by query and key: rows and columns, each (side, side, d)."""
        if not attn.use_rel_pos:
            return None
        return _by_query(attn.rel_pos_h, side), _by_query(attn.rel_pos_w, side)

    def _linear(self, x: torch.Tensor, layer: Any) -> torch.Tensor:
        linear = import_torch().nn.functional.linear
        return linear(x.to(self._weight), layer.weight, layer.bias).to(self._number)

    def _product(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return (a.to(self._weight) @ b).to(self._number)

    def _convolved(self, x: torch.Tensor, layer: Any) -> torch.Tensor:
        return layer(x.to(self._weight)).to(self._number)


def _normal(x: torch.Tensor, norm: Any) -> torch.Tensor:
    """Layer norm over the last axis, by a LayerNorm or a LayerNorm2d."""
    torch = import_torch()
    return torch.nn.functional.layer_norm(
        x, (x.shape[-1],), norm.weight.to(x.dtype), norm.bias.to(x.dtype), norm.eps
    )


def _by_query(relative: torch.Tensor, side: int) -> torch.Tensor:
    """(2·side − 1, d) by distance to (side, side, d) by query and key; stretched where it must."""
    torch = import_torch()
    relative = relative.detach()
    if len(relative) != 2 * side - 1:
        stretched = torch.nn.functional.interpolate(
            relative.float().T[None], size=2 * side - 1, mode="linear"
        )
        relative = stretched[0].T.to(relative.dtype)
    place = torch.arange(side, device=relative.device)
    return relative[place[:, None] - place[None, :] + side - 1]

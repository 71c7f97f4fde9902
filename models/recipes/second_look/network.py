"""The network of the second look: photo, opinions, box and clicks in, an opacity out.

U²-Net-p itself (Qin et al., "U²-Net: going deeper with nested U-structure for salient object
detection", Pattern Recognition 106, 2020, table 1 and fig. 5), its published weights taken from the
file that the workbench runs. The opinions, box and clicks go in as further planes that count for
nothing at first, and what it makes of GRID pixels a side is looked at again pixel by pixel.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

PLANES = 9
"""Photo (3), mask so far, colours, saliency, box, clicks to keep, to drop: all from 0 to 1."""

GRID = 256
MIDDLE, WIDE, KEPT = 16, 64, 15
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_SURE = 0.004  # how near to 0 and 1 an opinion may come
_ENDS = 0.02  # of the sigmoid, cut off at both ends: what is clear is 0 and not nearly so
_GAIN = 4.0


def _conv(inside: int, outside: int, reach: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inside, outside, 3, padding=reach, dilation=reach)


def _like(x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, size=other.shape[2:], mode="bilinear", align_corners=False)


class Nested(nn.Module):
    """A U of its own within a stage: so many levels, halved between them or dilated."""

    def __init__(self, inside: int, levels: int, dilated: bool = False) -> None:
        super().__init__()
        self.dilated = dilated
        reach = [2**n if dilated else 1 for n in range(levels)]
        # The deepest level is not halved any further: it looks twice as far instead.
        reach[-1] = 2 * reach[-2] if dilated else 2
        self.first = _conv(inside, WIDE)
        self.down = nn.ModuleList(
            _conv(WIDE if n == 0 else MIDDLE, MIDDLE, reach[n]) for n in range(levels)
        )
        self.up = nn.ModuleList(
            _conv(2 * MIDDLE, WIDE if n == 0 else MIDDLE, reach[n] if dilated else 1)
            for n in range(levels - 2, -1, -1)
        )

    def forward(self, x: torch.Tensor, more: torch.Tensor | float = 0.0) -> torch.Tensor:
        """(B, inside, h, w) to (B, WIDE, h, w); ``more`` is added within its first convolution."""
        begun = F.relu(self.first(x) + more)
        seen, now = [], begun
        last = len(self.down) - 1
        for n, conv in enumerate(self.down):
            if n and n < last and not self.dilated:
                now = F.max_pool2d(now, 2, 2, ceil_mode=True)
            now = F.relu(conv(now))
            seen.append(now)
        for conv, beside in zip(self.up, seen[-2::-1], strict=True):
            now = F.relu(conv(torch.cat([_like(now, beside), beside], 1)))
        return now + begun


class SecondLook(nn.Module):
    """See the module. The last and costliest stage of U²-Net-p's way back is left out."""

    def __init__(self) -> None:
        super().__init__()
        kinds = ((7, False), (6, False), (5, False), (4, False), (4, True), (4, True))
        self.stages = nn.ModuleList(
            Nested(3 if n == 0 else WIDE, levels, dilated)
            for n, (levels, dilated) in enumerate(kinds)
        )
        self.back = nn.ModuleList(Nested(2 * WIDE, *kinds[n]) for n in (4, 3, 2, 1))
        self.side = _conv(WIDE, 1)
        # What is not in the published weights begins at nothing.
        self.more = nn.Conv2d(PLANES - 3, WIDE, 3, padding=1, bias=False)
        self.again = nn.ModuleList(
            nn.Conv2d(PLANES - 3, 2 * WIDE, 3, padding=1, bias=False) for _ in self.back
        )
        self.kept = nn.Conv2d(WIDE, KEPT, 1)
        self.near = nn.Sequential(
            nn.Conv2d(PLANES + KEPT + 1, 24, 3, padding=1), nn.ReLU(),
            nn.Conv2d(24, 24, 3, padding=1), nn.ReLU(),
        )  # fmt: skip
        self.out = nn.Conv2d(24, 5, 3, padding=1)
        for one in (self.more, self.out, *self.again):
            nn.init.zeros_(one.weight)
        # Of mask, colours, saliency and its own coarse answer, at first mostly the last.
        with torch.no_grad():
            self.out.bias.copy_(torch.tensor([1.0, 0.0, -2.0, 1.5, 0.0]))
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1))
        self.register_buffer("spread", torch.tensor(_SPREAD).view(1, 3, 1, 1))

    def begin_with(self, path: Path) -> None:
        """Take the published weights out of U²-Net-p's ONNX file: its convolutions in their order.

        Raises:
            ValueError: other convolutions than these.
        """
        import onnx
        from onnx import numpy_helper

        graph = onnx.load(str(path)).graph
        held = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        convs = [node.input for node in graph.node if node.op_type == "Conv"]
        mine = [one for one in (*self.stages.modules(), *self.back.modules())
                if isinstance(one, nn.Conv2d)]  # fmt: skip
        # After the stages and four of five ways back: the fifth, then the sides, the first first.
        taken = [*zip(mine, convs, strict=False), (self.side, convs[-6])]
        for one, names in taken:
            weight, bias = (torch.from_numpy(held[name].copy()) for name in names[1:3])
            if one.weight.shape != weight.shape:
                raise ValueError(f"expected {tuple(one.weight.shape)}, got {tuple(weight.shape)}")
            with torch.no_grad():
                one.weight.copy_(weight)
                one.bias.copy_(bias)

    def widen(self, known: dict[str, torch.Tensor]) -> None:
        """Take weights of a network with fewer planes: what the further ones say begins at nothing.

        Planes are appended to the last asked, which are those before the features of ``near``.
        """
        mine = self.state_dict()
        for name, weight in known.items():
            missing = mine[name].shape[1] - weight.shape[1] if weight.ndim == 4 else 0
            if missing:
                own = mine[name].new_zeros(mine[name].shape)
                first = PLANES - missing if name.startswith("near") else weight.shape[1]
                own[:, :first], own[:, first + missing :] = weight[:, :first], weight[:, first:]
                weight = own
            mine[name] = weight
        self.load_state_dict(mine)

    def coarse(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, PLANES, GRID, GRID) to logits (B, 1, half, half) and features (B, WIDE, …)."""
        asked = x[:, 3:] - 0.5
        now = self.stages[0]((x[:, :3] - self.mean) / self.spread, self.more(asked))
        seen = [now]
        for stage in self.stages[1:]:
            now = stage(F.max_pool2d(now, 2, 2, ceil_mode=True))
            seen.append(now)
        ways = zip(self.back, self.again, seen[-2:0:-1], (16, 8, 4, 2), strict=True)
        for stage, again, beside, times in ways:
            both = torch.cat([_like(now, beside), beside], 1)
            now = stage(both + again(F.avg_pool2d(asked, times)))
        return self.side(now), now

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, PLANES, h, w) to logits (B, 1, h, w), and the coarse ones (B, 1, GRID/2, GRID/2)."""
        small = F.interpolate(x, size=(GRID, GRID), mode="bilinear", align_corners=False)
        logits, features = self.coarse(small)
        wide = torch.cat([logits, self.kept(features)], 1)
        wide = F.interpolate(wide, size=x.shape[2:], mode="bilinear", align_corners=False)
        guess = torch.sigmoid(wide[:, :1])
        near = self.out(self.near(torch.cat([x - 0.5, guess - 0.5, wide[:, 1:]], 1)))
        held = torch.cat([x[:, 3:6], guess], 1)
        share = torch.softmax(near[:, :4], 1)
        mean = (share * held).sum(1, keepdim=True).clamp(_SURE, 1 - _SURE)
        return torch.log(mean / (1 - mean)) + _GAIN * near[:, 4:], logits


def opacity(logits: torch.Tensor) -> torch.Tensor:
    """What logits mean: 0 and 1 where they are sure, unbounded so that a slope is left."""
    return (torch.sigmoid(logits) - _ENDS) / (1 - 2 * _ENDS)

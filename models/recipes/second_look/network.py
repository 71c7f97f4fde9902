"""The network of the second look: photo, three opinions and a box in, an opacity out.

A small U of depthwise and pointwise convolutions, from half the resolution down to a sixteenth.
Of each pixel it says how the three opinions are weighed, and what is to be added to them.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

PLANES = 7
"""Photo (3), mask so far, colours, saliency, box: all from 0 to 1."""

_SURE = 0.004  # how near to 0 and 1 an opinion may come
_ENDS = 0.02  # of the sigmoid, cut off at both ends: what is clear is 0 and not nearly so
_GAIN = 4.0


class Block(nn.Module):
    """Depthwise, wide pointwise, pointwise; added to its input."""

    def __init__(self, width: int, kernel: int = 5) -> None:
        super().__init__()
        self.d = nn.Conv2d(width, width, kernel, padding=kernel // 2, groups=width)
        self.a = nn.Conv2d(width, 2 * width, 1)
        self.b = nn.Conv2d(2 * width, width, 1)
        nn.init.zeros_(self.b.weight)
        nn.init.zeros_(self.b.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, width, h, w) in and out."""
        return x + self.b(F.relu(self.a(self.d(x))))


class SecondLook(nn.Module):
    """See the module."""

    def __init__(self, widths: tuple[int, int, int, int] = (24, 32, 48, 64)) -> None:
        super().__init__()
        a, b, c, d = widths
        self.i = nn.Conv2d(4 * PLANES, a, 3, padding=1)
        self.e1 = nn.Sequential(*(Block(a) for _ in range(2)))
        self.d1 = nn.Conv2d(a, b, 2, stride=2)
        self.e2 = nn.Sequential(*(Block(b) for _ in range(2)))
        self.d2 = nn.Conv2d(b, c, 2, stride=2)
        self.e3 = nn.Sequential(*(Block(c) for _ in range(2)))
        self.d3 = nn.Conv2d(c, d, 2, stride=2)
        self.e4 = nn.Sequential(*(Block(d, 7) for _ in range(3)))
        self.u3, self.u2, self.u1 = nn.Conv2d(d, c, 1), nn.Conv2d(c, b, 1), nn.Conv2d(b, a, 1)
        self.f3, self.f2 = Block(c), Block(b)
        self.f1 = nn.Sequential(Block(a), Block(a))
        self.o = nn.Conv2d(a, 16, 3, padding=1)
        nn.init.zeros_(self.o.weight)
        nn.init.zeros_(self.o.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, PLANES, h, w), sides multiples of 16, to (B, 1, h, w) logits."""

        def double(y: torch.Tensor) -> torch.Tensor:
            return F.interpolate(y, scale_factor=2.0, mode="bilinear", align_corners=False)

        y1 = self.e1(F.relu(self.i(F.pixel_unshuffle(x - 0.5, 2))))
        y2 = self.e2(self.d1(y1))
        y3 = self.e3(self.d2(y2))
        y4 = self.e4(self.d3(y3))
        z = self.f3(y3 + double(self.u3(y4)))
        z = self.f2(y2 + double(self.u2(z)))
        z = self.f1(y1 + double(self.u1(z)))
        out = F.pixel_shuffle(self.o(z), 2)
        share = torch.softmax(out[:, :3], 1)
        mean = (share * x[:, 3:6]).sum(1, keepdim=True).clamp(_SURE, 1 - _SURE)
        return torch.log(mean / (1 - mean)) + _GAIN * out[:, 3:4]


def opacity(logits: torch.Tensor) -> torch.Tensor:
    """What logits mean: 0 and 1 where they are sure, unbounded so that a slope is left."""
    return (torch.sigmoid(logits) - _ENDS) / (1 - 2 * _ENDS)

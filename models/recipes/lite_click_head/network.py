"""The click head: U²-Net-p's features, prompts and the last mask in, logits out; 0.5 M parameters.

Everything at a resolution is a bottleneck of depthwise and pointwise convolutions, which is what a
CPU without a GPU beside it can train. What was clicked is compared with everything else by the
cosine of their features, at three resolutions: a click finds what looks like it wherever it is.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

FINE = 8
"""Directions of U²-Net-p's stage at 160 that are looked at."""

PROMPTS = 8
"""Planes at 160 × 160: disks of keep clicks, of drop clicks; nearness to the next keep click, to
the next drop click; the box, whether there is one; the last mask from −1 to 1, whether there is
one."""


def _conv(before: int, after: int, size: int = 1, groups: int = 1) -> nn.Sequential:
    layer = nn.Conv2d(before, after, size, padding=size // 2, groups=groups, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(after))


class Block(nn.Module):
    """Depthwise, wide pointwise, pointwise; what is added to its input, gated by all of it."""

    def __init__(self, width: int, kernel: int, wider: int, gate: bool = False) -> None:
        super().__init__()
        self.space = nn.Conv2d(width, width, kernel, padding=kernel // 2, groups=width)
        self.wide = nn.Conv2d(width, wider * width, 1)
        self.narrow = _conv(wider * width, width)
        self.gate = (
            nn.Sequential(
                nn.Conv2d(width, width // 4, 1), nn.ReLU(), nn.Conv2d(width // 4, width, 1)
            )
            if gate
            else None
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, width, h, w) in and out."""
        y = self.narrow(F.relu(self.wide(self.space(x))))
        if self.gate is not None:
            y = y * torch.sigmoid(self.gate(y.mean((2, 3), keepdim=True)))
        return x + y


class Alike(nn.Module):
    """How much each place looks like what was kept, dropped, masked, left out, boxed."""

    def __init__(self, before: int, width: int) -> None:
        super().__init__()
        self.look = _conv(before, width)

    def forward(self, features: torch.Tensor, prompts: torch.Tensor) -> torch.Tensor:
        """(B, c, h, w) and (B, PROMPTS, h, w) to (B, 5, h, w) in [−1, 1]."""
        f = self.look(features)
        f = f / (f.square().sum(1, keepdim=True) + 1e-6).sqrt()
        keep, drop, box, last, told = (prompts[:, n : n + 1] for n in (0, 1, 4, 6, 7))
        where = torch.cat([keep, drop, F.relu(last), F.relu(-last) * told, box], 1)  # (B, 5, h, w)
        b, k, h, w = where.shape
        weights = where.reshape(b, k, h * w)
        flat = f.reshape(b, f.shape[1], h * w)
        meant = weights @ flat.transpose(1, 2) / (weights.sum(2, keepdim=True) + 1e-3)
        meant = meant / (meant.square().sum(2, keepdim=True) + 1e-4).sqrt()
        return (meant @ flat).reshape(b, k, h, w)


class ClickHead(nn.Module):
    """See the module. What is known at 160 is folded into channels at 80, and unfolded again."""

    def __init__(self, widths: tuple[int, int, int] = (96, 64, 32)) -> None:
        super().__init__()
        a, b, c = widths
        self.alike20 = Alike(128, 32)
        self.alike40 = Alike(128, 32)
        self.alike80 = Alike(128, 24)
        extra = PROMPTS + 5 + 1
        self.in20 = _conv(128 + 64 + extra, a)
        self.in40 = _conv(128 + extra, b)
        self.in80 = _conv(128 + 5 + 4 * (FINE + 12 + 1 + PROMPTS), c)
        self.at20 = nn.Sequential(*(Block(a, 7, 3, gate=True) for _ in range(4)))
        self.at40 = nn.Sequential(*(Block(b, 7, 2, gate=n == 1) for n in range(3)))
        self.at80 = nn.Sequential(*(Block(c, 5, 2, gate=n == 0) for n in range(1)))
        self.up20, self.up40 = _conv(a, b), _conv(b, c)
        self.out = nn.Conv2d(c, 4, 3, padding=1)

    def forward(
        self,
        f160: torch.Tensor,
        f80: torch.Tensor,
        f40: torch.Tensor,
        f20: torch.Tensor,
        f10: torch.Tensor,
        picture: torch.Tensor,
        saliency: torch.Tensor,
        prompts: torch.Tensor,
    ) -> torch.Tensor:
        """All (B, c, s, s), see SHAPES in features.py; everything but prompts from 0 to 1.

        Returns:
            (B, 1, 160, 160) logits.
        """

        def double(x: torch.Tensor) -> torch.Tensor:
            return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)

        saliency = 2 * saliency - 1
        p80 = F.avg_pool2d(prompts, 2)
        p40 = F.avg_pool2d(p80, 2)
        p20 = F.avg_pool2d(p40, 2)
        s40 = F.avg_pool2d(saliency, 4)
        s20 = F.avg_pool2d(s40, 2)
        x = self.in20(torch.cat([f20, double(f10), p20, self.alike20(f20, p20), s20], 1))
        x = self.at20(F.relu(x))
        y = self.in40(torch.cat([f40, p40, self.alike40(f40, p40), s40], 1))
        x = self.at40(F.relu(y + double(self.up20(x))))
        sharp = torch.cat([f160, picture - 0.5, saliency, prompts], 1)
        y = self.in80(torch.cat([f80, self.alike80(f80, p80), F.pixel_unshuffle(sharp, 2)], 1))
        x = self.at80(F.relu(y + double(self.up40(x))))
        return F.pixel_shuffle(self.out(F.relu(x)), 2)

"""The network behind the method "refined", in torch: a small U-net on halved planes."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

PLANES = 16
"""Photo (3), sure subject, sure background, mask, closed form's alpha, colour samples (9)."""

CLOSED = 6  # which of them closed form's alpha is


def double(x: torch.Tensor) -> torch.Tensor:
    """Twice the size, bilinear."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class RefineNet(nn.Module):
    """From planes in [0, 1] (n, PLANES, h, w), h and w multiples of 8, to alphas (n, 1, h, w).

    What it adds to closed form's alpha is within ±1; the sum is not clipped here.
    """

    def __init__(self, a: int = 20, b: int = 32, c: int = 48, d: int = 8, e: int = 16) -> None:
        super().__init__()
        self.inn, self.e0 = nn.Conv2d(4 * PLANES, a, 1), nn.Conv2d(a, a, 3, padding=1)
        self.d1 = nn.Conv2d(a, b, 3, stride=2, padding=1)
        self.e1 = nn.Conv2d(b, b, 3, padding=1)
        self.d2 = nn.Conv2d(b, c, 3, stride=2, padding=1)
        self.m1, self.m2 = nn.Conv2d(c, c, 3, padding=1), nn.Conv2d(c, c, 3, padding=1)
        self.u1, self.f1 = nn.Conv2d(c, b, 1), nn.Conv2d(b, b, 3, padding=1)
        self.u0, self.f0 = nn.Conv2d(b, a, 1), nn.Conv2d(a, a, 3, padding=1)
        self.out = nn.Conv2d(a, 4 * d, 1)
        self.g1, self.g2 = nn.Conv2d(d + PLANES, e, 1), nn.Conv2d(e, 1, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(module.bias)
        nn.init.normal_(self.g2.weight, std=0.02)  # it begins as nearly closed form

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """See the class."""
        z = planes - 0.5
        a = F.relu(self.inn(F.pixel_unshuffle(z, 2)))
        a = F.relu(a + self.e0(a))
        b = F.relu(self.d1(a))
        b = F.relu(b + self.e1(b))
        c = F.relu(self.d2(b))
        c = F.relu(c + self.m1(c))
        c = F.relu(c + self.m2(c))
        b = F.relu(b + double(self.u1(c)))
        b = F.relu(b + self.f1(b))
        a = F.relu(a + double(self.u0(b)))
        a = F.relu(a + self.f0(a))
        fine = F.pixel_shuffle(self.out(a), 2)
        more = self.g2(F.relu(self.g1(torch.cat([fine, z], 1))))
        return planes[:, CLOSED : CLOSED + 1] + torch.tanh(more)

"""The network of the check "solid_transparency", in torch: a strip along an outline, folded."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

TAPS = 49
"""Of a strip: 24 outside, the outline, 24 inside."""

_USED = 20  # taps of each side, less the one beside the outline
_RATE = 12, 5  # points that are averaged first, and how many of those


def less_mean(planes: torch.Tensor) -> torch.Tensor:
    """(n, c, points, taps) less a running mean over some 60 points of the outline."""
    points, taps = planes.shape[2:]
    few = F.avg_pool2d(planes, (_RATE[0], 1))
    few = F.avg_pool2d(few, (_RATE[1], 1), 1, (_RATE[1] // 2, 0), count_include_pad=False)
    return planes - F.interpolate(few, (points, taps), mode="bilinear", align_corners=False)


class Through(nn.Module):
    """From strips in [0, 1] (n, 3, points, TAPS) to (n, 2, points / 2).

    Of every other point: the log-odds that the background shines through inside of the outline, and
    how much of it. The outside is mirrored, so that what lies as far from the outline on both sides
    is compared by the same weights, by products of what varies along it.
    """

    def __init__(self, a: int = 16, c: int = 32, d: int = 48) -> None:
        super().__init__()
        self.e1, self.e2 = nn.Conv2d(6, a, 3, padding=1), nn.Conv2d(a, a, 3, padding=1)
        self.j1 = nn.Conv2d(3 * a + 12, c, 1)
        self.j2 = nn.Conv2d(c, c, (5, 3), padding=(2, 1), stride=(2, 2))
        self.j3 = nn.Conv2d(c, c, (5, 3), padding=(2, 1), stride=(1, 2))
        self.l0 = nn.Conv1d(5 * c, d, 1)
        self.l = nn.ModuleList(
            nn.Conv1d(d, d, 5, padding=2 * by, dilation=by) for by in (1, 2, 4, 8)
        )
        self.out = nn.Conv1d(d, 2, 1)

    def forward(self, strip: torch.Tensor) -> torch.Tensor:
        """See the class."""
        middle = TAPS // 2
        z = strip[..., middle - _USED : middle + _USED + 1]
        z = torch.cat([z - 0.5, 4 * less_mean(z)], 1)
        sides = z[..., : _USED - 1].flip(3), z[..., _USED + 2 :]
        outer, inner = (F.relu(self.e2(F.relu(self.e1(side)))) for side in sides)
        alike = less_mean(outer) * less_mean(inner)
        j = F.relu(self.j1(torch.cat([outer, inner, alike, *sides], 1)))
        j = F.relu(self.j3(F.relu(self.j2(j))))
        h = F.relu(self.l0(j.permute(0, 1, 3, 2).flatten(1, 2)))
        for layer in self.l:
            h = F.relu(h + layer(h))
        return self.out(h)

"""A figure with the words that go with it, and the figures that the words are of."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 100


@dataclass(frozen=True, eq=False)
class Exhibit:
    """What a lesson shows: a picture, a sentence or two, and the numbers behind them.

    Attributes:
        words: what is to be seen, in plain words.
        values: the numbers by name.
        figure: a matplotlib Figure; pyplot knows nothing of it.
    """

    words: str
    values: Mapping[str, float]
    figure: Figure
    _png: list[bytes] = field(default_factory=list, repr=False)

    def __str__(self) -> str:
        return self.words

    @property
    def png(self) -> bytes:
        """The figure as a file; drawn once."""
        if not self._png:
            target = io.BytesIO()
            self.figure.savefig(target, format="png", dpi=DPI)
            self._png.append(target.getvalue())
        return self._png[0]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"image/png": self.png, "text/plain": self.words}


def new_figure(columns: int, words: str, shape: tuple[int, int] = (3, 4), rows: int = 1) -> Figure:
    """An empty figure for ``rows × columns`` pictures of a shape, with a sentence above them.

    Args:
        columns, rows: how many axes there will be room for.
        words: above, broken into lines.
        shape: (H, W) of the pictures, for their proportions.
    """
    import textwrap

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width = 11.0 if columns > 2 else 4.2 * columns
    tall = min(width / columns * shape[0] / shape[1], 4.6) + 0.35
    lines = textwrap.wrap(words, int(width * 12.5))
    height = rows * tall + 0.2 * len(lines) + 0.1
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    # What comes from a file's name may hold a dollar sign, which would start a formula.
    figure.suptitle("\n".join(lines).replace("$", r"\$"), fontsize=10, x=0.01, ha="left")
    return figure


def put(axes: Axes, picture: np.ndarray, name: str, smooth: bool = False, **how: Any) -> Any:
    """A picture with its name, without ticks."""
    shown = axes.imshow(picture, interpolation="antialiased" if smooth else "nearest", **how)
    axes.set_title(name.replace("$", r"\$"), fontsize=9)
    axes.set_xticks([])
    axes.set_yticks([])
    return shown

"""Two results in one place, one after the other: the eye sees what moves."""

from __future__ import annotations

import base64
import html
import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..arrays import to_uint8
from ..coordinates import Box
from ..errors import InputError
from ..files import write_atomically
from ..io import encode_png
from .comparing import both
from .cut import Cut
from .drawn import alpha_view
from .grounds import behind
from .page import fitted

_MOST = 1600  # pixels along the longer side of what is not a part
_FASTEST = 0.25  # seconds: more than three changes a second can harm (WCAG 2.3.1)
_numbers = itertools.count(1)


@dataclass(frozen=True, eq=False)
class Flicker:
    """Two pictures that take turns. A notebook shows it live, with a choice of speed and zoom.

    Attributes:
        first, second: (h, w, 3) uint8.
        names: of the two.
        seconds: that each is shown.
        facts: in words, what is seen.
    """

    first: np.ndarray
    second: np.ndarray
    names: tuple[str, str]
    seconds: float
    facts: str = ""

    def _repr_html_(self) -> str:
        return self.html()

    def html(self) -> str:
        """It as a piece of a page: no script, and nothing is fetched.

        Both pictures lie in one frame that scrolls, so zoom and pan are the same for both. Whoever
        has asked the system for less motion sees the first until they choose.
        """
        key = f"wb-flicker-{next(_numbers)}-{id(self):x}"
        height, width = self.first.shape[:2]
        pictures = "".join(
            f'<img class="{place}" alt="{html.escape(name)}" src="data:image/png;base64,'
            f'{base64.b64encode(encode_png(picture)).decode()}">'
            for place, name, picture in zip(
                ("a", "b"), self.names, (self.first, self.second), strict=True
            )
        )
        shown = [("both", "Flicker"), ("one", self.names[0]), ("two", self.names[1])]
        speeds = [(f"s{n}", words) for n, words in enumerate(("slow", "as given", "fast"))]
        zooms = [("fit", "Fit"), ("z1", "100 %"), ("z2", "200 %"), ("z4", "400 %")]
        controls, rules = [], []
        for group, chosen, choices in (
            ("show", 0, shown), ("speed", 1, speeds), ("zoom", 1 if width <= 900 else 0, zooms),
        ):  # fmt: skip
            buttons = "".join(
                f'<input type="radio" name="{key}-{group}" class="{value}"'
                f'{" checked" if n == chosen else ""} id="{key}-{value}">'
                f'<label for="{key}-{value}">{html.escape(words)}</label>'
                for n, (value, words) in enumerate(choices)
            )
            controls.append(buttons)
        for n, factor in enumerate((2.0, 1.0, 0.5)):
            turn = 2 * max(self.seconds * factor, _FASTEST)
            rules.append(_rule(key, f"s{n}", f":is(.a,.b){{animation-duration:{turn:g}s}}"))
        for value, times in (("z1", 1), ("z2", 2), ("z4", 4)):
            rules.append(_rule(key, value, f"img{{width:{width * times}px}}"))
        style = _STYLE.replace("KEY", key) + "".join(rules)
        facts = html.escape(self.facts)
        return (
            f'<div id="{key}"><style>{style}</style>'
            f'{"<span></span>".join(controls)}<p>{facts}</p>'
            f'<div class="stage"><p><b class="a">{html.escape(self.names[0])}</b>'
            f'<b class="b">{html.escape(self.names[1])}</b></p>'
            f'<div class="frame" tabindex="0" style="max-height:{min(height, 700) + 20}px">'
            f'<div class="pair">{pictures}</div></div></div></div>'
        )  # fmt: skip

    def save(self, path: str | PathLike[str]) -> Path:
        """Write it: ``.html`` for a page of its own, ``.png`` for an animated PNG, to the pixel.

        There is no GIF: its 256 colours would differ more than two settings do.

        Returns:
            The path.

        Raises:
            InputError: the name ends otherwise. ExportError: it cannot be written.
        """
        target = Path(path)
        write: Callable[[BinaryIO], None]
        if target.suffix.lower() in (".html", ".htm"):
            page = (
                '<!doctype html><html lang="en"><meta charset="utf-8"><title>'
                f"{html.escape(' and '.join(self.names))}</title>"
                f'<body style="font:14px sans-serif;margin:20px">{self.html()}</body></html>'
            )

            def write(file: BinaryIO) -> None:
                file.write(page.encode())

        elif target.suffix.lower() in (".png", ".apng"):
            content = self.png()

            def write(file: BinaryIO) -> None:
                file.write(content)

        else:
            raise InputError(f"expected a name that ends in .html or .png, got {target.name!r}")
        write_atomically(target, write)
        return target

    def png(self) -> bytes:
        """It as an animated PNG that goes on for ever, with every pixel as it is."""
        from PIL import Image

        first, second = (Image.fromarray(one) for one in (self.first, self.second))
        target = io.BytesIO()
        first.save(
            target, "PNG", save_all=True, append_images=[second], loop=0,
            duration=round(1000 * self.seconds),
        )  # fmt: skip
        return target.getvalue()


def flicker(
    first: Any,
    second: Any,
    *,
    names: tuple[str, str] = ("First", "Second"),
    ground: Any = "white",
    box: Box | None = None,
    seconds: float = 0.7,
) -> Flicker:
    """Two results in turn in the same place, on a background or as alphas.

    Args:
        first, second: what ``cut`` takes; arrays as ``views.cut(photo, alpha)``. Of one size.
        names: of the two.
        ground: what both are on, as ``backgrounds`` takes; "alpha" for the alphas.
        box: (x0, y0, x1, y1) in image pixels, the part that is shown, pixel for pixel; None for
            all, reduced where a side is longer than 1,600.
        seconds: that each is shown, 0.25 to 10.

    Returns:
        a Flicker: shows itself live in a notebook, ``.save("two.html")``, ``.save("two.png")``.

    Raises:
        What ``cut`` and ``backgrounds`` raise. ArrayError: the two are not of one size.
        InputError: seconds are out of range.
    """
    a, b = both(first, second)
    if not _FASTEST <= seconds <= 10:
        raise InputError(f"expected {_FASTEST:g}..10 seconds, got {seconds!r}")
    parts: list[Cut] = []
    for one in (a, b):
        shown = one if box is None else one.part(one.check_box(box))
        if box is None and max(shown.shape) > _MOST:
            shown = shown.reduced(fitted(shown.shape, _MOST, _MOST))
        parts.append(shown)
    pictures = [
        alpha_view(part.alpha) if isinstance(ground, str) and ground == "alpha"
        else part.on(behind(ground, one, part.shape, box))
        for one, part in zip((a, b), parts, strict=True)
    ]  # fmt: skip
    differ = int((pictures[0] != pictures[1]).any(axis=2).sum())
    facts = f"{a.name}: {differ:,} pixels are not the same" if a.name else f"{differ:,} differ"
    return Flicker(to_uint8(pictures[0]), to_uint8(pictures[1]), names, float(seconds), facts)


def _rule(key: str, chosen: str, rule: str) -> str:
    return f"#{key} .{chosen}:checked~.stage {rule}"


_STYLE = (
    "#KEY{font-size:13px}#KEY input{margin:0 4px 0 10px;vertical-align:middle}"
    "#KEY span{display:inline-block;width:24px}#KEY p{margin:4px 0;color:#6b6b6b}"
    "#KEY .frame{overflow:auto;resize:vertical;background:#343434;border:1px solid #999}"
    "#KEY .pair{position:relative;width:fit-content;min-width:100%}"
    "#KEY img{display:block;width:100%;max-width:none;margin:0;image-rendering:pixelated}"
    "#KEY .fit:checked~.stage .pair{width:100%}"
    "#KEY .stage p{position:relative}"
    "#KEY .b{position:absolute;left:0;top:0;animation:KEY-b infinite step-end}"
    "#KEY b.a{animation:KEY-a infinite step-end}"
    "@keyframes KEY-a{0%{visibility:visible}50%{visibility:hidden}}"
    "@keyframes KEY-b{0%{visibility:hidden}50%{visibility:visible}}"
    "@media (prefers-reduced-motion:reduce){#KEY .a,#KEY .b{animation:none}"
    "#KEY .b{visibility:hidden}}"
    "#KEY :is(.one,.two):checked~.stage :is(.a,.b){animation:none}"
    "#KEY .one:checked~.stage .b,#KEY .two:checked~.stage b.a{visibility:hidden}"
    "#KEY .two:checked~.stage .b{visibility:visible}"
)

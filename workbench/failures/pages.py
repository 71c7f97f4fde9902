"""A lesson as HTML: one step, for the widget, and the page that needs nothing but itself.

Everything that comes from a person or a file is escaped here.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..coordinates import Box
from ..effects import GAINED, LOST
from ..quality.finding import Finding
from .comparing import Comparison, said

if TYPE_CHECKING:
    from .lessons import Lesson, Picture, Step

_MOST = 5  # findings that are told of a step; the others are counted

Mark = tuple[Box, str, str]  # where, what is said of it, its colour

STYLE = """<style>
.wbl { font: 14px/1.45 system-ui, sans-serif; max-width: 1320px; }
.wbl h2 { font-size: 17px; margin: 8px 0 2px; }
.wbl p { margin: 4px 0; max-width: 75ch; }
.wbl-note { border-left: 3px solid #56b4e9; padding-left: 8px; }
.wbl-row { display: flex; flex-wrap: wrap; gap: 12px; margin: 8px 0; }
.wbl figure { margin: 0; flex: 0 1 auto; }
.wbl figcaption { font-size: 12px; opacity: .8; }
.wbl-shown { position: relative; line-height: 0; }
.wbl-shown img { max-width: 100%; border: 1px solid #8888; box-sizing: border-box; }
.wbl-close img { image-rendering: pixelated; }
.wbl-shown svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.wbl-found { margin: 4px 0; padding-left: 24px; font-size: 13px; }
.wbl-chart text { font: 11px system-ui, sans-serif; fill: currentColor; }
</style>"""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
{style}
<style>
body {{ margin: 16px auto; padding: 0 16px; max-width: 1320px; color: #222; background: #fff; }}
nav {{ display: flex; gap: 8px; align-items: center; padding: 8px 0; }}
nav input {{ flex: 1 1 auto; max-width: 420px; }}
nav button {{ font: inherit; padding: 4px 12px; }}
:root:not(.live) nav {{ display: none; }}
:root.live section:not(.now) {{ display: none; }}
</style>
</head><body class="wbl">
<h1>{title}</h1>
<p>{about}</p>
<nav aria-label="Steps"><button type="button" id="back">Previous</button>
<button type="button" id="next">Next</button>
<input type="range" id="at" min="1" max="{count}" value="1" aria-label="Step">
<output id="told" aria-live="polite"></output></nav>
{sections}
<script>
(() => {{
  const steps = [...document.querySelectorAll("section")];
  const at = document.getElementById("at"), told = document.getElementById("told");
  const back = document.getElementById("back"), next = document.getElementById("next");
  const go = (n) => {{
    n = Math.min(Math.max(n || 1, 1), steps.length);
    steps.forEach((one, k) => one.classList.toggle("now", k === n - 1));
    at.value = n;
    told.textContent = `${{n}} of ${{steps.length}}`;
    back.disabled = n === 1;
    next.disabled = n === steps.length;
    history.replaceState(null, "", `#${{n}}`);
  }};
  back.onclick = () => go(+at.value - 1);
  next.onclick = () => go(+at.value + 1);
  at.oninput = () => go(+at.value);
  addEventListener("keydown", (event) => {{
    if (event.target === at) return;
    if (event.key === "ArrowLeft") go(+at.value - 1);
    if (event.key === "ArrowRight") go(+at.value + 1);
  }});
  document.documentElement.classList.add("live");
  go(parseInt(location.hash.slice(1)));
}})();
</script>
</body></html>
"""


def page(lesson: Lesson) -> str:
    """The whole lesson. Without JavaScript, and in print, all steps stand below one another."""
    height, width = lesson.shape
    about = f"{counted(len(lesson))} on a photo of {width} × {height} px, one after another: "
    about += "the cut-out, its alpha, and what the checks find."
    if lesson.steps[0].comparison is not None:
        about += " The truth is known here: SAD is the sum of the alpha's errors, / 1000."
    sections = "\n".join(
        f"<section>{section(lesson, n)}</section>" for n in range(len(lesson.steps))
    )
    return _PAGE.format(
        title=html.escape(lesson.title),
        style=STYLE,
        about=about,
        count=len(lesson),
        sections=sections,
    )


def section(lesson: Lesson, n: int) -> str:
    """Step ``n``, from 0, as HTML; its style is ``STYLE``."""
    step = lesson.steps[n]
    before = lesson.steps[n - 1].comparison if n else None
    parts = [f"<h2>Step {n + 1} of {len(lesson)}: {html.escape(step.words)}</h2>"]
    if step.note:
        parts.append(f'<p class="wbl-note">{html.escape(step.note)}</p>')
    if step.comparison is not None:
        alphas = [one.comparison for one in lesson.steps]
        parts.append(f"<p>{_figures(step.comparison, before)}</p>{_chart(alphas, n, 'SAD')}")
    if step.score is not None and step.score.each:
        lines = "".join(f"<li>{html.escape(str(one))}</li>" for one in step.score.each)
        parts.append(f'<p>Each beside its own truth:</p><ul class="wbl-found">{lines}</ul>')
    if step.score is not None and step.score.shadow is not None:
        shadows = [None if one.score is None else one.score.shadow for one in lesson.steps]
        told = _figures(step.score.shadow, shadows[n - 1] if n else None, outlined=False)
        parts.append(f"<p>The shadow: {told}</p>{_chart(shadows, n, 'SAD of the shadow')}")
    for close in (False, True):
        shown = [_picture(lesson, step, one) for one in step.pictures if one.close == close]
        if close:
            parts.append("<p>The place where most happens, at 200 %:</p>")
        parts.append(f'<div class="wbl-row">{"".join(shown)}</div>')
    parts.append(_found(step))
    return "\n".join(parts)


def _figures(now: Comparison, before: Comparison | None, outlined: bool = True) -> str:
    line = f"; {said(now.boundary)}" if outlined else ""
    change = "" if before is None else f" ({now.sad - before.sad:+.2f})"
    return (
        f"<b>SAD {now.sad:.2f}</b>{change}: {now.lost:.2f} lost, {now.leaked:.2f} leaked{line}."
    ).replace("-", "−")


def _chart(comparisons: Sequence[Comparison | None], now: int, name: str) -> str:
    """The SAD of all steps as bars, what was lost below and what leaked above."""
    sums = [of.sad if of else 0.0 for of in comparisons]
    top, tall, wide = max(*sums, 1e-9), 70, 46
    bars = []
    for n, of in enumerate(comparisons):
        if of is None:
            continue
        x, opacity = n * wide + 6, 1 if n == now else 0.45
        lost, leaked = tall * of.lost / top, tall * of.leaked / top
        base = tall + 16
        bars.append(
            f'<g opacity="{opacity}">'
            f'<rect x="{x}" y="{base - lost:.1f}" width="{wide - 12}" height="{lost:.1f}" '
            f'fill="rgb{LOST}"/>'
            f'<rect x="{x}" y="{base - lost - leaked:.1f}" width="{wide - 12}" '
            f'height="{leaked:.1f}" fill="rgb{GAINED}"/>'
            f'<text x="{x + wide / 2 - 6}" y="{base - lost - leaked - 4:.1f}" '
            f'text-anchor="middle">{of.sad:.2f}</text>'
            f'<text x="{x + wide / 2 - 6}" y="{base + 14}" text-anchor="middle">{n + 1}</text></g>'
        )
    size = f'width="{wide * len(sums)}" height="{tall + 34}"'
    label = f"{name} after each step: " + ", ".join(f"{value:.2f}" for value in sums)
    return f'<svg class="wbl-chart" {size} role="img" aria-label="{label}">{"".join(bars)}</svg>'


def _picture(lesson: Lesson, step: Step, picture: Picture) -> str:
    data = base64.b64encode(picture.data).decode("ascii")
    name = html.escape(picture.name)
    alt = html.escape(f"{picture.name}, after: {step.words}")
    marks = ""
    if not picture.close:
        # Of all the pictures of the whole photo: where the others look, and where faults are.
        boxes: list[Mark] = [(lesson.place, "200 %", "#fff")]
        if picture is step.pictures[0]:
            boxes += [
                (one.box, str(n), "#ffb000")
                for n, (_, one) in enumerate(step.findings[:_MOST], 1)
                if one.box is not None
            ]
        marks = _marks(boxes, lesson.shape)
    near = " wbl-close" if picture.close else ""
    return (
        f'<figure><div class="wbl-shown{near}"><img alt="{alt}" '
        f'src="data:image/jpeg;base64,{data}">{marks}</div><figcaption>{name}</figcaption></figure>'
    )


def _marks(boxes: list[Mark], shape: tuple[int, int]) -> str:
    height, width = shape
    size = max(width, height) / 28
    drawn = []
    for (x0, y0, x1, y1), words, colour in boxes:
        frame = f'x="{x0:g}" y="{y0:g}" width="{x1 - x0:g}" height="{y1 - y0:g}" fill="none"'
        # Dark under light: seen on any picture.
        drawn.append(
            f'<rect {frame} stroke="#000" stroke-width="{size / 5:.1f}" opacity=".6"/>'
            f'<rect {frame} stroke="{colour}" stroke-width="{size / 10:.1f}"/>'
            f'<text x="{x0 + size / 4:g}" y="{y0 + size:g}" font-size="{size:g}" '
            f'font-family="sans-serif" fill="{colour}" stroke="#000" '
            f'stroke-width="{size / 6:.1f}" paint-order="stroke">{html.escape(words)}</text>'
        )
    return f'<svg viewBox="0 0 {width} {height}" aria-hidden="true">{"".join(drawn)}</svg>'


def _found(step: Step) -> str:
    if not step.findings:
        return "<p>The checks find nothing.</p>"
    lines = "".join(_line(name, one) for name, one in step.findings[:_MOST])
    more = len(step.findings) - _MOST
    rest = f"<p>… and {more} more, less severe.</p>" if more > 0 else ""
    return f'<p>The checks find:</p><ol class="wbl-found">{lines}</ol>{rest}'


def _line(subject: str, found: Finding) -> str:
    code = html.escape(found.code.replace("_", " "))
    return (
        f"<li><b>{code}</b> ({html.escape(subject)}, {found.severity:.2f}): "
        f"{html.escape(found.why)}</li>"
    )


def counted(steps: int) -> str:
    """So many steps, in words."""
    return f"{steps} step{'' if steps == 1 else 's'}"

"""Several subjects: overlapping, at different depths, and alike.

All of them are wanted, each by itself: ``Case.subjects`` has the visible share of each, front to
back. With the severity they come closer, cover one another more, and become more alike.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .case import Case, Request
from .choosing import backdrop, shape_of
from .degraded import blurred, disc_kernel
from .material import any_background, cut_layer, real
from .scene import Layer, assemble
from .things import GLAZES, Light, vase

VARIANTS = ("side by side", "one behind another", "alike")

_NAMES = ("first", "second", "third")


def make(asked: Request) -> Case:
    """A case of several subjects."""
    variant = VARIANTS[asked.seed % len(VARIANTS)]
    shape = shape_of(asked)
    height, width = shape
    much = asked.severity
    found = real(asked)
    rng = asked.rng("subjects")
    count = 2 + int(rng.random() < 0.6)
    apart = (0.33 if count == 2 else 0.27) * (1 - 0.62 * much)
    glazes = rng.permutation(len(GLAZES))
    paths = found.cutouts if found is not None else ()
    picks = rng.integers(max(1, len(paths)), size=count)
    forms = rng.integers(10_000, size=count)
    layers: list[tuple[float, Layer]] = []
    sources: list[str] = []
    for n in range(count):
        depth = n / count if variant != "side by side" else 0.12 * n
        x = width * (0.5 + apart * (n - (count - 1) / 2))
        tall = height * (0.6 - (0.14 if variant == "one behind another" else 0.03) * n)
        foot = x, height * (0.86 - 0.09 * depth)
        if found is not None:
            path = paths[int(picks[0 if variant == "alike" else n])]
            size = 1.2 * tall
            layer = cut_layer(path, shape, (x, foot[1] - 0.42 * size), size, mirror=n % 2 == 1)
            sources.append(path.stem)
        else:
            own = np.array(GLAZES[int(glazes[n])])
            first = np.array(GLAZES[int(glazes[0])])
            colour = own + 0.95 * much * (first - own)
            form = np.random.default_rng(int(forms[0 if variant == "alike" else n]))
            red, green, blue = (float(v) for v in colour)
            layer = vase(shape, foot, tall, form, Light(), (red, green, blue))
        if variant == "one behind another" and n:
            # The one in front is in focus; at low severity the depth tells them apart.
            radius = n * 0.006 * asked.size * (1 - much)
            if radius > 0.4:
                layer = blurred(layer, disc_kernel(radius))
        layers.append((depth, replace(layer, name=f"{_NAMES[n]} {layer.name}")))
    if found is not None:
        picture, name = any_background(found, shape, asked.rng("background"))
        sources.append(name)
    else:
        picture, names = backdrop(asked, shape)
        sources.extend(names)
    ordered = [layer for _, layer in sorted(layers, key=lambda pair: pair[0])]
    return assemble(
        asked,
        ordered,
        picture,
        f"{count} subjects, {variant}: each covers a part of the next, and one click cannot say "
        "which of them is meant.",
        material="real" if found is not None else "procedural",
        sources=tuple(dict.fromkeys(sources)),
        facts={"variant": variant, "subjects": count},
    )

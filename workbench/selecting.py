"""A subject's mask without prompts: from a model or a file, by the traditional tools, by depth."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from . import edits as e
from . import matte, segment
from .arrays import check_plane, check_trimap, to_uint8
from .coordinates import Box, Point
from .errors import ArrayError, EditError, PromptError
from .handle import Handle, sequence
from .io import load_photo
from .screens import check_colour
from .starting import find_screen, hex_of, scissors_reach


class Selecting(Handle):
    """What gives a mask without a question to the model. Each makes one edit."""

    def auto(
        self,
        model: str = "u2netp",
        checkpoint: str | os.PathLike[str] | None = None,
        non_commercial: bool = False,
    ) -> Self:
        """A starting mask from a model that takes no prompts.

        Args:
            model: one of ``workbench.automatic_models()``.
            checkpoint: an .onnx file of your own that wants the same as that model.
            non_commercial: that you do not use the result commercially; needed for models whose
                licence does not allow that.

        Raises:
            UnknownNameError: no such model.
            WeightsError: its weights are missing or not what they should be.
            LicenceError: its licence does not allow commercial use, and ``non_commercial`` is not
                set.
        """
        path = None if checkpoint is None else str(Path(checkpoint).expanduser().resolve())
        identity = segment.automatic_identity(model, path, non_commercial)
        return self._do(e.Auto(subject=self.id, model=model, identity=identity, checkpoint=path))

    def second_look(self, box: Sequence[float] | None = None) -> Self:
        """The mask so far weighed against what stands out in its box, and against colours.

        Each is wrong in places of its own; a network says where which is to be believed, and
        answers an opacity: of a subject up to 512 pixels a side it is a matte as it is, by
        ``matte("none")``.

        Args:
            box: (x0, y0, x1, y1) in image pixels, around all of the subject; None for the last box
                that was drawn, or else the bounds of the mask and a little more.

        Raises:
            EditError: there is no mask yet. PromptError: no box inside the photo.
            WeightsError: U²-Net-p is not here.
        """
        corners = self._around() if box is None else tuple(sequence(box, "a box"))
        if len(corners) != 4:
            raise PromptError(f"expected a box (x0, y0, x1, y1), got {box!r:.80}")
        x0, y0, x1, y1 = corners
        identity = segment.second_look_identity()
        return self._do(
            e.SecondLook(subject=self.id, x0=x0, y0=y0, x1=x1, y1=y1, identity=identity)
        )

    def _around(self) -> Box:
        found = self.session.render(lambda r: r.subject(self.id).box_around)
        if found is None:
            raise EditError("expected a mask to look at again, got none yet")
        return found

    def load_mask(self, mask: Any, name: str | None = None) -> Self:
        """A mask made elsewhere as the starting point.

        Args:
            mask: (H, W) bool, uint8 or float in [0, 1] of the photo's size; or the path or the
                bytes of a picture of that size, whose alpha is read where it has one that is not
                the same everywhere, and else its grey value.
            name: what the history calls it; by default after its file.

        Raises:
            ArrayError: another size; ImageError: the file cannot be read.
        """
        if isinstance(mask, (str, os.PathLike, bytes)):
            loaded = load_photo(mask, name=name)
            name = loaded.name
            # Many programs write an alpha that is opaque everywhere: then the grey is the mask.
            alpha = loaded.alpha
            grey = alpha is None or alpha.min() == alpha.max()
            mask = loaded.image8[..., 0] if grey else alpha
        plane, shape = to_uint8(check_plane(mask, None, "mask")), self.session.photo.shape
        if plane.shape != shape:
            raise ArrayError(f"expected a mask of shape {shape}, got {plane.shape}")
        blob = self.session.keep(plane)
        return self._do(e.LoadMask(subject=self.id, blob=blob, name=name or "array"))

    def load_trimap(self, trimap: Any, name: str | None = None) -> Self:
        """A trimap made elsewhere, in place of the band around the mask.

        Strokes that come after it change it, and what is painted still wins. Where nothing was
        asked or loaded yet it is the mask as well, its unknown half sure.

        Args:
            trimap: (H, W) of the photo's size: 0, 0.5 and 1, or integers 0, 127 or 128, and 255;
                or the path or the bytes of such a picture.
            name: what the history calls it; by default after its file.

        Raises:
            ArrayError: another size, or a value that is none of the three. ImageError: the file
            cannot be read.
        """
        if isinstance(trimap, (str, os.PathLike, bytes)):
            loaded = load_photo(trimap, name=name)
            name, trimap = loaded.name, loaded.image8[..., 0]
        plane = to_uint8(check_trimap(trimap, self.session.photo.shape))
        blob, called = self.session.keep(plane), name or "array"
        mask = e.LoadMask(subject=self.id, blob=blob, name=called)
        load = e.LoadTrimap(subject=self.id, blob=blob, name=called)
        self.session.do_together([load] if self.state.layers else [mask, load])
        return self

    def chroma_key(
        self,
        colour: str | Sequence[float] | None = None,
        at: Point | None = None,
        tolerance: float = 0.1,
        softness: float = 0.75,
        spill: float = 1.0,
        combine: str = "replace",
    ) -> Self:
        """Everything but a backdrop of one colour, such as a green screen.

        The key is an opacity already: before a coloured screen ``matte("none")`` keeps it as it
        is, thin parts included, which the solver's band may lose. Before white, solve.

        Args:
            colour: the backdrop's, #rrggbb or (red, green, blue) in 0–255. Without, and without
                ``at``, it is found along the photo's border, and again on each photo that the
                session is replayed on.
            at: (x, y) in image pixels where to pick it.
            tolerance: 0–1, how far the screen may stray from its colour and still be gone.
            softness: 0–1, the width of the ramp from gone to solid.
            spill: 0–1, how far the screen's light is taken off the subject's colours.
            combine: "replace", or "add" to, "subtract" from or "intersect" with the mask so far.

        Raises:
            EditError: no one colour along the border, or a value makes no sense.
        """
        if colour is not None and not isinstance(colour, str):
            colour = hex_of(check_colour(colour))
        if colour is None:
            found = find_screen(self.session.photo, at)
            colour = None if at is None else found
        return self._do(
            e.ChromaKey(
                subject=self.id,
                colour=colour,
                tolerance=tolerance,
                softness=softness,
                spill=spill,
                combine=combine,
            )
        )

    def magic_wand(
        self,
        x: float,
        y: float,
        tolerance: float = 32,
        contiguous: bool = True,
        sample: int = 1,
        antialias: bool = True,
        combine: str = "replace",
    ) -> Self:
        """The pixels whose colour is like that at (x, y).

        Args:
            x, y: in image pixels.
            tolerance: 0–255, the largest difference of a channel.
            contiguous: only what hangs together with the place; without, all over the photo.
            sample: 1, 3 or 5: the mean of so many pixels a side is looked for.
            antialias: a soft edge.
            combine: "replace", or "add" to, "subtract" from or "intersect" with the mask so far.
        """
        return self._do(
            e.MagicWand(
                subject=self.id,
                x=x,
                y=y,
                tolerance=tolerance,
                contiguous=contiguous,
                sample=sample,
                antialias=antialias,
                combine=combine,
            )
        )

    def grabcut(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        iterations: int = 5,
        combine: str = "replace",
    ) -> Self:
        """What a box holds by colour and edges alone, in 1 to 20 iterations.

        combine: "replace", or "add" to, "subtract" from or "intersect" with the mask so far.
        """
        return self._do(
            e.GrabCut(
                subject=self.id,
                x0=x0,
                y0=y0,
                x1=x1,
                y1=y1,
                iterations=iterations,
                combine=combine,
            )
        )

    def scissors(
        self, points: Sequence[Point], width: float | None = None, combine: str = "replace"
    ) -> Self:
        """An outline through a few points, closed by itself, that follows the photo's edges.

        Args:
            points: [(x, y), …] along the subject's outline, in image pixels, at least three.
            width: how far from each point the edge is looked for, in pixels; by default a
                hundredth of the photo's long side, and at least 4.
            combine: "replace", or "add" to, "subtract" from or "intersect" with the mask so far.
        """
        if width is None:
            width = scissors_reach(self.session.photo.shape)
        return self._do(
            e.Scissors(
                subject=self.id,
                points=sequence(points, "points [(x, y), …]"),
                width=width,
                combine=combine,
            )
        )

    def select_depth(
        self,
        near: float | None = None,
        far: float | None = None,
        softness: float = 0.0,
        combine: str = "replace",
        at: Sequence[Point] = (),
    ) -> Self:
        """What lies between two depths, or as deep as what some places lie on.

        Args:
            near, far: the range in the depth map's own numbers, both included; None for the
                nearest and the farthest that there is.
            softness: how far beyond either end the mask falls to 0, in the map's numbers.
            combine: "replace", or "add" to, "subtract" from or "intersect" with the mask so far.
            at: places [(x, y), …] in image pixels, instead of near and far: the range of the
                things that they lie on is found, and kept as two numbers.

        Raises:
            EditError: no depth map was loaded, or neither range nor places, or both.
            InputError: depth is unknown at all of the places.
        """
        loaded = self.state.depth
        if loaded is None:
            raise EditError("expected a depth map, got none: session.load_depth(...) loads one")
        places = sequence(at, "points [(x, y), …]")
        if bool(places) == (near is not None or far is not None):
            raise EditError("expected a depth near or far, or places at which to look for it")
        if places:
            near, far = matte.depth_at(self.session.depth, places)
        ends = (loaded.high, loaded.low) if loaded.near == "large" else (loaded.low, loaded.high)
        return self._do(
            e.SelectDepth(
                subject=self.id,
                blob=loaded.blob,
                low=loaded.low,
                high=loaded.high,
                near=ends[0] if near is None else near,
                far=ends[1] if far is None else far,
                softness=softness,
                combine=combine,
            )
        )

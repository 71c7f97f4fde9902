"""An image encoder run as its package runs it, with progress.

For those that ``sam_encoder`` does not compute: TinyViT, Hiera, RepViT, SAM 3's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .sam_encoder import OnBlock


class PlainEncoder:
    """A callable like ``SamEncoder`` around any other encoder."""

    def __init__(self, run: Callable[[Any], Any], blocks: Sequence[Any]) -> None:
        """Wrap an encoder.

        Args:
            run: picture (B, 3, S, S) → what the encoder makes of it.
            blocks: those of its modules that run one after the other.
        """
        self._run, self._blocks = run, list(blocks)

    def __call__(self, picture: Any, on_block: OnBlock | None = None) -> Any:
        """What the encoder makes of a picture. ``on_block`` is called after each block."""
        with watched(self._blocks, on_block):
            return self._run(picture)


@contextmanager
def watched(blocks: Sequence[Any], on_block: OnBlock | None) -> Iterator[None]:
    """Call ``on_block`` after each block while inside; the hooks go whatever happens."""
    handles: list[Any] = []

    def hook_for(number: int) -> Callable[..., None]:
        def hook(*_: Any) -> None:
            if on_block is not None:
                on_block(number, len(blocks))

        return hook

    try:
        if on_block is not None:
            for number, block in enumerate(blocks, start=1):
                handles.append(block.register_forward_hook(hook_for(number)))
        yield
    finally:
        for handle in handles:
            handle.remove()

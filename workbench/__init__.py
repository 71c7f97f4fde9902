"""The workbench that people reach for when background removal fails.

    import workbench as wb
    session = wb.open("photo.jpg")
    session.subject().box(40, 30, 400, 500)
    session.export("out/")

Names are loaded when they are first used, so that ``import workbench`` itself takes no torch,
numba, cv2 or matplotlib with it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import errors, export, failures, matte, views
    from .journal import recoverable
    from .matte import alpha_from_trimap, foreground_colours, trimap_from_mask
    from .opening import load, open, recover
    from .prompts import PromptSet
    from .quality import metrics
    from .segment import automatic_models, get_segmenter, segmenters
    from .session import Session
    from .subject import Subject
    from .widgets.app import Workbench

_WHERE = {
    "open": "opening", "load": "opening", "recover": "opening", "Session": "session",
    "Subject": "subject", "recoverable": "journal", "Workbench": "widgets.app",
    "segmenters": "segment", "automatic_models": "segment", "get_segmenter": "segment",
    "PromptSet": "prompts",
    "trimap_from_mask": "matte", "alpha_from_trimap": "matte", "foreground_colours": "matte",
}  # fmt: skip
_MODULES = {"metrics": "quality.metrics", "views": "views", "errors": "errors", "export": "export",
            "matte": "matte", "failures": "failures"}  # fmt: skip

__all__ = sorted({*_WHERE, *_MODULES})


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        value = getattr(import_module(f".{_WHERE[name]}", __name__), name)
    elif name in _MODULES:
        value = import_module(f".{_MODULES[name]}", __name__)
    else:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


__version__ = "0.1.0"

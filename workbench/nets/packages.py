"""Packages that a family of segmenters is made of: importing them late, and quietly."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Sequence
from typing import Any

from ..errors import MissingPackageError
from .reading import import_torch, import_torchvision

_PIP = {"segment_anything": "segment-anything", "cv2": "opencv-python-headless"}


def absent(packages: Sequence[str]) -> list[str]:
    """Those that are not installed. Imports none of them."""
    return [name for name in packages if importlib.util.find_spec(name) is None]


def install_line(packages: Sequence[str], extra: str | None) -> str:
    """What to type to get them.

    >>> install_line(["transformers"], "sam2")
    'pip install "matte-workbench[sam2]"'
    >>> install_line(["cv2"], None)
    'pip install opencv-python-headless'
    """
    if extra is not None:
        return f'pip install "matte-workbench[{extra}]"'
    return "pip install " + " ".join(_PIP.get(p, p) for p in packages)


def missing(name: str, packages: Sequence[str], extra: str | None) -> MissingPackageError:
    """The error for a segmenter whose packages are not installed."""
    return MissingPackageError(
        f"expected {' and '.join(packages)} to be installed for {name}, got none: "
        f"{install_line(packages, extra)}"
    )


def import_package(module: str, extra: str) -> Any:
    """An optional package, with torch and a torchvision that works behind it.

    Args:
        module: its name in Python.
        extra: the extra of matte-workbench that installs it.

    Raises:
        MissingPackageError: it, or something that it needs, is not installed.
    """
    import_torch()
    try:
        import_torchvision()
        # What packages say of themselves on import (that timm moved a module) is no news to the
        # person at the canvas. Errors are raised all the same.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(module)
    except ImportError as error:
        raise MissingPackageError(
            f"expected {module} to be installed, got: {error}: {install_line([module], extra)}"
        ) from error


def import_beside_timm(module: str, extra: str) -> Any:
    """A package that brings models of timm's with it, without their taking the place of timm's own.

    MobileSAM and SAM-HQ each carry a copy of TinyViT, and register it in timm under the very names
    of timm's: after a plain import, ``timm.create_model("tiny_vit_5m_224")`` gives another model,
    and timm warns of each.

    Raises:
        MissingPackageError: see ``import_package``.
    """
    registry = import_package("timm.models.registry", extra)
    register = registry.register_model
    registry.register_model = lambda function: function
    try:
        return import_package(module, extra)
    finally:
        registry.register_model = register

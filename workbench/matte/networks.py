"""Networks for matting: image and trimap in, alpha out, in windows along the band.

Ours are ViTMatte (Yao, Wang, Yang and Wang, "ViTMatte: Boosting Image Matting with Pretrained Plain
Vision Transformers", Information Fusion 103, 2024, https://arxiv.org/abs/2305.15272) through
transformers. Other packages announce theirs in the group of entry points "workbench.matting": a
name and a factory (checkpoint, progress) that makes a ``MattingNetwork``. Nothing here imports
torch until a network is made.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .. import weights
from ..errors import (
    InputError,
    ModelError,
    WeightsDamagedError,
    WeightsMismatchError,
    WeightsMissingError,
)
from ..nets.device import best_device
from ..nets.packages import import_package
from ..nets.reading import give_state, import_torch, read_state
from ..nets.table import Availability, Row, Table, stamp_of
from ..progress import Progress, report
from .grid import Grid
from .pieces import Pieces, Solved, Window, solve_in_pieces
from .result import AlphaResult

PIECES = Pieces(
    Grid(tile=512, margin=128, blend=32, even=True), whole=768 * 768, tied=False, spreads=False
)
"""Attention is over all of a window: at 768 × 768 the small ViTMatte takes 0.8 GB while it runs,
the base one 1.1 GB; at twice the side it would be ten times that."""

_EXTRA = "vitmatte"
_TRANSFORMERS = ("torch", "torchvision", "transformers")
_UNKNOWN = np.float32(128 / 255)  # what the unknown is in a trimap of 8 bits, as published
_MULTIPLE = 32  # of pixels, which both sides are padded to


class MattingNetwork(Protocol):
    """What a network is to the workbench. Called from one thread at a time.

    Attributes:
        name: what it is called.
        identity: name, weights and precision in one word: another identity, another answer.
    """

    name: str
    identity: str

    def alpha(self, image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        """The alpha of a window, of any size that it may be asked about.

        Args:
            image: (h, w, 3) float32 sRGB in [0, 1].
            trimap: (h, w) float32 of 0, 0.5 and 1.

        Returns:
            (h, w) float32; only what is unknown is looked at.

        Raises:
            ModelError: it could not answer, for example for want of memory.
        """


@dataclass(frozen=True)
class Files:
    """A network's files: its weights, and the config.json of a checkpoint of one's own, if any."""

    weights: Path
    config: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Network(Row):
    """A network of ours. make: from its files and its identity."""

    make: Callable[[Files, str], MattingNetwork]


def vitmatte_config(name: str) -> dict[str, Any]:
    """The architecture of "vitmatte" or "vitmatte_base", as transformers' config.json has it.

    After the published configs/ViTMatte_S_100ep.py and ViTMatte_B_100ep.py of hustvl/ViTMatte.
    """
    width, heads = {"vitmatte": (384, 6), "vitmatte_base": (768, 12)}[name]
    return {
        "model_type": "vitmatte",
        "hidden_size": width,
        "convstream_hidden_sizes": [48, 96, 192],
        "fusion_hidden_sizes": [256, 128, 64, 32],
        "backbone_config": {
            "model_type": "vitdet",
            "hidden_size": width,
            "num_attention_heads": heads,
            "num_channels": 4,
            "image_size": 512,
            "pretrain_image_size": 224,
            "patch_size": 16,
            "window_size": 14,
            "window_block_indices": [0, 1, 3, 4, 6, 7, 9, 10],
            "residual_block_indices": [2, 5, 8, 11],
            "use_absolute_position_embeddings": True,
            "use_relative_position_embeddings": True,
            "out_features": ["stage12"],
        },
    }


class VitMatte:
    """A VitMatteForImageMatting of transformers behind the protocol.

    Attributes:
        device: the torch device in use.
    """

    def __init__(self, name: str, model: Any, identity: str, device: str | None = None) -> None:
        self.name, self.identity = name, identity
        self.device = device or best_device()
        self._model = model.eval().to(self.device)

    def alpha(self, image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        """See MattingNetwork.alpha. The values are those of transformers' VitMatteImageProcessor.

        Values are brought to [−1, 1], the trimap is a fourth channel, and what is padded on the
        right and below is 0 in all four.
        """
        torch = import_torch()
        height, width = trimap.shape
        room = tuple(-(-side // _MULTIPLE) * _MULTIPLE for side in (height, width))
        values = np.zeros((1, 4, *room), np.float32)
        values[0, :3, :height, :width] = image.transpose(2, 0, 1) * 2 - 1
        values[0, 3, :height, :width] = np.where(trimap == 0.5, _UNKNOWN, trimap)
        try:
            with torch.inference_mode():
                found = self._model(torch.from_numpy(values).to(self.device)).alphas
                return found[0, 0, :height, :width].float().cpu().numpy()
        except RuntimeError as error:  # torch.OutOfMemoryError is one
            words = " ".join(str(error).split())[:120]
            raise ModelError(
                f"expected {self.name} to answer for {width} × {height} pixels on {self.device}, "
                f"got: {words}"
            ) from error


def load_vitmatte(files: Files, name: str, identity: str) -> VitMatte:
    """A network from a checkpoint: transformers' layout, or the authors' own (``ViTMatte_*.pth``).

    Args:
        files: the weights, see ``read_state``, of what their config.json says, and without one of
            ``name``.

    Raises:
        WeightsError: missing, damaged, unsafe or of another architecture.
        MissingPackageError: transformers is not installed.
    """
    path = files.weights
    config = vitmatte_config(name) if files.config is None else _read_config(files.config)
    state = _renamed(read_state(path))
    t = import_package("transformers", _EXTRA)
    backbone = dict(config["backbone_config"])
    backbone.pop("model_type")
    known = ("hidden_size", "batch_norm_eps", "convstream_hidden_sizes", "fusion_hidden_sizes")
    try:
        with import_package("transformers.initialization", _EXTRA).no_init_weights():
            model = t.VitMatteForImageMatting(
                t.VitMatteConfig(
                    backbone_config=t.VitDetConfig(**backbone),
                    **{key: config[key] for key in known if key in config},
                )
            )
    except (TypeError, ValueError, KeyError, ZeroDivisionError) as error:
        raise WeightsMismatchError(
            f"expected the config of a ViTMatte beside {path}, got: {error}"
        ) from error
    give_state(model, state, name, path.name)
    return VitMatte(name, model, identity)


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text("utf-8"))
        kinds = config["model_type"], config["backbone_config"]["model_type"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsDamagedError(
            f"expected the config of a ViTMatte in {path}, got: {error}"
        ) from error
    if kinds != ("vitmatte", "vitdet"):
        raise WeightsMismatchError(
            f"expected a vitmatte on a vitdet in {path}, got a {kinds[0]} on a {kinds[1]}"
        )
    return config


_OTHER_NAMES = (
    ("backbone.pos_embed", "backbone.embeddings.position_embeddings"),
    ("backbone.patch_embed.proj.", "backbone.embeddings.projection."),
    ("backbone.blocks.", "backbone.encoder.layer."),
    (".attn.", ".attention."),
    (".fusion_blks.", ".fusion_blocks."),
)
"""What the authors' files call things, and what transformers calls them."""


def _renamed(state: dict[str, Any]) -> dict[str, Any]:
    renamed = {}
    for name, value in state.items():
        for one, other in _OTHER_NAMES:
            name = name.replace(one, other)
        renamed[name] = value
    return renamed


def _vitmatte(name: str, size: str) -> Network:
    return Network(
        words=f"ViTMatte, {size}: hair and see-through things, a network", weights=name,
        packages=_TRANSFORMERS, extra=_EXTRA,
        make=lambda files, identity: load_vitmatte(files, name, identity),
    )  # fmt: skip


TABLE = Table(
    "matting network",
    "subject.matte({name!r})",
    "workbench.matting",
    {
        "vitmatte": _vitmatte("vitmatte", "small"),
        "vitmatte_base": _vitmatte("vitmatte_base", "base"),
    },
    ("name", "identity", "alpha"),
)
_made: tuple[tuple[str | int, ...], MattingNetwork] | None = None
_lock = threading.Lock()


def matting_networks(non_commercial: bool = False) -> dict[str, Availability]:
    """Every matting network by name, and whether it is ready. Loads none of them.

    Args:
        non_commercial: those too whose licence does not allow commercial use.
    """
    return TABLE.states(non_commercial)


def network_identity(
    name: str, checkpoint: str | os.PathLike[str] | None = None, non_commercial: bool = False
) -> str:
    """Name, SHA-256 of the weights (first 16 hex digits) and precision, without loading it.

    Args:
        checkpoint: a weights file of one's own, or a folder with model.safetensors and
            config.json in it; None for the catalogue's.
        non_commercial: that the answers are not used commercially; needed for a network of the
            catalogue whose licence does not allow that (a checkpoint of one's own is one's own
            concern).

    Raises:
        UnknownNameError: no such network.
        LicenceError: the licence does not allow commercial use, and ``non_commercial`` is not set.
        WeightsError: its weights are missing or damaged.
        MissingPackageError: a package that it needs is not installed.
    """
    found = TABLE.find(name)
    if isinstance(found, EntryPoint):
        return _network(name, checkpoint, None, non_commercial).identity
    return _identity(name, _files(name, checkpoint, non_commercial))


def solve_by_network(
    name: str,
    image: np.ndarray,
    trimap: np.ndarray,
    unknown: np.ndarray,
    mask: np.ndarray | None,
    progress: Progress | None,
    checkpoint: str | os.PathLike[str] | None = None,
    identity: str = "",
    non_commercial: bool = False,
) -> AlphaResult:
    """The band's alpha by a network, in overlapping windows; see ``pieces.solve_in_pieces``.

    Args:
        checkpoint, non_commercial: see ``network_identity``.
        identity: what the network must be, where an edit pinned it.

    Raises:
        WeightsMismatchError: it is another one than the edit pinned.
        ModelError: it could not answer. Others: see ``network_identity``.
        CancelledError: out of ``progress``, between windows.
    """
    network = _network(name, checkpoint, progress, non_commercial or bool(identity))
    if identity and network.identity != identity:
        raise WeightsMismatchError(
            f"expected {name} as {identity}, which the edit was made with, got "
            f"{network.identity}; subject.matte({name!r}) asks this one"
        )

    def solve(window: Window) -> Solved:
        window.progress(0.0, f"asking {name}")
        with _lock:
            found = np.asarray(network.alpha(window.image, window.trimap))
        if found.shape != window.band.shape:
            raise ModelError(
                f"expected {name} to give an alpha of {window.band.shape}, got {found.shape}"
            )
        return Solved(found)

    return solve_in_pieces(solve, PIECES, image, trimap, unknown, mask, progress)


def _files(name: str, checkpoint: str | os.PathLike[str] | None, non_commercial: bool) -> Files:
    own = checkpoint is not None
    if checkpoint is not None and Path(checkpoint).is_dir():
        checkpoint = _in_folder(Path(checkpoint))
    path = TABLE.path(name, checkpoint, non_commercial)
    assert path is not None  # every network of ours has weights
    config = path.with_name("config.json")
    # What lies beside the catalogue's weights may belong to anything.
    return Files(path, config if own and config.is_file() else None)


def _in_folder(folder: Path) -> Path:
    for file in ("model.safetensors", "pytorch_model.bin"):
        if (folder / file).is_file():
            return folder / file
    raise WeightsMissingError(
        f"expected model.safetensors or pytorch_model.bin in {folder}, got neither"
    )


def _identity(name: str, files: Files) -> str:
    hashes = weights.file_sha256(files.weights)[:16]
    if files.config is not None:
        # What it answers comes of two files.
        hashes += f"+{weights.file_sha256(files.config)[:16]}"
    return f"{name}:{hashes}:float32"


def _network(
    name: str,
    checkpoint: str | os.PathLike[str] | None,
    progress: Progress | None,
    non_commercial: bool,
) -> MattingNetwork:
    """The network, loaded once; the last one that was asked is kept."""
    global _made
    found = TABLE.find(name)
    path = None if checkpoint is None else Path(checkpoint)
    files = None
    if not isinstance(found, EntryPoint):
        files = _files(name, checkpoint, non_commercial)
        path = files.weights
    key = name, *stamp_of(path), *stamp_of(files.config if files is not None else None)
    with _lock:  # two threads that want the same one load it once
        if _made is not None and _made[0] == key:
            return _made[1]
        _made = None  # before the next one is loaded
        report(progress, 0.0, f"reading {name}")
        if isinstance(found, EntryPoint):
            made: MattingNetwork = TABLE.from_elsewhere(found, path, progress)
        else:
            assert files is not None  # as above
            made = found.make(files, _identity(name, files))
        if not isinstance(made.identity, str) or not made.identity:
            raise InputError(f"expected {name} to have an identity in words, got {made.identity!r}")
        _made = key, made
        return made

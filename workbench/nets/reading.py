"""Reading a checkpoint without running what is in it; torch, imported when it is wanted."""

from __future__ import annotations

import importlib
import io
import pickle
import pickletools
import sys
import types
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import (
    MissingPackageError,
    WeightsDamagedError,
    WeightsError,
    WeightsMismatchError,
    WeightsMissingError,
    WeightsUnsafeError,
)

if TYPE_CHECKING:
    import torch


def import_torch() -> Any:
    """The torch module.

    Raises:
        MissingPackageError: torch is not installed.
    """
    try:
        return importlib.import_module("torch")
    except ImportError as error:
        raise MissingPackageError(
            f"expected the package torch for this model, got: {error}; "
            "install it with: pip install torch==2.13.0 torchvision==0.28.0"
        ) from error


def import_torchvision() -> None:
    """Import torchvision, also where its operators are missing."""
    try:
        importlib.import_module("torchvision")
        return
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    for name in [m for m in sys.modules if m == "torchvision" or m.startswith("torchvision.")]:
        del sys.modules[name]
    registrations = "torchvision._meta_registrations"
    sys.modules[registrations] = types.ModuleType(registrations)
    importlib.import_module("torchvision")


def read_state(path: str | Path) -> dict[str, torch.Tensor]:
    """The tensors of a checkpoint by name, on the CPU. Code in the file does not run.

    Args:
        path: a file of ``torch.save`` holding a state dict (bare, or under "model" or
            "state_dict"), or a .safetensors file.

    Raises:
        WeightsMissingError: there is no such file.
        WeightsUnsafeError: the file is a pickle that refers to code.
        WeightsDamagedError: it is truncated, or no checkpoint at all.
        WeightsMismatchError: it is a container with something other than named tensors.
        MissingPackageError: a .safetensors file without the package safetensors.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsMissingError(f"expected a checkpoint at {path}, got no such file")
    loaded = _read_safetensors(path) if path.suffix == ".safetensors" else _read_pickle(path)
    return _named_tensors(loaded, path)


def _read_safetensors(path: Path) -> Any:
    import_torch()
    try:
        load_file = importlib.import_module("safetensors.torch").load_file
    except ImportError as error:
        raise MissingPackageError(
            f"expected the package safetensors to read {path.name}, got: {error}; "
            "install it with: pip install safetensors"
        ) from error
    try:
        return load_file(str(path), device="cpu")
    except OSError as error:
        raise _unreadable(path, error) from error
    except Exception as error:
        # SafetensorError is the compiled module's own class; its base is plain Exception.
        raise _damaged(path, error) from error


def _read_pickle(path: Path) -> Any:
    torch = import_torch()
    try:
        with warnings.catch_warnings():
            # torch warns of pickle protocols that it reads nonetheless; refusals are raised.
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise _unreadable(path, error) from error
    except pickle.UnpicklingError as error:
        code = _code_in(path)
        if code is not None:
            raise WeightsUnsafeError(
                f"expected a checkpoint of plain tensors in {path.name}, got a pickle that refers "
                f"to {code}; loading it could run code, so it was not loaded"
            ) from error
        raise _damaged(path, error) from error
    except (RuntimeError, EOFError, ValueError, KeyError, IndexError, AttributeError, TypeError,
            zipfile.BadZipFile) as error:  # fmt: skip
        # What the unpickler meets in random bytes is not documented: any of these was seen.
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> WeightsDamagedError:
    size = path.stat().st_size
    return WeightsDamagedError(
        f"expected a whole checkpoint in {path}, got {size} bytes that do not read as one "
        f"({_first_words(error)})"
    )


def _unreadable(path: Path, error: OSError) -> WeightsError:
    return WeightsDamagedError(
        f"expected to be able to read {path}, got: {error.strerror or error}"
    )


def _first_words(error: Exception) -> str:
    words = " ".join(str(error).split()) or type(error).__name__
    return words.split(". ")[0][:120]


def _code_in(path: Path) -> str | None:
    """The first name that a pickle in the file refers to and torch refuses, or None.

    Nothing is executed: only the opcodes are listed.
    """
    try:
        with path.open("rb") as file:
            if zipfile.is_zipfile(file):
                with zipfile.ZipFile(file) as archive:
                    pickles = [
                        archive.read(n) for n in archive.namelist() if n.endswith("data.pkl")
                    ]
            else:
                file.seek(0)
                # Legacy files hold several pickles and then raw tensors; the pickles come first.
                pickles = [file.read(64 * 2**20)]
    except (OSError, zipfile.BadZipFile, RuntimeError):
        return None
    for data in pickles:
        name = _foreign_name(data)
        if name is not None:
            return name
    return None


_HARMLESS = ("torch", "torch._utils", "torch._tensor", "torch.storage", "collections",
             "numpy", "numpy.core.multiarray", "numpy._core.multiarray", "_codecs")  # fmt: skip


def _foreign_name(data: bytes) -> str | None:
    stream = io.BytesIO(data)
    while stream.tell() < len(data):
        strings: list[str] = []
        try:
            for opcode, argument, _ in pickletools.genops(stream):
                if isinstance(argument, str) and "UNICODE" in opcode.name:
                    strings.append(argument)
                elif opcode.name in ("GLOBAL", "INST", "STACK_GLOBAL"):
                    if opcode.name == "STACK_GLOBAL":
                        module, name = strings[-2:] if len(strings) >= 2 else ("?", "?")
                    else:
                        module, _, name = str(argument).partition(" ")
                    if module not in _HARMLESS or name in ("load", "_load_from_bytes"):
                        return f"{module}.{name}"
        except Exception:  # noqa: BLE001 - random bytes fail in any way; then it is no pickle
            return None
    return None


def _named_tensors(loaded: Any, path: Path) -> dict[str, torch.Tensor]:
    torch = import_torch()
    for wrapper in ("model", "state_dict"):
        if isinstance(loaded, Mapping) and isinstance(loaded.get(wrapper), Mapping):
            loaded = loaded[wrapper]
    if not isinstance(loaded, Mapping) or not loaded:
        raise WeightsMismatchError(
            f"expected named tensors in {path.name}, got {type(loaded).__name__}"
        )
    for name, value in loaded.items():
        if not isinstance(name, str) or not isinstance(value, torch.Tensor):
            raise WeightsMismatchError(
                f"expected named tensors in {path.name}, "
                f"got {type(value).__name__} under {str(name)[:60]!r}"
            )
    return dict(loaded)


def give_state(
    model: torch.nn.Module,
    state: Mapping[str, torch.Tensor],
    name: str,
    source: str,
    found: str | None = None,
) -> None:
    """Give a model its weights; every name and shape must fit.

    Args:
        model: built without weights.
        state: what ``read_state`` gave.
        name: the architecture that the model is, for the message.
        source: the file's name, for the message.
        found: what other architecture the weights are known to be of, for the message.

    Raises:
        WeightsMismatchError: another architecture; the message names what the file holds.
    """
    wanted = model.state_dict()
    missing = [k for k in wanted if k not in state]
    extra = [k for k in state if k not in wanted]
    bent = [k for k in wanted if k in state and wanted[k].shape != state[k].shape]
    if missing or extra or bent:
        if found is not None:
            came = f"those of {found}"
        elif bent:
            key = bent[0]
            came = f"{key} of {tuple(state[key].shape)} instead of {tuple(wanted[key].shape)}"
        elif missing:
            came = f"{len(missing)} of them missing, such as {missing[0]}"
        else:
            came = f"{len(extra)} more, such as {extra[0]}"
        raise WeightsMismatchError(f"expected the weights of {name} in {source}, got {came}")
    model.load_state_dict(dict(state), strict=True)

"""Where models run and in which numbers: one setting for every family.

The device is WORKBENCH_DEVICE or the first that this machine has. The precision is the caller's,
or WORKBENCH_PRECISION, or what the device is good at.
"""

from __future__ import annotations

import os

from ..errors import InputError, unknown_name
from .reading import import_torch

PRECISIONS = ("auto", "float32", "bfloat16")

# What oneDNN may be held down to from outside and still multiply bfloat16 natively.
_ISA_WITH_BFLOAT16 = ("DEFAULT", "ALL", "BF16", "FP16", "AMX", "AVX10")


def best_device() -> str:
    """WORKBENCH_DEVICE, or "cuda", "mps" or "cpu": the first that this machine has.

    Raises:
        InputError: WORKBENCH_DEVICE names no device of torch's.
    """
    torch = import_torch()
    wanted = os.environ.get("WORKBENCH_DEVICE", "").strip()
    if wanted:
        try:
            return str(torch.device(wanted))
        except RuntimeError as error:
            raise InputError(
                f"expected WORKBENCH_DEVICE to be cpu, cuda, cuda:N or mps, got {wanted!r}"
            ) from error
    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    return "cpu"


def native_bfloat16(device: str) -> bool:
    """Whether a device multiplies bfloat16 in hardware, faster than float32.

    On the CPU that is AMX, AVX-512 BF16 or Arm's BF16, unless ONEDNN_MAX_CPU_ISA forbids them;
    on CUDA compute capability 8 and up. Apple's GPUs count as without: not all of them and not
    all of their systems have it, and float32 is right on each.
    """
    torch = import_torch()
    kind = torch.device(device).type
    if kind == "cuda":
        return bool(torch.cuda.get_device_capability(device)[0] >= 8)
    if kind != "cpu":
        return False
    allowed = os.environ.get("ONEDNN_MAX_CPU_ISA") or os.environ.get("DNNL_MAX_CPU_ISA") or "ALL"
    if not any(word in allowed.upper() for word in _ISA_WITH_BFLOAT16):
        return False
    # The instructions alone are no use to a torch that was built without the library for them.
    has = torch.cpu.get_capabilities()
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()) and any(
        has.get(name, False) for name in ("amx_bf16", "avx512_bf16", "bf16")
    )


def resolve_precision(precision: str = "auto", device: str | None = None) -> str:
    """What a precision that is asked for comes to here: "float32" or "bfloat16".

    Args:
        precision: one of PRECISIONS; "auto" is WORKBENCH_PRECISION where that is set, else
            bfloat16 where the device has it natively, else float32. "" is float32: what sessions
            were made in before this was a setting.
        device: a torch device, or None for the best there is. Only "auto" looks at it.

    Raises:
        UnknownNameError: no such precision.
    """
    asked = precision or "float32"
    if asked not in PRECISIONS:
        raise unknown_name("precision", asked, PRECISIONS)
    if asked == "auto":
        asked = os.environ.get("WORKBENCH_PRECISION", "").strip() or "auto"
        if asked not in PRECISIONS:
            raise unknown_name("precision in WORKBENCH_PRECISION", asked, PRECISIONS)
    if asked != "auto":
        return asked
    return "bfloat16" if native_bfloat16(device or best_device()) else "float32"


def precision_of(identity: str) -> str:
    """The precision that an identity pins; float32 where it says no other.

    >>> precision_of("vit_b:ec2df62732614e57:bfloat16")
    'bfloat16'
    """
    last = identity.rpartition(":")[2]
    return last if last in PRECISIONS and last != "auto" else "float32"

"""``import workbench`` is light: it takes no model, no solver and no plotting with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import workbench

HEAVY = ["torch", "torchvision", "numba", "cv2", "matplotlib", "onnxruntime", "scipy", "skimage",
         "pymatting", "ipywidgets", "ipycanvas", "segment_anything", "PIL"]  # fmt: skip
PROGRAM = f"""
import json, sys, time
start = time.perf_counter()
import workbench
took = time.perf_counter() - start
print(json.dumps([took, [m for m in {HEAVY} if m in sys.modules], sorted(dir(workbench))]))
"""


def fresh(program: str) -> str:
    root = str(Path(workbench.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip
    return done.stdout


def test_import_is_light_and_quick():
    runs = [json.loads(fresh(PROGRAM)) for _ in range(3)]
    assert runs[0][1] == []
    assert min(took for took, _, _ in runs) < 0.5


def test_opening_and_reading_loads_no_torch_and_no_plotting():
    program = """
import sys, numpy as np, workbench as wb
session = wb.open(np.zeros((40, 40, 3), np.uint8), "grabcut", journal=False)
session.subject().box(5, 5, 30, 30)
print([m for m in ("torch", "matplotlib", "ipywidgets") if m in sys.modules])
"""
    assert fresh(program).strip() == "[]"


def test_every_public_name_is_there():
    for name in workbench.__all__:
        assert getattr(workbench, name) is not None
    assert "open" in dir(workbench) and workbench.__version__


def test_a_name_that_is_not_there():
    import pytest

    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        workbench.opne  # noqa: B018

"""The trained network as an ONNX file that onnxruntime runs without torch.

    python models/recipes/refined_matte/export.py WEIGHTS.pt models/refined_matte.onnx

Prints the SHA-256 that ``workbench/matte/refined.py`` holds the file to.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch
from network import PLANES, RefineNet


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    net = RefineNet()
    net.load_state_dict(torch.load(given.weights, weights_only=True))
    net.eval()
    free = {2: "height", 3: "width"}
    torch.onnx.export(
        net, (torch.rand(1, PLANES, 64, 64),), str(given.out), input_names=["planes"],
        output_names=["alpha"], dynamic_axes={"planes": free, "alpha": free},
        opset_version=17, dynamo=False,
    )  # fmt: skip
    import onnxruntime

    session = onnxruntime.InferenceSession(str(given.out), providers=["CPUExecutionProvider"])
    planes = torch.rand(1, PLANES, 176, 152)
    found = session.run(None, {"planes": planes.numpy()})[0]
    with torch.no_grad():
        apart = float(np.abs(found - net(planes).numpy()).max())
    sha256 = hashlib.sha256(given.out.read_bytes()).hexdigest()
    print(f"{given.out}: {given.out.stat().st_size:,} bytes, off torch's by {apart:.1e}, {sha256}")


if __name__ == "__main__":
    main()

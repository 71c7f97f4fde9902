"""The trained second look as an ONNX file that onnxruntime runs without torch.

python models/recipes/second_look/export.py WEIGHTS.pt models/second_look.onnx
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch
from network import PLANES, SecondLook, opacity
from torch import nn


class Exported(nn.Module):
    """The network with its answer as an opacity."""

    def __init__(self, network: SecondLook) -> None:
        super().__init__()
        self.network = network

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """(1, PLANES, h, w) to (1, 1, h, w) in [0, 1]."""
        return opacity(self.network(planes)).clamp(0, 1)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    network = SecondLook()
    network.load_state_dict(torch.load(given.weights, weights_only=True))
    module = Exported(network).eval()
    planes = torch.rand(1, PLANES, 96, 128)
    torch.onnx.export(
        module, (planes,), str(given.out), input_names=["planes"], output_names=["alpha"],
        dynamic_axes={"planes": {2: "rows", 3: "columns"}, "alpha": {2: "rows", 3: "columns"}},
        opset_version=17, dynamo=False,
    )  # fmt: skip
    import onnxruntime

    session = onnxruntime.InferenceSession(str(given.out), providers=["CPUExecutionProvider"])
    other = torch.rand(1, PLANES, 160, 64)
    found = session.run(None, {"planes": other.numpy()})[0]
    with torch.no_grad():
        apart = float(np.abs(found - module(other).numpy()).max())
    content = given.out.read_bytes()
    print(f"{given.out}: {len(content):,} bytes, off torch's by {apart:.1e}")
    print(hashlib.sha256(content).hexdigest())


if __name__ == "__main__":
    main()

"""A part of a network gives what the whole of it computes there, and holds nothing else."""

import numpy as np
import onnxruntime
import pytest

from workbench.errors import WeightsDamagedError
from workbench.segment.click_head import SIDEWAYS, STAGES
from workbench.segment.onnxpart import leading_to


@pytest.fixture(scope="module")
def network(u2netp):
    return u2netp.read_bytes()


def run(onnx_file, names, picture):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(onnx_file, options, ["CPUExecutionProvider"])
    return session.run(names, {session.get_inputs()[0].name: picture})


def test_a_part_gives_the_whole_s_tensors_in_the_order_asked(network):
    onnx = pytest.importorskip("onnx")
    whole = onnx.load_from_string(network)
    names = ["1293", SIDEWAYS, STAGES[0]]
    whole.graph.output.extend(onnx.ValueInfoProto(name=n) for n in names)
    picture = np.random.default_rng(0).random((1, 3, 320, 320), np.float32)
    expected = run(whole.SerializeToString(), names, picture)
    part = leading_to(network, names)
    for a, b in zip(run(part, None, picture), expected, strict=True):
        assert np.array_equal(a, b)
    made = onnx.load_from_string(part)
    assert [o.name for o in made.graph.output] == names
    given = {name for node in made.graph.node for name in node.input}
    assert {i.name for i in made.graph.initializer} <= given
    assert not any("side1" in name or "stage1d" in name for name in given)
    assert 0.4 * len(whole.graph.node) < len(made.graph.node) < len(whole.graph.node)


def test_what_is_no_network_or_not_in_it_is_named(network):
    with pytest.raises(WeightsDamagedError, match="no-such"):
        leading_to(network, ["no-such"])
    for broken in (network[:100_000], b"of somebody's own", b"\x3a\x7f\x0a"):
        with pytest.raises(WeightsDamagedError, match="bytes that are none"):
            leading_to(broken, STAGES)

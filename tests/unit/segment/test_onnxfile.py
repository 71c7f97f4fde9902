"""ONNX files whose numbers lie elsewhere are refused, wherever the reference is hidden."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from small_onnx import constant, save

from workbench.errors import WeightsUnsafeError
from workbench.segment import onnxfile
from workbench.segment.automatic import AutomaticModel

ADD = [helper.make_node("Add", ["x", "c"], ["y"])]


def elsewhere(location: str, name: str = "c") -> TensorProto:
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[1, 3, 4, 4])
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, "offset": "0", "length": "192"}.items():
        tensor.external_data.add(key=key, value=value)
    return tensor


def branch(nodes, constants=()):
    info = helper.make_tensor_value_info("b", TensorProto.FLOAT, None)
    return helper.make_graph(nodes, "branch", [], [info], list(constants))


def hidden(where: str, tensor: TensorProto) -> dict:
    """What to build a network of, the tensor in one of the places where there may be one."""
    inner = helper.make_node("Constant", [], ["c"], value=tensor)
    if where == "constants":
        return {"nodes": ADD, "constants": [tensor]}
    if where == "attribute":
        return {"nodes": [inner, *ADD]}
    if where == "subgraph":
        take = branch([helper.make_node("Add", ["x", "c"], ["b"])], [tensor])
        leave = branch([helper.make_node("Identity", ["x"], ["b"])])
        node = helper.make_node("If", ["yes"], ["y"], then_branch=take, else_branch=leave)
        return {"nodes": [node], "constants": [constant("yes", True, bool)]}
    function = helper.make_function(
        "local", "add", ["x"], ["y"], [inner, *ADD], [helper.make_opsetid("", 17)]
    )
    return {
        "nodes": [helper.make_node("add", ["x"], ["y"], domain="local")],
        "functions": [function],
    }


@pytest.mark.parametrize("location", ["../../etc/passwd", "/etc/passwd", "beside.bin", ""])
@pytest.mark.parametrize("where", ["constants", "attribute", "subgraph", "function"])
def test_numbers_in_other_files_are_refused(tmp_path, where, location):
    np.zeros(48, np.float32).tofile(tmp_path / "beside.bin")
    path = save(tmp_path / "m.onnx", **hidden(where, elsewhere(location)), size=(4, 4))
    with pytest.raises(WeightsUnsafeError, match=r"m\.onnx.*other files"):
        AutomaticModel(path, "isnet", "id")


@pytest.mark.parametrize("where", ["constants", "attribute", "subgraph", "function"])
def test_numbers_inside_are_not(tmp_path, where):
    parts = hidden(where, constant("c", np.zeros((1, 3, 4, 4))))
    path = save(tmp_path / "m.onnx", **parts, size=(4, 4))
    onnxfile.refuse_other_files(path)
    AutomaticModel(path, "isnet", "id")


def test_one_half_of_a_reference_is_enough(tmp_path):
    for field in ("data_location", "external_data"):
        tensor = elsewhere("x")
        tensor.ClearField(field)
        path = save(tmp_path / f"{field}.onnx", ADD, [tensor], size=(4, 4))
        with pytest.raises(WeightsUnsafeError):
            onnxfile.refuse_other_files(path)


def test_every_way_to_a_tensor_is_walked():
    """The format as the onnx package knows it, against the table of field numbers."""
    names = {
        "ModelProto": "model", "TrainingInfoProto": "training", "FunctionProto": "function",
        "GraphProto": "graph", "NodeProto": "node", "AttributeProto": "attribute",
        "SparseTensorProto": "sparse", "TensorProto": "tensor",
    }  # fmt: skip
    ways: dict[str, dict[int, str]] = {}
    for proto, kind in names.items():
        for field in getattr(onnx, proto).DESCRIPTOR.fields:
            if field.message_type is not None and field.message_type.name in names:
                ways.setdefault(kind, {})[field.number] = names[field.message_type.name]
    assert ways == onnxfile._INSIDE
    fields = onnx.TensorProto.DESCRIPTOR.fields_by_name
    assert fields["external_data"].number == onnxfile._EXTERNAL_DATA
    assert fields["data_location"].number == onnxfile._DATA_LOCATION


def test_rubbish_ends_soon(tmp_path):
    rng = np.random.default_rng(1)
    whole = save(tmp_path / "m.onnx", ADD, [constant("c", np.zeros(1))], size=(4, 4)).read_bytes()
    for n in range(200):
        data = bytearray(whole)
        for at in rng.integers(0, len(data), 1 + n % 5):
            data[at] = rng.integers(0, 256)
        (tmp_path / "r.onnx").write_bytes(bytes(data[: rng.integers(1, len(data) + 1)]))
        try:
            onnxfile.refuse_other_files(tmp_path / "r.onnx")
        except onnxfile.WeightsDamagedError as error:
            assert "r.onnx" in str(error)
        except WeightsUnsafeError:
            pass

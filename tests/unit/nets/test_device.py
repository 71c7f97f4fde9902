import pytest

from workbench.errors import InputError, UnknownNameError
from workbench.nets import device
from workbench.nets.reading import import_torch

torch = import_torch()


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    for name in ("WORKBENCH_DEVICE", "WORKBENCH_PRECISION", "ONEDNN_MAX_CPU_ISA"):
        monkeypatch.delenv(name, raising=False)


def a_processor(monkeypatch, **has):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: has)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: True)


def test_the_device_can_be_chosen_and_a_wrong_one_is_named(monkeypatch):
    monkeypatch.setenv("WORKBENCH_DEVICE", "cpu")
    assert device.best_device() == "cpu"
    monkeypatch.setenv("WORKBENCH_DEVICE", "toaster")
    with pytest.raises(InputError, match="'toaster'"):
        device.best_device()


def test_auto_is_what_the_processor_is_good_at(monkeypatch):
    a_processor(monkeypatch, avx2=True)
    assert device.resolve_precision("auto", "cpu") == "float32"
    for native in ("amx_bf16", "avx512_bf16", "bf16"):
        a_processor(monkeypatch, avx2=True, **{native: True})
        assert device.resolve_precision("auto", "cpu") == "bfloat16"
    assert device.resolve_precision("float32", "cpu") == "float32"
    assert device.resolve_precision("auto", "mps") == "float32"


@pytest.mark.parametrize(
    ("isa", "precision"),
    [("AVX2", "float32"), ("AVX512_CORE", "float32"), ("AVX512_CORE_BF16", "bfloat16"),
     ("AVX512_CORE_AMX", "bfloat16"), ("default", "bfloat16"), ("", "bfloat16")],
)  # fmt: skip
def test_auto_heeds_what_the_library_is_held_down_to(monkeypatch, isa, precision):
    a_processor(monkeypatch, amx_bf16=True, avx512_bf16=True)
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", isa)
    assert device.resolve_precision("auto", "cpu") == precision


def test_instructions_without_the_library_for_them_are_no_use(monkeypatch):
    a_processor(monkeypatch, bf16=True)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: False)
    assert not device.native_bfloat16("cpu")


def test_on_cuda_it_goes_by_the_compute_capability(monkeypatch):
    for major, native in ((7, False), (8, True), (9, True)):
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _, m=major: (m, 0))
        assert device.native_bfloat16("cuda:0") is native


def test_the_environment_decides_what_auto_is_and_no_more(monkeypatch):
    monkeypatch.setenv("WORKBENCH_PRECISION", "bfloat16")
    assert device.resolve_precision("auto", "cpu") == "bfloat16"
    assert device.resolve_precision("float32", "cpu") == "float32"
    assert device.resolve_precision("", "cpu") == "float32"  # a session of before
    monkeypatch.setenv("WORKBENCH_PRECISION", "double")
    with pytest.raises(UnknownNameError, match=r"WORKBENCH_PRECISION among .* got 'double'"):
        device.resolve_precision("auto", "cpu")


def test_an_unknown_precision_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean bfloat16"):
        device.resolve_precision("bfloat")


def test_an_identity_says_its_precision():
    assert device.precision_of("vit_b:0123:bfloat16") == "bfloat16"
    assert device.precision_of("vit_b:0123:float32") == "float32"
    assert device.precision_of("grabcut:none:uint8") == device.precision_of("") == "float32"

"""Every notebook runs from top to bottom without a hand, and is stored without outputs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

LESSONS = {
    "01_fine_details": 0.5,
    "02_transparent": 0.55,
    "03_low_contrast": 0.3,
    "04_clutter": 0.05,
    "05_shadows": 0.3,
    "06_framing": 0.05,
    "07_degraded": 0.1,
    "08_several_subjects": 0.1,
}
"""The failure modes', and how much of the first step's error its cure leaves at most."""
SHOWN = {
    "00_quickstart": "application/vnd.jupyter.widget-view+json",
    **dict.fromkeys(LESSONS, "application/vnd.jupyter.widget-view+json"),
    "09_workflow": "image/png",
    "10_chroma_key": "image/png",
    "11_passes": "image/png",
    "12_models": "image/png",
    "13_capture": "image/png",
    "14_in_code": "image/png",
}
"""What each of them is there to show."""
LESS = {
    "09_workflow": [("as before:", "preset:", 0.5), ("shadow:", "no stroke:", 0.6),
                    ("no stroke:", "none:", 0.6)],
    "10_chroma_key": [("network + key:", "network:", 0.9)],
    "11_passes": [("by photo :", "radius 10:", 1), ("radius 10:", "radius 40:", 1),
                  ("and a pass for the hair:", "the body's setting everywhere:", 0.7),
                  ("insisted on", "a pass for glass", 0.8),
                  ("and the label painted", "insisted on", 0.9)],
}  # fmt: skip
"""What the text says is less than what, of what is printed: labels, and which part at most."""
TOLD = {
    "01_fine_details": ["model_disagrees"],
    "02_transparent": ["solid_transparency", "replace_behind"],
    "04_clutter": ["extras", "cut_by_frame", "names the mode: False"],
    "05_shadows": ["nothing found", "names the mode: True"],
    "06_framing": ["model_disagrees", "cut_by_frame", "names the mode: True"],
    "08_several_subjects": ["solid_transparency", "names the mode: False"],
    "11_passes": ["not to be trusted"],
}
"""What is printed there that the text speaks of."""
NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks():
    assert [n.stem for n in NOTEBOOKS] == sorted(SHOWN)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_it_carries_no_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_its_four_parts_and_in_them_what_belongs_there(name):
    (path,) = [n for n in NOTEBOOKS if n.stem == name]
    parts: dict[str, str] = {}
    heading = ""
    for cell in nbformat.read(path, as_version=4).cells:
        found = re.match(r"## (.+)", cell.source)
        heading = found[1] if found else heading
        parts[heading] = parts.get(heading, "") + cell.source + "\n"
    assert list(parts)[1:] == ["Symptom", "Cause", "Cure", "Check", "Questions"]
    causes = set(re.findall(r"causes\.(\w+)\(first\.", parts["Cause"]))
    assert causes >= {"model_input", "candidates", "uncertainty", "edge_contrast", "colour_sides"}
    assert "first.session.check()" in parts["Check"] and "mended.check()" in parts["Check"]
    assert "first.session.diagnose()" in parts["Check"] and "names the mode:" in parts["Check"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_it_runs_from_top_to_bottom(path, tmp_path):
    shutil.copy(path, tmp_path)
    notebook = nbformat.read(tmp_path / path.name, as_version=4)
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    # nbclient raises on an error; what is shown must be there too.
    kinds = {
        kind
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        for kind in output.get("data", {})
    }
    assert SHOWN[path.stem] in kinds
    if path.stem in LESSONS:
        first, last = errors(printed(notebook))
        assert last < LESSONS[path.stem] * first
    said = printed(notebook)
    sums = dict(re.findall(r"^ *(.+?) *:? *SAD ([0-9.]+) =", said, re.M))
    for less, more, share in LESS.get(path.stem, ()):
        a, b = (float(sums[label.rstrip(" :")]) for label in (less, more))
        assert a < share * b, (less, more)
    for words in TOLD.get(path.stem, ()):
        assert words in said, words


def printed(notebook) -> str:
    """All that it printed."""
    return "".join(
        output.get("text", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.get("name") == "stdout"
    )


def errors(said: str) -> tuple[float, float]:
    """The first and the last error of those printed: the shadow's where there is one, else those of
    the (first) lesson's steps."""
    shadow = re.findall(r"^(?:without|lifted): +SAD ([0-9.]+) =", said, re.M)
    if shadow:
        return float(shadow[0]), float(shadow[-1])
    steps = re.findall(r"^(\d+)\. .*  SAD ([0-9.]+) =", said, re.M)
    # A notebook may have a second lesson, which begins at 1 again: the first is what is meant.
    again = [n for n, (number, _) in enumerate(steps) if number == "1"]
    first = steps[: again[1]] if len(again) > 1 else steps
    return float(first[0][1]), float(first[-1][1])

"""ES modules put together as the one text that goes to the page."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import workbench.widgets
from workbench.widgets.modules import module


def test_what_is_imported_comes_before_and_once(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.mkdir()
    (part / "low.js").write_text("export const one = 1;\nexport function two() {}\n")
    (part / "mid.js").write_text(
        '// half way\nimport { one } from "./low.js";\nexport class M {}\n'
    )
    (tmp_path / "top.js").write_text(
        'import { one, two } from "./part/low.js";\nimport { M } from "./part/mid.js";\n'
        "export default { M };\n"
    )
    assert module(tmp_path / "top.js") == (
        "const one = 1;\nfunction two() {}\n\n// half way\nclass M {}\n\nexport default { M };\n"
    )


def test_the_stages_modules_share_one_scope_without_clashes() -> None:
    folder = Path(workbench.widgets.__file__).parent
    text = module(folder / "stage.js")
    assert not re.search(r"^import", text, re.MULTILINE)
    assert re.findall(r"^export.*", text, re.MULTILINE) == [
        "export default { initialize, render };"
    ]
    names = re.findall(
        r"^(?:async )?(?:const|let|class|function) (?:\{[^}]*\} = )?(\w+)", text, re.MULTILINE
    )
    assert [name for name, count in Counter(names).items() if count > 1] == []
    for file in (folder / "stage").glob("*.js"):
        assert file.read_text("utf-8").splitlines()[0] in text  # none is forgotten

"""ES modules that import one another, as the one text that anywidget ships to the page."""

from __future__ import annotations

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def module(path: Path) -> str:
    """The text of a module with those that it imports put before it, each once.

    They share one scope then: names at their top level must differ, and nothing is renamed on the
    way (``import { a }``, never ``import { a as b }`` or ``import * as b``).

    Args:
        path: of the module; what it imports is named relative to it.
    """
    texts: dict[Path, str] = {}

    def read(file: Path) -> None:
        if file in texts:
            return
        text = file.read_text("utf-8")
        for name in _IMPORT.findall(text):
            read((file.parent / name).resolve())
        texts[file] = _EXPORT.sub("", _IMPORT.sub("", text))

    read(path.resolve())
    return "\n".join(texts.values())

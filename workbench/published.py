"""The SHA-256 that a publisher gives for a file: read off its answer, or asked of its interface.

Used for weights whose SHA-256 the catalogue does not know. Two publishers give such a figure:
huggingface.co sends that of a large file in the header ``X-Linked-ETag`` of the answer that
redirects to the storage, and GitHub's interface has it in the field ``digest`` of a release's
asset (of those uploaded since June 2025; older ones have none).
"""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass

GITHUB = "https://api.github.com"


@dataclass(frozen=True)
class Figure:
    """A SHA-256 in hex, and whose it is in plain words."""

    sha256: str
    whose: str


def in_headers(headers: Mapping[str, str], url: str) -> Figure | None:
    """The figure in the headers of an answer, or None. An ETag of other make is no SHA-256."""
    found = re.fullmatch(r'(?:W/)?"?([0-9a-fA-F]{64})"?', headers.get("X-Linked-ETag", "").strip())
    if found is None:
        return None
    return Figure(found[1].lower(), f"{urllib.parse.urlsplit(url).hostname}'s own SHA-256 of it")


def github_question(url: str) -> tuple[str, str] | None:
    """For a GitHub release's asset: the address that tells its digest, and its name. Else None.

    >>> github_question("https://github.com/o/r/releases/download/v1/a.onnx")
    ('https://api.github.com/repos/o/r/releases/tags/v1', 'a.onnx')
    """
    found = re.fullmatch(
        r"https://github\.com/([\w.-]+)/([\w.-]+)/releases/download/([^/?#]+)/([^/?#]+)", url
    )
    if found is None:
        return None
    owner, repository, tag, asset = found.groups()
    return f"{GITHUB}/repos/{owner}/{repository}/releases/tags/{tag}", urllib.parse.unquote(asset)


def in_release(text: str | bytes, asset: str) -> Figure | None:
    """The figure of one asset in GitHub's description of a release (JSON), or None."""
    try:
        assets = json.loads(text)["assets"]
        digests = [a.get("digest") for a in assets if a["name"] == asset]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    found = re.fullmatch("sha256:([0-9a-f]{64})", str(digests[0])) if digests else None
    return None if found is None else Figure(found[1], "GitHub's own SHA-256 of it")

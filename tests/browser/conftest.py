"""One JupyterLab and one Chromium for all browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from workbench.benchmark.lab import Lab, missing


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    reason = missing()
    if reason:
        pytest.skip(reason)
    with Lab(tmp_path_factory.mktemp("lab")) as running:
        yield running

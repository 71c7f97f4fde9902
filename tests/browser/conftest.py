"""One JupyterLab and one Chromium for all browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from workbench.benchmark.lab import Lab, missing


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Of the package, for no other test may come while it is there: Playwright's event loop runs
    in this thread, where tests of the worker start loops of their own."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    with Lab(tmp_path_factory.mktemp("lab")) as running:
        yield running

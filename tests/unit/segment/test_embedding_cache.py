"""The key under which an embedding is kept."""

from __future__ import annotations

import numpy as np

from workbench.segment.cache import embedding_key


def test_the_key_follows_pixels_region_and_identity():
    a = np.zeros((4, 5, 3), np.uint8)
    b = a.copy()
    b[3, 4, 2] = 1
    keys = {
        embedding_key(a, None, "x"),
        embedding_key(b, None, "x"),
        embedding_key(a, (0.0, 0.0, 2.0, 2.0), "x"),
        embedding_key(a, None, "y"),
        embedding_key(a.reshape(5, 4, 3), None, "x"),
    }
    assert len(keys) == 5
    assert embedding_key(a.copy(), None, "x") in keys

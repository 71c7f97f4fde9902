"""Tests that drive JupyterLab in a real Chromium; a package, for they share one of each."""

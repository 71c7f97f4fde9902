"""What the tests of the app say and see, without a page."""

from __future__ import annotations

from workbench.widgets.gestures import Gesture


def mask_of(app):
    """All of the mask that the stage shows of the front subject."""
    return app._showing.look.planes[0][:, :]


def drag(tool, *points):
    return Gesture("drag" if len(points) > 1 else "click", points, None, 0, False, False, False,
                   tool, 1, 1)  # fmt: skip


def named(widget, name):
    """The control with this name, wherever it lies in the app."""
    if getattr(widget, "description", None) == name:
        return widget
    found = (named(child, name) for child in getattr(widget, "children", ()))
    return next(filter(None, found), None)


def status(app) -> str:
    return app._status.value

"""The tools of the stage: their names, what they do in words, and how the page echoes them."""

from __future__ import annotations

from dataclasses import dataclass

from .colours import DROP, KEEP, REFINE, SHADE

_GREY = "#999999"


@dataclass(frozen=True)
class Tool:
    """A tool of the stage.

    Attributes:
        name: its accessible name, in plain words.
        words: what it does, for the tooltip and the line above the stage.
        echo: what the browser draws while the hand moves, one of ``canvas.ECHOES``.
        icon: a Font Awesome 4 name.
        key: the letter that takes it; "" for none.
        colour: of its echo.
        wired: whether the lines between its corners follow the photo's edges.
        options: the settings that belong to it: "size", "hardness", "opacity", "flow" of a brush,
            "tolerance", "contiguous" of the wand, "colour" of the background.
    """

    name: str
    words: str
    echo: str
    icon: str
    key: str = ""
    colour: str = KEEP
    options: tuple[str, ...] = ()
    wired: bool = False

    @property
    def brush(self) -> bool:
        """Whether it paints with a round brush, whose ring the pointer wears."""
        return "size" in self.options


_PAINT = ("size", "hardness", "opacity", "flow")
TOOLS = {
    tool.name: tool
    for tool in (
        Tool("Keep", "Click what belongs to the subject (Alt or right button: drop)", "none",
             "plus-circle", "k"),
        Tool("Drop", "Click what does not belong to it (Alt: keep)", "none", "minus-circle", "d",
             DROP),
        Tool("Box", "Drag a box around the subject", "box", "square-o", "m"),
        Tool("Lasso", "Draw a loose outline around the subject: the model looks for it inside",
             "lasso", "pencil", "l"),
        Tool("Polygon", "Click corner after corner of a loose outline: the model looks for the "
             "subject inside (Enter or a double click closes, Backspace takes one back, Escape "
             "gives up)", "polygon", "star-o", "p"),
        Tool("Scribble keep", "Scribble over what belongs to it: the model is asked with a few "
             "points of the line", "stroke", "pencil-square-o", "", options=("size",)),
        Tool("Scribble drop", "Scribble over what does not belong to it", "stroke",
             "pencil-square", "", DROP, ("size",)),
        Tool("Pick", "Click an object that was found (Shift: the largest there; or by the arrow "
             "keys and Enter; Escape: done)",
             "none", "hand-pointer-o"),
        Tool("Magic wand", "Click a colour: all that is like it (Shift adds, Alt subtracts, both "
             "intersect)", "none", "bolt", "w", options=("tolerance", "contiguous")),
        Tool("Depth", "Click a thing: all that is as far away, by the depth map (loaded in the tab "
             "Model; Shift adds, Alt subtracts, both intersect)", "none", "cube"),
        Tool("Scissors", "Click points along the outline: the lines between them follow the "
             "photo's edges; Enter or a double click closes (Shift adds, Alt subtracts)", "polygon",
             "scissors", "c", wired=True),
        Tool("Brush keep", "Paint what must stay; it wins over the model (Alt: remove; Shift: "
             "straight lines)", "stroke", "paint-brush", "b", options=_PAINT),
        Tool("Brush remove", "Paint what must go; it wins over the model (Alt: keep; Shift: "
             "straight lines)", "stroke", "eraser", "e", DROP, _PAINT),
        Tool("Restore", "Paint to give a place back to the model", "stroke", "magic", "", _GREY,
             ("size", "hardness")),
        Tool("Refine edge", "Paint over hair and soft edges: the matte is solved there", "stroke",
             "leaf", "r", REFINE, ("size",)),
        Tool("Sure foreground", "Paint into the trimap: certainly the subject", "stroke", "circle",
             "", "#ffffff", ("size",)),
        Tool("Sure background", "Paint into the trimap: certainly not the subject", "stroke",
             "circle-o", "", "#000000", ("size",)),
        Tool("Unknown", "Paint into the trimap: to be solved", "stroke", "adjust", "", _GREY,
             ("size",)),
        Tool("Pass", "Draw around hair, glass or whatever wants settings of its own: they are in "
             "the tab Edge then", "lasso", "object-group", "", REFINE),
        Tool("Shadow here", "Paint where the subject's shadow is: it is looked for there alone "
             "(Alt: no shadow)", "stroke", "cloud", "", SHADE, ("size",)),
        Tool("No shadow", "Paint where there is no shadow of the subject (Alt: shadow here)",
             "stroke", "sun-o", "", DROP, ("size",)),
        Tool("Reflection", "Paint where the floor mirrors the subject: it is looked for there "
             "alone (Alt: no reflection)", "stroke", "clone", "", SHADE, ("size",)),
        Tool("No reflection", "Paint where the floor does not mirror it (Alt: reflection)",
             "stroke", "ban", "", DROP, ("size",)),
        Tool("Eyedropper", "Click a colour of the photo: the colour behind the cut-out", "none",
             "eyedropper", "i", _GREY, ("colour",)),
        Tool("Hand", "Drag the photo; the wheel zooms", "pan", "hand-paper-o", "h", _GREY),
        Tool("Zoom", "Click to zoom in (Alt: out), or drag over what to fill the stage with",
             "zoom", "search", "", _GREY),
    )
}  # fmt: skip

SHADOW_TOOLS = ("Shadow here", "No shadow")
REFLECTION_TOOLS = ("Reflection", "No reflection")

GROUPS = {
    "Ask": ("Keep", "Drop", "Box", "Lasso", "Polygon", "Scribble keep", "Scribble drop"),
    "Select": ("Pick", "Magic wand", "Depth", "Scissors"),
    "Correct": ("Brush keep", "Brush remove", "Restore"),
    "Edge": ("Refine edge", "Sure foreground", "Sure background", "Unknown", "Pass",
             *SHADOW_TOOLS, *REFLECTION_TOOLS),
    "Look": ("Eyedropper", "Hand", "Zoom"),
}  # fmt: skip
"""The tools as they lie in the palette."""

SWAPPED = {
    a: b
    for pair in (
        ("Keep", "Drop"),
        ("Brush keep", "Brush remove"),
        ("Scribble keep", "Scribble drop"),
        ("Sure foreground", "Sure background"),
        SHADOW_TOOLS,
        REFLECTION_TOOLS,
    )
    for a, b in (pair, pair[::-1])
}
"""What X, Alt and the right button turn a tool into."""

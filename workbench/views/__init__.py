"""Pictures for people: what the widget draws, and figures that show a matte honestly.

Every figure takes a session, a subject, or plain arrays (``cut`` is the adapter), is a matplotlib
Figure that can be saved, and keeps to the pixel what it shows at 100 %.
"""

from .crops import places
from .cut import Cut, cut
from .drawn import alpha_curve, alpha_view, outline, overlay, trimap_view
from .grounds import GROUNDS, backgrounds
from .quality_sheet import sheet, sheet_png

__all__ = [
    "GROUNDS", "Cut", "alpha_curve", "alpha_view", "backgrounds", "cut", "outline", "overlay",
    "places", "sheet", "sheet_png", "trimap_view",
]  # fmt: skip

"""Pictures for people: what the widget draws, and figures that show a matte honestly.

Every figure takes a session, a subject, or plain arrays (``cut`` is the adapter), is a matplotlib
Figure that can be saved, and keeps to the pixel what it shows at 100 %.
"""

from .comparing import compare
from .crops import places
from .cut import Cut, cut
from .drawn import alpha_curve, alpha_view, outline, overlay, trimap_view
from .flickering import Flicker, flicker
from .grounds import GROUNDS, HUES, backgrounds, own_background
from .page import place_at
from .planes import band, colours, contrast
from .printing import contact_sheet, figures
from .quality_sheet import sheet, sheet_png
from .strip import unrolled
from .unrolling import Unrolled, edge_widths, unroll
from .widths import draw_widths, edge_width, faded, width_colours, width_scale

__all__ = [
    "GROUNDS", "HUES", "Cut", "Flicker", "Unrolled", "alpha_curve", "alpha_view", "backgrounds",
    "band", "colours", "compare", "contact_sheet", "contrast", "cut", "draw_widths", "edge_width",
    "edge_widths", "faded", "figures", "flicker", "outline", "overlay", "own_background",
    "place_at", "places", "sheet", "sheet_png", "trimap_view", "unroll", "unrolled",
    "width_colours", "width_scale",
]  # fmt: skip

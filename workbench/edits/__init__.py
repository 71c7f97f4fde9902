"""What a person does to a photo, one small frozen dataclass a deed.

The list of edits *is* the document. Each edit has an id, the subject it belongs to ("" for the
whole document) and its values; it names the stage of the rendering that it touches, says itself in
words, and goes to JSON and back without loss (``edit.py``).

A new kind of edit is a class in the file of its subject and a name in the list below. Where it only
sets values of the subject's state, or is one more stroke, it says so itself (``Edit.sets``,
``Edit.gathers``) and nothing else need know it; what asks a model is folded in ``folding.py``.
"""

from .asking import Box as Box
from .asking import Choose as Choose
from .asking import Click as Click
from .asking import Lasso as Lasso
from .asking import Rerun as Rerun
from .asking import Scribble as Scribble
from .asking import Text as Text
from .asking import UseSegmenter as UseSegmenter
from .depths import NEAR as NEAR
from .depths import LoadDepth as LoadDepth
from .depths import SelectDepth as SelectDepth
from .edit import KINDS as KINDS
from .edit import Edit as Edit
from .edit import check_types as check_types
from .edit import from_json as from_json
from .edit import new_id as new_id
from .edit import plain as plain
from .history import AboutEdit as AboutEdit
from .history import Note as Note
from .history import Reset as Reset
from .history import Retract as Retract
from .painting import LoadTrimap as LoadTrimap
from .painting import Paint as Paint
from .painting import RefineEdge as RefineEdge
from .painting import Trimap as Trimap
from .passes import PASSES as PASSES
from .passes import Pass as Pass
from .selecting import COMBINATIONS as COMBINATIONS
from .selecting import ChromaKey as ChromaKey
from .selecting import GrabCut as GrabCut
from .selecting import MagicWand as MagicWand
from .selecting import Scissors as Scissors
from .selecting import Selection as Selection
from .settings import Blur as Blur
from .settings import Cast as Cast
from .settings import Decontaminate as Decontaminate
from .settings import Edges as Edges
from .settings import Frequency as Frequency
from .settings import Glass as Glass
from .settings import Insist as Insist
from .settings import Light as Light
from .settings import Matte as Matte
from .settings import Setting as Setting
from .settings import TrimapSettings as TrimapSettings
from .settings import UseMatting as UseMatting
from .settings import setting_edit as setting_edit
from .shadows import SHADOWS as SHADOWS
from .shadows import Reflection as Reflection
from .shadows import ReflectionStroke as ReflectionStroke
from .shadows import Shadow as Shadow
from .shadows import ShadowStroke as ShadowStroke
from .starting import Auto as Auto
from .starting import LoadMask as LoadMask
from .starting import Pick as Pick
from .starting import SecondLook as SecondLook
from .starting import Start as Start
from .subjects import AddSubject as AddSubject
from .subjects import DeleteSubject as DeleteSubject
from .subjects import DescribeSubject as DescribeSubject
from .subjects import Reorder as Reorder

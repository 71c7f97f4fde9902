"""What a finding makes likely, what to do about it now, and what to do at the next shoot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Advice:
    """What goes with a finding.

    Attributes:
        modes: the failure modes that it makes likely, by the names of ``workbench.failures``.
        now: what to do in the workbench, one or two sentences.
        next_time: what to do at the next shoot.
        camera: whether the camera's settings have to do with it.
        backdrop: whether the colour of the background has to do with it.
    """

    modes: tuple[str, ...]
    now: str
    next_time: str
    camera: bool = False
    backdrop: bool = False


ADVICE: Mapping[str, Advice] = MappingProxyType({
    "low_resolution": Advice(
        ("degraded", "hair"),
        "A narrow band and a slight blur of the edge against steps; do not enlarge the cut-out.",
        "Deliver at least 2000 × 2000 pixels, and 300 DPI at the size that it is printed.",
    ),
    "jpeg_artifacts": Advice(
        ("degraded",),
        "The preset “noisy photo” calms the edge; better, ask for the original file.",
        "Keep RAW or PNG, or JPEG at quality 90 and more, and do not save it again and again.",
    ),
    "noise": Advice(
        ("degraded",),
        "The preset “noisy photo” takes specks and grain out of the alpha.",
        "ISO 100 to 400, and more light instead.",
        camera=True,
    ),
    "motion_blur": Advice(
        ("degraded",),
        "Match the blur: the edge is blurred as far as the photo is, and never sharpened; "
        "feather generously.",
        "1/200 s or faster, a tripod, or flash.",
        camera=True,
    ),
    "defocus": Advice(
        ("degraded", "hair"),
        "Match the blur and take a wider band; accept soft edges instead of sharpening them.",
        "f/5.6 to f/8, and the focus on the edges: hair and outline.",
        camera=True,
    ),
    "clipped_exposure": Advice(
        ("low_contrast", "degraded"),
        "Paint or cut the outline by hand where nothing is left of it: Scissors, or the brush.",
        "Even light without harsh spots; watch the histogram, expose for the highlights.",
        camera=True,
    ),
    "underexposed": Advice(
        ("degraded", "low_contrast"),
        "The preset “noisy photo”; drop clicks on what is dark and does not belong.",
        "More light, even and on the subject; raise it before the ISO (100 to 400).",
        camera=True,
    ),
    "mixed_light": Advice(
        ("low_contrast",),
        "Decontaminate the edge in full and take the cast off the inside near it.",
        "Lamps of one colour temperature; shut out the window, or gel the lamps.",
    ),
    "low_contrast": Advice(
        ("low_contrast",),
        "A narrow band; Scissors or drop clicks along the faint stretch, brush what is missing.",
        "A background of another colour or brightness than hair and clothes: green behind people, "
        "blue behind blond or red hair, white or grey behind dark subjects; rim light on hair.",
        backdrop=True,
    ),
    "busy_background": Advice(
        ("clutter",),
        "A tight box around the subject first, then drop clicks on what is kept too much.",
        "A plain, matt background, 4 to 6 feet (1.2 to 1.8 m) behind the subject.",
    ),
    "several_subjects": Advice(
        ("multi_subject",),
        "A subject for each, front to back, with a box of its own; hide those that are not meant.",
        "Keep them apart, or take one photo of each.",
    ),
    "cut_by_frame": Advice(
        ("framing",),
        "Place the cut-out so that the new picture's frame cuts it at the same side.",
        "Leave room on all sides; step back rather than crop.",
    ),
    "tight_framing": Advice(
        ("framing",),
        "Look along the frame at 100 %: brush or the refine-edge brush where the edge runs out.",
        "Leave room on all sides; step back rather than crop.",
    ),
    "upside_down": Advice(
        ("framing",),
        "Have the model look at it turned by 180 degrees; its answer comes back as the photo is.",
        "Hold the camera upright, or turn the file before it loses its note of that.",
    ),
    "shadow": Advice(
        ("shadow",),
        "Lift the shadow into a layer of its own: keep it, drop it or make another.",
        "Even, soft light, and 4 to 6 feet (1.2 to 1.8 m) between subject and background.",
    ),
    "transparency": Advice(
        ("transparent",),
        "A transparent pass: what lies behind is taken out of it instead of being cut off.",
        "A white or grey background with a soft gradient; one more photo without the thing.",
    ),
    "fine_detail": Advice(
        ("hair",),
        "Passes for hair with a wide band, the preset “hair and fur”, clean colours; then the "
        "refine-edge brush where strands are missing.",
        "Rim light on the hair; green or blue behind it by its colour (blue for blond and red); "
        "spray or comb flyaways.",
        camera=True,
        backdrop=True,
    ),
    "shutter": Advice(
        ("degraded",),
        "Look at the edges that moved at 100 %; where they are smeared, match the blur.",
        "1/200 s or faster, a tripod, or flash.",
    ),
    "aperture": Advice(
        ("degraded", "hair"),
        "Look whether hair and outline are in focus; where not, a wider band, and match the blur.",
        "f/5.6 to f/8, and the focus on the edges: hair and outline.",
    ),
    "iso": Advice(
        ("degraded", "hair"),
        "Look at the alpha under its curves; against grain there is the preset “noisy photo”.",
        "ISO 100 to 400, and more light instead.",
    ),
})  # fmt: skip
"""By code."""

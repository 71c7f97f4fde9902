"""What a diagnosis says to a person: names of modes, of figures, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .judging import NOTHING, Evidence


@dataclass(frozen=True)
class Advice:
    """What goes with a failure mode: what it is, what to do by hand, and at the next shoot."""

    name: str
    now: str
    next_time: str


ADVICE: Mapping[str, Advice] = MappingProxyType({
    "hair": Advice(
        "fine details",
        "Draw the refine brush along hair and fur, so that the band holds all of it; take the old "
        "background out of its colours.",
        "A plain background that differs from the hair in lightness, and a light from behind.",
    ),
    "transparent": Advice(
        "transparent or mirroring parts",
        "A pass with the method “transparent” over the glass; an opaque cap or frame stays in the "
        "rest. A photo of the empty scene, given as the plate, tells most.",
        "Shoot the empty scene too, from the same place and in the same light.",
    ),
    "low_contrast": Advice(
        "low contrast to the background",
        "Look at the other candidates; paint or cut by hand (Scissors) where nothing is to be seen "
        "of the edge, and keep the band narrow.",
        "Clothes and backdrop in different colours, the subject away from the wall, a rim light.",
    ),
    "clutter": Advice(
        "clutter",
        "Drop clicks on what came along, keep clicks on what is missing, a tighter box.",
        "Clear the scene, or a wide aperture and a distant background.",
    ),
    "shadow": Advice(
        "a shadow or a mirror image",
        "Drop clicks on the shadow, then decide whether it is lifted, kept or let go.",
        "Soft light from several sides; the subject away from floor and wall.",
    ),
    "framing": Advice(
        "an unusual pose or framing",
        "Try the photo turned; look at a part more closely; place the cut-out so that the new "
        "frame cuts where the old one did.",
        "The camera upright, with some room on all sides.",
    ),
    "degraded": Advice(
        "blur, noise or compression",
        "Blur the edge as far as the photo is blurred, take the grain out of the alpha, and do not "
        "sharpen.",
        "More light, low ISO, a tripod, focus on the outline; RAW, or JPEG at quality 90.",
    ),
    "multi_subject": Advice(
        "several subjects that touch",
        "A subject of its own for each, with drop clicks on the others, and their order front to "
        "back.",
        "Some room between them, seen from the camera.",
    ),
    NOTHING: Advice("nothing wrong", "", ""),
})  # fmt: skip
"""By failure mode, and of "nothing wrong"."""

WORDS: Mapping[str, str] = MappingProxyType({
    "jpeg_artifacts": "blocks of JPEG", "noise": "grain", "defocus": "blur of the edges, px",
    "motion_blur": "movement, px", "clipped_exposure": "% clipped",
    "low_contrast": "ΔE across the weak part of the outline",
    "busy_background": "% of the background that is edges", "cut_by_frame": "cut by the frame",
    "tight_framing": "% of room around it", "upside_down": "signs of being upside down",
    "shadow": "likelihood of a shadow", "transparency": "likelihood of being seen through",
    "fine_detail": "% of the outline that is hair or as fine", "patches_left": "patches left",
    "holes": "holes without an edge", "half_opaque": "half opaque inside",
    "stair_steps": "stair steps", "alpha_noise": "grain in the alpha",
    "soft_edges": "an edge softer than the photo's",
    "model_disagrees": "matte and mask that disagree", "doubt": "the model's doubt by area",
    "score": "the model's own score", "score_spread": "lead of the best candidate",
    "candidates_agree": "agreement of the candidates",
    "claimed_twice": "what two subjects both claim", "touching": "subjects that touch",
    "aspect": "how narrow the format is", "area": "share of the photo that it covers",
    "at_frame": "share of the frame that it covers", "islands": "islands",
    "island_share": "share in islands", "hole_share": "share of holes",
    "ragged": "outline by size", "solid": "how convex it is", "leaning": "its lean, °",
    "top_heavy": "how much wider above than below", "soft_share": "soft pixels by area",
    "soft_by_length": "width of the soft edge, px", "soft_inside": "soft inside",
    "alpha_inside": "opacity inside", "soft_outside": "opacity outside the mask",
    "band_by_length": "width of the band, px", "moved_by_solver": "how far the solver moved it, px",
    "box_filled": "share of its box", "outside_box": "share outside its box",
    "box_short": "how far it falls short of its box",
    "like_near": "colours that it shares with what is beside it",
    "like_far": "colours that it shares with what is further off",
    "edges_inside": "edges inside", "edges_near": "edges beside it",
    "edges_far": "edges further off", "step_at_edge": "step of colour at its outline",
    "edge_faint": "share of the outline without an edge",
    "like_behind": "difference from what lies behind",
    "like_behind_share": "share that looks like what lies behind", "gleams": "gleams",
    "fine_beside": "fine detail beside the outline", "fine_within": "fine detail within it",
    "fine_far": "fine detail of the background", "fine_core": "fine detail of the subject",
    "soft_beside": "opacity beside the outline", "grain": "change from pixel to pixel",
    "sharpest": "sharpness of the sharpest edges", "blocks": "steps on a grid of 8",
    "darker_ground": "dark ground beside it", "dark_inside": "dark ground within the mask",
    "mirror": "likeness to its mirror image below",
})  # fmt: skip
"""What each figure is, for a person."""


def told(evidence: tuple[Evidence, ...]) -> str:
    """The evidence as words: what was measured, and what is usual where nothing is wrong."""
    return "; ".join(
        f"{WORDS[one.figure]} {one.value:.2g} (usual: {one.usual:.2g})" for one in evidence
    )

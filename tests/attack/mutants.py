"""Every attack there is, and which one a seed and an index make."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from attack import bombs, damage, forms
from attack.forms import Form, form_with
from attack.specimens import good_picture


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of attack, how many of a hundred are of it, and whether any may be accepted."""

    name: str
    share: int
    make: Callable[[Random], bytes] | Callable[[Random], Form]
    may_pass: bool = True
    must_pass: bool = False


@dataclass(frozen=True, slots=True)
class Mutant:
    """One attack, ready to be sent."""

    kind: Kind
    form: Form


KINDS: Final = (
    Kind("good picture", 2, good_picture, must_pass=True),
    Kind("bit flips", 12, damage.flip_bits),
    Kind("lies in the head", 6, damage.lie_in_the_head),
    Kind("cut picture", 5, damage.cut),
    Kind("shuffled slices", 5, damage.shuffle_slices),
    Kind("spliced pictures", 3, damage.splice),
    Kind("swapped PNG chunks", 4, damage.swap_png_chunks),
    Kind("lying PNG chunk", 4, damage.lie_in_a_png_chunk),
    Kind("lying IHDR", 4, damage.lie_in_ihdr),
    Kind("lying JPEG segment", 4, damage.lie_in_a_jpeg_segment),
    Kind("lying WebP chunk", 3, damage.lie_in_a_webp_chunk),
    Kind("lying HEIC box", 3, damage.lie_in_a_heic_box),
    Kind("EXIF loop", 4, damage.loop_in_exif),
    Kind("huge ICC profile", 2, damage.swell_the_colour_profile),
    Kind("text bomb", 2, bombs.text_bomb),
    Kind("pixel data bomb", 1, bombs.pixel_data_bomb),
    Kind("size bomb", 2, bombs.size_bomb, may_pass=False),
    Kind("extreme size", 2, bombs.extreme_size, may_pass=False),
    Kind("largest allowed size", 1, bombs.largest_allowed),
    Kind("JPEG of many scans", 1, bombs.many_scans, may_pass=False),
    Kind("no picture", 2, bombs.nothing, may_pass=False),
    Kind("animated", 3, bombs.animated, may_pass=False),
    Kind("another format", 3, bombs.wrong_kind, may_pass=False),
    Kind("polyglot", 4, bombs.also_something_else),
    Kind("GIF polyglot", 1, bombs.gif_and_something_else, may_pass=False),
    Kind("lying name", 3, forms.lying_name),
    Kind("lying part type", 1, forms.lying_part_type),
    Kind("lying request type", 2, forms.lying_request_type, may_pass=False),
    Kind("broken form", 4, forms.broken_form),
    Kind("repeated fields", 1, forms.repeated_fields),
    Kind("lying length", 2, forms.lying_length),
    Kind("lying chunks", 1, forms.lying_chunks),
    Kind("odd headers", 1, forms.odd_headers),
    Kind("cut upload", 2, forms.cut_off, may_pass=False),
)
_HUNDRED: Final = [kind for kind in KINDS for _ in range(kind.share)]
_STRIDE: Final = 37
"""Coprime to 100: neighbours in time are of different kinds, and any hundred has all of them."""

assert len(_HUNDRED) == 100


def kind_of(index: int) -> Kind:
    """Return the kind of the attack at a place in every sequence."""
    return _HUNDRED[index * _STRIDE % len(_HUNDRED)]


def mutant(seed: int, index: int) -> Mutant:
    """Return the attack at a place in the sequence of a seed; always the same one."""
    kind = kind_of(index)
    made = kind.make(Random(f"{seed} {index} {kind.name}"))
    return Mutant(kind, made if isinstance(made, Form) else form_with(made, index))

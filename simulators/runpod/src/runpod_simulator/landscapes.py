"""Text-to-image without a model: a landscape that depends on the prompt and the seed alone."""

import hashlib
import math
import random
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFilter

from runpod_simulator.prompt_words import Scenery, scenery_in

Colour = tuple[int, int, int]
Point = tuple[float, float]
_SHARPNESS: Final = 2
"""The drawing is this much larger than the picture, for smooth edges."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours from the top of the sky to the nearest hill."""

    sky: tuple[Colour, Colour, Colour]
    sun: Colour
    far: Colour
    near: Colour


DAY_PALETTES: Final = (
    Palette(
        ((64, 132, 206), (142, 196, 232), (250, 232, 204)),
        sun=(255, 248, 220),
        far=(150, 182, 200),
        near=(34, 82, 84),
    ),
    Palette(
        ((98, 116, 196), (196, 160, 208), (255, 214, 190)),
        sun=(255, 240, 214),
        far=(164, 140, 184),
        near=(52, 46, 92),
    ),
    Palette(
        ((40, 150, 170), (140, 210, 200), (252, 240, 206)),
        sun=(255, 250, 226),
        far=(128, 186, 182),
        near=(22, 82, 78),
    ),
    Palette(
        ((228, 118, 110), (248, 178, 132), (255, 228, 176)),
        sun=(255, 246, 212),
        far=(214, 140, 132),
        near=(88, 42, 72),
    ),
)
SUNSET_PALETTE: Final = Palette(
    ((74, 52, 122), (226, 96, 98), (255, 196, 112)),
    sun=(255, 236, 178),
    far=(186, 96, 120),
    near=(46, 26, 62),
)
NIGHT_PALETTE: Final = Palette(
    ((8, 12, 38), (26, 40, 88), (74, 86, 134)),
    sun=(248, 244, 222),
    far=(52, 64, 108),
    near=(8, 12, 30),
)
WINTER_PALETTE: Final = Palette(
    ((132, 164, 200), (190, 208, 228), (240, 240, 244)),
    sun=(255, 252, 240),
    far=(196, 210, 226),
    near=(92, 116, 146),
)
_LIT_WINDOWS: Final = 0.42


def draw_landscape(size: tuple[int, int], prompt: str, seed: int) -> Image.Image:
    """Draw a landscape of a size in pixels; the same prompt and seed give the same picture."""
    digest = hashlib.sha256(f"{seed}\n{prompt}".encode("utf-8", "surrogatepass")).digest()
    chance = random.Random(digest)  # noqa: S311 - decoration, not secrets
    scenery = scenery_in(prompt)
    palette = _palette(scenery, chance)
    canvas = _sky((size[0] * _SHARPNESS, size[1] * _SHARPNESS), palette)
    sun = (canvas.width * chance.uniform(0.22, 0.78), canvas.height * chance.uniform(0.2, 0.36))
    _draw_sun(canvas, sun, palette, chance, is_moon=Scenery.NIGHT in scenery)
    draw = ImageDraw.Draw(canvas)
    _draw_hills(draw, canvas.size, palette, chance, scenery)
    if Scenery.CAT in scenery:
        _draw_cat(draw, canvas.size, _mix(palette.near, (0, 0, 0), 0.45))
    elif Scenery.NIGHT not in scenery:
        _draw_birds(draw, canvas.size, palette.near, chance)
    return canvas.reduce(_SHARPNESS)


def _palette(scenery: set[Scenery], chance: random.Random) -> Palette:
    if Scenery.NIGHT in scenery:
        return NIGHT_PALETTE
    if Scenery.SUNSET in scenery:
        return SUNSET_PALETTE
    if Scenery.WINTER in scenery:
        return WINTER_PALETTE
    return chance.choice(DAY_PALETTES)


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _sky(size: tuple[int, int], palette: Palette) -> Image.Image:
    """Return a vertical gradient through three colours that ends at two thirds of the height."""
    column = Image.new("RGB", (1, 256))
    top, middle, low = palette.sky
    for y in range(256):
        way = min(2.0, y / 85)
        colour = _mix(top, middle, way) if way < 1 else _mix(middle, low, way - 1)
        column.putpixel((0, y), colour)
    return column.resize(size, Image.Resampling.BICUBIC)


def _draw_sun(
    canvas: Image.Image, at: Point, palette: Palette, chance: random.Random, *, is_moon: bool
) -> None:
    unit = min(canvas.size) / 100
    if is_moon:
        draw = ImageDraw.Draw(canvas)
        for _ in range(160):
            x, y = chance.random() * canvas.width, chance.random() * canvas.height * 0.6
            radius = unit * chance.uniform(0.08, 0.28)
            shade = chance.randint(140, 255)
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), (shade, shade, 240))
    small = Image.new("L", (canvas.width // 8, canvas.height // 8), 0)
    pen = ImageDraw.Draw(small)
    for radius, light in ((26, 36), (17, 70), (11, 120)):
        pen.ellipse(_around((at[0] / 8, at[1] / 8), radius * unit / 8), fill=light)
    halo = small.filter(ImageFilter.GaussianBlur(unit * 0.6)).resize(canvas.size)
    canvas.paste(palette.sun, (0, 0), halo)
    ImageDraw.Draw(canvas).ellipse(_around(at, unit * (5 if is_moon else 7)), palette.sun)


def _around(centre: Point, radius: float) -> tuple[float, float, float, float]:
    return centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius


def _draw_hills(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    palette: Palette,
    chance: random.Random,
    scenery: set[Scenery],
) -> None:
    layers = 6
    for layer in range(layers):
        near = layer / (layers - 1)
        colour = _mix(palette.far, palette.near, near)
        base = size[1] * (0.5 + 0.42 * near)
        if layer == layers // 2 and Scenery.CITY in scenery:
            _draw_city(draw, size, base, _mix(palette.far, palette.near, 0.7), chance)
        if layer == layers // 2 and Scenery.SEA in scenery:
            _draw_sea(draw, size, palette, chance)
        if Scenery.SEA in scenery and layers // 2 <= layer < layers - 1:
            continue
        ridge = _ridge(size[0], base, size[1] * (0.12 - 0.05 * near), 1 + layer, chance)
        draw.polygon([(0, size[1]), *ridge, (size[0], size[1])], fill=colour)
        if Scenery.FOREST in scenery and layer >= layers // 2:
            _draw_trees(draw, ridge, min(size) * (0.03 + 0.06 * near), colour, chance)


def _ridge(
    width: int, base: float, height: float, roughness: int, chance: random.Random
) -> list[Point]:
    """Return a skyline made of four waves of falling size."""
    waves = [
        (
            chance.uniform(0.6, 1.2) * (roughness + 1) * 2**octave / 2,
            chance.uniform(0, 6.28),
            0.5**octave,
        )
        for octave in range(4)
    ]
    steps = 160
    return [
        (
            width * step / steps,
            base - height * sum(a * math.sin(f * 6.28 * step / steps / 2 + p) for f, p, a in waves),
        )
        for step in range(steps + 1)
    ]


def _draw_trees(
    draw: ImageDraw.ImageDraw,
    ridge: list[Point],
    height: float,
    colour: Colour,
    chance: random.Random,
) -> None:
    for x, y in ridge[:: chance.randint(2, 4)]:
        tall = height * chance.uniform(0.7, 1.5)
        for part in range(3):
            top, low = y - tall * (1 - part * 0.22), y - tall * (0.48 - part * 0.24)
            half = tall * (0.13 + 0.06 * part)
            draw.polygon([(x, top), (x - half, low), (x + half, low)], fill=colour)
        draw.rectangle((x - tall * 0.03, y - tall * 0.1, x + tall * 0.03, y + tall * 0.1), colour)


def _draw_city(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    base: float,
    colour: Colour,
    chance: random.Random,
) -> None:
    x = 0.0
    while x < size[0]:
        width = size[0] * chance.uniform(0.035, 0.08)
        top = base - size[1] * chance.uniform(0.08, 0.34)
        draw.rectangle((x, top, x + width, size[1]), fill=colour)
        cell = width / 6
        for column in range(1, 5):
            for row in range(int((base + size[1] * 0.1 - top) / cell / 1.6)):
                if chance.random() < _LIT_WINDOWS:
                    left, upper = x + column * cell + cell * 0.2, top + cell + row * cell * 1.6
                    box = (left, upper, left + cell * 0.6, upper + cell * 0.8)
                    draw.rectangle(box, fill=(255, 222, 150))
        x += width + size[0] * chance.uniform(0.0, 0.012)


def _draw_sea(
    draw: ImageDraw.ImageDraw, size: tuple[int, int], palette: Palette, chance: random.Random
) -> None:
    horizon = size[1] * 0.62
    bands = 40
    for band in range(bands):
        top = horizon + (size[1] - horizon) * band / bands
        colour = _mix(_mix(palette.sky[1], palette.sun, 0.25), palette.near, band / bands * 0.75)
        bottom = top + (size[1] - horizon) / bands + 1
        draw.rectangle((0, top, size[0], bottom), fill=colour)
    for _ in range(90):
        depth = chance.random() ** 1.5
        y = horizon + (size[1] - horizon) * depth
        half = size[0] * (0.01 + 0.05 * depth) * chance.uniform(0.4, 1)
        x = chance.random() * size[0]
        glint = _mix(palette.sun, palette.sky[1], chance.uniform(0.1, 0.6))
        draw.line((x - half, y, x + half, y), fill=glint, width=max(1, round(size[1] / 500)))


def _draw_birds(
    draw: ImageDraw.ImageDraw, size: tuple[int, int], colour: Colour, chance: random.Random
) -> None:
    unit = min(size) / 100
    cx, cy = size[0] * chance.uniform(0.3, 0.7), size[1] * chance.uniform(0.1, 0.3)
    for _ in range(chance.randint(4, 7)):
        x, y = cx + chance.uniform(-16, 16) * unit, cy + chance.uniform(-6, 6) * unit
        span = unit * chance.uniform(1.2, 2.2)
        for side in (-1, 1):
            left, right = sorted((x, x + side * 2 * span))
            start, end = (180, 290) if side == 1 else (250, 360)
            draw.arc((left, y, right, y + span), start, end, fill=colour, width=round(unit / 3))


def _draw_cat(draw: ImageDraw.ImageDraw, size: tuple[int, int], colour: Colour) -> None:
    """Draw a sitting cat from behind, looking at the view."""
    unit = min(size) / 100
    x, ground = size[0] * 0.5, size[1] * 0.97
    draw.ellipse((x - 11 * unit, ground - 27 * unit, x + 11 * unit, ground + 4 * unit), colour)
    draw.ellipse((x - 8 * unit, ground - 38 * unit, x + 8 * unit, ground - 23 * unit), colour)
    for side in (-1, 1):
        ear = [(7.6, -32.0), (7.4, -43.0), (1.6, -37.0)]
        draw.polygon([(x + side * dx * unit, ground + dy * unit) for dx, dy in ear], fill=colour)
    tail = (x + 2 * unit, ground - 14 * unit, x + 24 * unit, ground + 2 * unit)
    draw.arc(tail, 280, 120, fill=colour, width=round(3.2 * unit))

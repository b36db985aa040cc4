"""The effects: each takes an RGB picture and returns one of the same size."""

import random
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from runpod_simulator.prompt_words import Effect

Colour = tuple[int, int, int]
_SEPIA: Final = (
    0.393, 0.769, 0.189, 0.0,
    0.349, 0.686, 0.168, 0.0,
    0.272, 0.534, 0.131, 0.0,
)  # fmt: skip


def apply_effect(image: Image.Image, effect: Effect, seed: int) -> Image.Image:
    """Apply one effect; the seed places whatever is placed by chance."""
    return _EFFECTS[effect](image, random.Random(seed))  # noqa: S311 - decoration, not secrets


def signature_look(image: Image.Image, seed: int) -> Image.Image:
    """Grade a picture visibly when its prompt names no effect: bloom, two tones, a soft sun."""
    chance = random.Random(seed)  # noqa: S311 - decoration, not secrets
    graded = _curves(
        ImageEnhance.Color(image).enhance(1.35),
        red=[(0, 6), (96, 92), (170, 196), (255, 255)],
        green=[(0, 14), (128, 128), (255, 244)],
        blue=[(0, 42), (110, 122), (200, 186), (255, 222)],
    )
    bloom = _soften(graded, 24)
    graded = Image.blend(graded, ImageChops.screen(graded, bloom), 0.34)
    side = chance.choice((0.12, 0.88))
    graded = _add_glow(graded, (side, 0.06), 0.95, (255, 158, 84))
    return _framed(_vignette(graded, 0.45))


def _table(points: Iterable[tuple[int, int]]) -> list[int]:
    """Interpolate a 256-entry tone curve through points of (in, out)."""
    known = list(points)
    table: list[int] = []
    for (x0, y0), (x1, y1) in pairwise(known):
        table += [round(y0 + (y1 - y0) * (x - x0) / (x1 - x0)) for x in range(x0, x1)]
    return [*table, known[-1][1]]


def _threshold(level: int) -> list[int]:
    return [0] * level + [255] * (256 - level)


def _curves(
    image: Image.Image,
    *,
    red: list[tuple[int, int]],
    green: list[tuple[int, int]],
    blue: list[tuple[int, int]],
) -> Image.Image:
    return image.point(_table(red) + _table(green) + _table(blue))


def _gamma(image: Image.Image, gamma: float) -> Image.Image:
    return image.point([round(255 * (value / 255) ** gamma) for value in range(256)] * 3)


def _soften(image: Image.Image, strength: int) -> Image.Image:
    """Blur widely at a quarter of the size, which is as soft and sixteen times cheaper."""
    small = image.resize((max(1, image.width // 4), max(1, image.height // 4)), reducing_gap=1.0)
    return small.filter(ImageFilter.BoxBlur(strength / 4)).resize(image.size)


def _spot(size: tuple[int, int], centre: tuple[float, float], radius: float) -> Image.Image:
    """Return a mask that fades from white at a relative centre to black at a relative radius."""
    side = round(2 * radius * max(size))
    light = ImageOps.invert(Image.radial_gradient("L"))
    light = light.point([max(0, value - 75) * 255 // 180 for value in range(256)])
    mask = Image.new("L", size, 0)
    at = (round(centre[0] * size[0] - side / 2), round(centre[1] * size[1] - side / 2))
    mask.paste(light.resize((side, side), Image.Resampling.BILINEAR), at)
    return mask


def _add_glow(
    image: Image.Image, centre: tuple[float, float], radius: float, colour: Colour
) -> Image.Image:
    glow = Image.new("RGB", image.size, (0, 0, 0))
    glow.paste(colour, (0, 0), _spot(image.size, centre, radius))
    return ImageChops.screen(image, glow)


def _vignette(image: Image.Image, strength: float) -> Image.Image:
    gradient = Image.radial_gradient("L").point(
        [255 - round(strength * max(0, value - 90) * 255 / 165) for value in range(256)]
    )
    shade = gradient.resize(image.size, Image.Resampling.BILINEAR)
    return ImageChops.multiply(image, Image.merge("RGB", (shade, shade, shade)))


def _framed(image: Image.Image) -> Image.Image:
    """Add a fine light line a little inside the edge."""
    inset = max(4, min(image.size) // 44)
    width = max(1, min(image.size) // 400)
    veil = Image.new("L", image.size, 0)
    box = (inset, inset, image.width - 1 - inset, image.height - 1 - inset)
    ImageDraw.Draw(veil).rounded_rectangle(box, radius=inset, outline=170, width=width)
    image.paste((255, 246, 228), (0, 0), veil)
    return image


def _grain(image: Image.Image, spread: float, amount: float, chance: random.Random) -> Image.Image:
    noise = _noise(_part_of(image, 2), spread, chance).resize(image.size)
    coloured = ImageChops.overlay(image, Image.merge("RGB", (noise, noise, noise)))
    return Image.blend(image, coloured, amount)


def _noise(size: tuple[int, int], spread: float, chance: random.Random) -> Image.Image:
    """Return grey noise around the middle with a standard deviation in grey levels."""
    flat = Image.frombytes("L", size, chance.randbytes(size[0] * size[1]))
    levels = [128 + (value - 127.5) * spread / 74 for value in range(256)]
    return flat.point([round(min(255, max(0, level))) for level in levels])


def _part_of(image: Image.Image, divisor: int) -> tuple[int, int]:
    return max(4, image.width // divisor), max(4, image.height // divisor)


def _edges(image: Image.Image, gain: float) -> Image.Image:
    """Return dark lines on white where brightness changes."""
    grey = image.convert("L").filter(ImageFilter.BoxBlur(1))
    wide = grey.filter(ImageFilter.BoxBlur(max(2, min(image.size) // 256)))
    return ImageOps.invert(ImageChops.subtract(wide, grey, 1 / gain))


def _multiply_grey(image: Image.Image, grey: Image.Image) -> Image.Image:
    return ImageChops.multiply(image, Image.merge("RGB", (grey, grey, grey)))


def _mirror(image: Image.Image, _chance: random.Random) -> Image.Image:
    return ImageOps.mirror(image)


def _upside_down(image: Image.Image, _chance: random.Random) -> Image.Image:
    return ImageOps.flip(image)


def _brighter(image: Image.Image, _chance: random.Random) -> Image.Image:
    return ImageEnhance.Color(_gamma(image, 0.58)).enhance(1.15)


def _darker(image: Image.Image, _chance: random.Random) -> Image.Image:
    return _vignette(_gamma(image, 1.8), 0.5)


def _vivid(image: Image.Image, _chance: random.Random) -> Image.Image:
    return ImageEnhance.Contrast(ImageEnhance.Color(image).enhance(2.0)).enhance(1.12)


def _pastel(image: Image.Image, _chance: random.Random) -> Image.Image:
    pale = Image.blend(image, Image.new("RGB", image.size, (255, 240, 246)), 0.42)
    return ImageEnhance.Color(_gamma(pale, 0.85)).enhance(1.1)


def _flatten(image: Image.Image, divisor: int, passes: int) -> Image.Image:
    """Melt small detail into patches of even colour."""
    small = image.resize(_part_of(image, divisor), reducing_gap=1.0)
    for _ in range(passes):
        small = small.filter(ImageFilter.MedianFilter(5))
    return small.resize(image.size, Image.Resampling.BICUBIC)


def _cartoon(image: Image.Image, _chance: random.Random) -> Image.Image:
    flat = _flatten(image, 3, 1)
    lines = _edges(flat, 7).point(_threshold(120))
    steps = [min(255, (value + 21) // 42 * 42) for value in range(256)]
    bold = ImageEnhance.Color(flat).enhance(1.7).point(steps * 3).filter(ImageFilter.BoxBlur(1))
    return _multiply_grey(bold, lines.filter(ImageFilter.BoxBlur(1)))


def _watercolour(image: Image.Image, chance: random.Random) -> Image.Image:
    wash = ImageEnhance.Color(_flatten(image, 4, 2)).enhance(1.5)
    wash = Image.blend(wash, Image.new("RGB", image.size, (255, 252, 244)), 0.2)
    grain = _noise(_part_of(image, 2), 12, chance)
    for divisor, spread in ((20, 16), (64, 30)):
        blots = _noise(_part_of(image, divisor), spread, chance)
        grain = ImageChops.overlay(grain, blots.resize(grain.size, Image.Resampling.BICUBIC))
    paper = grain.resize(image.size)
    wash = ImageChops.soft_light(wash, Image.merge("RGB", (paper, paper, paper)))
    lines = _edges(image, 3).point([130 + value * 125 // 255 for value in range(256)])
    return _paper_edge(_multiply_grey(wash, lines), (252, 249, 240), chance)


def _paper_edge(image: Image.Image, paper: Colour, chance: random.Random) -> Image.Image:
    """Let the picture end in an uneven edge on paper."""
    size = _part_of(image, 8)
    mask = Image.new("L", size, 0)
    inset = max(2, min(size) // 22)
    ImageDraw.Draw(mask).rectangle((inset, inset, size[0] - inset, size[1] - inset), fill=255)
    rough = ImageChops.add(mask.filter(ImageFilter.BoxBlur(2)), _noise(size, 74, chance), 2)
    rough = rough.filter(ImageFilter.BoxBlur(2)).point(_threshold(127))
    mask = rough.resize(image.size, Image.Resampling.BICUBIC).filter(ImageFilter.BoxBlur(3))
    return Image.composite(image, Image.new("RGB", image.size, paper), mask)


def _sketch(image: Image.Image, chance: random.Random) -> Image.Image:
    grey = ImageOps.autocontrast(image.convert("L"), cutoff=1)
    lines = _edges(image, 6)
    hatch = _noise(_part_of(image, 3), 70, chance)
    hatch = hatch.resize(image.size).filter(ImageFilter.BoxBlur((0, 4)))
    tone = grey.point([min(255, 150 + value) for value in range(256)])
    page = ImageChops.multiply(lines, Image.blend(tone, ImageChops.overlay(tone, hatch), 0.6))
    return ImageOps.colorize(page, (38, 36, 44), (253, 250, 243), mid=(150, 147, 146))


def _black_and_white(image: Image.Image, _chance: random.Random) -> Image.Image:
    grey = ImageOps.autocontrast(image.convert("L"), cutoff=0.5)
    grey = grey.point(_table([(0, 0), (64, 50), (192, 208), (255, 255)]))
    return Image.merge("RGB", (grey, grey, grey))


def _sepia(image: Image.Image, _chance: random.Random) -> Image.Image:
    return _vignette(image.convert("RGB", _SEPIA), 0.35)


def _warm_evening(image: Image.Image, chance: random.Random) -> Image.Image:
    warm = _curves(
        image,
        red=[(0, 22), (128, 168), (255, 255)],
        green=[(0, 8), (128, 120), (255, 226)],
        blue=[(0, 18), (128, 82), (255, 160)],
    )
    warm = Image.blend(warm, ImageChops.screen(warm, _soften(warm, 32)), 0.25)
    warm = _add_glow(warm, (chance.choice((0.16, 0.84)), 0.22), 0.8, (255, 150, 60))
    return _vignette(warm, 0.35)


def _night(image: Image.Image, chance: random.Random) -> Image.Image:
    dark = ImageEnhance.Color(image).enhance(0.55)
    dark = _curves(
        dark,
        red=[(0, 0), (128, 26), (255, 110)],
        green=[(0, 4), (128, 42), (255, 138)],
        blue=[(0, 20), (128, 84), (255, 196)],
    )
    moon = (chance.choice((0.2, 0.8)), 0.16)
    dark = _vignette(_add_glow(dark, moon, 0.42, (110, 130, 170)), 0.4)
    unit = min(image.size) / 100
    stars = Image.new("L", image.size, 0)
    draw = ImageDraw.Draw(stars)
    for _ in range(90):
        x, y = chance.random() * image.width, chance.random() ** 1.6 * image.height * 0.5
        radius = unit * chance.uniform(0.06, 0.22)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), chance.randint(150, 255))
    was_bright = image.convert("L").point(_table([(0, 0), (110, 30), (170, 255), (255, 255)]))
    dark.paste((240, 240, 255), (0, 0), ImageChops.multiply(stars, was_bright))
    _disc(dark, (moon[0] * image.width, moon[1] * image.height), 4.2 * unit, (250, 246, 224))
    return dark


def _disc(image: Image.Image, centre: tuple[float, float], radius: float, colour: Colour) -> None:
    """Draw a smooth disc in place."""
    side = max(2, round(radius * 2))
    mask = Image.new("L", (side * 4, side * 4), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, side * 4 - 1, side * 4 - 1), fill=255)
    at = (round(centre[0] - radius), round(centre[1] - radius))
    image.paste(colour, at, mask.reduce(4))


def _invert(image: Image.Image, _chance: random.Random) -> Image.Image:
    return ImageOps.invert(image)


def _snow(image: Image.Image, chance: random.Random) -> Image.Image:
    cold = _curves(
        ImageEnhance.Color(image).enhance(0.6),
        red=[(0, 26), (255, 236)],
        green=[(0, 34), (255, 246)],
        blue=[(0, 48), (255, 255)],
    )
    unit = min(image.size) / 100
    for layer, (count, largest) in enumerate(((260, 0.35), (110, 0.7), (36, 1.4))):
        veil = Image.new("L", image.size, 0)
        draw = ImageDraw.Draw(veil)
        for _ in range(count):
            x, y = chance.random() * image.width, chance.random() * image.height
            radius = unit * chance.uniform(0.4, 1) * largest
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=235 - 45 * layer)
        cold.paste((255, 255, 255), (0, 0), veil.filter(ImageFilter.BoxBlur(1 + layer)))
    return cold


def _rain(image: Image.Image, chance: random.Random) -> Image.Image:
    wet = _curves(
        ImageEnhance.Color(image).enhance(0.55),
        red=[(0, 14), (255, 176)],
        green=[(0, 22), (255, 190)],
        blue=[(0, 34), (255, 214)],
    )
    unit = min(image.size) / 100
    veil = Image.new("L", image.size, 0)
    draw = ImageDraw.Draw(veil)
    for _ in range(420):
        x, y = chance.random() * image.width * 1.2, chance.random() * image.height
        length = unit * chance.uniform(2, 6)
        width = max(1, round(unit * 0.14))
        draw.line((x, y, x - length * 0.28, y + length), chance.randint(60, 170), width)
    wet.paste((226, 236, 248), (0, 0), veil.filter(ImageFilter.BoxBlur(0.6)))
    return wet


def _blur(image: Image.Image, _chance: random.Random) -> Image.Image:
    return _soften(image, max(8, min(image.size) // 34)).filter(ImageFilter.BoxBlur(3))


def _film(image: Image.Image, chance: random.Random) -> Image.Image:
    faded = _curves(
        ImageEnhance.Color(image).enhance(0.78),
        red=[(0, 38), (80, 92), (190, 214), (255, 246)],
        green=[(0, 34), (128, 130), (255, 234)],
        blue=[(0, 52), (128, 122), (255, 206)],
    )
    faded = _add_glow(
        faded, (chance.choice((-0.02, 1.02)), chance.uniform(0.2, 0.7)), 0.42, (255, 92, 40)
    )
    aged = _grain(_vignette(faded, 0.5), 46, 0.25, chance)
    border = max(6, min(image.size) // 36)
    mask = Image.new("L", image.size, 0)
    box = (border, border, image.width - 1 - border, image.height - 1 - border)
    ImageDraw.Draw(mask).rounded_rectangle(box, radius=border, fill=255)
    return Image.composite(aged, Image.new("RGB", image.size, (245, 240, 228)), mask)


def _pixel_art(image: Image.Image, _chance: random.Random) -> Image.Image:
    block = max(2, min(image.size) // 96)
    small = image.resize((max(8, image.width // block), max(8, image.height // block)))
    small = ImageEnhance.Contrast(ImageEnhance.Color(small).enhance(1.5)).enhance(1.1)
    few = small.quantize(28, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return few.convert("RGB").resize(image.size, Image.Resampling.NEAREST)


_EFFECTS: Final[dict[Effect, Callable[[Image.Image, random.Random], Image.Image]]] = {
    Effect.MIRROR: _mirror,
    Effect.UPSIDE_DOWN: _upside_down,
    Effect.BRIGHTER: _brighter,
    Effect.DARKER: _darker,
    Effect.VIVID: _vivid,
    Effect.PASTEL: _pastel,
    Effect.CARTOON: _cartoon,
    Effect.WATERCOLOUR: _watercolour,
    Effect.SKETCH: _sketch,
    Effect.BLACK_AND_WHITE: _black_and_white,
    Effect.SEPIA: _sepia,
    Effect.WARM_EVENING: _warm_evening,
    Effect.NIGHT: _night,
    Effect.INVERT: _invert,
    Effect.SNOW: _snow,
    Effect.RAIN: _rain,
    Effect.BLUR: _blur,
    Effect.FILM: _film,
    Effect.PIXEL_ART: _pixel_art,
}

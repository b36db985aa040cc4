"""Which effects and which scenery a prompt asks for, in English or Thai."""

import re
from enum import StrEnum
from functools import cache
from typing import Final


class Effect(StrEnum):
    """What can be done to a picture, in the order in which it is done."""

    MIRROR = "mirror"
    UPSIDE_DOWN = "upside down"
    BRIGHTER = "brighter"
    DARKER = "darker"
    VIVID = "vivid"
    PASTEL = "pastel"
    CARTOON = "cartoon"
    WATERCOLOUR = "watercolour"
    SKETCH = "sketch"
    BLACK_AND_WHITE = "black and white"
    SEPIA = "sepia"
    WARM_EVENING = "warm evening"
    NIGHT = "night"
    INVERT = "invert"
    SNOW = "snow"
    RAIN = "rain"
    BLUR = "blur"
    FILM = "film"
    PIXEL_ART = "pixel art"


class Scenery(StrEnum):
    """What a drawn landscape may contain."""

    SEA = "sea"
    CITY = "city"
    FOREST = "forest"
    CAT = "cat"
    SUNSET = "sunset"
    NIGHT = "night"
    WINTER = "winter"


EFFECT_WORDS: Final[dict[Effect, tuple[str, ...]]] = {
    Effect.MIRROR: ("mirror", "mirrored", "flip", "flipped", "กลับด้าน", "สะท้อน", "พลิกภาพ"),
    Effect.UPSIDE_DOWN: ("upside down", "กลับหัว"),
    Effect.BRIGHTER: ("brighter", "brighten", "lighten", "สว่าง"),
    Effect.DARKER: ("darker", "darken", "มืด"),
    Effect.VIVID: ("vivid", "vibrant", "colourful", "colorful", "saturated", "สีสด", "สดใส", "สีจัด"),
    Effect.PASTEL: ("pastel", "พาสเทล"),
    Effect.CARTOON: ("cartoon", "comic", "anime", "การ์ตูน", "อนิเมะ"),
    Effect.WATERCOLOUR: (
        "watercolour", "watercolor", "water colour", "water color", "oil painting", "painting",
        "สีน้ำ", "ภาพวาด",
    ),
    Effect.SKETCH: ("sketch", "pencil", "drawing", "ภาพร่าง", "ดินสอ", "ลายเส้น"),
    Effect.BLACK_AND_WHITE: (
        "black and white", "black & white", "black-and-white", "b&w", "monochrome", "grayscale",
        "greyscale", "ขาวดำ", "ขาว-ดำ",
    ),
    Effect.SEPIA: ("sepia", "ซีเปีย", "สีน้ำตาลเก่า"),
    Effect.WARM_EVENING: (
        "warm", "warmer", "evening", "sunset", "golden hour", "แสงเย็น", "อบอุ่น", "พระอาทิตย์ตก",
        "ยามเย็น", "แสงทอง",
    ),
    Effect.NIGHT: ("night", "midnight", "moonlight", "กลางคืน", "แสงจันทร์"),
    Effect.INVERT: ("invert", "inverted", "negative colours", "negative colors", "กลับสี", "สีตรงข้าม"),
    Effect.SNOW: ("snow", "snowy", "snowing", "หิมะ"),
    Effect.RAIN: ("rain", "rainy", "raining", "ฝนตก", "สายฝน"),
    Effect.BLUR: ("blur", "blurred", "blurry", "bokeh", "เบลอ"),
    Effect.FILM: ("film", "vintage", "retro", "analog", "analogue", "ฟิล์ม", "วินเทจ", "ย้อนยุค"),
    Effect.PIXEL_ART: ("pixel art", "pixel", "pixelated", "8-bit", "พิกเซล"),
}  # fmt: skip

SCENERY_WORDS: Final[dict[Scenery, tuple[str, ...]]] = {
    Scenery.SEA: ("sea", "ocean", "beach", "lake", "island", "ทะเล", "ชายหาด", "ทะเลสาบ", "เกาะ"),
    Scenery.CITY: ("city", "skyline", "building", "buildings", "tokyo", "เมือง", "ตึก", "กรุงเทพ"),
    Scenery.FOREST: ("forest", "tree", "trees", "jungle", "garden", "ป่า", "ต้นไม้", "สวน"),
    Scenery.CAT: ("cat", "kitten", "แมว"),
    Scenery.SUNSET: (*EFFECT_WORDS[Effect.WARM_EVENING], "sunrise", "พระอาทิตย์ขึ้น"),
    Scenery.NIGHT: (*EFFECT_WORDS[Effect.NIGHT], "stars", "moon", "ดาว", "พระจันทร์"),
    Scenery.WINTER: (*EFFECT_WORDS[Effect.SNOW], "winter", "ฤดูหนาว"),
}  # fmt: skip


def effects_in(prompt: str) -> list[Effect]:
    """Return the effects a prompt names, in the order in which they are applied."""
    return [effect for effect, words in EFFECT_WORDS.items() if _pattern(words).search(prompt)]


def scenery_in(prompt: str) -> set[Scenery]:
    """Return what a prompt wants to see in a drawn landscape."""
    return {scene for scene, words in SCENERY_WORDS.items() if _pattern(words).search(prompt)}


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Match English words as words and Thai ones anywhere, since Thai puts no spaces between."""
    parts = [rf"\b{re.escape(w)}(?!\w)" if w.isascii() else re.escape(w) for w in words]
    return re.compile("|".join(parts), re.IGNORECASE)

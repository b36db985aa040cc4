"""The pictures: the code in the corner, the effects that words choose, and how they look."""

import base64
import io

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from runpod_simulator.pictures import UnreadablePictureError, load_picture, paint
from runpod_simulator.prompt_words import Effect, Scenery, effects_in, scenery_in
from runpod_simulator.provenance import CELLS, draw_code, expected_code, read_code
from runpod_simulator.testing import edit_workflow, input_of, simulated

SIZES = [(1024, 1024), (1360, 768), (768, 1360), (1328, 1328), (1664, 928), (928, 1664), (64, 64)]
GREY_LEVELS = 8


def a_photo(size: tuple[int, int] = (320, 240), form: str = "JPEG") -> bytes:
    image = Image.linear_gradient("L").resize(size)
    photo = Image.merge("RGB", (image, image.rotate(180), Image.new("L", size, 90)))
    draw = ImageDraw.Draw(photo)
    draw.ellipse((20, 30, 110, 120), fill=(220, 60, 50))
    for x in range(0, size[0], 16):
        draw.line((x, 0, x, size[1]), fill=(240, 235, 220), width=6)
    draw.rectangle((200, 140, 290, 220), fill=(40, 120, 220))
    buffer = io.BytesIO()
    photo.save(buffer, form)
    return buffer.getvalue()


def painted(prompt: str, size: tuple[int, int] = (256, 256), seed: int = 5) -> Image.Image:
    png = paint(prompt=prompt, negative_prompt="", seed=seed, size=size, input_image=a_photo())
    return Image.open(io.BytesIO(png))


def difference(one: Image.Image, other: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("is_edit", [True, False])
def test_code_is_the_expected_one_also_after_encoding_again(
    *, size: tuple[int, int], is_edit: bool
) -> None:
    data = a_photo() if is_edit else None
    png = paint(prompt="ขาวดำ", negative_prompt="x", seed=9, size=size, input_image=data)
    image = Image.open(io.BytesIO(png))
    assert (image.format, image.size, image.mode) == ("PNG", size, "RGB")
    expected = expected_code(
        prompt="ขาวดำ",
        negative_prompt="x",
        seed=9,
        width=size[0],
        height=size[1],
        input_image=data,
    )
    assert read_code(image) == expected
    again = io.BytesIO()
    image.convert("RGBA").save(again, "PNG", optimize=size == (64, 64))
    assert read_code(Image.open(io.BytesIO(again.getvalue()))) == expected


def test_code_survives_lossy_encoding_at_the_usual_size() -> None:
    image = painted("", (1024, 1024))
    lossy = io.BytesIO()
    image.save(lossy, "JPEG", quality=80)
    assert read_code(Image.open(io.BytesIO(lossy.getvalue()))) == read_code(image)


def test_every_part_of_a_request_changes_the_code() -> None:
    codes = {
        expected_code(prompt=p, negative_prompt=n, seed=s, width=w, height=h, input_image=i)
        for p, n, s, w, h, i in [
            ("a", "", 1, 64, 32, b"x"),
            ("b", "", 1, 64, 32, b"x"),
            ("a", "n", 1, 64, 32, b"x"),
            ("a", "", 2, 64, 32, b"x"),
            ("a", "", 1, 32, 64, b"x"),
            ("a", "", 1, 64, 64, b"x"),
            ("a", "", 1, 64, 32, b"y"),
            ("a", "", 1, 64, 32, b""),
            ("a", "", 1, 64, 32, None),
        ]
    }
    assert len(codes) == 9


@pytest.mark.parametrize("code", [b"\x00" * 8, b"\xff" * 8, bytes(range(8)), b"\x80" + b"\x01" * 7])
def test_code_reads_back_on_any_background(code: bytes) -> None:
    for background in ("white", "black", "red"):
        image = Image.new("RGB", (200, 160), background)
        draw_code(image, code)
        assert read_code(image) == code


def test_a_picture_without_a_code_is_told_apart() -> None:
    for background in ("white", "black", "grey"):
        with pytest.raises(ValueError, match="no code"):
            read_code(Image.new("RGB", (CELLS * 10, CELLS * 10), background))


@pytest.mark.parametrize("effect", list(Effect))
def test_every_effect_changes_the_picture_visibly(effect: Effect) -> None:
    assert effects_in(str(effect)) == [effect]
    original = load_picture(a_photo(), (256, 256))
    assert difference(painted(str(effect)), original) > GREY_LEVELS


def test_a_prompt_without_known_words_still_changes_the_picture_visibly() -> None:
    original = load_picture(a_photo(), (256, 256))
    assert difference(painted("put a hat on it"), original) > GREY_LEVELS


@pytest.mark.parametrize(
    ("prompt", "effects"),
    [
        ("ทำให้เป็นภาพขาวดำ", [Effect.BLACK_AND_WHITE]),
        ("ขอแสงเย็นอบอุ่นหน่อย", [Effect.WARM_EVENING]),
        ("เบลอพื้นหลัง", [Effect.BLUR]),
        ("กลับด้านภาพ", [Effect.MIRROR]),
        ("เปลี่ยนเป็นสีน้ำ", [Effect.WATERCOLOUR]),
        ("ให้เป็นตอนกลางคืน", [Effect.NIGHT]),
        ("ภาพร่างดินสอ", [Effect.SKETCH]),
        ("แบบฟิล์มเก่า", [Effect.FILM]),
        ("ทำให้สว่างขึ้น สีสด", [Effect.BRIGHTER, Effect.VIVID]),
        ("สไตล์การ์ตูน", [Effect.CARTOON]),
        ("make it Black & White, then mirror", [Effect.MIRROR, Effect.BLACK_AND_WHITE]),
        ("B&W", [Effect.BLACK_AND_WHITE]),
        ("a knight in a filmography", []),
        ("", []),
    ],
)
def test_words_choose_the_effects(prompt: str, effects: list[Effect]) -> None:
    assert effects_in(prompt) == effects


def test_black_and_white_has_no_colour_and_mirror_swaps_sides() -> None:
    grey = painted("ขาวดำ").crop((0, 0, 200, 200))
    red, green, blue = grey.split()
    assert difference(Image.merge("RGB", (red, red, red)), grey) == 0
    assert (green.tobytes(), blue.tobytes()) == (red.tobytes(), red.tobytes())
    straight = load_picture(a_photo(), (256, 256))
    mirrored = painted("กลับด้าน").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    box = (60, 0, 256, 200)
    assert difference(mirrored.crop(box), straight.crop(box)) < 1


def test_words_choose_what_is_drawn() -> None:
    assert scenery_in("แมวที่ทะเลตอนกลางคืน") == {Scenery.CAT, Scenery.SEA, Scenery.NIGHT}
    assert scenery_in("a category") == set()


def test_drawing_depends_on_prompt_and_seed_alone() -> None:
    def draw(prompt: str, seed: int) -> bytes:
        return paint(prompt=prompt, negative_prompt="", seed=seed, size=(96, 96), input_image=None)

    assert draw("ป่า สีน้ำ", 1) == draw("ป่า สีน้ำ", 1)
    pictures = {draw(prompt, seed) for prompt in ("sea", "city", "แมว") for seed in (1, 2)}
    assert len(pictures) == 6


def test_editing_the_same_twice_gives_the_same_bytes() -> None:
    for prompt in ("film", "watercolour", "sketch", "night", "snow and rain", ""):
        assert painted(prompt, seed=3).tobytes() == painted(prompt, seed=3).tobytes()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_any_format_is_read_and_cropped_around_the_centre(form: str) -> None:
    image = load_picture(a_photo((400, 100), form), (64, 64))
    assert (image.size, image.mode) == ((64, 64), "RGB")


def test_exif_rotation_is_applied() -> None:
    buffer = io.BytesIO()
    photo = Image.new("RGB", (40, 20), "black")
    photo.paste((255, 255, 255), (0, 0, 10, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    photo.save(buffer, "PNG", exif=exif)
    upright = load_picture(buffer.getvalue(), None)
    assert upright.size == (20, 40)
    assert upright.crop((0, 0, 20, 10)).convert("L").tobytes() == b"\xff" * 200


@pytest.mark.parametrize("data", [b"", b"text", b"\x89PNG\r\n\x1a\n", a_photo()[:200]])
def test_broken_pictures_are_told(data: bytes) -> None:
    with pytest.raises(UnreadablePictureError):
        load_picture(data, (64, 64))


@pytest.mark.asyncio
async def test_a_picture_goes_in_and_comes_out_edited_through_http() -> None:
    photo = a_photo()
    workflow = edit_workflow("ขาวดำ", image_name="t.png", seed=2**53 - 1, size=(192, 108))
    async with simulated() as sim:
        job = await sim.finish(input_of(workflow, {"t.png": photo}))
    output = job["output"]
    assert isinstance(output, dict)
    images = output["images"]
    assert isinstance(images, list)
    found = images[0]
    assert isinstance(found, dict)
    assert (found["filename"], found["type"]) == ("ob_00001_.png", "base64")
    image = Image.open(io.BytesIO(base64.b64decode(str(found["data"]), validate=True)))
    assert read_code(image) == expected_code(
        prompt="ขาวดำ",
        negative_prompt="",
        seed=2**53 - 1,
        width=192,
        height=108,
        input_image=photo,
    )

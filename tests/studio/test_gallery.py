"""The gallery shows every state and screen, and is not too heavy to carry."""

from studio.gallery import DOCUMENT, PARTS, PICTURES, VIEWS, document, name_of

MOST_BYTES = 4_000_000


def test_the_document_is_the_one_that_would_be_written() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document()


def test_every_picture_is_there_and_no_other() -> None:
    wanted = {name_of(state, *view) for _, states in PARTS for state in states for view in VIEWS}
    assert {picture.name for picture in PICTURES.iterdir()} == wanted


def test_the_pictures_are_light() -> None:
    assert sum(picture.stat().st_size for picture in PICTURES.iterdir()) <= MOST_BYTES

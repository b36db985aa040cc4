"""What people want, and how it is counted."""

import io
from itertools import islice

import pytest
from bench.load.journal import End, Errand, Journal, per_interval, stage_seconds
from bench.load.pictures import KINDS, Kind, Photo, make_photo, make_photos
from bench.load.wishes import wishes
from PIL import Image

SMALL = [make_photo(Kind(50, kind, 128, 192), seed=1) for kind in ("JPEG", "PNG", "WEBP")]


def test_the_same_seed_brings_the_same_wishes() -> None:
    photos = [*SMALL, *SMALL[:2]]
    first, again, other = (list(islice(wishes(s, 1, photos, 10), 50)) for s in (1, 1, 2))
    assert first == again != other
    assert {wish.photo is None for wish in first} == {True, False}
    assert all(5 <= wish.pause_seconds <= 15 for wish in first)
    assert len({wish.listens for wish in first}) == 1


@pytest.mark.parametrize("photo", SMALL, ids=lambda photo: photo.content_type)
def test_a_photo_is_a_picture_of_its_kind(photo: Photo) -> None:
    image = Image.open(io.BytesIO(photo.content))
    assert image.size == (128, 192)
    assert f"image/{(image.format or '').lower()}" == photo.content_type


def test_photos_are_of_the_sizes_that_people_send() -> None:
    sizes = [len(photo.content) for photo in make_photos(1)]
    assert len(sizes) == len(KINDS)
    assert all(30_000 < size < 6_000_000 for size in sizes)
    assert sum(kind.share for kind in KINDS) == 100


def test_stages_last_from_one_line_of_the_timeline_to_the_next() -> None:
    job = {
        "timeline": [
            {"stage": "queued", "at": "2026-11-20T09:00:00.000000Z"},
            {"stage": "sending", "at": "2026-11-20T09:00:00.250000Z"},
            {"stage": "queued", "at": "2026-11-20T09:00:01.250000Z"},
            {"stage": "sending", "at": "2026-11-20T09:00:01.500000Z"},
            {"stage": "failed", "at": "2026-11-20T09:00:02.000000Z"},
        ]
    }
    assert stage_seconds(job) == {"queued": 0.5, "sending": 1.5}


def test_only_what_ended_as_it_was_wanted_is_a_success() -> None:
    ends = (End.DONE, End.DONE, End.CANCELLED, End.REFUSED)
    journal = Journal([Errand(0.0, end=end, why="" if end is End.DONE else "x") for end in ends])
    assert journal.success_share == 0.75
    assert len(journal.done()) == 2
    assert journal.troubles() == [("x", 2)]
    assert Journal().success_share == 1


def test_rates_are_of_equal_intervals() -> None:
    rates = list(per_interval([100.1, 100.2, 106, 109.9], 100, 15, 5))
    assert rates == [(5, 0.4), (10, 0.4), (15, 0.0)]

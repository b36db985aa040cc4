"""What is read from the sample job's answers."""

import io

from PIL import Image

from local_stack.sample import Milestone, png_size, sample_picture, timeline_of


def test_a_timeline_counts_from_acceptance() -> None:
    job = {
        "timeline": [
            {"stage": "queued", "at": "2026-11-20T10:00:00.000Z"},
            {"stage": "sending", "at": "2026-11-20T10:00:00.120Z"},
            {"stage": "done", "at": "2026-11-20T10:00:04.500Z"},
        ]
    }
    assert timeline_of(job) == [
        Milestone("accepted", 0),
        Milestone("sent", 120),
        Milestone("done", 4500),
    ]


def test_the_size_of_a_png_is_read_from_its_header() -> None:
    file = io.BytesIO()
    Image.new("RGB", (30, 20)).save(file, "PNG")
    assert png_size(file.getvalue()) == (30, 20)


def test_what_is_no_png_has_no_size() -> None:
    assert png_size(b"<html>") is None


def test_the_sample_is_a_picture() -> None:
    with Image.open(io.BytesIO(sample_picture())) as picture:
        assert picture.size == (512, 512)
        assert len(picture.getcolors(maxcolors=1 << 20) or []) > 50

"""One picture through the whole pipeline: the proof that the stack works."""

import io
import json
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import httpx
from PIL import Image, ImageDraw

from local_stack.errors import StackError

PROMPT = "Turn the day into a warm evening with the first stars"
RATIO = "1:1"
SIDE_PX = 512
PATIENCE_SECONDS = 120
TERMINAL = {"done", "failed", "cancelled"}
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
WORDS = {"queued": "accepted", "sending": "sent"}
"""How a timeline calls a stage, where it differs."""


@dataclass(frozen=True, slots=True)
class Milestone:
    """A stage that the job reached, and how long after it was accepted."""

    stage: str
    after_ms: int


@dataclass(frozen=True, slots=True)
class Result:
    """What came of the sample job."""

    timeline: list[Milestone]
    width: int
    height: int
    size_bytes: int


class Visitor:
    """A guest of the studio who asks for one picture."""

    def __init__(self, studio_url: str) -> None:
        self._http = httpx.Client(
            base_url=studio_url,
            headers={"Origin": studio_url},
            timeout=30,
            follow_redirects=True,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def make_picture(self, reached: Callable[[str], None]) -> Result:
        """Send a picture, follow the job to its end, fetch the result and check it.

        Args:
            reached: Told each stage as it is reached.

        Raises:
            StackError: The job failed, took too long, or its result is not the picture asked for.
        """
        self._checked(self._http.post("/v1/session"))
        sent = self._http.post(
            "/v1/jobs",
            data={"prompt": PROMPT, "ratio": RATIO},
            files={"image": ("sample.png", sample_picture(), "image/png")},
        )
        job = self._follow(self._checked(sent).json(), reached)
        if job["stage"] != "done":
            raise StackError(f"it ended as {job['stage']}: {job['error']}")
        picture = self._checked(self._http.get(job["result_url"])).content
        return Result(timeline_of(job), *self._size_of(picture), len(picture))

    def _follow(self, job: dict[str, Any], reached: Callable[[str], None]) -> dict[str, Any]:
        stage = ""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            for current in self._live(job["id"]):
                if current["stage"] != stage:
                    stage = current["stage"]
                    reached(WORDS.get(stage, stage))
                if stage in TERMINAL:
                    return current
        raise StackError(f"it was still {stage} after {PATIENCE_SECONDS} s")

    def _live(self, job_id: str) -> Iterator[dict[str, Any]]:
        """Yield the job each time it changes, until the stream ends."""
        with self._http.stream("GET", f"/v1/jobs/{job_id}/events") as stream:
            self._checked(stream)
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))["job"]

    def _size_of(self, picture: bytes) -> tuple[int, int]:
        ratios = self._checked(self._http.get("/v1/config")).json()["ratios"]
        asked = next((r["width"], r["height"]) for r in ratios if r["id"] == RATIO)
        size = png_size(picture)
        if size != asked:
            raise StackError(f"its result is no PNG of {asked}: {size or picture[:40]!r}")
        return size

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        if not answer.is_success:
            answer.read()
            request = f"{answer.request.method} {answer.request.url}"
            raise StackError(f"{request} was answered with {answer.status_code}", answer.text)
        return answer


def timeline_of(job: dict[str, Any]) -> list[Milestone]:
    """Return when the job reached each stage, in ms since it was accepted."""
    moments = [(entry["stage"], datetime.fromisoformat(entry["at"])) for entry in job["timeline"]]
    first = moments[0][1]
    return [
        Milestone(WORDS.get(stage, stage), round((at - first).total_seconds() * 1000))
        for stage, at in moments
    ]


def png_size(picture: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels from a PNG's header; None when it is no PNG."""
    if not picture.startswith(PNG_SIGNATURE):
        return None
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def sample_picture() -> bytes:
    """Draw hills below a morning sky."""
    picture = Image.new("RGB", (SIDE_PX, SIDE_PX))
    pen = ImageDraw.Draw(picture)
    for row in range(SIDE_PX):
        light = row * 110 // SIDE_PX
        pen.line([(0, row), (SIDE_PX, row)], fill=(110 + light, 170 + light // 2, 235))
    pen.ellipse([360, 70, 440, 150], fill=(255, 226, 120))
    for top, shade in ((300, (96, 140, 120)), (360, (64, 112, 88)), (430, (40, 80, 60))):
        pen.ellipse([-200 + top // 2, top, 420, top + 500], fill=shade)
        pen.ellipse([180, top + 30, 800 - top // 3, top + 500], fill=shade)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()

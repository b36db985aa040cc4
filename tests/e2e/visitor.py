"""A person at the API: sends pictures, waits, listens."""

import io
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from PIL import Image, ImageDraw

Job = dict[str, Any]
TERMINAL = {"done", "failed", "cancelled"}
WAIT_SECONDS = 45.0


def photo(width: int = 640, height: int = 480, kind: str = "JPEG") -> bytes:
    """Return a small picture with something in it."""
    picture = Image.new("RGB", (width, height), (70, 120, 190))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((width // 4, height // 4, width // 2, height // 2), fill=(240, 200, 60))
    draw.rectangle((0, height * 2 // 3, width, height), fill=(60, 140, 70))
    sink = io.BytesIO()
    picture.save(sink, kind)
    return sink.getvalue()


def a_prompt(words: str = "make it black and white") -> str:
    """Return a prompt that no other test uses; the simulator's ledger can be asked for it."""
    return f"{words} {uuid.uuid4().hex[:12]}"


@dataclass
class Visitor:
    """One guest with a cookie of their own."""

    url: str
    cookies: httpx.Cookies | None = None
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=30, cookies=self.cookies)

    def __enter__(self) -> Self:
        self.http.post("/v1/session").raise_for_status()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def post(
        self, prompt: str, *, image: bytes | None = None, key: str | None = None, **fields: str
    ) -> httpx.Response:
        """Send a job and return the answer as it is."""
        files: dict[str, Any] = {"prompt": (None, prompt)}
        files |= {name: (None, value) for name, value in fields.items()}
        if image is not None:
            files["image"] = ("photo.jpg", image, "image/jpeg")
        headers = {"Idempotency-Key": key} if key else {}
        return self.http.post("/v1/jobs", files=files, headers=headers)

    def create(
        self, prompt: str, *, image: bytes | None = None, key: str | None = None, **fields: str
    ) -> Job:
        """Send a job that must be accepted."""
        answer = self.post(prompt, image=image, key=key, **fields)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        job: Job = answer.json()
        return job

    def job(self, job_id: str) -> Job:
        """Read a job."""
        job: Job = self.http.get(f"/v1/jobs/{job_id}").raise_for_status().json()
        return job

    def wait(self, job: Job, stages: set[str] = TERMINAL, seconds: float = WAIT_SECONDS) -> Job:
        """Wait until the job is in one of the stages; ask again a gateway that cannot answer."""
        deadline = time.monotonic() + seconds
        seen = job
        while time.monotonic() < deadline:
            seen = self._look(job["id"]) or seen
            if seen["stage"] in stages:
                return seen
            time.sleep(0.05)
        message = f"still {seen['stage']}: {json.dumps(seen, ensure_ascii=False)}"
        raise AssertionError(message)

    def _look(self, job_id: str) -> Job | None:
        """Read a job; None when nobody could say."""
        try:
            return self.job(job_id)
        except httpx.TransportError:
            return None
        except httpx.HTTPStatusError as refused:
            if refused.response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                return None
            raise

    def account(self) -> dict[str, Any]:
        """Read the credits."""
        account: dict[str, Any] = self.http.get("/v1/account").raise_for_status().json()
        return account

    def result(self, job: Job) -> Image.Image:
        """Download the result."""
        answer = self.http.get(job["result_url"], follow_redirects=True).raise_for_status()
        return Image.open(io.BytesIO(answer.content))

    def listen(self, job_id: str, last_event_id: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield the job's live events: each has `id` and the fields of `data`."""
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        with self.http.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers) as answer:
            answer.raise_for_status()
            event: dict[str, Any] = {}
            for line in answer.iter_lines():
                if line.startswith("id:"):
                    event["id"] = line.removeprefix("id:").strip()
                elif line.startswith("data:"):
                    event |= json.loads(line.removeprefix("data:"))
                elif not line and "job" in event:
                    yield event
                    event = {}

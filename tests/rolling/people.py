"""People at the API while its processes come and go: nothing that they see may be a failure."""

import itertools
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

LOOK_SECONDS = 0.2
ANSWER_SECONDS = 1.0
FIRST_TRY_SECONDS = 0.05
PATIENCE_SECONDS = 20.0
JOB_SECONDS = 90.0
TERMINAL = {"done", "failed", "cancelled"}


@dataclass
class Balancer:
    """Spreads requests over the gateways that say that they are well, asking each quite often."""

    urls: list[str] = field(default_factory=list)
    _well: list[str] = field(default_factory=list)
    _turns: Iterator[int] = field(default_factory=itertools.count)

    def watch(self, over: threading.Event) -> None:
        """Ask every gateway how it is, again and again until it is over."""
        with httpx.Client(timeout=ANSWER_SECONDS, trust_env=False) as client:
            while not over.is_set():
                self._well = [url for url in list(self.urls) if _is_well(client, url)]
                over.wait(LOOK_SECONDS)

    def order(self) -> list[str]:
        """Return the gateways in the order in which they are to be tried."""
        well = self._well
        if not well:
            return []
        first = next(self._turns) % len(well)
        return well[first:] + well[:first]


def _is_well(client: httpx.Client, url: str) -> bool:
    """Say whether it takes requests; who is slow to say so does."""
    try:
        return client.get(f"{url}/health").status_code == httpx.codes.OK
    except httpx.TimeoutException:
        return True
    except httpx.TransportError:
        return False


@dataclass
class Noticed:
    """What all people together have noticed."""

    requests: int = 0
    refused: int = 0
    """How often a gateway did not listen any more and another one was asked."""
    failures: list[str] = field(default_factory=list)
    streams: int = 0
    streams_again: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    job_ids: list[str] = field(default_factory=list)


@dataclass
class Person:
    """Asks for one picture after another and follows each by its live events."""

    balancer: Balancer
    noticed: Noticed
    over: threading.Event
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(timeout=30, trust_env=False)

    def live(self) -> None:
        """Go on until it is over."""
        with self.http:
            try:
                self._ask("POST", "/v1/session")
                while not self.over.is_set():
                    self._one_job()
            except (AssertionError, httpx.TransportError) as error:
                self.noticed.failures.append(repr(error))

    def _one_job(self) -> None:
        form = {"prompt": (None, f"blue hills {uuid.uuid4().hex[:12]}")}
        key = {"Idempotency-Key": uuid.uuid4().hex}
        answer = self._ask("POST", "/v1/jobs", files=form, headers=key)
        assert answer.status_code == httpx.codes.ACCEPTED, f"create: {answer.status_code}"
        job_id = answer.json()["id"]
        self.noticed.job_ids.append(job_id)
        self.noticed.ended[self._follow(job_id)] += 1

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 - as httpx
        """Send a request; a gateway that is gone is no failure while another one answers."""
        self.noticed.requests += 1
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            for url in self.balancer.order():
                try:
                    answer = self.http.request(method, f"{url}{path}", **more)
                except httpx.ConnectError:
                    self.noticed.refused += 1
                else:
                    assert answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR, (
                        f"{method} {path}: {answer.status_code} {answer.text[:200]}"
                    )
                    return answer
            time.sleep(FIRST_TRY_SECONDS)
        message = f"{method} {path}: nobody answered"
        raise AssertionError(message)

    def _follow(self, job_id: str) -> str:
        """Follow the job's live events, again and again when they end, until it has ended."""
        last_id: str | None = None
        until = time.monotonic() + JOB_SECONDS
        while time.monotonic() < until:
            self.noticed.streams += 1
            for event in self._listen(job_id, last_id):
                last_id = event["id"]
                if event["job"]["status"] in TERMINAL:
                    return str(event["job"]["status"])
            self.noticed.streams_again += 1
        return "still open"

    def _listen(self, job_id: str, last_id: str | None) -> Iterator[dict[str, Any]]:
        headers = {"Last-Event-ID": last_id} if last_id else {}
        urls = self.balancer.order()
        if not urls:
            time.sleep(FIRST_TRY_SECONDS)
            return
        url = f"{urls[0]}/v1/jobs/{job_id}/events"
        try:
            with self.http.stream("GET", url, headers=headers) as answer:
                assert answer.status_code == httpx.codes.OK, f"events: {answer.status_code}"
                event: dict[str, Any] = {}
                for line in answer.iter_lines():
                    if line.startswith("id:"):
                        event["id"] = line.removeprefix("id:").strip()
                    elif line.startswith("data:"):
                        event |= json.loads(line.removeprefix("data:"))
                    elif not line and "job" in event:
                        yield event
                        event = {}
        except httpx.ConnectError:
            time.sleep(FIRST_TRY_SECONDS)
        except httpx.TransportError as error:
            self.noticed.failures.append(f"the events of {job_id} broke off: {error!r}")

"""RunPod's limits, counted at the provider while far more is wanted than they allow."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final

import httpx

from bench.arena import Arena
from bench.chains.over_http import key_of
from bench.loopback import require_loopback
from bench.product import GATEWAY, Product, ProductJobs, running_product
from bench.site import Site
from bench.vitals.part import Claim, Part, Say, Watch
from bench.vitals.plan import Plan
from bench.vitals.polling import NO_WEBHOOKS
from bench.waiting import wait_for_more

PUBLISHED: Final[Mapping[str, int]] = {"run": 1000, "status": 2000, "cancel": 100}
"""Requests in 10 s. Source: RunPod docs, send-requests."""

SHARE: Final = 0.8
PRESSED: Final = 0.4
"""Less would mean that not enough was wanted to try the limit."""

CUSTOMERS: Final = 16
ANSWER_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.2
STALLED_SECONDS: Final = 60.0
"""Without anything new, which is longer than a job takes at the provider and until it is seen."""

TOLD: Final = {**NO_WEBHOOKS, "RUNPOD_LIMIT_FACTOR": "1"}
MODULES: Final = {"storer": "bench.unchecked_storer"}


@dataclass(frozen=True, slots=True)
class Limits:
    """The most requests within ten seconds.

    Attributes:
        replicas: submitters and pollers.
        most: by operation.
    """

    replicas: int
    most: Mapping[str, int]

    def claims(self) -> list[Claim]:
        """Return what is promised of each operation."""
        return [
            Claim(
                PRESSED * limit <= self.most[name] <= SHARE * limit,
                f"{self.replicas} of each, /{name}: pressed ({PRESSED:.0%}), at most {SHARE:.0%}"
                f" of {limit:,} in any 10 s",
                f"{self.most[name]:,}, {self.most[name] / limit:.0%}",
            )
            for name, limit in PUBLISHED.items()
        ]


def measure_limits(plan: Plan, arena: Arena, folder: Path, say: Say) -> Part:
    """Let jobs wait, then start everything that sends them to RunPod and asks about them.

    Raises:
        StackError: a service does not come up.
        httpx.HTTPError: the gateway refused something.
        ContenderFailed: the jobs do not end.
    """
    watch, claims = Watch(), list[Claim]()
    for replicas in plan.replicas:
        say(f"limits: {plan.limit_jobs} jobs for {replicas} of each ...")
        with arena.site() as site:
            most = _most(plan, replicas, site, arena, folder / str(replicas), watch)
        claims += Limits(replicas, most).claims()
    note = (
        f"{plan.limit_jobs} jobs of {plan.limit_job_seconds:.0f} s wait before the first submitter"
        f" and poller are started, and {plan.limit_cancels} of them are cancelled once RunPod has"
        " them; no webhooks, one storer that looks at no picture."
        " What it fetches is a /status as well."
    )
    return Part("RunPod's limits", claims, note, watch.disturbance)


def _most(
    plan: Plan, replicas: int, site: Site, arena: Arena, folder: Path, watch: Watch
) -> Mapping[str, int]:
    numbers = range(1, plan.limit_jobs + 1)
    workers = {"submitter": replicas, "poller": replicas, "storer": 1}
    with ExitStack() as opened:
        front = opened.enter_context(
            running_product(site, folder / "front", {GATEWAY: 1}, told=TOLD)
        )
        jobs = opened.enter_context(ProductJobs(site.database_url))
        crowd = opened.enter_context(_Crowd.of(CUSTOMERS, front.urls[0]))
        arena.let_jobs_take(plan.limit_job_seconds)
        crowd.ask(numbers)
        with watch.measuring():
            back = opened.enter_context(
                running_product(site, folder / "back", workers, MODULES, TOLD)
            )
            _wait(lambda: arena.counts()["submitted"], plan.limit_jobs, back)
            crowd.cancel(numbers[-plan.limit_cancels :])
            kept = plan.limit_jobs - plan.limit_cancels
            _wait(lambda: jobs.count_done(numbers), kept, back)
        counts = arena.counts()
    return {name: counts[f"most_{name}"] for name in PUBLISHED}


def _wait(count: Callable[[], int], wanted: int, product: Product) -> None:
    wait_for_more(
        count,
        wanted,
        product.log_tail,
        stalled_seconds=STALLED_SECONDS,
        look_seconds=LOOK_SECONDS,
    )


@dataclass(frozen=True, slots=True)
class _Crowd:
    """Customers at one gateway; job n is asked for by the same one who cancels it.

    Attributes:
        customers: a session each.
        ids: of jobs by number.
    """

    customers: Sequence[httpx.Client]
    ids: dict[int, str] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def of(cls, count: int, url: str) -> "Iterator[_Crowd]":
        """Open so many accounts."""
        with ExitStack() as opened:
            customers = [
                opened.enter_context(
                    httpx.Client(
                        base_url=require_loopback(url), trust_env=False, timeout=ANSWER_SECONDS
                    )
                )
                for _ in range(count)
            ]
            for http in customers:
                http.post("/v1/session").raise_for_status()
            yield cls(customers)

    def ask(self, numbers: Sequence[int]) -> None:
        """Ask for all these jobs."""

        def one(http: httpx.Client, number: int) -> None:
            form = {"prompt": (None, f"picture {number}")}
            headers = {"Idempotency-Key": key_of(number)}
            job = http.post("/v1/jobs", files=form, headers=headers).raise_for_status().json()
            self.ids[number] = job["id"]

        self._share_out(one, numbers)

    def cancel(self, numbers: Sequence[int]) -> None:
        """Cancel these jobs, unless they have ended meanwhile."""

        def one(http: httpx.Client, number: int) -> None:
            answer = http.post(f"/v1/jobs/{self.ids[number]}/cancel")
            if answer.status_code != HTTPStatus.CONFLICT:
                answer.raise_for_status()

        self._share_out(one, numbers)

    def _share_out(self, do: Callable[[httpx.Client, int], None], numbers: Sequence[int]) -> None:
        count = len(self.customers)

        def turns_of(place: int) -> None:
            for number in numbers:
                if number % count == place:
                    do(self.customers[place], number)

        with ThreadPoolExecutor(count) as threads:
            for _ in threads.map(turns_of, range(count)):
                pass

"""Jobs of which no webhook tells: how late their end is seen, and how often RunPod is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.arena import Arena
from bench.contenders.product import ProductContender
from bench.measures.figures import percentile
from bench.share import run_phase
from bench.vitals.part import Claim, Part, Say, Watch
from bench.vitals.plan import Plan

NO_WEBHOOKS: Final = {"PUBLIC_BASE_URL": ""}

ADDED_SECONDS: Final = {50: 0.8, 95: 1.7}
POLLS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Polling:
    """What life without webhooks costs.

    Attributes:
        added_seconds: of each job, beyond what the provider took.
        polls_per_job: questions until the end was seen.
    """

    plan: Plan
    added_seconds: Sequence[float]
    polls_per_job: float

    def claims(self) -> list[Claim]:
        """Return what is promised."""
        added = {p: percentile(self.added_seconds, p) for p in ADDED_SECONDS}
        said = ", ".join(f"p{p} at most {most} s" for p, most in ADDED_SECONDS.items())
        return [
            Claim(
                all(added[p] <= most for p, most in ADDED_SECONDS.items()),
                f"{self.plan.in_flight} jobs of {self.plan.job_seconds:.0f} s in flight:"
                f" added {said}",
                ", ".join(f"p{p} {seconds:.2f} s" for p, seconds in added.items()),
            ),
            Claim(
                self.polls_per_job <= POLLS,
                f"at most {POLLS:.0f} polls a job",
                f"{self.polls_per_job:.2f}",
            ),
        ]


def measure_polling(plan: Plan, arena: Arena, folder: Path, say: Say) -> Part:
    """Hand jobs in at the rate that keeps so many in flight, and wait for their ends.

    Raises:
        ContenderFailed: the product did not come up, or did not finish them.
    """
    count = plan.in_flight + plan.polled_jobs
    per_second = plan.in_flight / plan.job_seconds
    say(f"polling: {count} jobs of {plan.job_seconds:.0f} s, {per_second:.0f} a second ...")
    watch, product = Watch(), ProductContender(told=NO_WEBHOOKS)
    with arena.site() as site:
        try:
            product.start(site, folder)
            arena.let_jobs_take(plan.job_seconds)
            with watch.measuring():
                phase = run_phase(product, range(1, count + 1), per_second, arena)
            counts = arena.counts()
        finally:
            product.stop()
    added = [
        phase.done_at[job] - went_in_at - plan.job_seconds
        for job, went_in_at in phase.went_in_at.items()
        if job > plan.in_flight
    ]
    # Once more the storer asks: for the picture itself.
    polls = (counts["asked"] - count) / count
    note = (
        f"From the hand-in to the job marked done, of {len(added)} jobs that came when"
        f" {plan.in_flight} were under way; that the storer asks once for the picture is no poll."
    )
    return Part("Without webhooks", Polling(plan, added, polls).claims(), note, watch.disturbance)

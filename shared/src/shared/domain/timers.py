"""Every time limit of the pipeline in one place, and the schedule of polling.

All in seconds. `Timers.scaled` shortens them together for tests.
"""

from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True)
class Timers:
    """The pipeline's limits in production."""

    job_deadline: float = 45 * 60
    """From accepted to terminal, whatever happens."""
    submit_lease: float = 30
    """How long a submitter owns a job that it is sending; longer than the POST may take."""
    store_lease: float = 120
    count_interval: float = 5
    """How often a poller counts what RunPod has; the more, the less often each is asked about."""
    poll_lease: float = 20
    """A poller that dies gives its attempts back after this."""
    outbox_lease: float = 10
    """A relay that dies gives its events back after this."""
    outbox_look: float = 2
    """An event whose process died right after the commit waits this long for another's relay."""
    sweep_interval: float = 15
    watch_interval: float = 60
    """How often the rules that must hold are looked at, and what waits is counted."""
    alarm_grace: float = 60
    """How late something may be before it breaks a rule."""
    collect_interval: float = 6 * 3600
    """How often the object store is looked through for what belongs to no job."""
    unknown_patience: float = 120
    """How long an attempt whose POST had no answer waits to be adopted by its webhook."""
    first_ring: float = 30
    """A queued job whose doorbell seems lost is rung again after this, then less and less often."""
    longest_ring: float = 300
    store_ring: float = 30
    result_retention: float = 20 * 60
    """After COMPLETED the result is taken as lost. Source: RunPod keeps it 30 min."""
    missing_patience: float = 60
    """RunPod may answer 404 for a moment after accepting; three over this long mean lost."""
    cancel_retry: float = 10
    resend: float = 2
    """What RunPod did not take is sent again after a random part of this, then of twice as much."""
    breaker_pause: float = 30
    """While RunPod takes nothing, one job is sent this often to see whether it does again."""
    breaker_memory: float = 1
    """A process that found nothing wrong with RunPod looks again only after this."""
    queue_patience: float = 180
    """A job that waits at RunPod for longer makes us look whether any worker is there."""
    health_interval: float = 15
    """How often RunPod's /health is read at most, by all processes together."""
    canary_interval: float = 10
    """How often a worker puts a canary into each of its queues."""
    silence_limit: float = 30
    """A consumer that hears nothing for this long, canaries included, is dead."""
    execution_timeout: float = 600
    """RunPod's `policy.executionTimeout`."""
    time_to_live: float = 1200
    """RunPod's `policy.ttl`: queue and run together."""

    def scaled(self, factor: float) -> Self:
        """Return the same limits, each multiplied by `factor`."""
        return type(self)(**{f.name: getattr(self, f.name) * factor for f in fields(self)})


SHORTEST_POLL_SECONDS = 1.0
LONGEST_POLL_SECONDS = 15.0
AGE_SHARE = 0.1
AGE_SHARE_WITH_WEBHOOK = 0.3
POLLS_PER_SECOND = 100
"""Of all pollers together; `shared.db.rate_limits` allows 146, and results are fetched too."""
POLLS_PER_SECOND_WITH_WEBHOOK = 60


def next_poll_seconds(
    age_seconds: float, *, webhook: bool, scale: float = 1.0, followed: int = 0
) -> float:
    """Return how long to wait before asking RunPod again.

    Polls thin out with the attempt's age, so the delay they add stays a constant share of the
    wait and the number of polls grows with the logarithm of the run time: ten for a job of 10 s,
    about 37 for one of two minutes (with webhooks 8 and 19). They also thin out with the number of
    attempts that all pollers follow together, so that what is asked stays well below what RunPod
    allows.

    Args:
        age_seconds: since RunPod accepted the attempt.
        webhook: whether RunPod rings us; then polling is only the backstop.
        scale: the factor of `Timers.scaled`; RunPod's limits know nothing of it.
        followed: attempts that RunPod has.
    """
    share = AGE_SHARE_WITH_WEBHOOK if webhook else AGE_SHARE
    most_per_second = POLLS_PER_SECOND_WITH_WEBHOOK if webhook else POLLS_PER_SECOND
    longest = max(LONGEST_POLL_SECONDS * scale, followed / most_per_second)
    shortest = max(SHORTEST_POLL_SECONDS * scale, followed / most_per_second)
    return max(shortest, min(longest, share * age_seconds))

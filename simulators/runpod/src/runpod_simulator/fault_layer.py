"""The one place that decides whether a fault strikes, and what it turns things into."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from runpod_simulator.answers import Answer, AnswerLater, Reaction, ResetConnection, problem
from runpod_simulator.fault_outcomes import FORCED, REWRITES, rewritten
from runpod_simulator.faults import SUBMITTING, Faults, OnOperations, Operation, Trigger
from runpod_simulator.jobs import Job, JobStatus, JsonObject, Outcome


@dataclass(frozen=True, slots=True)
class WebhookPlan:
    """How the webhook of one job goes wrong; the default is how it goes right."""

    is_sent: bool = True
    copies: int = 1
    delay_seconds: float = 0.0
    is_followed_by_older: bool = False
    lead_seconds: float | None = None
    body: Literal["envelope", "output_only", "other_job", "not_json", "empty"] = "envelope"


@dataclass(frozen=True, slots=True)
class StatusView:
    """How one answer of `/status` deviates from the truth."""

    status: str
    shows_input: bool = False
    progress: JsonObject | None = None
    huge_bytes: int | None = None


class FaultLayer:
    """Holds the present faults, counts them down and remembers how often each struck."""

    def __init__(self, now: Callable[[], float], seed: int) -> None:
        """Start without faults.

        Args:
            now: The simulated time, for windows.
            seed: For probabilities.
        """
        self._now = now
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Let nothing go wrong any more."""
        self._faults = Faults()
        self._left: dict[str, int] = {}
        self._until: dict[str, float] = {}
        self._struck: Counter[str] = Counter()
        self._chance = random.Random(self._seed)  # noqa: S311 - repeatable, not secret

    def current(self) -> Faults:
        """Return the faults that can still strike, each `count` being what is left."""
        live = {name: self._live(name) for name in Faults.model_fields}
        return self._faults.model_copy(
            update={
                name: trigger.model_copy(update={"count": self._left.get(name)})
                if trigger is not None
                else None
                for name, trigger in live.items()
            }
        )

    def struck(self) -> dict[str, int]:
        """Return how often each fault has struck since the last reset."""
        return dict(self._struck)

    def patch(self, patch: Faults) -> None:
        """Replace the faults that the patch sets, null switching one off; keep the others."""
        for name in patch.model_fields_set:
            trigger = getattr(patch, name)
            self._left.pop(name, None)
            self._until.pop(name, None)
            if isinstance(trigger, Trigger):
                if trigger.count is not None:
                    self._left[name] = trigger.count
                if trigger.window_s is not None:
                    self._until[name] = self._now() + trigger.window_s
        changed = {name: getattr(patch, name) for name in patch.model_fields_set}
        self._faults = self._faults.model_copy(update=changed)

    def before(self, operation: Operation, label: str) -> Reaction | None:
        """Say what the gateway does instead of serving an operation."""
        faults = self._faults
        if (limited := faults.rate_limited) and self._strikes("rate_limited", label, operation):
            headers = (
                {} if limited.retry_after_s is None else {"Retry-After": str(limited.retry_after_s)}
            )
            return problem(429, "Too Many Requests", "rate limit exceeded", headers)
        if operation in SUBMITTING and self._strikes("endpoint_paused", label):
            body: JsonObject = {"error": "ENDPOINT_PAUSED"}
            return Answer(409, body)
        if (failed := faults.server_error) and self._strikes("server_error", label, operation):
            return problem(failed.status, "Server Error", "upstream error")
        if (hang := faults.hang) and self._strikes("hang", label, operation):
            return AnswerLater(hang.seconds)
        if self._strikes("reset_connection", label, operation):
            return ResetConnection()
        return None

    def turns_too_large_into_502(self) -> bool:
        """Say whether the edge, not the gateway, refuses a body over the limit."""
        return self._strikes("too_large_is_502", "")

    def after_accept(self, label: str) -> Reaction | None:
        """Say what the gateway does after a job was accepted, instead of telling its id."""
        faults = self._faults
        if (failed := faults.accept_then_error) and self._strikes("accept_then_error", label):
            return problem(failed.status, "Bad Gateway", "upstream error")
        if self._strikes("accept_then_reset", label):
            return ResetConnection()
        if (hang := faults.accept_then_hang) and self._strikes("accept_then_hang", label):
            return AnswerLater(hang.seconds)
        return None

    def hides(self, job: Job) -> bool:
        """Say whether a young job is not found yet."""
        fault = self._faults.not_found_after_submit
        is_young = fault is not None and self._now() < job.submitted_at + fault.seconds
        return is_young and self._strikes("not_found_after_submit", job.label)

    def held_in_queue(self, label: str) -> float:
        """Return for how many seconds a new job stays in the queue whatever happens."""
        fault = self._faults.stuck_in_queue
        if fault is None or not self._strikes("stuck_in_queue", label):
            return 0.0
        return float("inf") if fault.seconds is None else fault.seconds

    def held_in_progress(self, label: str) -> float:
        """Return for how many seconds longer an execution takes."""
        fault = self._faults.stuck_in_progress
        if fault is None or not self._strikes("stuck_in_progress", label):
            return 0.0
        return float("inf") if fault.seconds is None else fault.seconds

    def loses(self, label: str) -> bool:
        """Say whether a job is forgotten when it should start."""
        return self._strikes("lost_job", label)

    def repeats(self, job: Job) -> bool:
        """Say whether a finished first execution counts for nothing and the job runs again."""
        return job.attempt == 1 and self._strikes("executed_twice", job.label)

    def turn(self, outcome: Outcome, job: Job) -> Outcome:
        """Return what becomes of the outcome of an execution."""
        for name, turned in FORCED.items():
            if self._strikes(name, job.label):
                return turned(job)
        if outcome.status is not JobStatus.COMPLETED or outcome.output is None:
            return outcome
        for change, rewrite in REWRITES.items():
            if self._strikes(change, job.label):
                return replace(outcome, output=rewritten(outcome.output, rewrite))
        return outcome

    def view(self, job: Job) -> StatusView:
        """Return what one look at a job shows."""
        faults, label = self._faults, job.label
        shows_input = self._strikes("input_in_status", label)
        if (unknown := faults.unknown_status) and self._strikes("unknown_status", label):
            return StatusView(unknown.status, shows_input)
        if len(job.statuses) > 1 and self._strikes("status_backwards", label):
            return StatusView(job.statuses[-2], shows_input)
        if job.status is JobStatus.IN_PROGRESS:
            progress = faults.progress_in_output
            if progress and self._strikes("progress_in_output", label):
                return StatusView(job.status, shows_input, dict(progress.output))
        if job.status is JobStatus.COMPLETED:
            huge = faults.huge_body
            if huge and self._strikes("huge_body", label):
                return StatusView(job.status, shows_input, huge_bytes=huge.size_bytes)
        return StatusView(job.status, shows_input)

    def webhook(self, label: str) -> WebhookPlan:
        """Return how the webhook of a job that ends now is sent."""
        faults = self._faults
        plan = WebhookPlan()
        if self._strikes("webhook_off", label):
            return replace(plan, is_sent=False)
        if (wrong := faults.webhook_wrong_body) and self._strikes("webhook_wrong_body", label):
            plan = replace(plan, body=wrong.body)
        if self._strikes("webhook_duplicate", label):
            plan = replace(plan, copies=2)
        if self._strikes("webhook_out_of_order", label):
            plan = replace(plan, is_followed_by_older=True)
        if (late := faults.webhook_late) and self._strikes("webhook_late", label):
            return replace(plan, delay_seconds=late.seconds)
        early = faults.webhook_before_status
        if early and self._strikes("webhook_before_status", label):
            return replace(plan, lead_seconds=early.seconds)
        return plan

    def _live(self, name: str) -> Trigger | None:
        """Return a fault that has neither run out nor expired."""
        trigger = getattr(self._faults, name)
        if not isinstance(trigger, Trigger) or self._left.get(name) == 0:
            return None
        return trigger if self._now() < self._until.get(name, float("inf")) else None

    def _strikes(self, name: str, label: str, operation: Operation | None = None) -> bool:
        trigger = self._live(name)
        if trigger is None or (trigger.match is not None and trigger.match not in label):
            return False
        if isinstance(trigger, OnOperations) and operation not in trigger.operations:
            return False
        if trigger.probability < 1 and self._chance.random() >= trigger.probability:
            return False
        if name in self._left:
            self._left[name] -= 1
        self._struck[name] += 1
        return True

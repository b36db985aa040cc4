"""The rules that must hold after a run: I1 to I12, seen from outside the tables as well.

Each rule is a function from `Evidence` to findings. What the tables can say of themselves stands
in `shared.db.invariants` and is asked there.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from uuid import UUID

from chaos.evidence import Evidence, Job, keys_of
from shared.domain.job import STAGES_OF_STATE, TRANSITIONS, JobState, Stage

TERMINAL: Final = frozenset({"done", "failed", "cancelled"})
INNER_STAGE_MOVES: Final = {(Stage.WARMING, Stage.GENERATING)}
"""Within one state; every other step of the log is a step of the machine."""

EXPLAINED_ENDS: Final = frozenset(
    {"abandoned", "failed", "timed_out", "lost", "cancelled", "completed"}
)
"""How an attempt may have ended after which the job may be sent again."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold, and for what."""

    rule: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.rule} {self.subject}: {self.detail}"


def ended(evidence: Evidence) -> Iterator[Finding]:
    """I1: every job has ended."""
    for job in evidence.jobs.values():
        if job.state not in TERMINAL:
            yield Finding("I1", str(job.id), f"still {job.stage}")


def kept(evidence: Evidence) -> Iterator[Finding]:
    """I2: whoever was told 202 has a job, one job for each key, and the refused have none."""
    by_key = {(str(job.account_id), job.idempotency_key): job for job in evidence.jobs.values()}
    for wish in evidence.wishes:
        job = by_key.get((wish.account, wish.key))
        if wish.job_id is not None and (job is None or str(job.id) != wish.job_id):
            yield Finding("I2", wish.key, f"was told of {wish.job_id}, which is not there: lost")
        if wish.expects == "refusal" and job is not None:
            yield Finding("I2", wish.key, "was refused and has a job")
        if wish.expects == "job" and job is None:
            yield Finding("I2", wish.key, f"has no job after {wish.answers[-3:]}")
        if job is not None and wish.prompt != job.prompt and job.purged_at is None:
            yield Finding("I10", wish.key, "its job has another's words")
    wished = {(wish.account, wish.key) for wish in evidence.wishes}
    for (account, key), job in by_key.items():
        if wished and (account, key) not in wished:
            yield Finding("I2", str(job.id), "nobody asked for it")


def real_pictures(evidence: Evidence) -> Iterator[Finding]:
    """I5: done has exactly its own picture; nothing else has one."""
    for picture in evidence.pictures:
        if picture.flaw is not None:
            yield Finding("I5", str(picture.job_id), picture.flaw)
    for job in evidence.jobs.values():
        if job.state != "done" and f"{job.prefix}output.png" in evidence.objects:
            yield Finding("I5", str(job.id), f"is {job.state} and has a result")


def sent_once(evidence: Evidence) -> Iterator[Finding]:
    """I6: one submission for each attempt at most, every one known, every repetition explained."""
    attempts = {str(a.id): a for of_job in evidence.attempts.values() for a in of_job}
    for attempt_id, submissions in evidence.submissions_of_attempt.items():
        attempt = attempts.get(attempt_id)
        if attempt is None:
            yield Finding("I6", submissions[0].runpod_id, "RunPod has a job of no attempt of ours")
            continue
        if len(submissions) > 1:
            yield Finding("I6", attempt_id, f"was posted {len(submissions)} times")
        ids = {submission.runpod_id for submission in submissions}
        if attempt.runpod_id is not None and attempt.runpod_id not in ids:
            yield Finding("I6", attempt_id, "has an id that RunPod never gave it")
    for job_id, of_job in evidence.attempts.items():
        if [a.number for a in of_job] != list(range(1, evidence.jobs[job_id].attempts + 1)):
            yield Finding("I6", str(job_id), "its attempts are not numbered without a gap")
        for earlier in of_job[:-1]:
            if earlier.state not in EXPLAINED_ENDS:
                yield Finding("I6", str(job_id), f"was sent again after {earlier.state}")


def silent(evidence: Evidence) -> Iterator[Finding]:
    """I7: no message is left anywhere, and what could not be read is accounted for."""
    for queue, count in evidence.queues.items():
        yield Finding("I7", queue, f"{count} messages are left")
    for message_id in sorted(evidence.junk - evidence.dead):
        yield Finding("I7", message_id, "was unreadable and has vanished without a row")


def rung_once(evidence: Evidence) -> Iterator[Finding]:
    """I8: where nothing can lose a message, only whose worker died has to be rung for again."""
    for job in evidence.jobs.values():
        inherited = any(attempt.inherited for attempt in evidence.attempts.get(job.id, ()))
        if evidence.doorbells_hold and job.rings and not inherited:
            yield Finding("I8", str(job.id), f"had to be rung for {job.rings} times")


def purged(evidence: Evidence) -> Iterator[Finding]:
    """I9: a deleted job that has ended has no objects."""
    for job in evidence.jobs.values():
        if job.deleted_at is None or job.state not in TERMINAL:
            continue
        left = [
            key for key in evidence.objects if key.startswith(job.prefix) or key == job.upload_key
        ]
        if left or job.purged_at is None:
            yield Finding("I9", str(job.id), f"is deleted and has {left or 'its words'}")


def possible_readings(evidence: Evidence) -> Iterator[Finding]:
    """I12: what customers read, one after the other, is one story that only grows."""
    jobs = {str(job.id): job for job in evidence.jobs.values()}
    for job in evidence.jobs.values():
        if broken := impossible_step(job.stages):
            yield Finding("I12", str(job.id), f"went {broken[0]} -> {broken[1]}")
    for wish in evidence.wishes:
        final = jobs[wish.job_id].stages if wish.job_id in jobs else ()
        for timeline in wish.timelines:
            stages = tuple(stage for _, stage in timeline)
            if stages != final[: len(stages)]:
                yield Finding("I12", wish.key, f"read {stages}, and now it is {final}")


def impossible_step(stages: Sequence[str]) -> tuple[str, str] | None:
    """Return the first step of an event log that the machine does not know."""
    for before, after in pairwise(stages):
        if (Stage(before), Stage(after)) in INNER_STAGE_MOVES:
            continue
        if state_of(Stage(after)) not in TRANSITIONS[state_of(Stage(before))]:
            return before, after
    return None


def state_of(stage: Stage) -> JobState:
    """Return the state that a stage belongs to."""
    return next(state for state, stages in STAGES_OF_STATE.items() if stage in stages)


Rule = Callable[[Evidence], Iterator[Finding]]

ALWAYS: Final[Sequence[Rule]] = (kept, real_pictures, sent_once, rung_once, possible_readings)
ONCE_SETTLED: Final[Sequence[Rule]] = (ended, silent, purged)


def findings(evidence: Evidence, *, settled: bool = True) -> list[Finding]:
    """Return what does not hold; `settled` says that nothing is in flight any more."""
    rules = (*ALWAYS, *ONCE_SETTLED) if settled else ALWAYS
    return [finding for rule in rules for finding in rule(evidence)]


def repeated(evidence: Evidence) -> Counter[str]:
    """Return how many submissions were not the first of their job, by what ended the one before."""
    causes: Counter[str] = Counter()
    sent = evidence.submissions_of_attempt
    for of_job in evidence.attempts.values():
        posted = [attempt for attempt in of_job if str(attempt.id) in sent]
        for earlier, _ in pairwise(posted):
            causes[
                f"{earlier.state} ({earlier.error_code})" if earlier.error_code else earlier.state
            ] += 1
    return causes


def failures(evidence: Evidence) -> Counter[str]:
    """Return how many jobs failed, by code."""
    return Counter(j.error_code or "" for j in evidence.jobs.values() if j.state == "failed")


def wasted_ms(evidence: Evidence) -> int:
    """Return the GPU time in milliseconds that was billed for what nobody got."""
    winners = {str(job.winner) for job in evidence.jobs.values() if job.state == "done"}
    return sum(s.billed_ms for s in evidence.submissions if s.attempt_id not in winners)


def orphans(evidence: Evidence) -> list[str]:
    """Return the keys of objects that belong to no job; garbage collection takes them in time."""
    known = keys_of(list(evidence.jobs.values()))
    return sorted(evidence.objects.keys() - known)


def unfinished(jobs: dict[UUID, Job]) -> int:
    """Return how many jobs have not ended."""
    return sum(job.state not in TERMINAL for job in jobs.values())

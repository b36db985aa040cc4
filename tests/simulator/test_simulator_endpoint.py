"""The queue and its workers, with the time given by hand."""

from runpod_simulator.endpoint import Endpoint, Refused
from runpod_simulator.jobs import Job, JobStatus, Outcome, Policy
from runpod_simulator.timings import Timings

DONE = Outcome(JobStatus.COMPLETED, b"{}")
FAILED = Outcome(JobStatus.FAILED, error="no")


def an_endpoint(*, workers: int = 1, cold_start_ms: int = 0, **timings: int) -> Endpoint:
    return Endpoint(
        Timings(workers=workers, cold_start_ms=cold_start_ms, jitter=0.0).model_copy(update=timings)
    )


def a_job(job_id: str = "a", *, at: float = 0.0, policy: Policy | None = None) -> Job:
    return Job(
        id=job_id,
        is_sync=False,
        label="",
        webhook=None,
        policy=policy or Policy(),
        submitted_at=at,
        queued_at=at,
        eligible_at=at,
    )


def started(endpoint: Endpoint, now: float) -> list[str]:
    return [start.job.id for start in endpoint.advance(now).starts]


def test_first_job_waits_for_a_cold_worker_and_the_second_does_not() -> None:
    endpoint = an_endpoint(cold_start_ms=4000)
    first, second = a_job("a"), a_job("b", at=10)
    endpoint.submit(first)
    assert started(endpoint, 0) == []
    assert endpoint.next_instant(0) == 4.0
    assert started(endpoint, 4) == ["a"]
    assert first.delay_ms == 4000
    endpoint.finish(first, 1, DONE, 6)
    endpoint.submit(second)
    assert started(endpoint, 10) == ["b"]
    assert second.delay_ms == 0


def test_jobs_run_in_order_and_never_more_than_there_are_workers() -> None:
    endpoint = an_endpoint(workers=2)
    jobs = [a_job(name) for name in "abc"]
    for job in jobs:
        endpoint.submit(job)
    assert started(endpoint, 0) == ["a", "b"]
    assert endpoint.finish(jobs[0], 1, DONE, 1)
    assert started(endpoint, 1) == ["c"]


def test_an_idle_worker_goes_cold_with_a_new_name_and_empty_folders() -> None:
    endpoint = an_endpoint(idle_timeout_ms=5000)
    endpoint.submit(job := a_job())
    start = endpoint.advance(0).starts[0]
    first_name = start.worker.id
    start.worker.container.upload("old.png", b"x")
    endpoint.finish(job, 1, DONE, 1)
    assert endpoint.next_instant(1) == 6.0
    endpoint.advance(6)
    assert endpoint.health()["workers"]["ready"] == 0
    endpoint.submit(a_job("b", at=7))
    again = endpoint.advance(7).starts[0]
    assert again.worker.id != first_name
    assert again.worker.container.inputs() == {}


def test_a_low_priority_job_does_not_wake_a_cold_worker() -> None:
    endpoint = an_endpoint()
    endpoint.submit(a_job("low", policy=Policy(low_priority=True)))
    assert started(endpoint, 0) == []
    endpoint.submit(a_job("normal"))
    assert started(endpoint, 1) == ["low"]


def test_ttl_deletes_a_queued_and_a_running_job() -> None:
    endpoint = an_endpoint()
    policy = Policy(ttl_ms=10_000)
    for name in "ab":
        endpoint.submit(a_job(name, policy=policy))
    assert started(endpoint, 0) == ["a"]
    assert [d.reason for d in endpoint.advance(10).deletions] == ["ttl", "ttl"]
    assert endpoint.jobs == {}
    assert endpoint.health()["workers"]["idle"] == 1


def test_a_result_is_kept_for_the_retention_even_beyond_its_ttl() -> None:
    endpoint = an_endpoint(retention_ms=60_000, idle_timeout_ms=1_000_000)
    endpoint.submit(job := a_job(policy=Policy(ttl_ms=10_000)))
    endpoint.advance(0)
    endpoint.finish(job, 1, DONE, 5)
    assert endpoint.next_instant(5) == 65.0
    assert endpoint.advance(64.9).deletions == []
    assert [d.reason for d in endpoint.advance(65).deletions] == ["retention"]


def test_only_the_attempt_that_owns_a_job_may_end_it() -> None:
    endpoint = an_endpoint()
    endpoint.submit(job := a_job())
    endpoint.advance(0)
    assert endpoint.requeue(job, 1, 1)
    endpoint.advance(2)
    assert (job.attempt, job.retries) == (2, 1)
    assert not endpoint.finish(job, 1, FAILED, 3)
    assert endpoint.finish(job, 2, DONE, 4)
    assert job.execution_ms == 2000


def test_cancelling_frees_the_worker_and_a_finished_job_stays_finished() -> None:
    endpoint = an_endpoint()
    endpoint.submit(running := a_job("a"))
    endpoint.submit(waiting := a_job("b"))
    endpoint.advance(0)
    endpoint.cancel("a", 1)
    assert running.status is JobStatus.CANCELLED
    assert started(endpoint, 1) == ["b"]
    endpoint.finish(waiting, 1, DONE, 2)
    endpoint.cancel("b", 3)
    assert waiting.status is JobStatus.COMPLETED
    assert endpoint.cancel("c", 3) is Refused.UNKNOWN


def test_only_failed_jobs_can_be_retried_and_lose_their_output() -> None:
    endpoint = an_endpoint()
    endpoint.submit(job := a_job())
    endpoint.advance(0)
    assert endpoint.retry("a", 0) is Refused.WRONG_STATE
    endpoint.finish(job, 1, Outcome(JobStatus.FAILED, b"{}", "no"), 1)
    assert endpoint.retry("a", 2) is job
    assert (job.status, job.error, job.has_output) == (JobStatus.IN_QUEUE, None, False)
    assert endpoint.retry("nobody", 2) is Refused.UNKNOWN
    assert endpoint.health()["jobs"]["retried"] == 1


def test_purge_takes_the_queue_and_leaves_what_runs() -> None:
    endpoint = an_endpoint()
    for name in "abc":
        endpoint.submit(a_job(name))
    endpoint.advance(0)
    assert [d.job.id for d in endpoint.purge()] == ["b", "c"]
    assert list(endpoint.jobs) == ["a"]


def test_a_smaller_pool_lets_running_workers_finish() -> None:
    endpoint = an_endpoint(workers=2)
    jobs = [a_job("a"), a_job("b")]
    for job in jobs:
        endpoint.submit(job)
    endpoint.advance(0)
    endpoint.resize(endpoint.timings.model_copy(update={"workers": 1}))
    assert endpoint.health()["workers"]["running"] == 2
    endpoint.finish(jobs[0], 1, DONE, 1)
    endpoint.advance(1)
    assert endpoint.health()["workers"] == {
        "idle": 0,
        "initializing": 0,
        "ready": 1,
        "running": 1,
        "throttled": 0,
        "unhealthy": 0,
    }

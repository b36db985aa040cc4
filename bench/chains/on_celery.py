"""The chain on Celery with its gevent pool and RabbitMQ.

Started as `celery -A bench.chains.on_celery worker -P gevent`; the intake is the module itself.
"""

from functools import cache

from celery import Celery
from celery.signals import worker_ready

from bench.chains.gevent_stages import GeventStages
from bench.chains.intake import READY, say, serve_blocking_intake
from bench.chains.work import DATABASE_CONNECTIONS
from bench.site import Site

SITE = Site.from_environment()

app = Celery("bench", broker=SITE.broker_url)
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_pool_limit=DATABASE_CONNECTIONS,
    broker_transport_options={"confirm_publish": True},
    task_acks_late=True,
    task_default_queue_type="quorum",
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
)


@cache
def _stages() -> GeventStages:
    """Open the connections of this process once gevent has patched it."""
    return GeventStages(SITE)


def _submit(job: int) -> None:
    WAIT.delay(job, *_stages().submit(job))


def _wait(job: int, provider_id: str, ask_at: float) -> None:
    _stages().wait(job, provider_id, ask_at)
    STORE.delay(job, provider_id)


def _store(job: int, provider_id: str) -> None:
    _stages().store(job, provider_id)


SUBMIT = app.task(name="submit")(_submit)
WAIT = app.task(name="wait")(_wait)
STORE = app.task(name="store")(_store)


def _tell(**_: object) -> None:
    _stages()
    say(READY)


worker_ready.connect(_tell, weak=False)


def _declare() -> None:
    with app.connection_for_write() as connection:
        app.amqp.queues[app.conf.task_default_queue](connection.default_channel).declare()


if __name__ == "__main__":
    _declare()
    serve_blocking_intake(SUBMIT.delay)

"""The one list of events: who sends each, who takes it, and through which queue.

Topology, documentation and AsyncAPI are made from it.
"""

from dataclasses import dataclass

from shared.contracts.events import (
    AttemptPollRequested,
    CreditsChanged,
    Event,
    JobCancelled,
    JobCancelRequested,
    JobCompleted,
    JobCreated,
    JobDeleteRequested,
    JobFailed,
    JobProgressed,
    JobStored,
    JobSubmitted,
)


@dataclass(frozen=True, slots=True)
class Route:
    """An event's way.

    `consumer` is the service that owns a work queue for it; `streamed` says that browsers hear it.
    """

    event: type[Event]
    producers: tuple[str, ...]
    consumer: str | None = None
    streamed: bool = False

    @property
    def queue(self) -> str | None:
        """Return the name of the work queue, for example ``submitter.job-created``."""
        if self.consumer is None:
            return None
        return f"{self.consumer}.{self.event.topic.replace('.', '-').replace('_', '-')}"


ROUTES: tuple[Route, ...] = (
    Route(JobCreated, ("gateway", "poller", "storer"), consumer="submitter", streamed=True),
    Route(JobSubmitted, ("submitter", "poller"), consumer="poller", streamed=True),
    Route(JobProgressed, ("poller",), streamed=True),
    Route(JobCompleted, ("poller",), consumer="storer", streamed=True),
    Route(JobStored, ("storer",), streamed=True),
    Route(JobFailed, ("submitter", "poller", "storer"), streamed=True),
    Route(JobCancelled, ("gateway", "submitter", "poller", "storer"), streamed=True),
    Route(JobCancelRequested, ("gateway", "poller"), consumer="submitter", streamed=True),
    Route(
        JobDeleteRequested,
        ("gateway", "submitter", "poller", "storer"),
        consumer="storer",
        streamed=True,
    ),
    Route(AttemptPollRequested, ("gateway", "poller"), consumer="poller"),
    Route(CreditsChanged, ("gateway", "submitter", "poller", "storer"), streamed=True),
)

STREAM_BINDINGS: tuple[str, ...] = ("job.#", "credits.#")
"""What each gateway process hears for its browsers."""


def route_of(event: type[Event]) -> Route:
    """Return the route of an event class."""
    return next(route for route in ROUTES if route.event is event)

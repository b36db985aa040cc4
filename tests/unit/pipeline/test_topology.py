"""Topology and catalogue say the same."""

from shared.broker.topology import DELIVERY_LIMIT, WAIT_TIERS, queues, wait_queue
from shared.contracts.catalogue import ROUTES, STREAM_BINDINGS
from shared.contracts.events import Event


def test_every_event_class_stands_in_the_catalogue_once() -> None:
    def leaves(event: type[Event]) -> list[type[Event]]:
        children = event.__subclasses__()
        return [event] if not children else [leaf for c in children for leaf in leaves(c)]

    assert sorted(r.event.__name__ for r in ROUTES) == sorted(e.__name__ for e in leaves(Event))
    assert len({route.event.topic for route in ROUTES}) == len(ROUTES)


def test_every_queue_is_a_quorum_queue_and_every_work_queue_ends_in_a_dead_queue() -> None:
    specs = {spec.name: spec for spec in queues()}
    assert all(spec.arguments["x-queue-type"] == "quorum" for spec in specs.values())
    for route in ROUTES:
        if route.queue is None:
            continue
        work = specs[route.queue]
        assert work.binding == route.event.topic
        assert work.arguments["x-delivery-limit"] == DELIVERY_LIMIT
        assert work.arguments["x-dead-letter-routing-key"] == f"{route.queue}.dead"
        assert f"{route.queue}.dead" in specs
        for tier in WAIT_TIERS:
            wait = specs[wait_queue(route.queue, tier)]
            assert wait.arguments["x-dead-letter-routing-key"] == route.queue
            assert wait.arguments["x-message-ttl"] == tier.seconds * 1000


def test_everything_streamed_is_heard() -> None:
    heard = tuple(binding.removesuffix("#") for binding in STREAM_BINDINGS)
    assert all(route.event.topic.startswith(heard) for route in ROUTES if route.streamed)

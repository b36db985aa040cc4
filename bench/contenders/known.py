"""All contenders, by name and in the order of the table."""

import sys
from collections.abc import Callable
from typing import Final

from bench.chains.intake import READY
from bench.chains.work import AT_A_TIME
from bench.contenders.chain import Chain, ChainContender, Command
from bench.contenders.contender import Contender, Need
from bench.contenders.product import ProductContender

REFERENCE: Final = "raw"
"""What the others are compared with, in the same round."""

_BOTH: Final = frozenset(Need)


def _module(name: str, *arguments: str) -> Command:
    return (sys.executable, "-m", name, *arguments)


def _drivers_only(name: str, module: str) -> Chain:
    worker = _module(module, "worker")
    return Chain(name, _BOTH, (worker, worker), _module(module, "intake"), READY)


def _raw_checked() -> Chain:
    worker = _module("bench.chains.raw_checked")
    intake = _module("bench.chains.raw", "intake")
    return Chain("raw_checked", _BOTH, (worker, worker), intake, READY)


def _taskiq() -> Chain:
    module = "bench.chains.on_taskiq"
    more = ("--workers", "2", "--max-async-tasks", str(AT_A_TIME))
    worker = _module("taskiq", "worker", f"{module}:BROKER", *more)
    return Chain("taskiq", _BOTH, (worker,), _module(module), "Listening started.")


def _celery() -> Chain:
    module = "bench.chains.on_celery"
    alone = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    more = ("-P", "gevent", "-c", str(AT_A_TIME), "--loglevel", "WARNING", *alone)
    workers = [_module("celery", "-A", module, "worker", "-n", name, *more) for name in ("a", "b")]
    return Chain("celery", _BOTH, workers, _module(module), READY)


def _procrastinate() -> Chain:
    module = "bench.chains.on_procrastinate"
    worker = _module(module, "worker")
    return Chain(
        "procrastinate",
        frozenset({Need.POSTGRES}),
        (worker, worker),
        _module(module, "intake"),
        "Starting worker on",
        set_up=_module(module, "set_up"),
    )


KNOWN: Final[dict[str, Callable[[], Contender]]] = {
    "product": ProductContender,
    "product_unchecked": lambda: ProductContender(
        "product_unchecked", {"storer": "bench.unchecked_storer"}
    ),
    "raw": lambda: ChainContender(_drivers_only("raw", "bench.chains.raw")),
    "raw_webhook": lambda: ChainContender(_drivers_only("raw_webhook", "bench.chains.raw_webhook")),
    "raw_checked": lambda: ChainContender(_raw_checked()),
    "taskiq": lambda: ChainContender(_taskiq()),
    "celery": lambda: ChainContender(_celery()),
    "procrastinate": lambda: ChainContender(_procrastinate()),
}

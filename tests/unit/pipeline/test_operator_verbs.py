"""The operator's command line."""

import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest

from shared.operator import verbs
from shared.operator.__main__ import VERBS


def test_every_verb_is_listed_and_has_its_module() -> None:
    assert {module.name for module in iter_modules(verbs.__path__)} == set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_can_be_run_and_says_what_it_does(verb: str) -> None:
    module = import_module(f"{verbs.__name__}.{verb}")
    assert callable(module.run)
    assert module.__doc__


def test_dead_messages_are_looked_at_without_the_clients_of_store_and_broker() -> None:
    ask = "import shared.operator.verbs.dlq, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert not {"aioboto3", "aio_pika", "alembic"} & set(loaded.stdout.split())

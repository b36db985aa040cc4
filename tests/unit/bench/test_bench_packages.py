"""The lock of what only the bench needs: as strict as the others, and at odds with none."""

import re

from bench.installing import LOCK

from local_stack.places import repository

PACKAGE = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", re.MULTILINE)


def test_every_package_has_a_hash_and_no_place_is_named() -> None:
    text = LOCK.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"://|--(extra-)?index|--find-links|--no-index|@ ", text)


def test_nothing_of_ours_moves_when_it_is_installed() -> None:
    ours = (repository() / "locks" / "dev.txt").read_text(encoding="utf-8")
    known = dict(PACKAGE.findall(ours))
    added = dict(PACKAGE.findall(LOCK.read_text(encoding="utf-8")))
    assert {name: known[name] for name in added if name in known} == {
        name: version for name, version in added.items() if name in known
    }

"""What we depend on: pinned, from one index, under licences that we may use, and on a bill."""

import json
import re
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from license_expression import get_spdx_licensing  # type: ignore[import-untyped]  # has no types

from security.audit import Findings, Verdict, read_npm_audit, read_pip_audit, write_bill

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "locks").glob("*.txt"))
PACKAGE = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)(.*)$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")

ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MIT-CMU",
    "MPL-2.0",
    "OFL-1.1",
    "PSF-2.0",
    "Unlicense",
}
"""Permissive ones, and those that ask for the source of changes to their own files only."""

NAMES = {
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""Older names of the same licences, as packages still write them."""

ELSEWHERE = {"colorama": "BSD-3-Clause", "pywin32": "PSF-2.0"}
"""Only installed on other systems than ours, so their metadata is not at hand."""

_licensing = get_spdx_licensing()


def licences_of(package: str) -> set[str]:
    """Return every licence that a package names, or what it wrote instead."""
    if package in ELSEWHERE:
        return {ELSEWHERE[package]}
    said: Any = metadata.metadata(package)
    classifiers = [
        classifier.rpartition(" :: ")[2]
        for classifier in said.get_all("Classifier") or []
        if classifier.startswith("License :: ") and "DFSG" not in classifier
    ]
    expression = said.get("License-Expression")
    written = [expression] if expression else classifiers or [said.get("License") or "none"]
    licences: set[str] = set()
    for one in written:
        name = NAMES.get(one, one)
        known = name in ALLOWED or expression
        licences |= set(_licensing.license_keys(name)) if known else {name}
    return licences


def packages_in(lock: Path) -> dict[str, str]:
    lines = lock.read_text(encoding="utf-8").splitlines()
    found = [match for line in lines if (match := PACKAGE.match(line))]
    return {match[1]: match[2] for match in found}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_pins_every_package_by_hash_and_names_no_place(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines()
    hashed: dict[str, int] = {}
    for line in lines:
        if match := PACKAGE.match(line):
            assert match[1] not in hashed, match[1]
            hashed[match[1]] = 0
        elif HASH.match(line):
            hashed[list(hashed)[-1]] += 1
        else:
            assert re.match(r"^ *# |^$", line), line
    assert hashed
    assert [name for name, count in hashed.items() if not count] == []
    assert not re.search(r"://|--(extra-)?index|--find-links|--no-index|@ ", "\n".join(lines))


@pytest.mark.parametrize("package", sorted({name for lock in LOCKS for name in packages_in(lock)}))
def test_a_package_has_a_licence_that_we_may_use(package: str) -> None:
    assert licences_of(package) <= ALLOWED


def test_the_studios_packages_are_pinned_by_hash_and_have_licences_that_we_may_use() -> None:
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8"))
    packages: dict[str, dict[str, Any]] = {k: v for k, v in lock["packages"].items() if k}
    assert packages
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name
        assert set(_licensing.license_keys(package["license"])) <= ALLOWED, name


def test_the_bill_of_materials_lists_every_package_with_its_hashes(tmp_path: Path) -> None:
    lock = ROOT / "locks" / "build.txt"
    bill = json.loads(write_bill(lock, tmp_path).read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    listed = {part["name"]: part["version"] for part in bill["components"]}
    assert listed == packages_in(lock)
    for part in bill["components"]:
        assert part["purl"] == f"pkg:pypi/{part['name']}@{part['version']}"
        hashes = [one["content"] for ref in part["externalReferences"] for one in ref["hashes"]]
        assert hashes
        assert all(one in lock.read_text(encoding="utf-8") for one in hashes)


def test_a_hole_is_found_and_a_gap_is_no_clean_bill() -> None:
    clean: dict[str, Any] = {"name": "a", "version": "1", "vulns": []}
    hole = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"]}]}
    gap = {"name": "c", "skip_reason": "Dependency not found"}
    read = {
        name: read_pip_audit(json.dumps({"dependencies": packages}))
        for name, packages in {
            "clean": [clean],
            "hole": [clean, hole, gap],
            "gap": [clean, gap],
        }.items()
    }
    assert read["hole"].holes == ["b 2: PYSEC-1 CVE-1"]
    assert {name: findings.verdict for name, findings in read.items()} == {
        "clean": Verdict.CLEAN,
        "hole": Verdict.HOLES,
        "gap": Verdict.UNKNOWN,
    }


@pytest.mark.parametrize("output", ["", "no JSON", "{}", "[]", '{"error": {"code": "ENOLOCK"}}'])
def test_no_answer_is_no_clean_bill(output: str) -> None:
    for findings in (read_pip_audit(output), read_npm_audit(output)):
        assert findings.verdict is Verdict.UNKNOWN


def test_npms_holes_are_found() -> None:
    hole = {"name": "vite", "severity": "high", "range": "<8"}
    found = read_npm_audit(json.dumps({"vulnerabilities": {"vite": hole}}))
    assert (found.holes, found.verdict) == (["vite: high, <8"], Verdict.HOLES)
    assert read_npm_audit('{"vulnerabilities": {}}').verdict is Verdict.CLEAN
    assert (Findings(untold=["x"]) + found).verdict is Verdict.HOLES

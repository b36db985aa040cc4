"""The compose file, its images and their locks keep to the rules; no engine is needed to check."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # has no types

from gateway.settings import GatewaySettings
from poller.settings import PollerSettings
from shared.settings import Settings
from storer.settings import StorerSettings
from submitter.settings import SubmitterSettings

ROOT = Path(__file__).resolve().parents[3]
COMPOSE_FILE = ROOT / "docker-compose.yml"
DOCKERFILES = sorted((ROOT / "deploy" / "docker").glob("*Dockerfile"))
LOCKS = sorted((ROOT / "locks").glob("*.txt"))
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE_FILE.read_text())["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)
WORKERS = ("submitter", "poller", "storer")
SETTINGS: dict[str, type[Settings]] = {
    "gateway": GatewaySettings,
    "submitter": SubmitterSettings,
    "poller": PollerSettings,
    "storer": StorerSettings,
}
OF_THE_IMAGE = {"host", "port", "ops_host", "ops_port", "studio_dir", "maintenance_notice"}
OF_COMPOSE = {"runpod_base_url", "runpod_endpoint_id", "r2_public_endpoint_url"}
"""Where its own simulator and store are."""
PINNED = re.compile(r"^([a-z0-9._-]+==\S+)", re.MULTILINE)


def _published(service: dict[str, Any]) -> list[str]:
    ports: list[str] = service.get("ports", [])
    return ports


@pytest.mark.parametrize("command", [("docker-compose",), ("docker", "compose")], ids=" ".join)
def test_the_file_is_valid_for(command: tuple[str, ...], tmp_path: Path) -> None:
    known = shutil.which(command[0]) is not None
    if (
        not known
        or subprocess.run([*command, "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip(f"{' '.join(command)} is not installed")
    no_variables = tmp_path / "empty.env"
    no_variables.touch()
    done = subprocess.run(
        [*command, "--env-file", no_variables, "--file", COMPOSE_FILE, "config", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_published_ports_are_on_loopback_and_can_be_chosen(name: str) -> None:
    for port in _published(SERVICES[name]):
        assert re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z0-9_]*PORT:-\d+\}:\d+", port)


def test_no_two_services_are_published_on_the_same_port() -> None:
    ports = [port.split("}")[0] for service in SERVICES.values() for port in _published(service)]
    assert len(set(ports)) == len(ports)


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_can_run_several_times(name: str) -> None:
    assert not SERVICES[name].keys() & {"ports", "container_name", "hostname", "volumes"}


@pytest.mark.parametrize("name", SERVICES)
def test_images_have_a_tag_that_is_not_latest(name: str) -> None:
    _, _, tag = SERVICES[name]["image"].partition(":")
    assert tag not in {"", "latest"}


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_may_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"user", "privileged", "cap_add", "network_mode", "pid"}


def test_the_store_can_be_chosen() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if name.startswith("R2_"):
                assert value.startswith(f"${{{name}:-")


@pytest.mark.parametrize("name", SETTINGS)
def test_a_service_is_given_every_setting(name: str) -> None:
    given = {variable.lower() for variable in SERVICES[name]["environment"]}
    assert SETTINGS[name].model_fields.keys() - OF_THE_IMAGE - OF_COMPOSE <= given


@pytest.mark.parametrize("name", SETTINGS)
def test_a_service_has_its_own_defaults(name: str) -> None:
    given = {
        variable.lower(): re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
        for variable, value in SERVICES[name]["environment"].items()
    }
    settings = SETTINGS[name].model_validate(given)
    for field, info in SETTINGS[name].model_fields.items():
        if not info.is_required() and field not in OF_COMPOSE:
            assert (getattr(settings, field) or None) == (info.default or None), field


@pytest.mark.parametrize("name", OURS)
def test_an_image_of_ours_is_built_from_a_file_lock_and_package_that_are_there(name: str) -> None:
    build = SERVICES[name]["build"]
    assert ROOT / build["dockerfile"] in DOCKERFILES
    if "args" in build:
        service = build["args"]["SERVICE"]
        package = build["args"].get("PACKAGE", f"services/{service}")
        assert (ROOT / "locks" / f"{service}.txt").is_file()
        assert (ROOT / package / "pyproject.toml").is_file()


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.name)
def test_a_dockerfile_builds_without_buildkit_and_ends_as_nobody(file: Path) -> None:
    text = file.read_text()
    assert not re.search(r"^# *syntax=|^RUN --|--link|<<", text, re.MULTILINE)
    images = re.findall(r"^FROM (\S+:\S+)", text, re.MULTILINE)
    assert images
    assert not any(image.endswith(":latest") for image in images)
    assert re.findall(r"^USER (\S+)$", text, re.MULTILINE)[-1] == "10001:10001"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_has_the_versions_of_development_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    pinned = set(PINNED.findall(text))
    assert pinned
    assert pinned <= set(PINNED.findall((ROOT / "locks" / "dev.txt").read_text()))
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links", text)

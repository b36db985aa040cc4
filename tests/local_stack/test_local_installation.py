"""What one installation is made of: ports, secrets, folders."""

import pwd
from pathlib import Path

import pytest

from local_stack.credentials import Credentials
from local_stack.errors import StackError
from local_stack.places import Places
from local_stack.rabbitmq import RabbitMQPorts
from local_stack.servers import ServerPorts, Servers
from local_stack.services import services, simulator
from local_stack.settings import StackSettings


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(home=tmp_path / "home", cache=tmp_path / "cache")


def test_ports_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8001")
    monkeypatch.setenv("PORT_BASE", "17000")
    assert StackSettings.from_environment() == StackSettings(studio_port=8001, port_base=17000)


@pytest.mark.parametrize("text", ["http", "-1", "0", "65536"])
def test_what_is_no_port_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", text)
    with pytest.raises(StackError, match=f"PORT={text} is no port"):
        StackSettings.from_environment()


def test_settings_are_remembered(tmp_path: Path) -> None:
    settings = StackSettings(studio_port=8001)
    settings.write(tmp_path / "run" / "settings")
    assert StackSettings.read(tmp_path / "run" / "settings") == settings


def test_no_two_processes_claim_the_same_port(places: Places) -> None:
    settings = StackSettings()
    secrets = Credentials.random()
    servers = Servers(places, ServerPorts.from_base(settings.port_base), secrets, durable=True)
    ours = [
        simulator(settings, places, secrets),
        *services(settings, places, servers, secrets),
    ]
    claimed = [port for server in servers.all for _, port in server.claims]
    claimed += [port for service in ours for port in service.ports]
    assert len(claimed) == len(set(claimed))


def test_random_ports_are_all_different() -> None:
    ports = ServerPorts.random()
    broker: RabbitMQPorts = ports.rabbitmq
    every = {ports.postgres, ports.s3, broker.amqp, broker.distribution, broker.epmd}
    assert len(every | {broker.management}) == 6


def test_secrets_are_made_once_and_are_nobody_elses_to_read(places: Places) -> None:
    first = Credentials.kept_in(places.secrets, data=places.data)
    assert Credentials.kept_in(places.secrets, data=places.data) == first
    assert len({first.database_password, first.broker_password, first.session_secret}) == 3
    assert len(first.session_secret) >= 32
    assert {file.stat().st_mode & 0o777 for file in places.secrets.iterdir()} == {0o600}
    assert places.secrets.stat().st_mode & 0o777 == 0o700


def test_data_without_its_secrets_is_not_given_new_ones(places: Places) -> None:
    places.data.mkdir(parents=True)
    with pytest.raises(StackError, match="make reset"):
        Credentials.kept_in(places.secrets, data=places.data)


def test_a_folder_that_the_servers_user_can_enter_is_used_itself(places: Places) -> None:
    nobody = pwd.getpwuid(places.cache.parent.stat().st_uid)
    assert places.reachable(places.data, nobody) == places.data

"""Settings: files for secrets, and what production refuses."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from shared.settings import (
    BrokerSettings,
    DatabaseSettings,
    Profile,
    RunPodSettings,
    with_secret_files,
)


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "url"
    path.write_text("postgresql://there\n", encoding="utf-8")
    environment = with_secret_files({"DATABASE_URL_FILE": str(path), "OTHER": "x"})
    assert environment["DATABASE_URL"] == "postgresql://there"
    assert environment["OTHER"] == "x"


@pytest.mark.parametrize(
    "url", ["dev", "postgresql://ob:dev@db:5432/ob", "postgresql://ob:%64ev@db/ob"]
)
def test_production_refuses_a_development_password_of_the_database(url: str) -> None:
    with pytest.raises(ValidationError, match="DATABASE_URL"):
        DatabaseSettings(profile=Profile.PRODUCTION, database_url=SecretStr(url))


def test_production_refuses_the_password_that_every_broker_has() -> None:
    url = SecretStr("amqp://guest:guest@mq:5672/ob")
    with pytest.raises(ValidationError, match="RABBITMQ_URL"):
        BrokerSettings(profile=Profile.PRODUCTION, rabbitmq_url=url)


def test_production_refuses_the_simulators_key() -> None:
    with pytest.raises(ValidationError, match="RUNPOD_API_KEY"):
        RunPodSettings(
            profile=Profile.PRODUCTION,
            runpod_api_key=SecretStr("simulated-key"),
            runpod_endpoint_id="e",
        )


def test_production_takes_other_passwords() -> None:
    for url in ("postgresql://dev:longer-dev@dev/dev", "postgresql://dev@dev/dev"):
        DatabaseSettings(profile=Profile.PRODUCTION, database_url=SecretStr(url))


def test_production_refuses_the_simulator() -> None:
    with pytest.raises(ValidationError, match="RUNPOD_BASE_URL"):
        RunPodSettings(
            profile=Profile.PRODUCTION,
            runpod_api_key=SecretStr("a-real-one"),
            runpod_endpoint_id="e",
            runpod_base_url="http://127.0.0.1:9200/v2",
        )


def test_an_error_never_shows_a_value() -> None:
    with pytest.raises(ValidationError) as error:
        RunPodSettings(
            runpod_api_key=SecretStr("hush-hush"), runpod_endpoint_id="", runpod_base_url="hush-url"
        )
    assert "hush" not in str(error.value)

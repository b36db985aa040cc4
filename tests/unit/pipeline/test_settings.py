"""Settings: files for secrets, and what production refuses."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from shared.settings import DatabaseSettings, Profile, RunPodSettings, with_secret_files


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "url"
    path.write_text("postgresql://there\n", encoding="utf-8")
    environment = with_secret_files({"DATABASE_URL_FILE": str(path), "OTHER": "x"})
    assert environment["DATABASE_URL"] == "postgresql://there"
    assert environment["OTHER"] == "x"


def test_production_refuses_a_development_secret() -> None:
    with pytest.raises(ValidationError, match="DATABASE_URL"):
        DatabaseSettings(profile=Profile.PRODUCTION, database_url=SecretStr("dev"))


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

"""Origins, languages, cookies and settings."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.datastructures import Headers

from gateway.security.cookies import SessionSigner
from gateway.security.headers import studio_policy
from gateway.security.origin import from_another_site
from gateway.settings import GatewaySettings
from gateway.studio.language import LANGUAGES, preferred

NEEDED = {
    "database_url": "postgresql://db",
    "rabbitmq_url": "amqp://mq",
    "r2_endpoint_url": "https://store.example",
    "r2_access_key_id": "a-real-key",
    "r2_secret_access_key": "a-real-secret",
    "r2_bucket": "pictures",
}
SECRET = "s" * 40


def settings(**more: object) -> GatewaySettings:
    return GatewaySettings.model_validate(NEEDED | more)


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"origin": "https://ob.example"}, False),
        ({"origin": "https://OB.example"}, False),
        ({"origin": "https://ob.example:444"}, True),
        ({"origin": "https://ob.example.evil.example"}, True),
        ({"origin": "https://evil-ob.example"}, True),
        ({"origin": "null"}, True),
        ({"origin": ""}, True),
    ],
)
def test_an_unsafe_request_must_come_from_our_pages(headers: dict[str, str], refused: bool) -> None:
    sent = Headers({"host": "ob.example"} | headers)
    assert from_another_site("POST", "/v1/jobs", sent) is refused
    assert from_another_site("DELETE", "/v1/jobs/1", sent) is refused
    assert from_another_site("GET", "/v1/jobs", sent) is False
    assert from_another_site("POST", "/hooks/runpod/token", sent) is False


@given(st.text(max_size=60))
def test_any_header_leads_to_a_language_of_ours(header: str) -> None:
    assert preferred(header) in LANGUAGES


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("fr,en;q=0.5,th;q=0.6", "th"),
        ("EN;q=0.5, th;q=0", "en"),
        ("en;q=0", "th"),
        ("en;q=x", "th"),
        ("*", "th"),
    ],
)
def test_the_browsers_weights_count(header: str, language: str) -> None:
    assert preferred(header) == language


def test_a_cookie_is_ours_and_unchanged_or_nothing() -> None:
    signer, account_id = SessionSigner(SECRET), UUID(int=7)
    value = signer.sign(account_id)
    assert signer.read(value) == account_id
    assert SessionSigner("t" * 40).read(value) is None
    for at in range(len(value)):
        changed = value[:at] + ("a" if value[at] != "a" else "b") + value[at + 1 :]
        assert signer.read(changed) in {None, account_id}
        assert at == len(value) - 1 or signer.read(changed) is None
    assert signer.read("ก") is None


def test_production_refuses_the_conveniences_of_development() -> None:
    with pytest.raises(ValidationError, match="SESSION_SECRET"):
        settings(profile="production")
    with pytest.raises(ValidationError, match="GUEST_ACCOUNTS"):
        settings(profile="production", session_secret=SECRET, guest_accounts="true")
    with pytest.raises(ValidationError, match="at least 32"):
        settings(session_secret="short")
    strict = settings(profile="production", session_secret=SECRET)
    assert not strict.guests_allowed
    assert strict.conveniences == []


def test_development_names_its_conveniences() -> None:
    assert settings(runpod_base_url="http://127.0.0.1:9200/v2/").conveniences == [
        "guest accounts",
        "development session secret",
        "RunPod simulator",
    ]
    assert settings(guest_accounts="", studio_dir="").guests_allowed


def test_the_studios_policy_allows_nothing_inline() -> None:
    policy = studio_policy("https://store.example")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy

"""Every bad input: a refusal in its whole shape, and no credit moved."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from PIL import Image

from gateway.jobs.upload import BODY_LIMIT_BYTES, UPLOAD_LIMIT_BYTES
from test_gateway.rig import Rig, Visitor, a_file, check_problem, photo

pytestmark = pytest.mark.asyncio(loop_scope="module")


def animated() -> bytes:
    file = BytesIO()
    frames = [Image.new("RGB", (64, 64), color) for color in ("red", "blue")]
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])
    return file.getvalue()


@dataclass(frozen=True)
class Bad:
    """A form that is refused."""

    status: int
    code: str
    params: dict[str, Any] = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)


BAD_FORMS = {
    "no prompt": Bad(422, "prompt_empty", form={"ratio": "1:1"}),
    "blank prompt": Bad(422, "prompt_empty", form={"prompt": " \n\t "}),
    "control tokens only": Bad(422, "prompt_empty", form={"prompt": "<|im_start|>"}),
    "long prompt": Bad(422, "prompt_too_long", {"over": 1, "limit": 1000}, {"prompt": "ภ" * 1001}),
    "huge field": Bad(400, "request_malformed", form={"prompt": "x" * 70_000}),
    "nul": Bad(422, "prompt_invalid", form={"prompt": "a\0b"}),
    "escape": Bad(422, "prompt_invalid", form={"prompt": "a\x1b[2J"}),
    "long negative prompt": Bad(
        422,
        "prompt_too_long",
        {"over": 5, "limit": 1000},
        {"prompt": "a", "negative_prompt": "n" * 1005},
    ),
    "ratio": Bad(
        422,
        "ratio_unknown",
        {"allowed": "1:1, 9:16, 16:9"},
        {"prompt": "a", "ratio": "4:3"},
    ),
    "model": Bad(
        422,
        "model_unknown",
        {"allowed": "qwen-image-edit, qwen-image"},
        {"prompt": "a", "model": "sdxl"},
    ),
    "seed with letters": Bad(422, "seed_invalid", form={"prompt": "a", "seed": "12a"}),
    "seed below": Bad(422, "seed_invalid", form={"prompt": "a", "seed": "-1"}),
    "seed above": Bad(422, "seed_invalid", form={"prompt": "a", "seed": str(2**53)}),
    "picture missing": Bad(422, "image_missing", form={"prompt": "a", "model": "qwen-image-edit"}),
    "picture as text": Bad(400, "request_malformed", form={"prompt": "a", "image": (None, "text")}),
    "picture not wanted": Bad(
        422,
        "image_unexpected",
        form={"prompt": "a", "model": "qwen-image", "image": a_file(photo())},
    ),
    "no picture at all": Bad(
        415, "unsupported_format", form={"prompt": "a", "image": a_file(b"hello, world" * 9)}
    ),
    "a page as a picture": Bad(
        415, "unsupported_format", form={"prompt": "a", "image": a_file(b"<svg></svg>")}
    ),
    "an empty file": Bad(415, "unsupported_format", form={"prompt": "a", "image": a_file(b"")}),
    "a broken picture": Bad(
        422, "invalid_image", form={"prompt": "a", "image": a_file(photo()[:-400])}
    ),
    "a moving picture": Bad(
        422, "image_animated", form={"prompt": "a", "image": a_file(animated())}
    ),
    "too few pixels": Bad(
        422, "image_too_small", {"px": 32}, {"prompt": "a", "image": a_file(photo((8, 8)))}
    ),
    "too many pixels": Bad(
        422,
        "image_too_large",
        {"limit_megapixels": 40},
        {"prompt": "a", "image": a_file(photo((8000, 6000), "JPEG", quality=20))},
    ),
    "too many bytes in the file": Bad(
        413,
        "payload_too_large",
        {"limit_mb": 25},
        {"prompt": "a", "image": a_file(b"x" * (UPLOAD_LIMIT_BYTES + 1))},
    ),
    "many fields": Bad(
        400, "request_malformed", form={"prompt": "a"} | {f"f{n}": "x" for n in range(25)}
    ),
}


def files_in(folder: Path) -> list[Path]:
    """Return what lies below a folder, also what this process has open there without a name."""
    found = list(folder.iterdir())
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(descriptor.readlink())
    return [file for file in found if file.is_relative_to(folder)]


async def unmoved(rig: Rig, guest: Visitor) -> bool:
    account = await guest.account()
    return (
        (account["balance_credits"], account["held_credits"]) == (100, 0)
        and await rig.count_of(guest, "jobs") == 0
        and await rig.count_of(guest, "ledger") == 1
    )


@pytest.mark.parametrize("name", BAD_FORMS)
async def test_a_bad_form_is_refused_and_costs_nothing(
    shared_rig: Rig, guest: Visitor, name: str
) -> None:
    bad = BAD_FORMS[name]
    problem = check_problem(await guest.create(**bad.form), bad.status, bad.code)
    assert problem["params"] == problem["params"] | bad.params
    assert await unmoved(shared_rig, guest)


@pytest.mark.parametrize("path", ["/v1/jobs", "/api/queue/create"])
@pytest.mark.parametrize(
    ("content_type", "status", "code"),
    [
        ("application/json", 415, "unsupported_media_type"),
        ("multipart/form-data; boundary=x; charset=utf-7", 415, "unsupported_media_type"),
        ("multipart/form-data", 400, "request_malformed"),
        ("multipart/form-data; boundary=b", 400, "request_malformed"),
    ],
)
async def test_a_body_that_is_no_form_is_refused(
    shared_rig: Rig, guest: Visitor, path: str, content_type: str, status: int, code: str
) -> None:
    response = await guest.http.post(
        path, content=b'{"prompt": "a"}', headers={"content-type": content_type}
    )
    check_problem(response, status, code)
    assert await unmoved(shared_rig, guest)


async def test_two_files_are_refused(shared_rig: Rig, guest: Visitor) -> None:
    files: list[Any] = [
        ("prompt", (None, "a")),
        ("image", a_file(photo())),
        ("more", a_file(photo())),
    ]
    check_problem(await guest.http.post("/v1/jobs", files=files), 400, "request_malformed")
    assert await unmoved(shared_rig, guest)


async def test_a_body_that_says_it_is_too_large_is_not_read(
    shared_rig: Rig, guest: Visitor
) -> None:
    address = urlsplit(shared_rig.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(
        b"POST /v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=b\r\n"
        b"content-length: %d\r\n\r\n" % (BODY_LIMIT_BYTES + 1)
    )
    answer = await reader.readuntil(b"request_id")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"payload_too_large"' in answer
    writer.close()
    await writer.wait_closed()
    assert await unmoved(shared_rig, guest)


async def test_a_body_without_a_length_is_counted(shared_rig: Rig, guest: Visitor) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'--b\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
        for _ in range(26):
            yield b"x" * 1024 * 1024

    response = await guest.http.post(
        "/v1/jobs",
        content=endless(),
        headers={"content-type": "multipart/form-data; boundary=b"},
    )
    check_problem(response, 413, "payload_too_large")
    assert await unmoved(shared_rig, guest)


async def test_an_upload_that_breaks_off_leaves_nothing(
    shared_rig: Rig, guest: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    address = urlsplit(shared_rig.url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(
        b"POST /v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=b\r\n"
        b"content-length: 3000000\r\n\r\n--b\r\n"
        b'content-disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    )
    writer.write(b"x" * 2_000_000)
    await writer.drain()
    while not files_in(tmp_path):
        await asyncio.sleep(0.02)
    writer.transport.abort()
    while files_in(tmp_path):
        await asyncio.sleep(0.02)
    assert await unmoved(shared_rig, guest)


async def test_bytes_that_are_no_utf8_are_refused(shared_rig: Rig, guest: Visitor) -> None:
    surrogate = b"\xed\xa0\x80"
    body = b'--b\r\ncontent-disposition: form-data; name="prompt"\r\n\r\n%b\r\n--b--\r\n'
    response = await guest.http.post(
        "/v1/jobs",
        content=body % surrogate,
        headers={"content-type": "multipart/form-data; boundary=b"},
    )
    check_problem(response, 422, "prompt_invalid")
    assert await unmoved(shared_rig, guest)


@pytest.mark.parametrize("key", ["", "a b", "k" * 201, "ก".encode()])
async def test_a_key_of_the_wrong_form_is_refused(
    shared_rig: Rig, guest: Visitor, key: str | bytes
) -> None:
    response = await guest.http.post(
        "/v1/jobs",
        files=[("prompt", (None, "a"))],
        headers=[(b"idempotency-key", key if isinstance(key, bytes) else key.encode())],
    )
    check_problem(response, 422, "idempotency_key_invalid")
    assert await unmoved(shared_rig, guest)


async def test_too_few_credits_are_told_with_numbers(shared_rig: Rig, guest: Visitor) -> None:
    account_id = UUID((await guest.account())["id"])
    await shared_rig.database.row(
        "UPDATE accounts SET balance_credits = 1 WHERE id = $1", account_id
    )
    problem = check_problem(await guest.create(prompt="a"), 402, "insufficient_credits")
    assert problem["params"] == {"need": 2, "have": 1}
    assert await shared_rig.count_of(guest, "jobs") == 0


async def test_a_refused_visitor_gets_no_account(shared_rig: Rig) -> None:
    accounts = await shared_rig.count("accounts")
    stranger = await shared_rig.visitor(signed_in=False)
    response = await stranger.create(prompt="a", image=a_file(b"no picture"))
    check_problem(response, 415, "unsupported_format")
    assert await shared_rig.count("accounts") == accounts
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("limit", ["0", "101", "x", ""])
async def test_a_page_of_the_wrong_size_is_refused(guest: Visitor, limit: str) -> None:
    response = await guest.http.get("/v1/jobs", params={"limit": limit})
    problem = check_problem(response, 422, "validation_failed")
    assert problem["params"] == {"fields": "limit"}


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "A" * 23, "ก", "A" * 4000])
async def test_a_page_mark_that_is_not_ours_is_refused(guest: Visitor, cursor: str) -> None:
    response = await guest.http.get("/v1/jobs", params={"cursor": cursor})
    check_problem(response, 422, "cursor_invalid")


async def test_an_unknown_state_is_refused(guest: Visitor) -> None:
    response = await guest.http.get("/v1/jobs", params={"status": "lost"})
    problem = check_problem(response, 422, "status_unknown")
    assert problem["params"] == {"allowed": "queued, running, done, failed, cancelled"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/v1/jobs/1", 404, "not_found"),
        ("GET", "/v1/jobs/%00", 404, "not_found"),
        ("GET", "/v1/jobs/019a0f6c2b7d7c53a1f0e4b6c8d2a913", 404, "not_found"),
        ("PUT", "/v1/jobs", 405, "method_not_allowed"),
        ("PATCH", "/v1/account", 405, "method_not_allowed"),
    ],
)
async def test_addresses_that_are_none_are_refused(
    guest: Visitor, method: str, path: str, status: int, code: str
) -> None:
    check_problem(await guest.http.request(method, path), status, code)

"""A sender that never falls silent, and never comes to an end."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from gateway.jobs.upload import receive_upload
from shared.errors import InvalidInput


@pytest.mark.asyncio
async def test_an_upload_that_drips_is_given_up() -> None:
    drips = 0

    async def drip() -> Message:
        nonlocal drips
        drips += 1
        await asyncio.sleep(0.02)
        head = b'--b\r\ncontent-disposition: form-data; name="image"; filename="a"\r\n\r\n'
        return {"type": "http.request", "body": head if drips == 1 else b"x", "more_body": True}

    headers = [(b"content-type", b"multipart/form-data; boundary=b")]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    with pytest.raises(InvalidInput) as caught:
        async with receive_upload(Request(scope, drip), limit_seconds=0.3):
            pass

    assert caught.value.code == "upload_interrupted"
    assert drips > 2

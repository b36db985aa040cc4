"""A form that cannot be kept."""

import errno
import os

import pytest
from starlette.requests import Request
from starlette.types import Message

from gateway.jobs.upload import receive_upload
from shared.errors import TransientError


@pytest.mark.asyncio
async def test_a_form_that_there_is_no_room_for_may_come_again_later() -> None:
    async def full() -> Message:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    headers = [(b"content-type", b"multipart/form-data; boundary=b")]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    with pytest.raises(TransientError) as caught:
        async with receive_upload(Request(scope, full)):
            pass

    assert caught.value.code == "service_unavailable"

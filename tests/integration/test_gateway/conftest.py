"""A gateway over a database and a bucket of the test's own, or of a file's.

What is shared by the tests of a file lives on the file's event loop, so such a file is marked with
`pytest.mark.asyncio(loop_scope="module")` and makes any gateway of its own inside the test.
"""

import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from backends import Backends

from gateway.settings import GatewaySettings
from shared.storage.r2 import R2Objects, R2Settings
from test_gateway.rig import Rig, Visitor, running


def settings_for(backends: Backends, database_url: str, bucket: str) -> GatewaySettings:
    return GatewaySettings.model_validate(
        {
            "database_url": database_url,
            "rabbitmq_url": "amqp://127.0.0.1:1",
            "r2_endpoint_url": backends.s3_url,
            "r2_access_key_id": backends.s3_access_key,
            "r2_secret_access_key": backends.s3_secret_key,
            "r2_bucket": bucket,
            "job_price_credits": 2,
            "guest_free_credits": 100,
            "runpod_base_url": "http://127.0.0.1:1/v2",
        }
    )


@pytest.fixture
def settings(backends: Backends, database_url: str, bucket: str) -> GatewaySettings:
    return settings_for(backends, database_url, bucket)


@pytest.fixture(scope="module")
def file_settings(backends: Backends, file_database_url: str) -> GatewaySettings:
    return settings_for(backends, file_database_url, f"test-{uuid.uuid4().hex}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_rig(file_settings: GatewaySettings) -> AsyncIterator[Rig]:
    """A gateway for all tests of a file that look at nothing but their own visitors."""
    async with running(file_settings) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def guest(shared_rig: Rig) -> Visitor:
    """A visitor that nobody else is, at the shared gateway."""
    return await shared_rig.visitor()


@pytest_asyncio.fixture
async def objects(rig: Rig, settings: GatewaySettings) -> AsyncIterator[R2Objects]:
    _ = rig
    async with R2Objects(R2Settings.from_settings(settings)) as opened:
        yield opened


@pytest_asyncio.fixture
async def rig(settings: GatewaySettings) -> AsyncIterator[Rig]:
    async with running(settings) as one:
        yield one


@pytest_asyncio.fixture
async def visitor(rig: Rig) -> Visitor:
    return await rig.visitor()

"""A gateway over a database and a bucket of the test's own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from backends import Backends

from gateway.settings import GatewaySettings
from shared.storage.r2 import R2Objects, R2Settings
from test_gateway.rig import Rig, Visitor, running


@pytest.fixture
def settings(backends: Backends, database_url: str, bucket: str) -> GatewaySettings:
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

"""The composition root: a service made of its settings answers, and consumes."""

import json

import pytest
from ets.mrv.v1 import mrv_service_pb2 as pb
from ets.mrv.v1.mrv_service_pb2_grpc import MrvQueryServiceStub
from ets_kernel.runtime.application import Application
from ets_kernel.runtime.bus.memory import MemoryBus
from ets_kernel.runtime.grpc.client import connect
from ets_kernel.runtime.signing import public_key_to_pem
from ets_kernel.testing.serving import TEST_KEY, token_for
from mrv.domain.errors import EntityNotFound
from mrv.main import build
from mrv.settings import MrvSettings
from mrv_messages import CENTRE_KEY, FIRST


@pytest.fixture
def settings(postgres_url: str, tmp_path) -> MrvSettings:
    keys = tmp_path / "seal-keys.json"
    keys.write_text(json.dumps({"ccer-centre": public_key_to_pem(CENTRE_KEY.public_key())}))
    return MrvSettings(
        database_url=postgres_url,
        grpc_port=0,
        http_port=0,
        auth_public_key=public_key_to_pem(TEST_KEY.public_key()),
        peer_registry="127.0.0.1:1",
        peer_ccer_bridge="127.0.0.1:1",
        seal_keys=f"@{keys}",
    )


async def test_the_service_starts_from_its_settings_and_answers(settings):
    application = await Application.create("mrv", settings, bus=MemoryBus())
    await build(application)
    await application.start()
    channel = connect(f"127.0.0.1:{application.grpc_port}", token=token_for("ROLE_OPERATIONS"))
    try:
        with pytest.raises(EntityNotFound):
            await MrvQueryServiceStub(channel).GetEntity(pb.GetEntityRequest(credit_code=FIRST))
    finally:
        await channel.close()
        await application.stop()


async def test_a_seal_key_that_is_no_key_stops_the_start(settings):
    application = await Application.create("mrv", settings.model_copy(update={"seal_keys": '{"a": "b"}'}))
    with pytest.raises(ValueError, match="PEM"):
        await build(application)
    await application.database.dispose()

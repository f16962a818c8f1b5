"""The composition root: a service made of its settings answers, and consumes."""

import json

import grpc
import pytest
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1.registry_service_pb2_grpc import RegistryQueryServiceStub
from ets_kernel.domain.errors import AccountNotFound
from ets_kernel.runtime.application import Application
from ets_kernel.runtime.bus.memory import MemoryBus
from ets_kernel.runtime.grpc.client import connect
from ets_kernel.runtime.signing import private_key_to_pem, public_key_to_pem
from ets_kernel.testing.serving import TEST_KEY, token_for
from registry.main import build
from registry.settings import RegistrySettings
from registry_messages import CENTRE_KEY, REGISTRY_KEY


@pytest.fixture
def settings(postgres_url: str, tmp_path) -> RegistrySettings:
    keys = tmp_path / "seal-keys.json"
    keys.write_text(json.dumps({"ccer-centre": public_key_to_pem(CENTRE_KEY.public_key())}))
    return RegistrySettings(
        database_url=postgres_url,
        grpc_port=0,
        http_port=0,
        auth_public_key=public_key_to_pem(TEST_KEY.public_key()),
        peer_mrv="127.0.0.1:1",
        peer_trading="127.0.0.1:1",
        peer_ccer_bridge="127.0.0.1:1",
        seal_keys=f"@{keys}",
        signing_key=private_key_to_pem(REGISTRY_KEY),
    )


async def test_the_service_starts_from_its_settings_and_answers(settings):
    application = await Application.create("registry", settings, bus=MemoryBus())
    await build(application)
    await application.start()
    channel = connect(f"127.0.0.1:{application.grpc_port}", token=token_for("ROLE_OPERATIONS"))
    try:
        with pytest.raises(AccountNotFound):
            await RegistryQueryServiceStub(channel).GetAccount(pb.GetAccountRequest(account_no="R-NATIONAL"))
        assert channel.get_state() is not grpc.ChannelConnectivity.SHUTDOWN
    finally:
        await channel.close()
        await application.stop()


async def test_a_seal_key_that_is_no_key_stops_the_start(settings):
    application = await Application.create(
        "registry", settings.model_copy(update={"seal_keys": '{"a": "b"}'})
    )
    with pytest.raises(ValueError, match="PEM"):
        await build(application)
    await application.database.dispose()

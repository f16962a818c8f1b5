"""The composition root: a service made of its settings answers, and consumes."""

import pytest
from ccer_bridge.main import build
from ccer_bridge.settings import CcerBridgeSettings
from ccer_messages import C_PLANT, CENTRE_KEY, PLANT
from ets.ccer.v1 import ccer_service_pb2 as pb
from ets.ccer.v1.ccer_service_pb2_grpc import CcerQueryServiceStub
from ets_kernel.domain.errors import AccountNotFound
from ets_kernel.runtime.application import Application
from ets_kernel.runtime.bus.memory import MemoryBus
from ets_kernel.runtime.grpc.client import connect
from ets_kernel.runtime.signing import private_key_to_pem, public_key_to_pem
from ets_kernel.testing.serving import TEST_KEY, token_for


@pytest.fixture
def settings(postgres_url: str, tmp_path) -> CcerBridgeSettings:
    key = tmp_path / "centre.pem"
    key.write_text(private_key_to_pem(CENTRE_KEY))
    return CcerBridgeSettings(
        database_url=postgres_url,
        grpc_port=0,
        http_port=0,
        auth_public_key=public_key_to_pem(TEST_KEY.public_key()),
        peer_mrv="127.0.0.1:1",
        peer_registry="127.0.0.1:1",
        peer_trading="127.0.0.1:1",
        signing_key=f"@{key}",
    )


async def test_the_service_starts_from_its_settings_and_answers(settings):
    application = await Application.create("ccer-bridge", settings, bus=MemoryBus())
    await build(application)
    await application.start()
    channel = connect(f"127.0.0.1:{application.grpc_port}", token=token_for("ROLE_OPERATIONS"))
    try:
        with pytest.raises(AccountNotFound):
            await CcerQueryServiceStub(channel).GetCcerAccount(
                pb.GetCcerAccountRequest(account_no=C_PLANT, credit_code=PLANT)
            )
    finally:
        await channel.close()
        await application.stop()


async def test_a_signing_key_that_is_no_key_stops_the_start(settings):
    application = await Application.create(
        "ccer-bridge", settings.model_copy(update={"signing_key": ""}), bus=MemoryBus()
    )
    with pytest.raises(ValueError, match="PEM"):
        await build(application)
    await application.database.dispose()

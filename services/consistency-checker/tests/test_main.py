"""The whole service in one process: it starts, and platforms that are all away leave everything unchecked."""

from pathlib import Path

import pytest
from consistency_checker.domain.invariants import INVARIANTS
from consistency_checker.main import build
from consistency_checker.settings import CheckerSettings
from ets.checker.v1 import checker_service_pb2 as pb
from ets.checker.v1.checker_service_pb2_grpc import CheckerServiceStub
from ets.checker.v1.checker_types_pb2 import Verdict
from ets_kernel.runtime import retries
from ets_kernel.runtime.application import Application
from ets_kernel.runtime.grpc.client import connect
from ets_kernel.runtime.signing import public_key_to_pem
from ets_kernel.testing.serving import TEST_KEY, token_for

NOBODY = "127.0.0.1:1"
README = Path(__file__).parents[1] / "README.md"


async def test_with_every_service_stopped_everything_is_unchecked(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(retries, "WAIT_FIRST_SECONDS", 0.001)
    monkeypatch.setattr(retries, "WAIT_MAX_SECONDS", 0.001)
    settings = CheckerSettings(
        database_url=postgres_url,
        grpc_port=0,
        http_port=0,
        auth_public_key=public_key_to_pem(TEST_KEY.public_key()),
        peer_mrv=NOBODY,
        peer_registry=NOBODY,
        peer_trading=NOBODY,
        peer_ccer_bridge=NOBODY,
    )
    application = await Application.create("consistency-checker", settings)
    await build(application)
    await application.start()
    channel = connect(
        f"127.0.0.1:{application.grpc_port}", token=token_for("ROLE_SCHEDULER"), deadline_seconds=60
    )
    answer = await CheckerServiceStub(channel).RunReconciliation(pb.RunReconciliationRequest(request_id="r"))
    await channel.close()
    await application.stop()
    assert answer.reconciliation.unchecked_count == len(INVARIANTS)
    assert {finding.verdict for finding in answer.reconciliation.findings} == {Verdict.VERDICT_UNCHECKED}
    assert all("PEER_UNAVAILABLE" in finding.cause for finding in answer.reconciliation.findings)


def test_the_readme_states_every_invariant_and_every_setting():
    text = README.read_text()
    for invariant in INVARIANTS:
        assert f"| {invariant.invariant_id} | {invariant.statement} |" in text
    own = CheckerSettings.model_fields.keys() - CheckerSettings.__mro__[1].model_fields.keys()
    for name in own:
        assert f"| `{name}` |" in text

"""Every refusal of bad input, through the real services: it has its reason, and no book moves."""

import pytest
import pytest_asyncio
from attempts import Bench, Outcome, run_all
from offset_attempts import OFFSET_ATTEMPTS, OFFSET_SET_UPS
from registry_attempts import REGISTRY_ATTEMPTS, REGISTRY_SET_UPS
from system import running
from trading_attempts import TRADING_ATTEMPTS

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("in_process"),
    pytest.mark.slow,
]

ATTEMPTS = [*TRADING_ATTEMPTS, *OFFSET_ATTEMPTS, *REGISTRY_ATTEMPTS]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outcomes(postgres_server, tmp_path_factory) -> dict[str, Outcome]:
    async with running(postgres_server, tmp_path_factory.mktemp("bad_input")) as system:
        bench = await Bench.ready(system)
        return await run_all(bench, ATTEMPTS, {**OFFSET_SET_UPS, **REGISTRY_SET_UPS})


async def test_every_attempt_has_its_own_name():
    assert len({attempt.name for attempt in ATTEMPTS}) == len(ATTEMPTS)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name.replace(" ", "_"))
async def test_bad_input_is_refused_with_its_reason_and_changes_nothing(outcomes, attempt):
    outcome = outcomes[attempt.name]
    assert outcome.reason == attempt.reason
    assert outcome.after == outcome.before

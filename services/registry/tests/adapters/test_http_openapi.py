"""What the OpenAPI says of every route, the routes do: right requests, wrong ones, every answer (REG-80)."""

import asyncio

import pytest
import schemathesis
from ets_kernel.testing.http import serving_http
from ets_kernel.testing.serving import token_for
from registry_messages import CEA, DEFICIT, PERIOD
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

EXAMPLES_MAX = 10
SEED = 2021
MOMENT = "2021-10-26T01:00:00Z"
# Probes and metrics are the kernel's, and say more than JSON.
OURS = "^/v1/"


def config(token: str) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "headers": {"Authorization": f"Bearer {token}"},
            "generation": {
                "max-examples": EXAMPLES_MAX,
                "deterministic": True,
                "database": "none",
                "allow-x00": False,
            },
            # A token of a page is given, not made up; moments are past, dates in order, province and period known ones.
            "parameters": {
                "page_token": "",
                "as_of": MOMENT,
                "recorded_by": MOMENT,
                "from_date": "2021-10-25",
                "to_date": "2021-10-26",
                "path.province_code": "37",
                "path.period": PERIOD,
            },
            "phases": {
                "stateful": {"enabled": False},
                # Every bound of every parameter once; wrong requests are made by the other phase.
                "coverage": {"unexpected-methods": ["post"], "generation": {"mode": "positive"}},
            },
        }
    )


def broken_promises(url: str, token: str) -> tuple[list[str], int]:
    """Call every route with what the description allows and with what it does not; give what was not kept."""
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=config(token)).include(
        path_regex=OURS
    )
    broken, calls = [], 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            calls += len(event.recorder.cases)
            broken += [
                f"{event.recorder.label}: {check.name}: {check.failure_info}"
                for checks in event.recorder.checks.values()
                for check in checks
                if check.status == Status.FAILURE
            ]
        elif isinstance(event, events.NonFatalError | events.FatalError):
            broken.append(repr(event))
    return broken, calls


@pytest.mark.slow
async def test_every_route_keeps_what_its_description_promises(world):
    await world.allocate()
    await world.credit()
    await world.apply((CEA, 50), credit_code=DEFICIT)
    async with serving_http(world.router) as http:
        broken, calls = await asyncio.to_thread(
            broken_promises, http.url, token_for("ROLE_REGISTRY_OPERATOR")
        )
    assert broken == [], "\n".join(broken)
    assert calls > 5 * len(world.router.mirrored)

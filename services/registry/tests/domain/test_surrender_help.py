"""Help from another enterprise: its allowances only, with the entity's consent, never beyond the obligation."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import ProvinceCode, make_credit_code
from registry.domain.compliance_rules import rules_of
from registry.domain.obligation import impose
from registry.domain.surrender import Standing, SurrenderStatus, decide, withdraw
from registry.domain.surrender_help import Helper, answer, offer

CODE = make_credit_code("91370000000000001")
OTHER = make_credit_code("91370000000000002")
HELPER = Helper(credit_code=OTHER, account_no=f"R-E-{OTHER}")
NOW = datetime(2023, 11, 1, tzinfo=UTC)
STANDING = Standing(
    obligation=impose(
        credit_code=CODE,
        province_code=ProvinceCode("37"),
        obligation_tco2e=1_000,
        rules=rules_of("2022"),
        at=NOW,
    ),
    pending_tco2e=0,
    pending_offset_tco2e=0,
    held_tco2e={"CEA-2022": 900, "CEA-2023": 900, "BORROWED-2023": 900, "OFFSET-WIND1-2015": 900},
    free_credits=(),
    next_ordinal=4,
)


def reason(decided):
    return decided.reason if isinstance(decided, EtsError) else ""


def test_an_offer_is_of_the_helpers_account_and_waits_for_consent():
    offered = offer([("CEA-2022", 500)], HELPER, STANDING, at=NOW)
    assert (offered.status, offered.account_no) == (SurrenderStatus.OFFERED, HELPER.account_no)
    assert offered.application_no == f"SA-2022-{CODE}-4"


@pytest.mark.parametrize(
    ("lines", "helper", "refusal"),
    [
        ([("CEA-2022", 900)], HELPER, ""),
        ([("CEA-2022", 901)], HELPER, "INSUFFICIENT_HOLDING"),
        ([("BORROWED-2023", 1)], HELPER, "PRODUCT_NOT_USABLE"),
        ([("OFFSET-WIND1-2015", 1)], HELPER, "PRODUCT_NOT_USABLE"),
        ([("CEA-2023", 1)], HELPER, "PRODUCT_NOT_USABLE"),
        ([("CEA-2022", 500), ("CEA-2022", 501)], HELPER, "OBLIGATION_EXCEEDED"),
        # Where more apply: oneself, then obligation, then product, then holding.
        ([("CEA-2023", 1_001)], Helper(credit_code=CODE, account_no=f"R-E-{CODE}"), "HELPER_IS_ENTITY"),
        ([("CEA-2023", 1_001)], HELPER, "OBLIGATION_EXCEEDED"),
        ([("CEA-2023", 901)], HELPER, "PRODUCT_NOT_USABLE"),
    ],
)
def test_each_refusal_of_an_offer_stands_at_its_boundary(lines, helper, refusal):
    assert reason(offer(lines, helper, STANDING, at=NOW)) == refusal


def test_nobody_hears_what_another_enterprise_owes():
    refusal = offer([("CEA-2022", 1_001)], HELPER, STANDING, at=NOW)
    assert refusal.metadata == {"requested_tco2e": "1001"}
    assert str(STANDING.outstanding_tco2e) not in str(refusal).replace("1001", "")


def answered(application, standing=STANDING, credit_code=CODE, *, is_consented=True):
    return answer(
        application, standing, credit_code=credit_code, is_consented=is_consented, by="entity", at=NOW
    )


def test_only_the_entity_answers_and_once():
    offered = offer([("CEA-2022", 500)], HELPER, STANDING, at=NOW)
    assert reason(answered(offered, credit_code=OTHER)) == "APPLICATION_NOT_FOUND"
    consented = answered(offered)
    assert (consented.status, consented.consented_time) == (SurrenderStatus.SUBMITTED, NOW)
    assert reason(answered(consented)) == "APPLICATION_ALREADY_DECIDED"
    declined = answered(offered, is_consented=False)
    assert (declined.status, declined.closed_by) == (SurrenderStatus.WITHDRAWN, "entity")


def test_consent_comes_too_late_where_the_obligation_is_applied_for_meanwhile():
    offered = offer([("CEA-2022", 500)], HELPER, STANDING, at=NOW)
    full = replace(STANDING, pending_tco2e=501)
    assert reason(answered(offered, full)) == "OBLIGATION_EXCEEDED"
    assert answered(offered, full, is_consented=False).status is SurrenderStatus.WITHDRAWN


def test_the_province_decides_after_the_consent():
    offered = offer([("CEA-2022", 500)], HELPER, STANDING, at=NOW)

    def decided(application):
        return decide(application, province_code="37", is_confirmed=True, decided_by="x", at=NOW)

    assert reason(decided(offered)) == "HELP_NOT_CONSENTED"
    assert decided(answered(offered)).status is SurrenderStatus.CONFIRMED


@pytest.mark.parametrize("who", [CODE, OTHER])
def test_helper_and_entity_may_take_help_back_before_the_decision(who):
    offered = offer([("CEA-2022", 500)], HELPER, STANDING, at=NOW)
    for application in (offered, answered(offered)):
        taken = withdraw(application, credit_code=who, by="somebody", at=NOW)
        assert (taken.status, taken.closed_time) == (SurrenderStatus.WITHDRAWN, NOW)
    confirmed = decide(answered(offered), province_code="37", is_confirmed=True, decided_by="x", at=NOW)
    assert reason(withdraw(confirmed, credit_code=who, by="x", at=NOW)) == "APPLICATION_ALREADY_DECIDED"
    stranger = make_credit_code("91370000000000003")
    assert reason(withdraw(offered, credit_code=stranger, by="x", at=NOW)) == "APPLICATION_NOT_FOUND"

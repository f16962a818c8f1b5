from datetime import UTC, datetime

import pytest
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import AccountNo
from registry.domain.accounts import Account, AccountKind, AccountUse, AddressedAccounts
from registry.domain.cancellation import (
    CancellationForm,
    CancellationPurpose,
    CancellationStatus,
    NationalTotal,
    apply_to_cancel,
    certificate_no,
    check,
    is_cancellable,
    register,
    withdraw,
)
from registry_messages import CEA, code, name

AT = datetime(2025, 5, 6, 2, 0, tzinfo=UTC)
NUMBER = f"R-E-{code(1)}"


def account(kind=AccountKind.EMITTER, **changes):
    values = {
        "account_no": AccountNo(NUMBER),
        "kind": kind,
        "credit_code": code(1),
        "name": name(1),
        "province_code": "37",
        "opened_time": AT,
    }
    return Account(**(values | changes))


PROVINCIAL = account(AccountKind.PROVINCIAL, account_no=AccountNo("R-P-37"), credit_code="")


def applied(holder=None, *, is_staff=False, is_confirmed=False, by="owner", **changes):
    holder = holder or account()
    values = {
        "account_no": holder.account_no,
        "holder_no": holder.holder_no,
        "product": CEA,
        "quantity_tco2e": 10,
        "serials": (),
        "purpose": CancellationPurpose.PUBLIC_GOOD,
        "beneficiary": "",
    }
    form = CancellationForm(**(values | changes))
    return apply_to_cancel(
        form,
        accounts=AddressedAccounts([holder]),
        is_staff=is_staff,
        is_confirmed=is_confirmed,
        ordinal=1,
        by=by,
        at=AT,
    )


def reason(outcome):
    return outcome.reason if isinstance(outcome, EtsError) else ""


def decide(rule, application, by, *, is_passed=True, **more):
    return rule(application, is_passed=is_passed, note="no", by=by, at=AT, **more)


def registered(application, by, *, is_passed=True):
    return decide(register, application, by, is_passed=is_passed, certificate_no="VC-2025-000001")


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        (CEA, True),
        ("CEA-2025", True),
        ("BORROWED-2023", False),
        ("OFFSET-WIND1-2015", False),
        ("CCER-WIND1-2015", False),
        ("rubbish", False),
    ],
)
def test_only_allowances_are_cancelled_and_no_borrowed_ones(product, expected):
    assert is_cancellable(product) is expected
    assert reason(applied(product=product)) == ("" if expected else "PRODUCT_NOT_CANCELLABLE")


def test_a_holder_applies_for_its_own_account_and_staff_for_those_of_the_authorities():
    assert applied().application_no == f"VC-{NUMBER}-1"
    assert reason(applied(holder_no=code(2))) == "ACCOUNT_NOT_FOUND"
    assert reason(applied(is_staff=True)) == "SCOPE_FORBIDDEN"
    assert reason(applied(PROVINCIAL)) == "SCOPE_FORBIDDEN"
    assert applied(PROVINCIAL, is_staff=True).account_no == "R-P-37"


def test_a_restricted_account_cancels_nothing():
    restricted = account(restricted_uses=frozenset({AccountUse.CANCELLATION}))
    assert reason(applied(restricted, product="OFFSET-WIND1-2015")) == "ACCOUNT_RESTRICTED"


def test_where_an_account_has_a_confirmer_a_second_operator_confirms():
    confirmed = account(is_confirmation_needed=True)
    assert reason(applied(confirmed)) == "CONFIRMATION_NEEDED"
    assert reason(applied(confirmed, is_confirmed=True)) == ""


def test_two_people_check_and_register_and_neither_applied():
    waiting = applied(by="owner")
    assert reason(registered(waiting, "first")) == "CANCELLATION_NOT_CHECKED"
    assert reason(decide(check, waiting, "owner")) == "SAME_PERSON"
    checked = decide(check, waiting, "first")
    assert (checked.status, checked.checked_by) == (CancellationStatus.CHECKED, "first")
    assert reason(decide(check, checked, "second")) == "APPLICATION_ALREADY_DECIDED"
    assert reason(registered(checked, "first")) == "SAME_PERSON"
    assert reason(registered(checked, "owner")) == "SAME_PERSON"
    done = registered(checked, "second")
    assert (done.status, done.certificate_no) == (CancellationStatus.REGISTERED, "VC-2025-000001")
    assert (done.decided_by, done.decided_time) == ("second", AT)


@pytest.mark.parametrize("by_second", [False, True])
def test_either_of_the_two_may_refuse(by_second):
    waiting = applied()
    if by_second:
        refused = registered(decide(check, waiting, "first"), "second", is_passed=False)
    else:
        refused = decide(check, waiting, "first", is_passed=False)
    assert (refused.status, refused.note, refused.certificate_no) == (CancellationStatus.REFUSED, "no", "")
    for outcome in (decide(check, refused, "third"), registered(refused, "third")):
        assert reason(outcome) == "APPLICATION_ALREADY_DECIDED"


def withdrawn(application, holder_no):
    return withdraw(
        application, application_no="VC-x", account=account(), holder_no=holder_no, by="owner", at=AT
    )


def test_an_application_is_withdrawn_by_its_holder_until_it_is_decided():
    waiting = applied()
    checked = decide(check, waiting, "first")
    assert withdrawn(waiting, code(1)).status is CancellationStatus.WITHDRAWN
    assert withdrawn(checked, code(1)).status is CancellationStatus.WITHDRAWN
    assert reason(withdrawn(checked, code(2))) == "APPLICATION_NOT_FOUND"
    assert reason(withdrawn(None, code(1))) == "APPLICATION_NOT_FOUND"
    assert reason(withdrawn(registered(checked, "second"), code(1))) == "APPLICATION_ALREADY_DECIDED"


def test_a_certificate_is_numbered_by_year_and_names_nobody():
    assert certificate_no(2025, 12) == "VC-2025-000012"


def test_what_is_outstanding_is_what_was_issued_and_nobody_has_used_up():
    total = NationalTotal(
        product=CEA,
        issued_tco2e=100,
        surrendered_tco2e=50,
        cancelled_tco2e=20,
        recovered_tco2e=5,
        carried_over_tco2e=4,
    )
    assert total.outstanding_tco2e == 21

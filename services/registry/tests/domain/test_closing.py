import pytest
from registry.domain.accounts import AccountKind, AccountStatus
from registry.domain.closing import close
from registry_fakes import NOW, emitter


def test_an_empty_account_with_nothing_pending_is_closed():
    closed = close(emitter(1, is_confirmation_needed=True), is_empty=True, pending=(), at=NOW)
    assert (closed.status, closed.closed_time, closed.version) == (AccountStatus.CLOSED, NOW, 2)
    assert not closed.is_confirmation_needed


@pytest.mark.parametrize(
    ("kind", "is_empty", "pending", "reason"),
    [
        (AccountKind.PROVINCIAL, False, {"obligation"}, "ACCOUNT_KIND_WRONG"),
        (AccountKind.NATIONAL, True, (), "ACCOUNT_KIND_WRONG"),
        (AccountKind.EMITTER, False, {"obligation"}, "ACCOUNT_NOT_EMPTY"),
        (AccountKind.INDIVIDUAL, True, {"instruction", "application"}, "ACCOUNT_BUSY"),
    ],
)
def test_refusals_of_a_closing_come_in_this_order(kind, is_empty, pending, reason):
    refusal = close(emitter(1, kind=kind), is_empty=is_empty, pending=pending, at=NOW)
    assert refusal.reason == reason
    if reason == "ACCOUNT_BUSY":
        assert refusal.metadata["pending"] == "application, instruction"

"""Facts about accounts to their messages."""

from collections.abc import Mapping
from typing import Any, Final

from ets.registry.v1 import registry_events_pb2 as pb
from ets_kernel.runtime.publication import Published, Told

from registry.adapters import encoding, encoding_accounts
from registry.domain import events

ACCOUNTS: Final = "ets.registry.accounts.v1"


def _opened(fact: events.AccountOpened) -> Told:
    number = fact.account.account_no
    message = pb.AccountOpened(account=encoding.account(fact.account))
    return Told(aggregate_id=number, flow_id=number, message=message)


def _information_changed(fact: events.AccountInformationChanged) -> Told:
    message = pb.AccountInformationChanged(
        account=encoding.account(fact.account), application_no=fact.application_no
    )
    return Told(aggregate_id=fact.account.account_no, flow_id=fact.application_no, message=message)


def _closed(fact: events.AccountClosed) -> Told:
    message = pb.AccountClosed(
        account=encoding.account(fact.account),
        application_no=fact.application_no,
        reason=encoding_accounts.CLOSING_REASONS[fact.reason],
    )
    return Told(aggregate_id=fact.account.account_no, flow_id=fact.application_no, message=message)


def _restricted(fact: events.AccountRestricted) -> Told:
    restriction = fact.restriction
    message = pb.AccountRestricted(
        restriction=encoding_accounts.restriction(restriction), account=encoding.account(fact.account)
    )
    return Told(aggregate_id=restriction.account_no, flow_id=restriction.restriction_no, message=message)


def _lifted(fact: events.RestrictionLifted) -> Told:
    restriction = fact.restriction
    message = pb.RestrictionLifted(
        restriction=encoding_accounts.restriction(restriction), account=encoding.account(fact.account)
    )
    return Told(aggregate_id=restriction.account_no, flow_id=restriction.restriction_no, message=message)


PUBLISHED: Final[Mapping[type[Any], Published]] = {
    fact: Published(topic=ACCOUNTS, aggregate="account", tell=tell)
    for fact, tell in (
        (events.AccountOpened, _opened),
        (events.AccountInformationChanged, _information_changed),
        (events.AccountClosed, _closed),
        (events.AccountRestricted, _restricted),
        (events.RestrictionLifted, _lifted),
    )
}

"""Steps of allocation for tests: a table is transmitted, sealed, proposed and confirmed."""

from datetime import UTC, datetime

from ets_kernel.domain.clock import FixedClock
from ets_kernel.runtime.signing import Ed25519Verifier
from registry.adapters.decoding import transmitted_table
from registry.app.confirm_issuances import ConfirmIssuances, confirm_issuances
from registry.app.initiate_issuances import InitiateIssuances, initiate_issuances
from registry.app.match_seal import SealedTable, match_seal
from registry.app.open_accounts import OpenAccounts, open_accounts
from registry.app.receive_allocation_table import receive_allocation_table
from registry.domain.accounts import AccountKind, AccountOpening
from registry_fakes import emitter, reasons, with_roster
from registry_messages import PROVINCE_KEY, pre_table, sealed, verified_table

CLOCK = FixedClock(datetime(2021, 10, 26, tzinfo=UTC))
VERIFIER = Ed25519Verifier({"province/37": PROVINCE_KEY.public_key()})
PRE, VERIFIED = pre_table().table_no, verified_table().table_no


async def with_accounts():
    """Two listed entities and their province, all with accounts."""
    uow = await with_roster()
    opening = AccountOpening(kind=AccountKind.PROVINCIAL, name="山东省", province_code="37")
    await open_accounts(OpenAccounts(openings=(opening,), opened_by="first"), uow=uow, clock=CLOCK)
    await uow.accounts.add([emitter(number) for number in (1, 2)])
    return uow


async def receive(uow, message):
    await receive_allocation_table(transmitted_table(message), uow=uow, clock=CLOCK)


async def seal(uow, message, **changes):
    told = sealed(message, **changes)
    await match_seal(
        SealedTable(
            table_no=told.table_no,
            revision=told.revision,
            digest=told.seal.digest,
            signature=told.seal.signature,
            key_id=told.seal.key_id,
        ),
        uow=uow,
        verifier=VERIFIER,
        clock=CLOCK,
    )


async def initiate(uow, *table_nos, person="first"):
    command = InitiateIssuances(table_nos=table_nos, initiated_by=person)
    return reasons(await initiate_issuances(command, uow=uow, clock=CLOCK))


async def confirm(uow, *table_nos, person="second"):
    command = ConfirmIssuances(table_nos=table_nos, confirmed_by=person)
    return reasons(await confirm_issuances(command, uow=uow, clock=CLOCK))


async def match(uow, *messages):
    """Transmit tables and seal them."""
    for message in messages:
        await receive(uow, message)
        await seal(uow, message)

"""Steps of change registrations for tests: accounts with units, proposals, confirmations."""

from datetime import UTC, date, datetime
from hashlib import sha256

from ets_kernel.domain.clock import FixedClock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import NATIONAL_ACCOUNT, provincial_account
from ets_ledger.domain.values import SerialRange
from registry.app.confirm_changes import ConfirmChanges, confirm_changes
from registry.app.file_changes import FileChanges, file_changes
from registry.app.initiate_changes import InitiateChanges, initiate_changes
from registry.app.initiate_filed_changes import InitiateFiledChanges, initiate_filed_changes
from registry.domain.accounts import Account, AccountKind
from registry.domain.change import ChangeKind, ChangeLine, Document, DocumentKind, ProposedChange
from registry_fakes import market
from registry_messages import CEA, DEFICIT, SURPLUS

CLOCK = FixedClock(datetime(2021, 11, 2, 1, 0, tzinfo=UTC))
A, B = f"R-E-{DEFICIT}", f"R-E-{SURPLUS}"
PROVINCIAL = provincial_account("37")
RULING = Document(
    kind=DocumentKind.COURT_RULING,
    document_no="(2021)鲁01执1号",
    issued_date=date(2021, 11, 1),
    authority="济南市中级人民法院",
    digest=sha256(b"ruling").digest(),
)
HELD = 10_000


async def with_authorities():
    """Entities 1 and 2 with 10,000 t each (serials 1 to 20,000), the province and the nation, all with accounts."""
    uow = await market(held_tco2e=HELD)
    for number, kind, province in (
        (PROVINCIAL, AccountKind.PROVINCIAL, "37"),
        (NATIONAL_ACCOUNT, AccountKind.NATIONAL, ""),
    ):
        account = Account(
            account_no=number,
            kind=kind,
            credit_code="",
            name=number,
            province_code=province,
            opened_time=CLOCK.now(),
        )
        await uow.accounts.add([account])
    return uow


def units(quantity=0, *, block=None, product=CEA, **rest) -> ChangeLine:
    """A line of so many units, or of one block."""
    serials = SerialRange(*block) if block else None
    return ChangeLine(
        product=product, quantity_tco2e=serials.quantity if serials else quantity, serials=serials, **rest
    )


def proposal(kind, *lines, **rest) -> ProposedChange:
    return ProposedChange(kind=kind, document=RULING, lines=lines, **rest)


def freeze(*lines, account_no=A, **rest) -> ProposedChange:
    return proposal(ChangeKind.FREEZE, *lines, account_no=account_no, **rest)


def release(*lines) -> ProposedChange:
    return proposal(ChangeKind.RELEASE, *lines)


def correction(*lines) -> ProposedChange:
    return proposal(ChangeKind.CORRECTION, *lines)


def merger(absorbed_no=A, survivor_no=B) -> ProposedChange:
    return proposal(ChangeKind.MERGER, account_no=absorbed_no, survivor_account_no=survivor_no)


def told(outcomes) -> list[str]:
    """The reason or the reference of each item."""
    return [outcome.reason if isinstance(outcome, EtsError) else outcome for outcome in outcomes]


async def propose(uow, *changes, person="first"):
    command = InitiateChanges(changes=changes, initiated_by=person)
    return await initiate_changes(command, uow=uow, clock=CLOCK)


async def file(uow, *changes, province_code="37", person="official"):
    command = FileChanges(province_code=province_code, changes=changes, filed_by=person)
    return await file_changes(command, uow=uow, clock=CLOCK)


async def take(uow, *numbers, person="first"):
    command = InitiateFiledChanges(registration_nos=numbers, initiated_by=person)
    return await initiate_filed_changes(command, uow=uow, clock=CLOCK)


async def confirm(uow, *numbers, person="second", clock=CLOCK):
    command = ConfirmChanges(registration_nos=numbers, confirmed_by=person)
    return await confirm_changes(command, uow=uow, clock=clock)


async def carried_out(uow, *changes) -> list[str]:
    """Propose and confirm changes one after the other, filing first what a province files; gives their numbers."""
    numbers = []
    for change in changes:
        if change.kind in {ChangeKind.MERGER, ChangeKind.SPLIT}:
            (number,) = told(await file(uow, change))
            assert told(await take(uow, number)) == [number]
        else:
            (number,) = told(await propose(uow, change))
        assert told(await confirm(uow, number)) == [number]
        numbers.append(number)
    return numbers


def blocks_of(uow, account_no, bucket):
    """The serials in a bucket of an account, as ranges."""
    return [
        (block.start, block.end)
        for position, blocks in sorted(uow.ledger.blocks.items())
        if (position.account, position.bucket) == (account_no, bucket)
        for block in blocks
    ]

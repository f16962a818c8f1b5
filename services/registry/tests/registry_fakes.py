"""The ports of the registry in dictionaries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import ProvinceCode, emitter_account
from ets_ledger.domain.commands import Issue, Transfer
from ets_ledger.domain.values import Place, Position, SerialRange
from registry.domain.accounts import Account, AccountKind, ListedEntity
from registry.domain.compliance_rules import rules_of
from registry.domain.obligation import impose
from registry.domain.offset_credit import CreditBlock
from registry.domain.surrender import PENDING, SurrenderStatus
from registry_fake_accounts import (
    FakeAccountApplications,
    FakeAccounts,
    FakeInstructions,
    FakeOperators,
    FakeRestrictions,
)
from registry_fake_allocation import FakeAdjustments, FakeEarmarks
from registry_fake_changes import FakeChanges
from registry_fake_handovers import FakeHandovers
from registry_fake_ledger import FakeLedger
from registry_fake_retirement import FakeCancellations, FakeCarryOvers
from registry_fake_surrender import FakeForcedSurrenders, FakeObligationChanges
from registry_messages import CEA, PERIOD, code, name


class FakeRoster:
    def __init__(self):
        self.entities = {}

    async def listed(self, credit_codes):
        return {code: self.entities[code] for code in credit_codes if code in self.entities}

    async def put(self, entity, *, period):
        self.entities[entity.credit_code] = entity


class FakeProjects:
    def __init__(self):
        self.inside = set()
        self.registered = {}

    async def put(self, project_no, *, is_inside_national_market, registered_time):
        self.registered.setdefault(project_no, registered_time)
        (self.inside.add if is_inside_national_market else self.inside.discard)(project_no)


class FakeTables:
    def __init__(self):
        self.issuances = {}
        self.entity_rows = {}
        self.differences = {}

    async def lock(self, table_nos):
        return {number: self.issuances[number] for number in table_nos if number in self.issuances}

    async def replace(self, issuance, rows, differences, *, at):
        self.issuances[issuance.table_no] = issuance
        self.entity_rows[issuance.table_no] = tuple(rows)
        self.differences[issuance.table_no] = tuple(differences)

    async def save(self, issuances, *, at):
        self.issuances |= {issuance.table_no: issuance for issuance in issuances}

    async def rows(self, table_nos):
        return {number: self.entity_rows.get(number, ()) for number in table_nos}


class FakeObligations:
    def __init__(self, uow):
        self.obligations = {}
        self._uow = uow

    async def get(self, keys):
        owners = self._uow.changes.owners()
        return {
            key: replace(self.obligations[key], owed_by=owners.get(key, ""))
            for key in keys
            if key in self.obligations
        }

    async def add(self, obligations):
        self.obligations |= {(owed.credit_code, owed.period): owed for owed in obligations}

    async def of_entities(self, credit_codes):
        return {key: owed for key, owed in self.obligations.items() if key[0] in credit_codes}

    async def save(self, obligations, *, at):
        await self.add(obligations)


class FakeTransfers:
    def __init__(self):
        self.transfers = {}
        self.returns = {}
        self.trades = {}

    async def last_ordinals(self, account_nos):
        found = {}
        for transfer in self.transfers.values():
            if transfer.account_no in account_nos:
                found[transfer.account_no] = max(found.get(transfer.account_no, 0), transfer.ordinal)
        return found

    async def add(self, transfers):
        self.transfers |= {transfer.transfer_no: transfer for transfer in transfers}

    async def lock(self, transfer_no):
        return self.transfers.get(transfer_no)

    async def save_state(self, transfer):
        self.transfers[transfer.transfer_no] = transfer

    async def returned(self, withdrawal_no):
        return self.returns.get(withdrawal_no)

    async def add_return(self, returned):
        self.returns[returned.withdrawal_no] = returned

    async def settled(self, trade_nos):
        return {number: self.trades[number] for number in trade_nos if number in self.trades}

    async def add_settled(self, trades, *, trading_date):
        self.trades |= {trade.trade_no: trade for trade in trades}


class FakeApplications:
    def __init__(self, uow):
        self._uow = uow
        self.applications = {}

    async def last_ordinals(self, keys):
        found = {}
        for item in self.applications.values():
            key = (item.credit_code, item.period)
            if key in keys:
                found[key] = max(found.get(key, 0), item.ordinal)
        return found

    async def pending(self, keys):
        found = {}
        for item in self.applications.values():
            key = (item.credit_code, item.period)
            if key in keys and item.status in (SurrenderStatus.SUBMITTED, SurrenderStatus.CONFIRMED):
                total, offset = found.get(key, (0, 0))
                found[key] = (total + item.quantity_tco2e, offset + item.offset_tco2e)
        return found

    async def borrowed(self, keys):
        found = {}
        for number, rows in self._uow.tables.entity_rows.items():
            for row in rows if self._uow.tables.issuances[number].status == "issued" else ():
                key = (row.credit_code, self._uow.tables.issuances[number].period)
                found[key] = found.get(key, 0) + row.borrowed_tco2e
        for item in self.applications.values():
            if item.status in PENDING or item.status is SurrenderStatus.REGISTERED:
                key = (item.credit_code, item.period)
                used = sum(line.quantity_tco2e for line in item.lines if line.is_borrowed)
                found[key] = found.get(key, 0) - used
        for _, change, _ in self._uow.changes.record_changes:
            key = (change.record.credit_code, change.record.period)
            if change.product.startswith("BORROWED-"):
                found[key] = found.get(key, 0) - change.change_tco2e
        return {key: found[key] for key in keys if key in found}

    async def free_credits(self, credit_codes):
        found = {}
        for row in self._uow.handovers.credited:
            if row.credit_code not in credit_codes:
                continue
            place = Position(emitter_account(row.credit_code), row.offset_product, "registered")
            found.setdefault(row.credit_code, []).extend(
                CreditBlock(
                    cancellation_no=row.cancellation_no,
                    block_no=block_no,
                    product=row.offset_product,
                    serials=SerialRange(max(serials.start, held.start), min(serials.end, held.end)),
                    registered_time=self._uow.projects.registered.get(row.offset_product.split("-")[1]),
                )
                for block_no, serials in enumerate(row.blocks, start=1)
                for held in sorted(self._uow.ledger.blocks.get(place, ()))
                if held.start <= serials.end and serials.start <= held.end
            )
        return found

    async def add(self, applications):
        self.applications |= {item.application_no: item for item in applications}

    save = add

    async def lock(self, application_nos):
        return {
            number: self.applications[number] for number in application_nos if number in self.applications
        }

    async def lock_pending(self, keys):
        return [
            item
            for _, item in sorted(self.applications.items())
            if (item.credit_code, item.period) in keys and item.status in PENDING
        ]

    async def lock_with_status(self, status):
        return [item for _, item in sorted(self.applications.items()) if item.status is status]


class FakeUnitOfWork:
    """One transaction after the other, all committed."""

    def __init__(self):
        self.roster = FakeRoster()
        self.accounts = FakeAccounts()
        self.account_applications = FakeAccountApplications(self)
        self.operators = FakeOperators()
        self.restrictions = FakeRestrictions()
        self.instructions = FakeInstructions()
        self.projects = FakeProjects()
        self.tables = FakeTables()
        self.adjustments = FakeAdjustments()
        self.earmarks = FakeEarmarks()
        self.obligations = FakeObligations(self)
        self.transfers = FakeTransfers()
        self.ledger = FakeLedger()
        self.handovers = FakeHandovers(self)
        self.cancellations = FakeCancellations()
        self.carry_overs = FakeCarryOvers()
        self.applications = FakeApplications(self)
        self.obligation_changes = FakeObligationChanges()
        self.forced_surrenders = FakeForcedSurrenders()
        self.changes = FakeChanges(self)
        self.facts = []

    def record(self, fact):
        self.facts.append(fact)

    def told(self, fact_class) -> Sequence:
        """The facts of a type, in order."""
        return [fact for fact in self.facts if isinstance(fact, fact_class)]

    async def issue(self, account_no, product, quantity, at):
        """Units out of nowhere, for a start."""
        command = Issue(
            transfer_id=f"start/{account_no}/{product}",
            kind="issue",
            product=product,
            quantity=quantity,
            destination=Place(account_no, "registered"),
            origin="start",
        )
        await self.ledger.post([command], at=at)

    async def put_in_trading(self, account_no, product, quantity, at):
        """Units that an account holds go to trading, for a start."""
        command = Transfer(
            transfer_id=f"trading/{account_no}/{product}",
            kind="start",
            product=product,
            quantity=quantity,
            source=Place(account_no, "registered"),
            destination=Place(account_no, "trading"),
        )
        await self.ledger.post([command], at=at)


NOW = datetime(2021, 11, 1, 1, 0, tzinfo=UTC)
OWED_TCO2E = 1_000


def emitter(number, **changes) -> Account:
    """The open account of the entity with this number."""
    account = Account(
        account_no=emitter_account(code(number)),
        kind=AccountKind.EMITTER,
        credit_code=code(number),
        name=name(number),
        province_code="37",
        opened_time=NOW,
    )
    return replace(account, **changes)


async def with_roster() -> FakeUnitOfWork:
    """Entities 1 and 2 of province 37 are listed; nobody has an account yet."""
    uow = FakeUnitOfWork()
    for number in (1, 2):
        listed = ListedEntity(credit_code=code(number), name=name(number), province_code=ProvinceCode("37"))
        await uow.roster.put(listed, period=PERIOD)
    return uow


async def market(*, held_tco2e=10_000) -> FakeUnitOfWork:
    """Entities 1 and 2 of province 37: listed, with accounts, allowances and an obligation of 1,000 t each."""
    uow = await with_roster()
    for number in (1, 2):
        account = emitter(number)
        await uow.accounts.add([account])
        await uow.issue(account.account_no, CEA, held_tco2e, NOW)
        owed = impose(
            credit_code=code(number),
            province_code=ProvinceCode("37"),
            obligation_tco2e=OWED_TCO2E,
            rules=rules_of(PERIOD),
            at=NOW,
        )
        await uow.obligations.add([owed])
    return uow


def reasons(outcomes) -> list[str]:
    """The reason of each item, empty for accepted ones."""
    return [outcome.reason if isinstance(outcome, EtsError) else "" for outcome in outcomes]

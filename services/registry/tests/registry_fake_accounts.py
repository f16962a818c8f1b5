"""Accounts and what belongs to them, in dictionaries."""

from registry.domain.account_applications import WAITING, ApplicationKind
from registry.domain.accounts import AccountKind, AccountStatus, AddressedAccounts, AddressedHolders
from registry.domain.change import ChangeStatus
from registry.domain.instructions import InstructionStatus
from registry.domain.surrender import SurrenderStatus


class FakeAccounts:
    def __init__(self):
        self.known = {}
        self.steps = []

    @property
    def accounts(self):
        """The open ones by number."""
        return {number: one for number, one in self.known.items() if one.status is AccountStatus.OPEN}

    async def among(self, account_nos):
        return AddressedAccounts((await self.lock_known(account_nos)).values())

    lock = among

    async def lock_known(self, account_nos):
        return {number: self.known[number] for number in account_nos if number in self.known}

    async def open_among(self, account_nos):
        return account_nos & self.accounts.keys()

    async def lock_of_holders(self, holder_nos):
        return AddressedHolders(one for one in self.known.values() if one.holder_no in holder_nos)

    async def known_of_holders(self, holder_nos):
        found = {}
        for one in self.known.values():
            if one.holder_no and one.holder_no in holder_nos:
                found.setdefault(one.holder_no, []).append(one)
        return found

    async def person_count(self):
        return sum(one.kind is AccountKind.INDIVIDUAL for one in self.known.values())

    async def keep_open(self):
        """Nobody closes anything meanwhile."""

    hold_closings = hold_openings = keep_open

    async def add(self, accounts):
        self.known |= {account.account_no: account for account in accounts}

    async def save(self, steps, *, at):
        self.steps += steps
        await self.add([step.account for step in steps])


class FakeAccountApplications:
    def __init__(self, uow):
        self._uow = uow
        self.applications = {}

    async def get(self, application_nos):
        return {
            number: self.applications[number] for number in application_nos if number in self.applications
        }

    async def last_ordinals(self, account_nos):
        return _last(self.applications, account_nos)

    async def waiting(self, account_nos):
        return {
            (one.account_no, one.kind): one.application_no
            for one in self.applications.values()
            if one.account_no in account_nos and one.status in WAITING
        }

    async def add(self, applications):
        self.applications |= {one.application_no: one for one in applications}

    save = add

    async def pending(self, accounts):
        return {account.account_no: frozenset(self._pending(account)) for account in accounts}

    def _pending(self, account):
        waiting = {SurrenderStatus.SUBMITTED, SurrenderStatus.CONFIRMED}
        for one in self.applications.values():
            is_other = one.kind is not ApplicationKind.CLOSING and one.status in WAITING
            if one.account_no == account.account_no and is_other:
                yield "application"
        for one in self._uow.instructions.instructions.values():
            if one.account_no == account.account_no and one.status is InstructionStatus.INITIATED:
                yield "instruction"
        for one in self._uow.changes.changes.values():
            sides = {
                number for line in one.lines for number in (line.source_account_no, line.target_account_no)
            }
            named = {one.account_no, one.survivor_account_no} | sides
            if account.account_no in named and one.status in {ChangeStatus.FILED, ChangeStatus.INITIATED}:
                yield "change registration"
        for one in self._uow.applications.applications.values():
            if one.credit_code == account.credit_code and one.status in waiting:
                yield "surrender application"
        for one in self._uow.obligations.obligations.values():
            if one.credit_code == account.credit_code and one.completed_time is None:
                yield "obligation"


class FakeOperators:
    def __init__(self):
        self.spans = {}

    async def of(self, account_nos):
        found = {}
        for (account_no, _), span in sorted(self.spans.items()):
            if account_no in account_nos:
                found.setdefault(account_no, []).append(span)
        return found

    async def save(self, operators):
        self.spans |= {(one.account_no, one.operator_no): one for one in operators}


class FakeRestrictions:
    def __init__(self):
        self.restrictions = {}

    async def of(self, account_nos):
        found = {}
        for one in sorted(self.restrictions.values(), key=lambda one: one.ordinal):
            if one.account_no in account_nos:
                found.setdefault(one.account_no, []).append(one)
        return found

    async def save(self, restrictions):
        self.restrictions |= {one.restriction_no: one for one in restrictions}


class FakeInstructions:
    def __init__(self):
        self.instructions = {}

    async def get(self, instruction_nos):
        return {
            number: self.instructions[number] for number in instruction_nos if number in self.instructions
        }

    async def last_ordinals(self, account_nos):
        return _last(self.instructions, account_nos)

    async def save(self, instructions):
        self.instructions |= {one.instruction_no: one for one in instructions}


def _last(items, account_nos):
    found = {}
    for one in items.values():
        if one.account_no in account_nos:
            found[one.account_no] = max(found.get(one.account_no, 0), one.ordinal)
    return found

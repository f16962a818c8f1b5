"""Port `Changes` in dictionaries."""

from registry.domain.change import ChangeKind, ChangeStatus, Merger
from registry.domain.corrected_records import SURRENDERS
from registry.domain.corrected_standing import TakenBack
from registry.domain.correction import CorrectingEntry, still_corrected


class FakeChanges:
    def __init__(self, uow):
        self._uow = uow
        self._mergers = []
        self.changes = {}
        self.judicial_freezes = {}
        self.successions = []
        self.is_held = False
        self.earmarks = {}
        self.record_changes = []

    async def hold(self):
        self.is_held = True

    async def last_ordinal(self):
        return len(self.changes)

    async def among(self, registration_nos):
        return {number: self.changes[number] for number in registration_nos if number in self.changes}

    async def add(self, changes):
        self.changes |= {change.registration_no: change for change in changes}

    async def save(self, changes):
        self.changes |= {change.registration_no: change for change in changes}
        self.successions += [one for change in changes for one in change.successions]
        for change in changes:
            if (change.kind, change.status) == (ChangeKind.MERGER, ChangeStatus.CONFIRMED):
                absorbed, survivor = (
                    self._uow.accounts.accounts[number].credit_code
                    for number in (change.account_no, change.survivor_account_no)
                )
                self._mergers.append(
                    Merger(
                        registration_no=change.registration_no,
                        absorbed_credit_code=absorbed,
                        survivor_credit_code=survivor,
                    )
                )

    async def freezes(self, freeze_nos):
        return {
            number: self.judicial_freezes[number] for number in freeze_nos if number in self.judicial_freezes
        }

    async def freezes_of(self, account_nos):
        return {
            number: freeze
            for number, freeze in self.judicial_freezes.items()
            if freeze.account_no in account_nos and freeze.blocks
        }

    async def put_freezes(self, freezes, *, at):
        self.judicial_freezes |= {freeze.freeze_no: freeze for freeze in freezes}

    async def corrected(self, transfer_ids):
        made = [
            CorrectingEntry(
                transfer_id=f"{change.registration_no}/{line_no}",
                corrects=line.corrects,
                quantity_tco2e=line.quantity_tco2e,
            )
            for change in self.changes.values()
            if change.status is ChangeStatus.CONFIRMED
            for line_no, line in enumerate(change.lines, start=1)
            if line.corrects
        ]
        return still_corrected(transfer_ids, made)

    async def add_record_changes(self, registration_no, changes, *, completed, at):
        self.record_changes += [(registration_no, change, completed) for change in changes]

    async def taken_back(self, registration_nos):
        found = {}
        for number, change, completed in self.record_changes:
            record = change.record
            if number in registration_nos and record.kind in SURRENDERS:
                key = (number, record.credit_code, record.period)
                taken = found[key].quantity_tco2e if key in found else 0
                found[key] = TakenBack(
                    quantity_tco2e=taken - change.change_tco2e, completed_time=completed[key[1:]]
                )
        return found

    async def earmarked(self, province_codes):
        return {key: held for key, held in self.earmarks.items() if key[0] in province_codes}

    async def mergers(self, credit_codes=None):
        absorbed = {merger.absorbed_credit_code for merger in self._mergers}
        return self._mergers if credit_codes is None or absorbed & set(credit_codes) else []

    async def add_successions(self, successions):
        self.successions += [one for _, one in successions]

    def owners(self):
        """Who owes what somebody took over."""
        return {
            key: one.successor_credit_code
            for key, one in self._last().items()
            if one.successor_credit_code != key[0]
        }

    async def successions_to(self, credit_code):
        return [one for _, one in sorted(self._last().items()) if one.successor_credit_code == credit_code]

    def _last(self):
        return {(one.credit_code, one.period): one for one in self.successions}

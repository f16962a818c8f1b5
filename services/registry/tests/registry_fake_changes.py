"""Port `Changes` in dictionaries."""

from registry.domain.change import ChangeStatus


class FakeChanges:
    def __init__(self):
        self.changes = {}
        self.judicial_freezes = {}
        self.successions = []
        self.is_held = False
        self.earmarks = {}

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
        done = (change for change in self.changes.values() if change.status is ChangeStatus.CONFIRMED)
        return {line.corrects for change in done for line in change.lines} & set(transfer_ids)

    async def earmarked(self, province_codes):
        return {key: held for key, held in self.earmarks.items() if key[0] in province_codes}

    async def owners(self, keys):
        return {key: one.successor_credit_code for key, one in self._last().items() if key in keys}

    async def successions_to(self, credit_code):
        return [one for _, one in sorted(self._last().items()) if one.successor_credit_code == credit_code]

    def _last(self):
        return {(one.credit_code, one.period): one for one in self.successions}

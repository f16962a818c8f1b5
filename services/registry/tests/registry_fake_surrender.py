"""The ports of surrender of the registry in dictionaries."""


class FakeObligationChanges:
    def __init__(self):
        self.changes = {}

    async def last_ordinals(self, keys):
        found = {}
        for change in self.changes.values():
            key = (change.credit_code, change.period)
            if key in keys:
                found[key] = max(found.get(key, 0), change.ordinal)
        return found

    async def add(self, changes):
        self.changes |= {change.change_no: change for change in changes}

    save = add

    async def lock(self, change_nos):
        return {number: self.changes[number] for number in change_nos if number in self.changes}


class FakeForcedSurrenders:
    def __init__(self):
        self.cases = {}

    async def last_ordinals(self, credit_codes):
        found = {}
        for case in self.cases.values():
            if case.credit_code in credit_codes:
                found[case.credit_code] = max(found.get(case.credit_code, 0), case.ordinal)
        return found

    async def add(self, cases):
        self.cases |= {case.case_no: case for case in cases}

    save = add

    async def lock(self, case_nos):
        return {number: self.cases[number] for number in case_nos if number in self.cases}

"""What is to be deducted, and what provinces hold for entities, in dictionaries."""


class FakeAdjustments:
    def __init__(self):
        self.changes = []

    async def remainders(self, credit_codes):
        return {change.key: change for change in self.changes if change.credit_code in credit_codes}

    async def add(self, changes, *, by, at):
        self.changes += changes


class FakeEarmarks:
    def __init__(self):
        self.changes = []

    async def last(self, credit_codes):
        return {change.key: change for change in self.changes if change.credit_code in credit_codes}

    async def add(self, changes, *, at):
        self.changes += changes

"""The ports of the use cases in dictionaries; `facts` is what would be told."""

from dataclasses import replace
from datetime import datetime

from mrv.domain.allocation import Recorded
from mrv.domain.allocation_table import TableKind, TableStatus
from mrv.domain.compliance import Obligation
from mrv.domain.handover import LastHandover
from mrv.domain.offset_application import ApplicationStatus


class FakeRoster:
    def __init__(self):
        self.entities, self.all_units, self.years = {}, {}, {}

    async def listed(self, keys):
        return {key: self.entities[key] for key in keys if key in self.entities}

    async def lock_listing(self):
        """Nobody else is here."""

    async def add_entities(self, entities, *, at):
        for entity in entities:
            assert (entity.credit_code, entity.period) not in self.entities
            self.entities[entity.credit_code, entity.period] = entity

    async def units(self, keys):
        return {key: self.all_units[key] for key in keys if key in self.all_units}

    async def units_of_province(self, province_code, keys):
        own = {entity.credit_code for entity in self._of(province_code)}
        return {key: unit for key, unit in (await self.units(keys)).items() if key[0] in own}

    async def add_units(self, units, *, at):
        self.all_units |= {unit.key: unit for unit in units}

    async def put_years(self, years, *, at):
        self.years |= {(year.key, year.year): year for year in years}

    async def recorded(self, *, province_code, period, years):
        entities = sorted(self._of(province_code), key=lambda entity: entity.credit_code)
        codes = {entity.credit_code for entity in entities}
        units = [unit for key, unit in sorted(self.all_units.items()) if key[0] in codes]
        return Recorded(entities=entities, units=units, years=self.years)

    def _of(self, province_code):
        return [entity for entity in self.entities.values() if entity.province_code == province_code]


class FakeTables:
    def __init__(self):
        self.heads, self.history, self.computations, self.differences = {}, [], {}, []

    async def lock(self, table_nos):
        return await self.get(table_nos)

    async def get(self, table_nos):
        return {number: self.heads[number] for number in table_nos if number in self.heads}

    async def save(self, table, *, at):
        self.heads[table.table_no] = table
        self.history.append(table)

    async def add_rows(self, table, rows):
        self.computations[table.table_no, table.computation_no] = rows

    async def rows(self, table):
        return self.computations[table.table_no, table.computation_no]

    async def issued_tco2e(self, table):
        return {row.credit_code: row.issue_tco2e for row in (await self.rows(table)).entity_rows}

    async def transmission(self, table_no, revision):
        sent = [
            table
            for table in self.history
            if (table.table_no, table.revision) == (table_no, revision)
            and table.status is not TableStatus.COMPUTED
        ]
        return sent[-1] if sent else None

    async def add_differences(self, table_no, revision, differences, *, at):
        self.differences += [(table_no, revision, found) for found in differences]


class FakeObligations:
    def __init__(self, tables):
        self._tables = tables
        self.imposed, self.statuses = {}, []

    async def impose(self, table, *, at):
        for row in (await self._tables.rows(table)).entity_rows:
            self.imposed[row.credit_code, table.period] = Obligation(
                credit_code=row.credit_code,
                period=table.period,
                province_code=table.province_code,
                obligation_tco2e=row.obligation_tco2e,
            )

    async def lock(self, keys):
        return {key: self.imposed[key] for key in keys if key in self.imposed}

    async def add_status(self, status, *, at):
        self.statuses.append(status)


class FakeOffsets:
    def __init__(self):
        self.known_projects, self.known_accounts, self.stored, self.receipts = {}, {}, {}, {}

    async def projects(self, project_nos):
        return {
            number: self.known_projects[number] for number in project_nos if number in self.known_projects
        }

    async def put_project(self, project_no, *, is_inside_national_market):
        self.known_projects[project_no] = is_inside_national_market

    async def accounts(self, account_nos):
        return {
            number: self.known_accounts[number] for number in account_nos if number in self.known_accounts
        }

    async def put_account(self, account):
        self.known_accounts[account.account_no] = account

    async def applied(self, keys):
        found = {}
        for key in keys:
            own = [a for a in self.stored.values() if (a.form.credit_code, a.form.period) == key]
            counted = [a for a in own if a.status is not ApplicationStatus.REFUSED]
            if own:
                found[key] = (sum(a.form.requested_tco2e for a in counted), max(a.ordinal for a in own))
        return found

    async def add(self, applications):
        assert not {new.application_no for new in applications} & set(self.stored)
        await self.save(applications, at=None)

    async def peek(self, application_nos):
        return {number: self.stored[number] for number in application_nos if number in self.stored}

    async def lock(self, application_nos):
        return await self.peek(application_nos)

    async def save(self, applications, *, at):
        self.stored |= {kept.application_no: kept for kept in applications}

    async def add_receipt(self, receipt, *, at):
        is_new = receipt.cancellation_no not in self.receipts
        self.receipts.setdefault(receipt.cancellation_no, receipt)
        return is_new


class FakeSummaries:
    def __init__(self, offsets):
        self._offsets = offsets
        self.made = {}

    async def lock(self):
        """Nobody else is here."""

    async def counts(self, business_date):
        found = self.made.get(business_date)
        return (len(found), sum(len(summary.rows) for summary in found)) if found else None

    async def unsummarised(self, before: datetime):
        told = {row.application_no for made in self.made.values() for summary in made for row in summary.rows}
        return [
            application
            for number, application in self._offsets.stored.items()
            if number not in told
            and application.decided_time is not None
            and application.decided_time < before
        ]

    async def add(self, summaries, *, at):
        self.made[summaries[0].business_date] = summaries


class FakeHandovers:
    def __init__(self):
        self.copies = []

    async def lock_last(self, province_code):
        own = [manifest for manifest, _ in self.copies if manifest.province_code == province_code]
        if not own:
            return None
        return LastHandover(
            handover_no=own[-1].handover_no,
            business_date=own[-1].business_date,
            manifest_digest=own[-1].manifest_digest,
        )

    async def digest_of(self, handover_no):
        found = [manifest for manifest, _ in self.copies if manifest.handover_no == handover_no]
        return found[0].manifest_digest if found else None

    async def add(self, manifest, rows, *, at):
        self.copies.append((manifest, rows))


class FakeUnitOfWork:
    """Everything that a use case needs, in memory."""

    def __init__(self):
        self.roster = FakeRoster()
        self.tables = FakeTables()
        self.obligations = FakeObligations(self.tables)
        self.offsets = FakeOffsets()
        self.summaries = FakeSummaries(self.offsets)
        self.handovers = FakeHandovers()
        self.facts = []

    def record(self, fact):
        self.facts.append(fact)

    def told(self, fact_class):
        return [fact for fact in self.facts if isinstance(fact, fact_class)]

    def oblige(self, credit_code: str, obligation_tco2e: int, province_code: str = "37") -> None:
        """Make an obligation known without a table."""
        self.obligations.imposed[credit_code, "2019-2020"] = Obligation(
            credit_code=credit_code,
            period="2019-2020",
            province_code=province_code,
            obligation_tco2e=obligation_tco2e,
        )

    def put_table(self, table_no: str, **changes) -> None:
        """Change where a table stands."""
        self.tables.heads[table_no] = replace(self.tables.heads[table_no], **changes)


PRE_NO = f"2019-2020/{TableKind.PRE_ALLOCATION}/37"
VERIFIED_NO = f"2019-2020/{TableKind.VERIFIED}/37"

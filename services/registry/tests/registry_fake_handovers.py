"""The port of hand-overs of the registry in dictionaries."""

from ets_kernel.domain.ids import CreditCode, emitter_account
from registry.domain.handover import HandoverContext, LastHandover, accepted


class FakeHandovers:
    def __init__(self, uow):
        self._uow = uow
        self.taken = {}
        self.rejections = []
        self.accepted = {}
        self.row_nos = {}
        self.dates = {}
        self.credited = []

    async def lock_last(self, province_code):
        of_province = [
            manifest for manifest in self.taken.values() if manifest.province_code == province_code
        ]
        last = max(of_province, key=lambda manifest: manifest.business_date, default=None)
        if last is None:
            return None
        return LastHandover(business_date=last.business_date, manifest_digest=last.manifest_digest)

    async def accepted_row_nos(self, wanted):
        if (wanted.handover_no, wanted.manifest_digest) not in {
            (manifest.handover_no, manifest.manifest_digest) for manifest in self.taken.values()
        }:
            return None
        return frozenset(
            row_no for handover_no, row_no in self.row_nos.values() if handover_no == wanted.handover_no
        )

    async def context(self, rows):
        by_entity, by_application = {}, {}
        for row, period in self.accepted.values():
            key = (row.credit_code, period)
            by_entity[key] = by_entity.get(key, 0) + row.quantity_tco2e
            number = row.offset_application_no
            by_application[number] = by_application.get(number, 0) + row.quantity_tco2e
        accounts = await self._uow.accounts.among(
            {emitter_account(CreditCode(row.credit_code)) for row in rows}
        )
        return HandoverContext(
            listed=await self._uow.roster.listed({row.credit_code for row in rows}),
            accounts=accounts,
            obligations=self._uow.obligations.obligations,
            inside_projects=frozenset(self._uow.projects.inside),
            handover_by_cancellation={number: row.handover_no for number, (row, _) in self.accepted.items()},
            accepted_by_entity_tco2e=by_entity,
            accepted_by_application_tco2e=by_application,
            overlapping={},
        )

    async def take(self, manifest, outcomes, *, at):
        self.taken[manifest.handover_no] = manifest
        await self.judge_again(manifest, outcomes)

    async def judge_again(self, manifest, outcomes):
        for outcome in outcomes:
            if outcome.error is None:
                row = accepted(manifest, outcome.row)
                self.row_nos[row.cancellation_no] = (manifest.handover_no, outcome.row.row_no)
                self.accepted[row.cancellation_no] = (row, outcome.row.period)
                self.dates[row.cancellation_no] = manifest.business_date

    async def reject(self, manifest, error, *, at):
        self.rejections.append((manifest.handover_no, error.reason))

    async def uncredited(self, until):
        return [
            row
            for number, (row, _) in self.accepted.items()
            if number not in {credit.cancellation_no for credit in self.credited}
            and self.dates[number] <= until
        ]

    async def add_credits(self, rows, *, at):
        self.credited += rows

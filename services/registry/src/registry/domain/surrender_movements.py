"""Movements of forced surrenders: from the province's account to those retired for good, or to the entity."""

from collections.abc import Iterator

from ets_kernel.domain.ids import emitter_account, provincial_account
from ets_ledger.domain.commands import Transfer
from ets_ledger.domain.values import Bucket, Place

from registry.domain.accounts import SURRENDERED
from registry.domain.forced_surrender import ForcedSurrender


def forced(case: ForcedSurrender) -> Iterator[Transfer]:
    """Surrender and release what a case says; all of a case is one group."""
    province = Place(provincial_account(case.province_code), Bucket.REGISTERED)
    entity = Place(emitter_account(case.credit_code), Bucket.REGISTERED)
    for line_no, line in enumerate(case.lines, start=1):
        yield Transfer(
            transfer_id=f"{case.case_no}/{line_no}",
            kind="forced_surrender" if line.period else "forced_surrender_release",
            product=line.product,
            quantity=line.quantity_tco2e,
            source=province,
            destination=SURRENDERED if line.period else entity,
            group=case.case_no,
            flow_id=case.case_no,
        )

"""What forced surrenders look at: obligations of entities, and what their provinces' accounts hold for them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ets_kernel.domain.ids import ProvinceCode

from registry.app.ports import UnitOfWork
from registry.domain.earmark import EarmarkChange
from registry.domain.obligation import Obligation


@dataclass(frozen=True, slots=True, kw_only=True)
class ForcedStanding:
    """One entity: obligations, and what is owed and not applied for, by period; what is held for it by product."""

    obligations: Mapping[str, Obligation]
    outstanding_tco2e: Mapping[str, int]
    earmarks: Mapping[str, EarmarkChange]

    @property
    def holding_provinces(self) -> list[ProvinceCode]:
        """The provinces whose accounts hold anything for the entity, in order; a case is of one of them."""
        return sorted({last.province_code for last in self.earmarks.values() if last.quantity_tco2e})

    def earmarked_tco2e(self, province_code: str) -> dict[str, int]:
        """Give what a province's account holds for the entity by product, tCO2e."""
        return {
            product: last.quantity_tco2e
            for product, last in self.earmarks.items()
            if last.province_code == province_code
        }


async def forced_standings(credit_codes: Collection[str], uow: UnitOfWork) -> dict[str, ForcedStanding]:
    """Give the standing of each entity; accounts are locked by the caller."""
    obligations = await uow.obligations.of_entities(credit_codes)
    pending = await uow.applications.pending(set(obligations))
    earmarks = await uow.earmarks.last(credit_codes)
    return {
        credit_code: ForcedStanding(
            obligations={period: owed for (code, period), owed in obligations.items() if code == credit_code},
            outstanding_tco2e={
                period: max(owed.unmet_tco2e - pending.get((code, period), (0, 0))[0], 0)
                for (code, period), owed in obligations.items()
                if code == credit_code
            },
            earmarks={product: last for (code, product), last in earmarks.items() if code == credit_code},
        )
        for credit_code in credit_codes
    }

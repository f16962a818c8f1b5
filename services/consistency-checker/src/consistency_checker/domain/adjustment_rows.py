"""Rows of the registry's books about what issued tables deduct, lend and leave with provinces; quantities are tCO2e."""

from typing import NamedTuple

from consistency_checker.domain.rows import State


class IssuanceAdjustment(NamedTuple):
    """What a table's row deducts, returns, lends and leaves in the province's account."""

    table_no: str
    credit_code: str
    deducted_tco2e: int
    returned_tco2e: int
    borrowed_tco2e: int
    earmarked_tco2e: int


class AdjustmentChange(NamedTuple):
    """A change of what is to be deducted from an entity's allocation from a period on."""

    credit_code: str
    from_period: str
    ordinal: int
    kind: State
    change_tco2e: int
    remainder_tco2e: int
    reference: str


class EarmarkChange(NamedTuple):
    """A change of what a province's account holds for an entity."""

    credit_code: str
    product: str
    ordinal: int
    province_code: str
    kind: State
    change_tco2e: int
    quantity_tco2e: int
    reference: str

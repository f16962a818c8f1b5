"""Rows of the registry's books of cancellation and carry-over, typed; see `consistency_checker.domain.rows`."""

from typing import NamedTuple

from consistency_checker.domain.rows import State


class CancellationApplication(NamedTuple):
    """An application to cancel units; the certificate number is empty before registration."""

    application_no: str
    account_no: str
    status: State
    product: str
    quantity_tco2e: int
    certificate_no: str


class CarryOverNotice(NamedTuple):
    """What an entity may carry over, with the figures that it follows from.

    The codes of entities that it absorbed before the notice have blanks between; what it took over came after it.
    """

    credit_code: str
    base_tco2e: int
    sold_tco2e: int
    bought_tco2e: int
    computed_tco2e: int
    holding_tco2e: int
    allowed_tco2e: int
    absorbed_credit_codes: str
    absorbed_sold_tco2e: int
    absorbed_bought_tco2e: int
    taken_over_tco2e: int


class CarryOverSuccession(NamedTuple):
    """What was left of an entity's notice and went over to its successor by a merger."""

    registration_no: str
    credit_code: str
    successor_credit_code: str
    quantity_tco2e: int


class CarryOverLine(NamedTuple):
    """Units of one product in a carry-over application."""

    application_no: str
    credit_code: str
    status: State
    product: str
    quantity_tco2e: int

"""Rows of the registry's books of obligations and surrender."""

from typing import NamedTuple

from consistency_checker.domain.rows import State


class Obligation(NamedTuple):
    """What an entity owes and what is registered; `completed_date` is empty before completion.

    What is owed beside, for another sector, is part of the obligation.
    """

    credit_code: str
    period: str
    province_code: str
    obligation_tco2e: int
    surrendered_tco2e: int
    offset_tco2e: int
    completed_date: str
    offset_limit_tco2e: int
    deducted_tco2e: int
    sector: State
    notice_ordinal: int
    certificate_ordinal: int
    beside_power_tco2e: int = 0
    beside_steel_tco2e: int = 0
    beside_cement_tco2e: int = 0
    beside_aluminium_tco2e: int = 0


class ObligationVersion(NamedTuple):
    """How an obligation stood from a moment on; versions count from 1."""

    credit_code: str
    period: str
    version_no: int
    obligation_tco2e: int
    surrendered_tco2e: int
    offset_tco2e: int
    deducted_tco2e: int
    beside_power_tco2e: int = 0
    beside_steel_tco2e: int = 0
    beside_cement_tco2e: int = 0
    beside_aluminium_tco2e: int = 0


class ObligationChange(NamedTuple):
    """A correction of what is owed for a sector, by two people or by an issued table.

    The sector is empty in one from before sectors were told apart.
    """

    change_no: str
    credit_code: str
    period: str
    status: State
    from_tco2e: int
    to_tco2e: int
    sector: State = State("")


class SurrenderLine(NamedTuple):
    """Units of one product in a surrender application, from the account that gives them."""

    application_no: str
    credit_code: str
    status: State
    product: str
    quantity_tco2e: int
    period: str
    account_no: str
    is_consented: bool


class ForcedLine(NamedTuple):
    """Units of one product in a forced surrender; released to the entity where the period is empty."""

    case_no: str
    credit_code: str
    province_code: str
    status: State
    period: str
    product: str
    quantity_tco2e: int

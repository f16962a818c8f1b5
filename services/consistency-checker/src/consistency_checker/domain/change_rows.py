"""Rows of the registry's books about change registrations, typed; quantities are tCO2e."""

from typing import NamedTuple

from consistency_checker.domain.rows import State


class ChangeLine(NamedTuple):
    """A line of a change registration; line 0 stands for a registration without lines."""

    registration_no: str
    line_no: int
    kind: State
    status: State
    initiated_by: str
    confirmed_by: str
    source_account_no: str
    target_account_no: str
    product: str
    quantity_tco2e: int
    freeze_no: str
    corrects: str


class Merger(NamedTuple):
    """Which entity was absorbed by which, numbered in the order in which mergers were carried out."""

    merger_no: int
    registration_no: str
    absorbed_credit_code: str
    survivor_credit_code: str


class Succession(NamedTuple):
    """An obligation that a survivor took over; of each obligation counted from 1."""

    credit_code: str
    period: str
    registration_no: str
    successor_credit_code: str
    outstanding_tco2e: int
    succession_no: int


class ChangeEntry(NamedTuple):
    """An entry of the journal that carries the number of a change registration."""

    registration_no: str
    transfer_id: str
    source_account_no: str
    target_account_no: str
    product: str
    quantity_tco2e: int
    corrects: str


class RecordCorrection(NamedTuple):
    """What a line of a correction took back of a surrender, cancellation or carry-over, or registered again."""

    registration_no: str
    line_no: int
    kind: State
    record_no: str
    record_line_no: int
    credit_code: str
    period: str
    product: str
    change_tco2e: int


class JudicialFreeze(NamedTuple):
    """A freeze: what it froze, what it says that it holds still, and the sum of the serials that it holds."""

    freeze_no: str
    account_no: str
    product: str
    frozen_tco2e: int
    held_tco2e: int
    serials_tco2e: int


class JudicialFreezeBlock(NamedTuple):
    """A run of serials that a freeze holds in an account, both ends included."""

    freeze_no: str
    account_no: str
    product: str
    serial_start: int
    serial_end: int

    @property
    def quantity_tco2e(self) -> int:
        """Number of serials."""
        return self.serial_end - self.serial_start + 1

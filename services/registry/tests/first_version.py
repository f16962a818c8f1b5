"""What a process of the first version writes, which knows revision 0002 of the registry's tables: its own statements.

They name the columns that it knows, as it did; what it posts goes through `FirstVersionStore`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.db import Database, Transaction
from ets_ledger.domain import Bucket, Command, Entry, Place, Transfer
from ets_ledger.runtime import LedgerTables
from ets_ledger.testing.first_version import FirstVersionStore
from registry_messages import CEA, PERIOD, PROVINCE
from sqlalchemy import text

SURRENDERED: Final = Place(AccountNo("R-SURRENDERED"), Bucket.SURRENDERED)
_OPEN: Final = """
INSERT INTO account (account_no, kind, credit_code, name, province_code, opened_time)
VALUES ('R-E-' || :credit_code, 'emitter', :credit_code, :name, :province, :at)
"""
_TABLE: Final = """
INSERT INTO issuance (table_no, revision, province_code, period, kind, status, issue_tco2e, entity_count,
  difference_count, recomputed_digest, transmitted_digest, seal_digest, seal_finding, initiated_by, confirmed_by)
VALUES (:table_no, 1, :province, :period, 'VERIFIED', 'received', :issue, 1, 0, '', '', '', '', '', '')
"""
_ROW: Final = """
INSERT INTO issuance_row (table_no, credit_code, name, pre_allocated_tco2e, verified_tco2e, issue_tco2e,
  emissions_tco2e, obligation_tco2e, is_capped)
VALUES (:table_no, :credit_code, :name, :pre, :verified, :issue, :emissions, :obligation, false)
"""
_IMPOSE: Final = """
INSERT INTO obligation (credit_code, period, province_code, obligation_tco2e, offset_limit_tco2e, deadline_time,
  noticed_time, surrendered_tco2e, offset_tco2e, completed_time)
VALUES (:credit_code, :period, :province, :obligation, :limit, :deadline, :at, 0, 0, :completed)
"""
_APPLY: Final = """
INSERT INTO surrender_application (application_no, credit_code, period, ordinal, province_code, status,
  submitted_time, decided_time, decided_by, registered_time)
VALUES (:application_no, :credit_code, :period, :ordinal, :province, 'submitted', :at, NULL, '', NULL)
"""
_LINE: Final = """
INSERT INTO surrender_line (application_no, line_no, product, quantity_tco2e, is_offset)
VALUES (:application_no, 1, :product, :quantity, false)
"""
_REGISTERED: Final = """
UPDATE surrender_application AS kept SET status = 'registered', decided_time = :at, decided_by = 'official',
  registered_time = :at
WHERE kept.application_no = :application_no
"""
_MET: Final = """
UPDATE obligation AS kept SET surrendered_tco2e = surrendered_tco2e + :quantity, offset_tco2e = offset_tco2e,
  completed_time = CASE WHEN surrendered_tco2e + offset_tco2e + :quantity >= obligation_tco2e
    THEN CAST(:at AS timestamptz) ELSE completed_time END
WHERE kept.credit_code = :credit_code AND kept.period = :period
"""


class FirstVersion:
    """A process of the first version beside one of this."""

    def __init__(self, database: Database, tables: LedgerTables) -> None:
        self._database = database
        self._tables = tables

    async def open_account(self, credit_code: str, *, at: datetime) -> None:
        """Open an emitter's account."""
        await self._run([_OPEN], credit_code=credit_code, name="热电", province=PROVINCE, at=at)

    async def receive_table(self, table_no: str, credit_code: str) -> None:
        """Take a verified table of one row."""
        what = {"pre": 70, "verified": 100, "issue": 30, "emissions": 90, "obligation": 90}
        await self._run(
            [_TABLE, _ROW],
            **what,
            table_no=table_no,
            province=PROVINCE,
            period=PERIOD,
            credit_code=credit_code,
            name="热电",
        )

    async def impose(self, credit_code: str, obligation_tco2e: int, *, at: datetime) -> None:
        """Impose an obligation."""
        await self._run(
            [_IMPOSE],
            credit_code=credit_code,
            period=PERIOD,
            province=PROVINCE,
            obligation=obligation_tco2e,
            limit=obligation_tco2e // 20,
            deadline=at + timedelta(days=60),
            at=at,
            completed=None if obligation_tco2e else at,
        )

    async def surrender(self, credit_code: str, ordinal: int, quantity: int, *, at: datetime) -> None:
        """Apply for a surrender, and confirm and register it."""
        number = f"SA-{PERIOD}-{credit_code}-{ordinal}"
        place = Place(AccountNo(f"R-E-{credit_code}"), Bucket.REGISTERED)
        waiting = place._replace(bucket=Bucket.PENDING_SURRENDER)
        what = {"application_no": number, "credit_code": credit_code, "period": PERIOD, "quantity": quantity}
        await self._run(
            [_APPLY, _LINE],
            [_moved(f"{number}/1/pending", quantity, place, waiting)],
            **what,
            ordinal=ordinal,
            province=PROVINCE,
            product=CEA,
            at=at,
        )
        await self._run(
            [_REGISTERED, _MET],
            [_moved(f"{number}/1/registered", quantity, waiting, SURRENDERED)],
            **what,
            at=at,
        )

    async def _run(self, statements: Sequence[str], moves: Sequence[Command] = (), **values: object) -> None:
        async with self._database.begin() as transaction:
            await self._post(transaction, moves, values.get("at"))
            for statement in statements:
                named = {name: value for name, value in values.items() if f":{name}" in statement}
                await transaction.connection.execute(text(statement), named)

    async def _post(self, transaction: Transaction, moves: Sequence[Command], at: object) -> None:
        if moves:
            assert isinstance(at, datetime)
            store = FirstVersionStore(transaction, self._tables)
            results = await store.post(moves, effective_time=at, recorded_time=at)
            assert all(isinstance(result, Entry) for result in results), results


def _moved(transfer_id: str, quantity: int, source: Place, destination: Place) -> Transfer:
    return Transfer(
        transfer_id=transfer_id,
        kind="surrender",
        product=ProductCode(CEA),
        quantity=quantity,
        source=source,
        destination=destination,
        flow_id=transfer_id.partition("/")[0],
    )

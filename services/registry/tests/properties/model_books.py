"""The model as a whole, and the registry's books as they must be by it."""

from collections.abc import Iterator
from datetime import timedelta

from model_accounts import AccountModel
from model_allocation import AllocationModel
from model_cancellation import CancellationModel
from model_changes import ChangeModel
from model_offsets import OffsetModel
from model_surrender import SurrenderModel
from model_trading import TradingModel

Row = tuple[object, ...]
SHANGHAI_HOURS = timedelta(hours=8)


class Model(
    AccountModel, AllocationModel, TradingModel, OffsetModel, SurrenderModel, CancellationModel, ChangeModel
):
    """Everything that the registry does, one command at a time."""

    def books(self) -> dict[str, list[Row]]:
        """The rows of the registry's books, sorted."""
        holdings = [(*place, quantity) for place, quantity in self.units.holdings().items()]
        books: dict[str, list[Row]] = {
            "accounts": list(self._accounts()),
            "account_versions": list(self._versions()),
            "account_restrictions": [
                (number, account_no, " ".join(sorted(uses)), int(is_lifted))
                for number, (account_no, uses, is_lifted) in self.restrictions.items()
            ],
            "account_applications": [
                (number, one.account_no, one.kind, one.status) for number, one in self.papers.items()
            ],
            "holdings": list(holdings),
            "journal_totals": list(holdings),
            "blocks": self.units.blocks(),
            "issuance_rows": list(self._issuance_rows()),
            "obligations": list(self._obligations()),
            "surrender_applications": list(self._applications()),
            "allocation_adjustments": [
                (credit_code, "2021", ordinal, "unsurrendered", *content, "鲁1")
                for credit_code, deductions in self.deductions.items()
                for ordinal, content in enumerate(deductions, start=1)
            ],
            "obligation_changes": [
                (number, one.credit_code, "2019-2020", one.status, one.before, one.after, "power")
                for number, one in self.changes.items()
            ],
            "cancellation_applications": [
                (number, one.account_no, one.status, one.product, len(one.serials), one.certificate)
                for number, one in self.cancellations.items()
            ],
            "handovers": list(self._handovers()),
            "handover_rows": list(self._handover_rows()),
            "offset_credits": list(self._credits()),
            "settled_trades": [(number, *trade) for number, trade in self.trades.items()],
            "trading_transfers": [(number, *transfer) for number, transfer in self.transfers.items()],
            "trading_returns": [(number, *returned) for number, returned in self.returns.items()],
        }
        books |= self.change_books()
        return {name: sorted(rows, key=repr) for name, rows in books.items()}

    def statuses(self) -> dict[str, str]:
        """Where the tables and the instructions stand."""
        tables = {number: table.status for number, table in self.tables.items()}
        return tables | {number: one.status for number, one in self.instructions.items()}

    def _accounts(self) -> Iterator[Row]:
        for number, one in self.accounts.items():
            if one.status != "applied":
                uses = " ".join(sorted(self.stopped(number)))
                yield number, one.kind, one.credit_code, one.province_code, one.status, one.version, uses

    def _versions(self) -> Iterator[Row]:
        for number, one in self.accounts.items():
            for version in one.versions:
                yield number, *version

    def _issuance_rows(self) -> Iterator[Row]:
        for number, table in self.tables.items():
            for credit_code, (issue, owed) in table.rows.items():
                yield number, credit_code, issue, owed, "power"

    def _obligations(self) -> Iterator[Row]:
        for credit_code, owed in self.owed.items():
            completed = (owed.completed + SHANGHAI_HOURS).date() if owed.completed else None
            yield (
                credit_code,
                "2019-2020",
                owed.province_code,
                owed.owed,
                owed.surrendered,
                owed.offset,
                completed,
                *(owed.limit, owed.deducted, "power", owed.notices, owed.certificates, 0, 0, 0, 0),
            )

    def _applications(self) -> Iterator[Row]:
        for number, one in self.applications.items():
            for product, quantity, _ in one.lines:
                yield (
                    *(number, one.credit_code, one.status, product, quantity),
                    *("2019-2020", one.account_no, int(one.is_consented)),
                )

    def _handovers(self) -> Iterator[Row]:
        for number, one in self.handovers.items():
            yield number, one.row_count, one.quantity, one.digest.hex(), 1
        for number, row_count, quantity, digest in self.rejections:
            yield number, row_count, quantity, digest.hex(), 0

    def _handover_rows(self) -> Iterator[Row]:
        for number, one in self.handovers.items():
            for row in one.rows:
                product = row.product.replace("OFFSET-", "CCER-")
                is_accepted = int(not row.reason)
                yield (
                    number,
                    row.row_no,
                    row.cancellation_no,
                    row.credit_code,
                    product,
                    row.quantity,
                    is_accepted,
                    int(row.is_credited),
                )

    def _credits(self) -> Iterator[Row]:
        used = self.used_credits()
        for number, credit_code, product, start, end in self.credits:
            count = sum(used[product, serial] for serial in range(start, end + 1))
            yield number, credit_code, product, start, end, end - start + 1, count

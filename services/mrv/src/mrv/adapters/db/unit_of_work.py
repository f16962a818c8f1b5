"""One transaction of the management platform: repositories, and facts for the outbox."""

from ets_kernel.runtime.db import Transaction

from mrv.adapters.db.allocation_tables import SqlTables
from mrv.adapters.db.applications import SqlOffsets, SqlSummaries
from mrv.adapters.db.repositories import SqlHandovers, SqlObligations, SqlRoster
from mrv.adapters.events import outgoing
from mrv.domain.events import Fact


class SqlUnitOfWork:
    """Port `UnitOfWork`."""

    def __init__(self, transaction: Transaction) -> None:
        connection = transaction.connection
        self._transaction = transaction
        self.roster = SqlRoster(connection)
        self.tables = SqlTables(connection)
        self.obligations = SqlObligations(connection)
        self.offsets = SqlOffsets(connection)
        self.summaries = SqlSummaries(connection)
        self.handovers = SqlHandovers(connection)

    def record(self, fact: Fact) -> None:
        """Tell a fact with the commit."""
        self._transaction.publish(outgoing(fact))

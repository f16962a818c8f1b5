"""One transaction of the voluntary-reduction registry: repositories, ledger, and facts for the outbox."""

from ets_kernel.runtime.db import Transaction

from ccer_bridge.adapters.db.applications import SqlApplications, SqlCancellations
from ccer_bridge.adapters.db.handovers import SqlHandovers
from ccer_bridge.adapters.db.repositories import SqlAccounts, SqlLedger, SqlProjects, SqlTransfers
from ccer_bridge.adapters.events import outgoing
from ccer_bridge.domain.events import Fact


class SqlUnitOfWork:
    """Port `UnitOfWork`."""

    def __init__(self, transaction: Transaction) -> None:
        connection = transaction.connection
        self._transaction = transaction
        self.projects = SqlProjects(connection)
        self.accounts = SqlAccounts(connection)
        self.transfers = SqlTransfers(connection)
        self.applications = SqlApplications(connection)
        self.cancellations = SqlCancellations(connection)
        self.handovers = SqlHandovers(connection)
        self.ledger = SqlLedger(transaction)

    def record(self, fact: Fact) -> None:
        """Tell a fact with the commit."""
        self._transaction.publish(outgoing(fact))

"""One transaction of the checker."""

from ets_kernel.runtime.db import Transaction

from consistency_checker.adapters.db.repositories import SqlReconciliations
from consistency_checker.adapters.events import outgoing
from consistency_checker.domain.events import Fact


class SqlUnitOfWork:
    """Port `UnitOfWork`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self.reconciliations = SqlReconciliations(transaction.connection)

    def record(self, fact: Fact) -> None:
        """Tell a fact with the commit."""
        self._transaction.publish(outgoing(fact))

"""The topics of the platform, generated from proto/topics.yaml. Never edit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic: who writes it, who reads it, how it is split and how long it is kept."""

    name: str
    key: str
    partitions: int
    producer: str
    consumers: tuple[str, ...]
    retention_hours: int


TOPICS: dict[str, Topic] = {
    "ets.mrv.roster.v1": Topic(name="ets.mrv.roster.v1", key="credit code", partitions=1, producer="mrv", consumers=('registry',), retention_hours=168),
    "ets.mrv.allocation.v1": Topic(name="ets.mrv.allocation.v1", key="table number", partitions=1, producer="mrv", consumers=('registry',), retention_hours=168),
    "ets.mrv.applications.v1": Topic(name="ets.mrv.applications.v1", key="application number, province code for summaries", partitions=2, producer="mrv", consumers=('ccer-bridge',), retention_hours=168),
    "ets.mrv.dead-letters.v1": Topic(name="ets.mrv.dead-letters.v1", key="dead letter id", partitions=1, producer="mrv", consumers=(), retention_hours=720),
    "ets.registry.accounts.v1": Topic(name="ets.registry.accounts.v1", key="account number", partitions=1, producer="registry", consumers=('trading',), retention_hours=168),
    "ets.registry.allocation.v1": Topic(name="ets.registry.allocation.v1", key="table number", partitions=1, producer="registry", consumers=('mrv',), retention_hours=168),
    "ets.registry.transfers.v1": Topic(name="ets.registry.transfers.v1", key="account number", partitions=2, producer="registry", consumers=('trading',), retention_hours=168),
    "ets.registry.offsets.v1": Topic(name="ets.registry.offsets.v1", key="province code", partitions=2, producer="registry", consumers=('ccer-bridge', 'mrv'), retention_hours=168),
    "ets.registry.compliance.v1": Topic(name="ets.registry.compliance.v1", key="credit code", partitions=2, producer="registry", consumers=('mrv',), retention_hours=168),
    "ets.registry.holdings.v1": Topic(name="ets.registry.holdings.v1", key="account number", partitions=1, producer="registry", consumers=(), retention_hours=168),
    "ets.registry.dead-letters.v1": Topic(name="ets.registry.dead-letters.v1", key="dead letter id", partitions=1, producer="registry", consumers=(), retention_hours=720),
    "ets.trading.transfers.v1": Topic(name="ets.trading.transfers.v1", key="holder account number", partitions=2, producer="trading", consumers=('registry', 'ccer-bridge'), retention_hours=168),
    "ets.trading.trades.v1": Topic(name="ets.trading.trades.v1", key="trade number", partitions=2, producer="trading", consumers=(), retention_hours=168),
    "ets.trading.quotes.v1": Topic(name="ets.trading.quotes.v1", key="product", partitions=1, producer="trading", consumers=(), retention_hours=168),
    "ets.trading.dead-letters.v1": Topic(name="ets.trading.dead-letters.v1", key="dead letter id", partitions=1, producer="trading", consumers=(), retention_hours=720),
    "ets.ccer.projects.v1": Topic(name="ets.ccer.projects.v1", key="project number", partitions=1, producer="ccer-bridge", consumers=('mrv', 'registry'), retention_hours=168),
    "ets.ccer.accounts.v1": Topic(name="ets.ccer.accounts.v1", key="account number", partitions=1, producer="ccer-bridge", consumers=('mrv', 'trading'), retention_hours=168),
    "ets.ccer.transfers.v1": Topic(name="ets.ccer.transfers.v1", key="account number", partitions=2, producer="ccer-bridge", consumers=('trading',), retention_hours=168),
    "ets.ccer.cancellations.v1": Topic(name="ets.ccer.cancellations.v1", key="application number", partitions=2, producer="ccer-bridge", consumers=('mrv',), retention_hours=168),
    "ets.ccer.handovers.v1": Topic(name="ets.ccer.handovers.v1", key="province code", partitions=2, producer="ccer-bridge", consumers=('registry', 'mrv'), retention_hours=168),
    "ets.ccer.dead-letters.v1": Topic(name="ets.ccer.dead-letters.v1", key="dead letter id", partitions=1, producer="ccer-bridge", consumers=(), retention_hours=720),
    "ets.checker.reconciliations.v1": Topic(name="ets.checker.reconciliations.v1", key="reconciliation number", partitions=1, producer="consistency-checker", consumers=(), retention_hours=168),
    "ets.checker.dead-letters.v1": Topic(name="ets.checker.dead-letters.v1", key="dead letter id", partitions=1, producer="consistency-checker", consumers=(), retention_hours=720),
}

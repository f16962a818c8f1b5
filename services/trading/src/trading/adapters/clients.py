"""The registries that keep the units, over gRPC, as settlement sees them."""

from typing import Any

import grpc.aio
from ets.ccer.v1 import ccer_service_pb2, ccer_service_pb2_grpc
from ets.registry.v1 import registry_service_pb2, registry_service_pb2_grpc
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import EtsError
from ets_kernel.runtime.grpc.errors import from_detail

from trading.app.ports import SettlementBatch


class RegistryUnits:
    """The registration system: units of the national market."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: Any = registry_service_pb2_grpc.RegistryServiceStub(channel)

    async def settle(self, batch: SettlementBatch) -> list[EtsError | None]:
        """Instruct the unit legs of a batch; per trade, in order, None when it moved, else why not."""
        trades = [registry_service_pb2.TradeSettlement(**leg) for leg in _legs(batch)]
        request = registry_service_pb2.SettleTradesRequest(
            request_id=batch.batch_id, trading_date=batch.trading_date.isoformat(), trades=trades
        )
        return _answers(await self._stub.SettleTrades(request), batch)


class CcerUnits:
    """The voluntary-reduction registry: units of the venues."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: Any = ccer_service_pb2_grpc.CcerServiceStub(channel)

    async def settle(self, batch: SettlementBatch) -> list[EtsError | None]:
        """Instruct the unit legs of a batch; per trade, in order, None when it moved, else why not."""
        trades = [ccer_service_pb2.TradeSettlement(**leg) for leg in _legs(batch)]
        request = ccer_service_pb2.SettleTradesRequest(
            request_id=batch.batch_id, trading_date=batch.trading_date.isoformat(), trades=trades
        )
        return _answers(await self._stub.SettleTrades(request), batch)


def _legs(batch: SettlementBatch) -> list[dict[str, Any]]:
    return [
        {
            "trade_no": trade.trade_no,
            "seller_account_no": trade.seller_holder_account_no,
            "buyer_account_no": trade.buyer_holder_account_no,
            "product": trade.product,
            "quantity_tco2e": trade.quantity_tco2e,
        }
        for trade in batch.trades
    ]


def _answers(response: Any, batch: SettlementBatch) -> list[EtsError | None]:  # noqa: ANN401 - two messages alike
    found = list(response.results)
    ensure(
        [result.index for result in found] == list(range(len(batch.trades))),
        "a registry answers every trade at its position",
    )
    return [from_detail(result.error) if result.HasField("error") else None for result in found]

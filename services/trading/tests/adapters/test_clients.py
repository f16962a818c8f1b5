"""The unit registries over gRPC: what settlement sends them and how it reads their answers."""

from datetime import UTC, date, datetime

import pytest
from ets.ccer.v1 import ccer_service_pb2, ccer_service_pb2_grpc
from ets.registry.v1 import registry_service_pb2, registry_service_pb2_grpc
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.errors import Kind, PeerUnavailable, Unavailable
from ets_kernel.runtime.grpc.messages import item_error, item_ok
from ets_kernel.runtime.grpc.server import Served
from ets_kernel.testing.serving import serving
from trading.adapters.clients import CcerUnits, RegistryUnits
from trading.app.ports import SettlementBatch
from trading.domain.trades import Trade, TradeMode, TradeStatus
from trading_market import insufficient_holding

BATCH = SettlementBatch(
    batch_id="settle-1",
    market="CEA",
    trading_date=date(2021, 11, 1),
    trades=tuple(
        Trade(
            trade_no=f"X-{number}",
            market="CEA",
            trading_date=date(2021, 11, 1),
            mode=TradeMode.BLOCK,
            seller_account_no="T-S",
            buyer_account_no="T-B",
            seller_holder_account_no="R-S",
            buyer_holder_account_no="R-B",
            product="CEA-2019-2020",
            price_fen_per_tco2e=4265,
            quantity_tco2e=number,
            status=TradeStatus.SETTLING,
            agreed_time=datetime(2021, 11, 1, tzinfo=UTC),
        )
        for number in (1, 2)
    ),
)


class Answering:
    """The unit leg of a registry, which answers as it is told."""

    def __init__(self, response):
        self.response = response
        self.requests = []
        self.results = [item_ok(0, "X-1"), item_error(1, insufficient_holding())]
        self.refusal = None

    async def SettleTrades(self, request, context):  # noqa: N802 - the contract's name
        self.requests.append(request)
        if self.refusal is not None:
            raise self.refusal
        return self.response(results=self.results)


class Registry(Answering, registry_service_pb2_grpc.RegistryServiceServicer):
    def __init__(self):
        super().__init__(registry_service_pb2.SettleTradesResponse)


class Ccer(Answering, ccer_service_pb2_grpc.CcerServiceServicer):
    def __init__(self):
        super().__init__(ccer_service_pb2.SettleTradesResponse)


KINDS = [
    (
        Registry,
        RegistryUnits,
        registry_service_pb2_grpc.add_RegistryServiceServicer_to_server,
        registry_service_pb2.DESCRIPTOR.services_by_name["RegistryService"],
    ),
    (
        Ccer,
        CcerUnits,
        ccer_service_pb2_grpc.add_CcerServiceServicer_to_server,
        ccer_service_pb2.DESCRIPTOR.services_by_name["CcerService"],
    ),
]


@pytest.mark.parametrize(("servicer_class", "client_class", "add", "descriptor"), KINDS)
async def test_a_batch_is_sent_whole_and_answered_trade_by_trade(
    servicer_class, client_class, add, descriptor
):
    servicer = servicer_class()
    async with serving(Served(add_to_server=add, servicer=servicer, descriptor=descriptor)) as running:
        client = client_class(running.channel("ROLE_SERVICE"))
        answers = await client.settle(BATCH)
        assert answers[0] is None
        assert (answers[1].kind, answers[1].reason) == (Kind.REFUSED, "INSUFFICIENT_HOLDING")
        (request,) = servicer.requests
        assert (request.request_id, request.trading_date) == ("settle-1", "2021-11-01")
        sent = [
            (leg.trade_no, leg.seller_account_no, leg.buyer_account_no, leg.quantity_tco2e)
            for leg in request.trades
        ]
        assert sent == [("X-1", "R-S", "R-B", 1), ("X-2", "R-S", "R-B", 2)]
        servicer.results = servicer.results[:1]
        with pytest.raises(BrokenClaim):
            await client.settle(BATCH)
        servicer.refusal = PeerUnavailable("away", peer="x")
        with pytest.raises(Unavailable):
            await client.settle(BATCH)

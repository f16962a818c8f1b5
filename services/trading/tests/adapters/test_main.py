"""The wiring: the service starts with all its parts, and its books can be captured."""

from datetime import UTC, datetime

from cryptography.hazmat.primitives import serialization
from ets.common.v1 import book_service_pb2, book_service_pb2_grpc
from ets.trading.v1 import trading_service_pb2 as api
from ets.trading.v1 import trading_service_pb2_grpc
from ets_kernel.runtime.application import Application
from ets_kernel.runtime.grpc.client import connect
from ets_kernel.testing.serving import TEST_KEY, token_for
from trading.main import build
from trading.settings import TradingSettings


async def test_the_service_starts_and_answers(postgres_url):
    public_key = TEST_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    settings = TradingSettings(
        database_url=postgres_url,
        grpc_port=0,
        http_port=0,
        clock="simulated",
        clock_start=datetime(2021, 11, 1, 7, tzinfo=UTC),
        auth_public_key=public_key.decode(),
        peer_registry="127.0.0.1:1",
        peer_ccer_bridge="127.0.0.1:1",
    )
    application = await Application.create("trading", settings)
    await build(application)
    await application.start()
    channel = connect(
        f"127.0.0.1:{application.grpc_port}", token=token_for("ROLE_OPERATIONS", "ROLE_SCHEDULER")
    )
    try:
        trades = await trading_service_pb2_grpc.TradingQueryServiceStub(channel).ListTrades(
            api.ListTradesRequest()
        )
        assert list(trades.trades) == []
        capture = await book_service_pb2_grpc.BookServiceStub(channel).CaptureBooks(
            book_service_pb2.CaptureBooksRequest()
        )
        assert {"positions", "cash_totals", "trades"} <= {book.book for book in capture.books}
        commands = trading_service_pb2_grpc.TradingServiceStub(channel)
        close = api.RunMarketCloseRequest(request_id="close", trading_date="2021-11-01")
        assert (await commands.RunMarketClose(close)).expired_count == 0
        settlement = api.RunSettlementRequest(request_id="settle", trading_date="2021-11-01")
        assert (await commands.RunSettlement(settlement)).open_count == 0
    finally:
        await channel.close()
        await application.stop()

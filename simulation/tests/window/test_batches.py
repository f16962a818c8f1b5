import pytest
from ets.common.v1.error_pb2 import ErrorDetail, ItemResult
from ets.registry.v1.registry_service_pb2 import (
    InitiateIssuancesRequest,
    InitiateIssuancesResponse,
)
from simulation.window.batches import ITEMS_MAX, MissingRefusal, UnexpectedRefusal, send, send_refused


class Desk:
    """Takes table numbers; refuses those in `refused`."""

    def __init__(self, refused: dict[str, str] | None = None) -> None:
        self.refused = refused or {}
        self.requests: list[InitiateIssuancesRequest] = []

    async def __call__(self, request: InitiateIssuancesRequest) -> InitiateIssuancesResponse:
        self.requests.append(request)
        return InitiateIssuancesResponse(
            results=[
                ItemResult(index=index, error=ErrorDetail(reason=self.refused[table]))
                if table in self.refused
                else ItemResult(index=index, reference=f"R-{table}")
                for index, table in enumerate(request.table_nos)
            ]
        )


def make(request_id, items):
    return InitiateIssuancesRequest(request_id=request_id, table_nos=items)


async def test_items_go_out_in_batches_with_their_own_request_ids():
    desk = Desk()
    items = [f"{number}" for number in range(ITEMS_MAX + 1)]
    references = await send(desk, make, items, "day")
    assert [request.request_id for request in desk.requests] == ["day-0", "day-1"]
    assert [len(request.table_nos) for request in desk.requests] == [ITEMS_MAX, 1]
    assert references == [f"R-{item}" for item in items]


async def test_nothing_is_sent_for_no_items():
    desk = Desk()
    assert await send(desk, make, [], "day") == []
    await send_refused(desk, make, [], "day")
    assert desk.requests == []


async def test_an_unexpected_refusal_names_request_item_and_reason():
    with pytest.raises(UnexpectedRefusal, match="day-0: item b was refused: TABLE_NOT_FOUND"):
        await send(Desk({"b": "TABLE_NOT_FOUND"}), make, ["a", "b"], "day")


async def test_a_refusal_that_must_come_may_come():
    await send_refused(Desk({"a": "TABLE_NOT_FOUND"}), make, [("a", "TABLE_NOT_FOUND")], "day")


@pytest.mark.parametrize("refused", [{}, {"a": "TABLE_NOT_MATCHED"}])
async def test_a_missing_or_other_refusal_is_an_error(refused):
    with pytest.raises(MissingRefusal, match="a had to be refused with TABLE_NOT_FOUND"):
        await send_refused(Desk(refused), make, [("a", "TABLE_NOT_FOUND")], "day")

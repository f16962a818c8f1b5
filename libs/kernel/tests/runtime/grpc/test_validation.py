"""The contract's rules on fields."""

import pytest
from ets.common.v1 import page_pb2, stream_service_pb2
from ets.registry.v1 import registry_journal_service_pb2 as journal_pb
from ets_kernel.domain.errors import MalformedRequest
from ets_kernel.runtime.grpc.validation import validate
from ets_kernel.testing.serving import serving


def test_a_message_that_keeps_its_rules_passes():
    validate(page_pb2.PageRequest(page_size=10_000))


def test_the_refusal_names_the_field_the_rule_and_what_is_allowed():
    with pytest.raises(MalformedRequest) as caught:
        validate(page_pb2.PageRequest(page_size=10_001))
    assert caught.value.metadata == {"field": "page_size", "rule": "int32.gte_lte"}
    assert caught.value.message == (
        "page_size must be greater than or equal to 0 and less than or equal to 10000"
    )


def test_a_rule_of_several_fields_names_them():
    request = journal_pb.GetAccountStatementRequest(
        account_no="R-E-1", from_date="2021-10-27", to_date="2021-10-26"
    )
    with pytest.raises(MalformedRequest) as caught:
        validate(request)
    assert caught.value.message == "from_date must not be after to_date"
    assert caught.value.metadata == {"field": "to_date, from_date", "rule": "statement.dates"}
    request.ClearField("to_date")
    with pytest.raises(MalformedRequest) as caught:
        validate(request)
    assert caught.value.metadata["field"] == "to_date"


def test_an_item_of_a_list_is_named_by_its_index():
    positions = [stream_service_pb2.StreamPosition(stream=name) for name in ("a/0", "x")]
    with pytest.raises(MalformedRequest) as caught:
        validate(stream_service_pb2.AwaitStreamsRequest(positions=positions))
    assert caught.value.metadata["field"] == "positions[1].stream"


def test_an_unknown_enum_value_is_told_the_known_ones(sample):
    with pytest.raises(MalformedRequest, match="ROLE_EMITTER, ROLE_PROVINCE"):
        validate(sample.AddRequest(role=99))


def test_the_last_item_of_a_thousand_is_checked_too(sample):
    items = [sample.Item(quantity_tco2e=1) for _ in range(1_000)]
    validate(sample.AddRequest(items=items))
    items[-1].quantity_tco2e = 0
    with pytest.raises(MalformedRequest) as caught:
        validate(sample.AddRequest(items=items))
    assert caught.value.metadata["field"] == "items[999].quantity_tco2e"


async def test_a_malformed_request_never_reaches_the_handler(sample, servicer):
    async with serving(servicer.served()) as running:
        with pytest.raises(MalformedRequest):
            await sample.call(running.channel("ROLE_MINISTRY"), "Add")(
                sample.AddRequest(items=[sample.Item()])
            )
    assert servicer.requests == []

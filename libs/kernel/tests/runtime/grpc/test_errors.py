"""Refusals on the wire."""

import asyncio

import grpc
import pytest
from ets.common.v1 import error_pb2
from ets_kernel.domain.errors import (
    EtsError,
    Kind,
    PeerUnavailable,
    ProvinceUnknown,
    Refused,
    RequestIdReused,
    reasons,
)
from ets_kernel.runtime.grpc.client import connect
from ets_kernel.runtime.grpc.errors import (
    KIND_OF_STATUS,
    STATUS_OF_KIND,
    TRAILER,
    from_detail,
    from_rpc_error,
    to_detail,
)
from ets_kernel.testing.serving import serving

UNREACHABLE = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}


def failing(error):
    async def behave(request, context):
        raise error

    return behave


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_one_status_and_comes_back_from_it(kind):
    assert KIND_OF_STATUS[STATUS_OF_KIND[kind]] is kind


def test_the_table_names_each_kind_once():
    assert set(STATUS_OF_KIND) == set(Kind)
    assert len(set(STATUS_OF_KIND.values())) == len(Kind)


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_every_registered_refusal_survives_the_wire(reason):
    cls = reasons()[reason]
    detail = to_detail(EtsError.rebuild(cls.kind, reason, "because", {"field_tco2e": "7"}))
    rebuilt = from_detail(error_pb2.ErrorDetail.FromString(detail.SerializeToString()))
    assert type(rebuilt) is cls
    assert (rebuilt.reason, rebuilt.message, rebuilt.metadata) == (reason, "because", {"field_tco2e": "7"})


def test_a_refusal_encodes_to_the_golden_bytes():
    assert to_detail(RequestIdReused("again", request_id="r-1")).SerializeToString().hex() == (
        "08031211524551554553545f49445f5245555345441a05616761696e22110a0a726571756573745f69641203722d31"
    )


def test_a_kind_from_a_newer_contract_counts_as_refused():
    assert from_detail(error_pb2.ErrorDetail(kind=99, reason="NEWER_THING", message="x")).kind is Kind.REFUSED


@pytest.mark.parametrize("code", list(grpc.StatusCode))
def test_every_status_is_a_refusal_an_unreachable_peer_or_a_bug(code):
    rebuilt = from_rpc_error(aio_error(code), method="/m")
    if code in KIND_OF_STATUS and code is not grpc.StatusCode.UNAVAILABLE:
        assert rebuilt.kind is KIND_OF_STATUS[code]
        assert rebuilt.reason == f"STATUS_{code.name}"
    elif code in UNREACHABLE:
        assert type(rebuilt) is PeerUnavailable
    else:
        assert rebuilt is None


def test_an_unreadable_trailer_falls_back_to_the_status():
    error = aio_error(grpc.StatusCode.NOT_FOUND, grpc.aio.Metadata((TRAILER, b"\xff\xff")))
    assert from_rpc_error(error, method="/m").kind is Kind.NOT_FOUND


def aio_error(code, trailing=None):
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailing or grpc.aio.Metadata(), details="text")


async def test_a_refusal_of_the_handler_reaches_the_caller_as_the_same_class(sample, servicer):
    servicer.behave = failing(ProvinceUnknown("no province 99", province_code="99"))
    async with serving(servicer.served()) as running:
        with pytest.raises(ProvinceUnknown) as caught:
            await sample.call(running.channel("ROLE_MINISTRY"), "Get")(sample.GetRequest())
    assert caught.value.metadata == {"province_code": "99"}
    assert caught.value.message == "no province 99"


async def test_a_refusal_that_this_process_does_not_know_keeps_its_kind_and_reason(sample, servicer):
    servicer.behave = failing(EtsError.rebuild(Kind.REFUSED, "ELSEWHERE_ONLY", "no", {}))
    async with serving(servicer.served()) as running:
        with pytest.raises(Refused) as caught:
            await sample.call(running.channel("ROLE_MINISTRY"), "Get")(sample.GetRequest())
    assert caught.value.reason == "ELSEWHERE_ONLY"


async def test_a_bug_is_internal_and_its_text_is_withheld(sample, servicer):
    servicer.behave = failing(ValueError("the password is x"))
    async with serving(servicer.served()) as running:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await sample.call(running.channel("ROLE_MINISTRY"), "Get")(sample.GetRequest())
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "password" not in caught.value.details()


async def test_nobody_listening_is_peer_unavailable():
    channel = connect("127.0.0.1:1", token="t", attempts_max=2, wait_max_seconds=0.01)
    with pytest.raises(PeerUnavailable):
        await channel.unary_unary("/a.B/C")(b"")
    await channel.close()


async def test_a_deadline_that_passes_is_peer_unavailable(sample, servicer):
    async def hang(request, context):
        await asyncio.Event().wait()

    servicer.behave = hang
    async with serving(servicer.served()) as running:
        with pytest.raises(PeerUnavailable) as caught:
            await sample.call(running.channel("ROLE_MINISTRY"), "Get")(sample.GetRequest(), timeout=0.05)
    assert caught.value.metadata["status"] == "DEADLINE_EXCEEDED"


async def test_a_retriable_refusal_is_repeated_and_another_is_not(sample, servicer):
    outcomes = [PeerUnavailable("once"), PeerUnavailable("twice"), None]

    async def behave(request, context):
        if (error := outcomes.pop(0)) is not None:
            raise error
        return sample.Answer(text="third time")

    servicer.behave = behave
    async with serving(servicer.served()) as running:
        call = sample.call(running.channel("ROLE_MINISTRY", attempts_max=3), "Get")
        assert (await call(sample.GetRequest())).text == "third time"
        servicer.behave = failing(RequestIdReused("no"))
        servicer.requests.clear()
        with pytest.raises(RequestIdReused):
            await call(sample.GetRequest())
    assert len(servicer.requests) == 1


async def test_attempts_are_bounded_and_the_last_refusal_is_raised(sample, servicer):
    servicer.behave = failing(PeerUnavailable("never"))
    async with serving(servicer.served()) as running:
        with pytest.raises(PeerUnavailable, match="never"):
            await sample.call(running.channel("ROLE_MINISTRY", attempts_max=3), "Get")(sample.GetRequest())
    assert len(servicer.requests) == 3

"""Authorisation from the contract's own options."""

import pytest
from ets.common.v1 import clock_service_pb2, options_pb2
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.errors import RoleForbidden, ScopeForbidden, TokenInvalid
from ets_kernel.domain.principal import Principal
from ets_kernel.runtime.auth import ANONYMOUS, current_principal
from ets_kernel.runtime.grpc.authorization import compile_path, compile_rule
from ets_kernel.runtime.grpc.methods import read_methods
from ets_kernel.testing.serving import serving

CODE = "91110000MA01XNAL5K"


def rule_of(sample, method):
    return compile_rule(read_methods([sample.descriptor])[f"/{sample.descriptor.full_name}/{method}"])


def caller(*roles, provinces=(), entities=()):
    return Principal(
        subject="s", roles=frozenset(roles), provinces=frozenset(provinces), entities=frozenset(entities)
    )


def adding(sample, *provinces, credit_code=CODE):
    items = [sample.Item(province_code=code, quantity_tco2e=1) for code in provinces]
    return sample.AddRequest(request_id="r", credit_code=credit_code, items=items)


def test_an_unscoped_role_passes_for_everybody(sample):
    rule_of(sample, "Add").admit(caller("ROLE_MINISTRY"), adding(sample, "37", "11"))


def test_a_role_that_is_not_named_is_refused(sample):
    with pytest.raises(RoleForbidden):
        rule_of(sample, "Add").admit(caller("ROLE_OPERATIONS"), adding(sample, "37"))


def test_a_province_may_act_for_itself_only(sample):
    rule = rule_of(sample, "Add")
    rule.admit(caller("ROLE_PROVINCE", provinces=["37"]), adding(sample, "37", "37"))
    with pytest.raises(ScopeForbidden):
        rule.admit(caller("ROLE_PROVINCE", provinces=["37"]), adding(sample, "37", "11"))


def test_a_province_that_names_none_is_refused(sample):
    with pytest.raises(ScopeForbidden):
        rule_of(sample, "Add").admit(caller("ROLE_PROVINCE", provinces=["37"]), adding(sample))
    with pytest.raises(ScopeForbidden):
        rule_of(sample, "Get").admit(caller("ROLE_PROVINCE", provinces=["37"]), sample.GetRequest())


def test_an_emitter_may_act_for_itself_only(sample):
    rule = rule_of(sample, "Add")
    rule.admit(caller("ROLE_EMITTER", entities=[CODE]), adding(sample, "11"))
    with pytest.raises(ScopeForbidden):
        rule.admit(caller("ROLE_EMITTER", entities=["another"]), adding(sample, "11"))


def test_a_star_covers_every_province_and_entity(sample):
    rule = rule_of(sample, "Add")
    rule.admit(caller("ROLE_PROVINCE", provinces=["*"]), adding(sample, "11", "66"))
    rule.admit(caller("ROLE_EMITTER", entities=["*"]), adding(sample))


def test_one_passing_role_of_several_is_enough(sample):
    both = caller("ROLE_PROVINCE", "ROLE_EMITTER", provinces=["37"], entities=[CODE])
    rule = rule_of(sample, "Add")
    rule.admit(both, adding(sample, "11"))
    rule.admit(both, adding(sample, "37", credit_code="another"))
    with pytest.raises(ScopeForbidden):
        rule.admit(both, adding(sample, "11", credit_code="another"))


def test_a_path_to_no_field_or_no_text_does_not_start(sample):
    request = sample.AddRequest.DESCRIPTOR
    for path in ("absent", "items.absent", "items", "request_id.deeper", "items.quantity_tco2e"):
        with pytest.raises(BrokenClaim):
            compile_path(request, path)


def nothing(method):
    method.ClearField("options")


def nobody(method):
    method.options.Extensions[options_pb2.authorization].SetInParent()


def unspecified(method):
    method.options.Extensions[options_pb2.authorization].roles.append(options_pb2.ROLE_UNSPECIFIED)


def write_without_request_id(method):
    method.options.Extensions[options_pb2.authorization].roles.append(options_pb2.ROLE_MINISTRY)


@pytest.mark.parametrize("spoil", [nothing, nobody, unspecified, write_without_request_id])
def test_a_method_with_a_gap_in_its_contract_does_not_start(spoilt, spoil):
    gap = spoilt(f"spoilt_{spoil.__name__}", Get=spoil)
    with pytest.raises(BrokenClaim, match="SampleService/Get"):
        read_methods([gap.descriptor])


def test_the_clock_is_written_by_value_without_a_request_id():
    service = clock_service_pb2.DESCRIPTOR.services_by_name["ClockService"]
    methods = read_methods([service])
    assert not methods["/ets.common.v1.ClockService/SetClock"].is_read
    assert methods["/ets.common.v1.ClockService/GetClock"].is_read


async def test_a_call_without_a_token_is_refused_before_its_request_is_looked_at(sample, servicer):
    async with serving(servicer.served()) as running:
        with pytest.raises(TokenInvalid):
            await sample.call(running.channel(), "Add")(sample.AddRequest())
    assert servicer.requests == []


async def test_the_handler_sees_who_calls(sample, servicer):
    seen = []

    async def behave(request, context):
        seen.append(current_principal())
        return sample.Answer()

    servicer.behave = behave
    async with serving(servicer.served()) as running:
        channel = running.channel("ROLE_PROVINCE", provinces=["37"], subject="li")
        await sample.call(channel, "Get")(sample.GetRequest(province_code="37"))
        await sample.call(running.channel(), "Ping")(sample.GetRequest())
    assert seen == [
        Principal(subject="li", roles=frozenset({"ROLE_PROVINCE"}), provinces=frozenset({"37"})),
        ANONYMOUS,
    ]


async def test_a_scope_is_refused_through_the_wire(sample, servicer):
    async with serving(servicer.served()) as running:
        channel = running.channel("ROLE_PROVINCE", provinces=["37"])
        with pytest.raises(ScopeForbidden):
            await sample.call(channel, "Get")(sample.GetRequest(province_code="11"))
    assert servicer.requests == []

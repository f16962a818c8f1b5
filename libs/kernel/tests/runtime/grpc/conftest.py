"""A contract made at run time (a write, a batch, a read, a public read) and servers for it."""

from types import SimpleNamespace

import grpc
import pytest
from buf.validate import validate_pb2
from ets.common.v1 import options_pb2
from ets_kernel.runtime.grpc.server import Served
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

F = descriptor_pb2.FieldDescriptorProto


def build_file(package, *, method_options=None):
    """Describe ets.<package>.v1.SampleService; `method_options` may spoil a method's options."""
    file = descriptor_pb2.FileDescriptorProto(
        name=f"ets/{package}/v1/sample_service.proto", package=f"ets.{package}.v1", syntax="proto3"
    )
    file.dependency.extend(["buf/validate/validate.proto", "ets/common/v1/options.proto"])
    item = file.message_type.add(name="Item")
    add_field(item, "province_code", 1, F.TYPE_STRING)
    quantity = add_field(item, "quantity_tco2e", 2, F.TYPE_INT64)
    quantity.options.Extensions[validate_pb2.field].int64.gte = 1
    batch = file.message_type.add(name="AddRequest")
    add_field(batch, "request_id", 1, F.TYPE_STRING)
    add_field(batch, "credit_code", 2, F.TYPE_STRING)
    add_field(batch, "items", 3, F.TYPE_MESSAGE, repeated=True, of=f".ets.{package}.v1.Item")
    role = add_field(batch, "role", 4, F.TYPE_ENUM, of=".ets.common.v1.Role")
    role.options.Extensions[validate_pb2.field].enum.defined_only = True
    read = file.message_type.add(name="GetRequest")
    add_field(read, "province_code", 1, F.TYPE_STRING)
    answer = file.message_type.add(name="Answer")
    add_field(answer, "text", 1, F.TYPE_STRING)
    service = file.service.add(name="SampleService")
    for name, request in (("Add", "AddRequest"), ("Get", "GetRequest"), ("Ping", "GetRequest")):
        method = service.method.add(
            name=name, input_type=f".ets.{package}.v1.{request}", output_type=f".ets.{package}.v1.Answer"
        )
        (method_options or {}).get(name, default_options)(method)
    return descriptor_pool.Default().AddSerializedFile(file.SerializeToString())


def add_field(message, name, number, kind, *, repeated=False, of=None):
    label = F.LABEL_REPEATED if repeated else F.LABEL_OPTIONAL
    return message.field.add(name=name, number=number, type=kind, label=label, type_name=of)


def default_options(method):
    authorization = method.options.Extensions[options_pb2.authorization]
    if method.name != "Add":
        method.options.idempotency_level = descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS
    if method.name == "Ping":
        authorization.public = True
        return
    authorization.roles.extend(
        [options_pb2.ROLE_PROVINCE, options_pb2.ROLE_EMITTER, options_pb2.ROLE_MINISTRY]
    )
    authorization.province_field = "items.province_code" if method.name == "Add" else "province_code"
    if method.name == "Add":
        authorization.entity_field = "credit_code"


class SampleServicer:
    """Answers with whatever the test put into `behave`."""

    def __init__(self, sample):
        self.sample = sample
        self.requests = []

        async def behave(request, context):
            return sample.Answer(text="done")

        self.behave = behave

    async def handle(self, request, context):
        self.requests.append(request)
        return await self.behave(request, context)

    def served(self):
        def add_to_server(servicer, server):
            handlers = {
                name: grpc.unary_unary_rpc_method_handler(
                    servicer.handle,
                    request_deserializer=self.sample.request(name).FromString,
                    response_serializer=self.sample.Answer.SerializeToString,
                )
                for name in ("Add", "Get", "Ping")
            }
            service = self.sample.descriptor.full_name
            server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))

        return Served(add_to_server=add_to_server, servicer=self, descriptor=self.sample.descriptor)


def load_sample(package):
    pool = descriptor_pool.Default()
    descriptor = pool.FindServiceByName(f"ets.{package}.v1.SampleService")
    by_name = {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"ets.{package}.v1.{name}"))
        for name in ("Item", "AddRequest", "GetRequest", "Answer")
    }

    def request(method):
        return by_name["AddRequest" if method == "Add" else "GetRequest"]

    def call(channel, method):
        return channel.unary_unary(
            f"/{descriptor.full_name}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=by_name["Answer"].FromString,
        )

    return SimpleNamespace(descriptor=descriptor, request=request, call=call, **by_name)


@pytest.fixture(scope="session")
def sample():
    """The messages and the service descriptor of the sample contract."""
    build_file("sample")
    return load_sample("sample")


@pytest.fixture
def servicer(sample):
    return SampleServicer(sample)


@pytest.fixture(scope="session")
def spoilt():
    """Make the sample contract under another package with one method's options spoilt."""

    def make(package, **method_options):
        build_file(package, method_options=method_options)
        return load_sample(package)

    return make

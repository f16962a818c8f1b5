"""How a client of Kafka shows who it is: certificates from a folder, checked on both sides."""

import asyncio
import ssl
from pathlib import Path

import pytest
from ets_kernel.runtime.bus.kafka_options import KafkaOptions, mutual_tls
from ets_kernel.testing.certificates import Authority


async def greet(broker: Path, client: ssl.SSLContext) -> dict:
    """Connect to a server that asks for a certificate; give what it saw of the client."""
    asked = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=broker / "ca.crt")
    asked.load_cert_chain(broker / "user.crt", broker / "user.key")
    asked.verify_mode = ssl.CERT_REQUIRED
    seen = asyncio.get_running_loop().create_future()

    async def accept(reader, writer):
        seen.set_result(writer.get_extra_info("peercert"))
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(accept, "localhost", 0, ssl=asked) as server:
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("localhost", port, ssl=client)
        try:
            return await seen
        finally:
            writer.close()
            await writer.wait_closed()


async def test_broker_and_client_know_each_other_by_the_files_of_the_folder(tmp_path):
    authority = Authority()
    broker = authority.issue(tmp_path / "broker", "broker")
    user = authority.issue(tmp_path / "user", "mrv-kafka")
    seen = await greet(broker, mutual_tls(user))
    assert seen["subject"] == ((("commonName", "mrv-kafka"),),)


async def test_a_broker_of_another_authority_is_not_trusted(tmp_path):
    broker = Authority().issue(tmp_path / "broker", "broker")
    user = Authority().issue(tmp_path / "user", "mrv-kafka")
    with pytest.raises(ssl.SSLCertVerificationError):
        await greet(broker, mutual_tls(user))


def test_a_folder_without_certificates_is_told_at_start(tmp_path):
    with pytest.raises(FileNotFoundError):
        mutual_tls(tmp_path)


def test_a_client_with_certificates_speaks_tls_and_one_without_says_so(tmp_path):
    context = mutual_tls(Authority().issue(tmp_path / "user", "mrv-kafka"))
    assert KafkaOptions(ssl_context=context).security() == {
        "security_protocol": "SSL",
        "ssl_context": context,
    }
    assert KafkaOptions().security() == {"security_protocol": "PLAINTEXT"}

"""How a client of Kafka shows who it is: certificates from a folder, checked on both sides."""

import asyncio
import datetime as dt
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ets_kernel.runtime.bus.kafka_options import KafkaOptions, mutual_tls

VALID_FROM = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
VALID_TO = dt.datetime(2120, 1, 1, tzinfo=dt.UTC)


class Authority:
    """Signs the broker's and the user's certificates."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        self.certificate = self._sign(self.name, self.key, x509.BasicConstraints(ca=True, path_length=0))

    def issue(self, folder: Path, common_name: str) -> Path:
        """Write the three files that a client or a broker needs."""
        folder.mkdir()
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        certificate = self._sign(name, key, x509.SubjectAlternativeName([x509.DNSName("localhost")]))
        (folder / "ca.crt").write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        (folder / "user.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (folder / "user.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return folder

    def _sign(self, subject, key, extension):
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(VALID_FROM).not_valid_after(VALID_TO)
        ski = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        aki = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        builder = builder.add_extension(ski, critical=False).add_extension(aki, critical=False)
        return builder.sign(self.key, hashes.SHA256())


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

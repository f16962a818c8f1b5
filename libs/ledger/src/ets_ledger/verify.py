"""Check an exported ledger, or a proof, without any service: `python -m ets_ledger.verify FILE [--key ID=PEM_FILE]`.

Exit status: 0 all kept, 1 something is wrong, 2 the export could not be read.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from ets_kernel.domain.sealing import Verifier
from ets_kernel.runtime.signing import Ed25519Verifier, public_key_from_pem

from ets_ledger.domain.export import Line
from ets_ledger.domain.proofs import verify_proof
from ets_ledger.domain.verification import Report, verify_export

EXIT_KEPT: Final = 0
EXIT_BROKEN: Final = 1
EXIT_UNREADABLE: Final = 2
PROOF_LINES: Final = frozenset({"inclusion", "consistency"})
UNREADABLE: Final = (OSError, ValueError, KeyError, TypeError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the export, print what was checked and what is wrong, and return the exit status."""
    parser = argparse.ArgumentParser(prog="ets_ledger.verify", description="Check an exported ledger.")
    parser.add_argument("export", type=Path, help="JSON lines as the ledger exports them, or a proof")
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="ID=PEM_FILE",
        help="public key of a signer of tree heads; may be given several times",
    )
    options = parser.parse_args(arguments)
    try:
        keys = dict(_key(text) for text in options.key)
        report = verify_file(options.export, Ed25519Verifier(keys) if keys else None)
    except UNREADABLE as error:
        sys.stderr.write(f"could not read: {error!r}\n")
        return EXIT_UNREADABLE
    for what, number in sorted(report.checked.items()):
        sys.stdout.write(f"checked {number} {what}\n")
    for sentence in report.wrong:
        sys.stdout.write(f"wrong: {sentence}\n")
    sys.stdout.write("kept\n" if report.is_kept else f"broken: {len(report.wrong)} findings\n")
    return EXIT_KEPT if report.is_kept else EXIT_BROKEN


def verify_file(path: Path, verifier: Verifier | None) -> Report:
    """Check an export or a proof; whatever cannot be read raises one of `UNREADABLE`."""
    lines = read_lines(path)
    first = next(lines, None)
    if first is not None and first["line"] in PROOF_LINES:
        return verify_proof(first, verifier)
    return verify_export(chain(() if first is None else (first,), lines), verifier)


def read_lines(path: Path) -> Iterator[Line]:
    """Yield the lines of a file."""
    with path.open(encoding="utf-8") as file:
        for text in file:
            line: Line = json.loads(text)
            yield line


def _key(text: str) -> tuple[str, Ed25519PublicKey]:
    key_id, _, path = text.partition("=")
    return key_id, public_key_from_pem(Path(path).read_text())


if __name__ == "__main__":
    sys.exit(main())

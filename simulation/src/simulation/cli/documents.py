"""`ets verify`: whether a notice or a certificate is what the registration body signed, without asking the platform.

Three claims, each judged for itself: the embedded content has the digest that is proved; the signature over the digest
is the key's; the text of the pages is what the content says. What it prints is what is certified, however a page looks.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ets_kernel.domain.documents import (
    CONTENT_NAME,
    PROOF_NAME,
    DocumentUnreadable,
    Proof,
    Reading,
    read_content,
)
from ets_kernel.domain.errors import SealInvalid
from ets_kernel.domain.sealing import Verifier
from ets_kernel.runtime.signing import Ed25519Verifier, public_key_from_pem
from rich.console import Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document's file, taken apart."""

    content: bytes
    reading: Reading
    proof: Proof
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One claim about a document, and whether it is kept."""

    claim: str
    is_kept: bool
    told: str = ""


def open_document(path: Path) -> Document:
    """Take a document's file apart; DOCUMENT_UNREADABLE for any other file."""
    from pypdf import PdfReader  # noqa: PLC0415  # for this command only
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        pdf = PdfReader(path)
        embedded = {name: pdf.attachments[name][0] for name in (CONTENT_NAME, PROOF_NAME)}
        shown = "".join(page.extract_text() for page in pdf.pages)
    except (OSError, PyPdfError, KeyError, ValueError, IndexError) as error:
        raise DocumentUnreadable(f"{path} is no document of the platforms") from error
    return Document(
        content=embedded[CONTENT_NAME],
        reading=read_content(embedded[CONTENT_NAME]),
        proof=Proof.from_json(embedded[PROOF_NAME]),
        shown=shown,
    )


def judge(document: Document, verifier: Verifier) -> Iterator[Judgement]:
    """Judge the three claims about a document."""
    digest = sha256(document.content).digest()
    yield Judgement(
        claim="the digest is that of the content",
        is_kept=digest == document.proof.digest,
        told=f"content {digest.hex()}, proof {document.proof.digest.hex()}",
    )
    try:
        verifier.verify(document.proof.key_id, digest, document.proof.signature)
        yield Judgement(claim="the signature is the key's over the content", is_kept=True)
    except SealInvalid as error:
        yield Judgement(
            claim="the signature is the key's over the content", is_kept=False, told=error.message
        )
    yield Judgement(
        claim="the text of the pages is what the content says",
        is_kept=_squeezed(document.shown) == _squeezed(page_text(document.reading, document.proof)),
    )


def show(document: Document, verifier: Verifier, console: Console) -> bool:
    """Print what a document certifies and how the claims about it are judged; tell whether all are kept."""
    judgements = list(judge(document, verifier))
    is_kept = all(judgement.is_kept for judgement in judgements)
    reading = document.reading
    console.print(f"{reading.title} {reading.number}", markup=False)
    for label, text in reading.statements:
        console.print(f"  {label}: {text}", markup=False, soft_wrap=True)
    for judgement in judgements:
        verdict = "kept" if judgement.is_kept else f"BROKEN {judgement.told}"
        console.print(f"{judgement.claim}: {verdict}", markup=False, soft_wrap=True)
    console.print("kept" if is_kept else "BROKEN: do not rely on what this document says")
    return is_kept


def verifier_of(keys: Sequence[str] | None, secrets: Path) -> Ed25519Verifier:
    """Give the verifier of the keys named `id=file`; without any, of the development keys in a platform's folder."""
    try:
        if keys:
            pairs = [key.partition("=") for key in keys]
            known = {key_id: Path(file).read_text(encoding="utf-8") for key_id, _, file in pairs}
        else:
            known = json.loads((secrets / "seal_keys.json").read_text(encoding="utf-8"))
        return Ed25519Verifier({key_id: public_key_from_pem(pem) for key_id, pem in known.items()})
    except (OSError, ValueError, TypeError) as error:
        raise DocumentUnreadable(f"no key can be read: {error}; name one with --key registry=FILE") from error


def page_text(reading: Reading, proof: Proof) -> str:
    """Give all that a document's pages show, in order."""
    rows = [*reading.statements, *proof.statements()]
    return "".join([reading.title, *(label + text for label, text in rows)])


def _squeezed(text: str) -> str:
    # Lines break where the page ends; readers of PDF guess at spaces, and put a NUL where a glyph has two bytes.
    return "".join(character for character in text if character.isprintable() and not character.isspace())

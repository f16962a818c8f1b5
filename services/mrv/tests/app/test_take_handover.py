"""The province's copy of a daily hand-over: taken once, whole and after the one before it."""

from dataclasses import replace

import pytest
from ets_kernel.domain.errors import SealInvalid
from ets_kernel.testing.clock import HandClock
from mrv.app.take_handover import take_handover
from mrv.domain.allocation_table import Seal
from mrv.domain.errors import HandoverCopyWrong
from mrv_fakes import FakeUnitOfWork
from mrv_handovers import SECOND_DAY, manifest_of, rows_of
from mrv_steps import OneSignature, kept

ROWS = rows_of(300, 100)
FIRST_COPY = manifest_of(ROWS)
SECOND_COPY = manifest_of((), day=SECOND_DAY, last=FIRST_COPY)


@pytest.fixture
def uow() -> FakeUnitOfWork:
    return FakeUnitOfWork()


async def take(uow, manifest, rows=()):
    await take_handover(manifest, rows, uow=uow, verifier=OneSignature(), clock=HandClock())


async def test_copies_are_stored_in_their_chain_also_without_rows(uow):
    await take(uow, FIRST_COPY, ROWS)
    await take(uow, SECOND_COPY)
    assert uow.handovers.copies == [(FIRST_COPY, ROWS), (SECOND_COPY, ())]
    assert uow.facts == []


async def test_the_chains_of_two_provinces_are_two_chains(uow):
    await take(uow, FIRST_COPY, ROWS)
    other = manifest_of((), province_code="32", handover_no="H-32")
    await take(uow, other)
    assert len(uow.handovers.copies) == 2


UNSEALED = replace(
    SECOND_COPY, seal=Seal(digest=SECOND_COPY.manifest_digest, signature=b"bad", key_id="other")
)


@pytest.mark.parametrize(
    ("manifest", "rows", "refusal"),
    [
        (UNSEALED, ROWS, HandoverCopyWrong),
        (manifest_of((), day=SECOND_DAY), (), HandoverCopyWrong),
        (UNSEALED, (), SealInvalid),
    ],
)
async def test_a_copy_that_is_not_whole_comes_before_a_wrong_seal_and_changes_nothing(
    uow, manifest, rows, refusal
):
    await take(uow, FIRST_COPY, ROWS)
    before = kept(uow)
    with pytest.raises(refusal):
        await take(uow, manifest, rows)
    assert kept(uow) == before


async def test_a_copy_that_is_issued_again_changes_nothing(uow):
    await take(uow, FIRST_COPY, ROWS)
    await take(uow, SECOND_COPY)
    before = kept(uow)
    await take(uow, FIRST_COPY, ROWS)
    await take(uow, SECOND_COPY)
    assert kept(uow) == before

"""Credits: first in first out."""

from ets_kernel.domain.ids import CancellationNo, ProductCode
from ets_ledger.domain.values import SerialRange
from hypothesis import given
from hypothesis import strategies as st
from registry.domain.offset_credit import CreditBlock, CreditUse, take_first

PRODUCT = ProductCode("OFFSET-WIND1-2015")


def block(number, start, end, block_no=1):
    return CreditBlock(
        cancellation_no=CancellationNo(f"CX-{number}"),
        block_no=block_no,
        product=PRODUCT,
        serials=SerialRange(start, end),
    )


def use(number, start, end, block_no=1):
    return CreditUse(
        cancellation_no=CancellationNo(f"CX-{number}"),
        block_no=block_no,
        product=PRODUCT,
        serials=SerialRange(start, end),
    )


def test_units_are_taken_first_in_first_out_and_blocks_split_at_the_edge():
    uses, left = take_first([block(1, 1, 20), block(2, 201, 300), block(3, 400, 500)], 50)
    assert uses == [use(1, 1, 20), use(2, 201, 230)]
    assert left == [block(2, 231, 300), block(3, 400, 500)]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6), st.lists(st.integers(1, 40), max_size=8))
def test_nothing_is_used_twice_and_nothing_is_lost(sizes, wanted):
    blocks = [
        block(number, number * 100, number * 100 + size - 1) for number, size in enumerate(sizes, start=1)
    ]
    free, held = list(blocks), []
    for quantity in wanted:
        if quantity > sum(part.serials.quantity for part in free):
            break
        uses, free = take_first(free, quantity)
        assert sum(part.serials.quantity for part in uses) == quantity
        held += uses
    serials = [serial for part in held for serial in range(part.serials.start, part.serials.end + 1)]
    assert len(serials) == len(set(serials))
    assert len(serials) + sum(part.serials.quantity for part in free) == sum(sizes)

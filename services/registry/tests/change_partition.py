"""What holds of the registry's blocks and freezes after whatever change."""

from itertools import pairwise


async def assert_partitioned(world):
    """Every serial has one owner, blocks add up to the holdings (CHK-5), and freezes to what is frozen (CHK-63)."""
    sums = {}
    ends = {}
    for product, start, end, _origin, account_no, bucket in await world.book("blocks"):
        key = (account_no, product, bucket)
        sums[key] = sums.get(key, 0) + int(end) - int(start) + 1
        ends.setdefault(product, []).append((int(start), int(end)))
    held = {tuple(row[:3]): int(row[3]) for row in await world.book("holdings") if row[2] != "issuance"}
    assert sums == held
    for runs in ends.values():
        runs.sort()
        assert runs[0][0] == 1
        assert all(after[0] == before[1] + 1 for before, after in pairwise(runs))
    await assert_frozen_is_in_freezes(world)


async def assert_frozen_is_in_freezes(world):
    """What is judicially frozen is what freezes hold, serial by serial (CHK-63)."""
    frozen = {}
    for _no, account_no, product, _frozen, in_freeze, in_serials in await world.book("judicial_freezes"):
        assert in_freeze == in_serials
        frozen[account_no, product] = frozen.get((account_no, product), 0) + int(in_freeze)
    expected = {
        tuple(row[:2]): int(row[3]) for row in await world.book("holdings") if row[2] == "judicially_frozen"
    }
    assert {key: quantity for key, quantity in frozen.items() if quantity} == expected
    frozen_runs = [
        (account_no, product, int(start), int(end))
        for product, start, end, _origin, account_no, bucket in await world.book("blocks")
        if bucket == "judicially_frozen"
    ]
    freeze_runs = [
        (account_no, product, int(start), int(end))
        for _no, account_no, product, start, end in await world.book("judicial_freeze_blocks")
    ]
    assert _joined(frozen_runs) == _joined(freeze_runs)


def _joined(runs):
    """Runs with one owner, neighbours joined; a serial that is there twice stays so."""
    found = []
    for account_no, product, start, end in sorted(runs):
        is_next = bool(found) and found[-1][:2] == (account_no, product) and found[-1][3] + 1 == start
        found.append((account_no, product, found.pop()[2] if is_next else start, end))
    return found

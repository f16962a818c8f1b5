"""Histories of a small ledger, drawn by a seed: some entries count long before they are recorded, some after."""

from datetime import UTC, datetime, timedelta
from random import Random

from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_ledger.domain import Bucket, Command, Issue, Place, Transfer

NOON = datetime(2021, 11, 1, 4, tzinfo=UTC)
CEA, CCER = ProductCode("CEA-2019-2020"), ProductCode("CCER-WIND1-2015")
ACCOUNTS = [AccountNo(f"R-E-{name}") for name in "ABC"]
PLACES = [Place(account, bucket) for account in ACCOUNTS for bucket in (Bucket.REGISTERED, Bucket.TRADING)]
DAYS = 10
# The day before the first batch, every day with business, and one behind them all.
MOMENTS = [NOON + timedelta(days=day, hours=1) for day in range(-1, DAYS + 2)]


def history(seed: int, *, has_blocks: bool) -> list[tuple[datetime, list[Command]]]:
    """Make batches with the moment of their record; commands name serials never, and business times now and then."""
    chance = Random(seed)
    batches: list[tuple[datetime, list[Command]]] = []
    for number in range(3 * DAYS):
        recorded = NOON + timedelta(days=chance.choice([number // 3, number // 3, number // 3 - 1]))
        batch: list[Command] = []
        for index in range(chance.randint(1, 4)):
            source, destination = chance.sample(PLACES, 2)
            shift = chance.choice([0, 0, 0, 0, -3, -1, 2])
            what = {
                "transfer_id": f"t-{number}-{index}",
                "kind": "move",
                "product": chance.choice([CEA, CCER]),
                "quantity": chance.randint(1, 30),
                "destination": destination,
                "flow_id": f"case-{number}",
                "effective_time": recorded + timedelta(days=shift, hours=chance.choice([0, 2]))
                if shift
                else None,
            }
            if has_blocks and chance.random() < 0.4:
                batch.append(Issue(**what, origin=chance.choice(["37", "11"])))
            else:
                is_new = not has_blocks and chance.random() < 0.4
                batch.append(
                    Transfer(**what, source=Place(AccountNo("S"), Bucket.ISSUANCE) if is_new else source)
                )
        batches.append((recorded, batch))
    return batches

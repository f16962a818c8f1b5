"""Write a service's next migration from its tables, on a throw-away PostgreSQL.

Use: `python -m ets_kernel.embedded.revise mrv.adapters.db.tables:METADATA services/mrv/src/mrv/migrations initial`
"""

import argparse
import asyncio
import importlib
import tempfile
from pathlib import Path

from sqlalchemy import MetaData

from ets_kernel.embedded.postgres import THROWAWAY_SETTINGS, EmbeddedPostgres
from ets_kernel.runtime.migrations import upgrade, write_revision

ENVIRONMENT = '''"""Runs the migrations of this service on the connection that the kernel gives."""

from ets_kernel.runtime.migrations import run_environment

run_environment()
'''

TEMPLATE = '''"""${message}."""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
'''


async def revise(metadata: MetaData, folder: Path, message: str) -> None:
    """Write the folder's fixed files where they are absent, and the next migration."""
    (folder / "versions").mkdir(parents=True, exist_ok=True)
    for name, content in (("env.py", ENVIRONMENT), ("script.py.mako", TEMPLATE)):
        if not (folder / name).exists():
            (folder / name).write_text(content, encoding="utf-8")
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data,
        EmbeddedPostgres.start(Path(data) / "postgres", THROWAWAY_SETTINGS) as postgres,
    ):
        await postgres.create_database("revise")
        url = postgres.url("revise")
        if list((folder / "versions").glob("*.py")):
            await upgrade(url, folder)
        await write_revision(url, folder, metadata, message=message)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("metadata", help="where the tables are: module:NAME")
    parser.add_argument("folder", type=Path, help="the service's migrations folder")
    parser.add_argument("message", help="what the migration does, in a few words")
    arguments = parser.parse_args()
    module, _, name = arguments.metadata.partition(":")
    metadata: MetaData = getattr(importlib.import_module(module), name)
    asyncio.run(revise(metadata, arguments.folder, arguments.message))


if __name__ == "__main__":
    main()

"""The whole schema of the registry: every module that defines tables, so that the metadata is complete."""

from typing import Final

from registry.adapters.db import (
    accounts_tables,
    allocation_tables,
    change_tables,
    retirement_tables,
    surrender_tables,
    tables,
)

MODULES: Final = (
    accounts_tables,
    allocation_tables,
    change_tables,
    retirement_tables,
    surrender_tables,
    tables,
)

metadata = tables.metadata

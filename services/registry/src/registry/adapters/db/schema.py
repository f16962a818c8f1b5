"""The whole schema of the registry: every module that defines tables, so that the metadata is complete."""

from registry.adapters.db import tables

metadata = tables.metadata

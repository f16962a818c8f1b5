"""The tables, topics and notes that tests of messaging write."""

from datetime import UTC, datetime

import pytest
from ets.topics import TOPICS
from ets_kernel.domain.clock import FixedClock
from ets_kernel.runtime.db import kernel_tables
from ets_kernel.testing.messages import TEST_TOPICS
from sqlalchemy import BigInteger, CheckConstraint, Column, MetaData, Table, Text


@pytest.fixture(scope="session")
def metadata():
    tables = MetaData()
    kernel_tables(tables)
    Table("note", tables, Column("note", Text, primary_key=True), Column("words", Text, nullable=False))
    Table(
        "effect",
        tables,
        Column("stream", Text, primary_key=True),
        Column("sequence", BigInteger, primary_key=True, autoincrement=False),
        Column("words", Text, nullable=False),
        CheckConstraint("words <> 'forbidden'", name="effect_words_allowed"),
    )
    return tables


@pytest.fixture
def topics(monkeypatch):
    for name, topic in TEST_TOPICS.items():
        monkeypatch.setitem(TOPICS, name, topic)
    return TEST_TOPICS


@pytest.fixture
def clock():
    return FixedClock(datetime(2021, 10, 26, 1, 0, tzinfo=UTC))

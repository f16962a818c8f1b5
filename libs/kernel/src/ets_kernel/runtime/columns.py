"""Columns as services' tables have them: never without a value unless said, and of one type per kind of thing.

Text is compared bytewise (collation C), in the same order as Python. A default is what a process of the version before,
which does not know the column, stands for: this version always names a value.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Integer, LargeBinary, Numeric, Text


def text(
    name: str,
    *references: ForeignKey,
    primary_key: bool = False,
    unique: bool | None = None,
    default: str | None = None,
) -> Column[str]:
    """Make a column of text."""
    return Column(
        name,
        Text(collation="C"),
        *references,
        primary_key=primary_key,
        unique=unique,
        nullable=False,
        server_default=default,
    )


def quantity(name: str, *, default: int | None = None) -> Column[int]:
    """Make a column of tonnes or fen, whose name ends with the unit."""
    return Column(name, BigInteger, nullable=False, server_default=_number(default))


def integer(name: str, *, primary_key: bool = False, default: int | None = None) -> Column[int]:
    """Make a column of a small number, such as a year or a count; the database never counts one up."""
    return Column(
        name,
        Integer,
        primary_key=primary_key,
        autoincrement=False,
        nullable=False,
        server_default=_number(default),
    )


def decimal(name: str) -> Column[Decimal]:
    """Make a column of exact decimal numbers of any length."""
    return Column(name, Numeric, nullable=False)


def binary(name: str) -> Column[bytes]:
    """Make a column of bytes, such as a digest."""
    return Column(name, LargeBinary, nullable=False)


def time(name: str, *, nullable: bool = False) -> Column[datetime]:
    """Make a column of moments; the name ends with `_time`."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _number(default: int | None) -> str | None:
    return None if default is None else str(default)

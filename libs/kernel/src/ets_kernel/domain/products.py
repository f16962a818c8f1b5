"""What can be held and traded, each kind of thing with one code.

PRO-1  A code and its Product follow from each other: `parse_product(product.code) == product`.
PRO-2  An offset credit names the project and year of the CCER from which it was made.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import ProductInvalid
from ets_kernel.domain.ids import Period, ProductCode, ProjectNo
from ets_kernel.domain.periods import PERIODS

_PROJECT_PRODUCT: Final = re.compile(r"(CCER|OFFSET)-([A-Z0-9]{1,20})-([1-9][0-9]{3})", re.ASCII)
_PROJECT_NO: Final = re.compile(r"[A-Z0-9]{1,20}", re.ASCII)
_ALLOWED: Final = "CEA-<vintage>, BORROWED-<vintage>, CCER-<project_no>-<year>, OFFSET-<project_no>-<year>"


class ProductKind(StrEnum):
    """The kinds of thing, by the first word of their code."""

    ALLOWANCE = "CEA"  # 碳排放配额 of one vintage.
    BORROWED = "BORROWED"  # 预支配额 of one vintage: only for the own surrender, never traded or pledged.
    CCER = "CCER"  # 国家核证自愿减排量 of one project and year.
    OFFSET = "OFFSET"  # A credit made from cancelled CCER; single use, never transferable.


_OF_VINTAGE: Final = frozenset({ProductKind.ALLOWANCE, ProductKind.BORROWED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product: allowances, borrowed ones too, have a vintage; CCER and offset credits have a project and a year."""

    code: ProductCode
    kind: ProductKind
    vintage: Period | None = None
    project_no: ProjectNo | None = None
    year: int | None = None

    def __post_init__(self) -> None:
        ensure(self.code == _code_of(self), f"The code {self.code!r} is that of its product")


def allowance_product(vintage: str) -> ProductCode:
    """Name the allowances of a vintage; PRODUCT_INVALID if there is no such period."""
    return parse_product(f"{ProductKind.ALLOWANCE}-{vintage}").code


def borrowed_product(vintage: str) -> ProductCode:
    """Name the allowances borrowed from a vintage; PRODUCT_INVALID if there is no such period."""
    return parse_product(f"{ProductKind.BORROWED}-{vintage}").code


def ccer_product(project_no: str, year: int) -> ProductCode:
    """Name the CCER of a project and year; PRODUCT_INVALID for a number outside [A-Z0-9]{1,20}."""
    return parse_product(f"{ProductKind.CCER}-{project_no}-{year}").code


def offset_product_of(ccer: str) -> ProductCode:
    """Name the offset credit that is made from a CCER product; PRODUCT_INVALID for any other product."""
    product = parse_product(ccer)
    if product.kind is not ProductKind.CCER:
        raise _invalid(ccer, "ccer_product", "CCER-<project_no>-<year>")
    return parse_product(f"{ProductKind.OFFSET}-{product.project_no}-{product.year}").code


def parse_product(text: str, field: str = "product_code") -> Product:
    """Take a product code apart; PRODUCT_INVALID for any other text, and for a vintage without a period."""
    if match := _PROJECT_PRODUCT.fullmatch(text):
        return Product(
            code=ProductCode(text),
            kind=ProductKind(match[1]),
            project_no=ProjectNo(match[2]),
            year=int(match[3]),
        )
    kind, _, vintage = text.partition("-")
    if kind in _OF_VINTAGE and vintage in PERIODS:
        return Product(code=ProductCode(text), kind=ProductKind(kind), vintage=Period(vintage))
    raise _invalid(text, field, _ALLOWED)


def parse_project_no(text: str, field: str = "project_no") -> ProjectNo:
    """Take a project number, [A-Z0-9]{1,20} without a dash; PRODUCT_INVALID for any other text."""
    if not _PROJECT_NO.fullmatch(text):
        raise _invalid(text, field, _PROJECT_NO.pattern)
    return ProjectNo(text)


def _code_of(product: Product) -> str:
    if product.kind in _OF_VINTAGE:
        return f"{product.kind}-{product.vintage}"
    return f"{product.kind}-{product.project_no}-{product.year}"


def _invalid(text: str, field: str, allowed: str) -> ProductInvalid:
    return ProductInvalid(f"{field} {text!r} is none of {allowed}.", field=field, value=text, allowed=allowed)

"""Projects, and the reductions issued for their monitoring periods.

CCB-2  The reductions of a project, year and monitoring period are issued once, as one block of serials.
"""

from dataclasses import dataclass
from datetime import date, datetime

from ets_kernel.domain.clock import business_date
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import EtsError, ProductInvalid
from ets_kernel.domain.ids import AccountNo, CreditCode, ProductCode, ProjectNo, parse_credit_code
from ets_kernel.domain.products import Product, ProductKind, ccer_product, parse_product
from ets_ledger.domain.errors import InsufficientHolding
from ets_ledger.domain.values import SerialRange

from ccer_bridge.domain.accounts import Account, AccountStatus, account_no_of, account_not_found
from ccer_bridge.domain.errors import (
    IssuedAlready,
    MonitoringPeriodInvalid,
    ProjectNotFound,
    ProjectRegisteredDifferently,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A voluntary-reduction project; inside the national market means under its allowance management."""

    project_no: ProjectNo
    name: str
    project_type: str
    methodology: str
    owner_credit_code: CreditCode
    is_inside_national_market: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedIssue:
    """Reductions that somebody asks to issue, tCO2e; dates as YYYY-MM-DD."""

    project_no: str
    reduction_year: int
    period_start: str
    period_end: str
    quantity_tco2e: int

    @property
    def key(self) -> tuple[str, int, str, str]:
        """What is issued once."""
        return (self.project_no, self.reduction_year, self.period_start, self.period_end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuance:
    """Reductions to issue or issued, tCO2e; the serials are known when they are."""

    project_no: ProjectNo
    reduction_year: int
    period_start: date
    period_end: date
    product: ProductCode
    account_no: AccountNo
    quantity_tco2e: int
    serials: SerialRange | None = None

    @property
    def origin(self) -> str:
        """What the units are from: "<project>/<first day>/<last day>" of the monitoring period."""
        return f"{self.project_no}/{self.period_start}/{self.period_end}"

    @property
    def block(self) -> SerialRange:
        """The issued block; a claim before the issue."""
        ensure(self.serials is not None, "issued reductions have serials")
        return self.serials or SerialRange(0, 0)

    @property
    def reference(self) -> str:
        """Name of the issued block: "<product>/<first serial>-<last serial>"."""
        return f"{self.product}/{self.block.start}-{self.block.end}"


def register_project(project: Project, *, known: Project | None) -> EtsError | None:
    """Tell why a project cannot be registered; the same content again is accepted."""
    try:
        parse_credit_code(project.owner_credit_code, "owner_credit_code")
    except EtsError as refusal:
        return refusal
    if known is not None and known != project:
        return ProjectRegisteredDifferently(
            f"{project.project_no} is registered with other content", project_no=project.project_no
        )
    return None


def plan_issue(
    wanted: WantedIssue, *, project: Project | None, account: Account | None, is_issued: bool, at: datetime
) -> Issuance | EtsError:
    """Decide whether reductions can be issued to the owner's account."""
    if project is None:
        return ProjectNotFound(f"there is no project {wanted.project_no}", project_no=wanted.project_no)
    if account is None or account.status is not AccountStatus.OPEN:
        return account_not_found(account_no_of(project.owner_credit_code))
    if is_issued:
        return IssuedAlready(
            f"{wanted.project_no} has its reductions of {wanted.reduction_year} for this period",
            project_no=wanted.project_no,
            reduction_year=wanted.reduction_year,
        )
    period = _period(wanted)
    if period is None or period[1] > business_date(at):
        return MonitoringPeriodInvalid(
            f"{wanted.period_start} to {wanted.period_end} is no past period with a day of {wanted.reduction_year}",
            period_start=wanted.period_start,
            period_end=wanted.period_end,
            reduction_year=wanted.reduction_year,
        )

    # From here on the reductions are issued.
    return Issuance(
        project_no=project.project_no,
        reduction_year=wanted.reduction_year,
        period_start=period[0],
        period_end=period[1],
        product=ccer_product(project.project_no, wanted.reduction_year),
        account_no=account.account_no,
        quantity_tco2e=wanted.quantity_tco2e,
    )


def ccer_of(text: str) -> Product | None:
    """Take a CCER product code; nothing for any other text, of which no account here ever holds a unit."""
    try:
        product = parse_product(text, "product")
    except ProductInvalid:
        return None
    return product if product.kind is ProductKind.CCER else None


def refusal_of_product(product: str, account_no: str, quantity_tco2e: int) -> InsufficientHolding | None:
    """Tell why units of a product cannot be here at all: it is no CCER, so no account holds any of it."""
    if ccer_of(product) is not None:
        return None
    return InsufficientHolding(
        f"{account_no} holds none of {product!r}, which is no CCER",
        account=account_no,
        product=product,
        requested_quantity=quantity_tco2e,
        available_quantity=0,
    )


def _period(wanted: WantedIssue) -> tuple[date, date] | None:
    try:
        start, end = date.fromisoformat(wanted.period_start), date.fromisoformat(wanted.period_end)
    except ValueError:
        return None
    if start <= end and start.year <= wanted.reduction_year <= end.year:
        return start, end
    return None

"""Help from another enterprise (其他企业提供配额): it offers allowances, the entity consents, the province decides.

Source: 2023、2024年度全国碳排放权交易发电行业配额总量和分配方案, 国环规气候〔2024〕1号, 2024-10-15, section 六: an
entity that is willing to comply and cannot buy, for example because its bank account is frozen, may be helped by
another enterprise.

An offer holds the units from its start and counts as applied for from the entity's consent on, so that nobody can fill
another's obligation without being asked. The survivor of a merger owes what it took over itself: nobody is asked then.

REG-63 Only allowances of another enterprise's own account help, with the entity's consent and the province's
       decision; never borrowed ones, never offset credits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ets_kernel.domain.errors import ApplicationNotFound, EtsError
from ets_kernel.domain.ids import ProductCode

from registry.domain.errors import ObligationExceeded
from registry.domain.surrender import (
    Standing,
    SurrenderApplication,
    SurrenderLine,
    SurrenderStatus,
    already_decided,
    merged_lines,
    refusal_of_line,
    refusal_of_quantity,
)
from registry.domain.surrender_errors import HelperIsEntity


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    """Who helps, and with which account."""

    credit_code: str
    account_no: str


def offer(
    lines: Sequence[tuple[str, int]], helper: Helper, standing: Standing, *, at: datetime
) -> SurrenderApplication | EtsError:
    """Decide an offer. In this order: oneself, obligation, product, holding."""
    obligation = standing.obligation
    wanted = merged_lines(lines)
    if helper.credit_code == obligation.credit_code:
        return HelperIsEntity(
            f"{helper.credit_code} surrenders its own units by an application",
            credit_code=helper.credit_code,
        )
    total = sum(quantity for _, quantity in wanted)
    if refusal_of_quantity(standing, total=total, offset=0) is not None:
        # What another enterprise owes is between it and its province.
        return ObligationExceeded(
            f"{total} t are more than are owed and not applied for yet", requested_tco2e=total
        )
    for product, quantity in wanted:
        refusal = refusal_of_line(product, quantity, standing, at=at, is_own=False)
        if refusal is not None:
            return refusal

    # From here on the offer is accepted.
    return SurrenderApplication(
        application_no=standing.next_application_no,
        ordinal=standing.next_ordinal,
        credit_code=obligation.credit_code,
        province_code=obligation.province_code,
        period=obligation.period,
        lines=tuple(
            SurrenderLine(product=ProductCode(product), quantity_tco2e=quantity)
            for product, quantity in wanted
        ),
        status=SurrenderStatus.OFFERED,
        submitted_time=at,
        helper_credit_code=helper.credit_code,
        helper_account_no=helper.account_no,
    )


def answer(
    application: SurrenderApplication,
    standing: Standing,
    *,
    credit_code: str,
    is_consented: bool,
    by: str,
    at: datetime,
) -> SurrenderApplication | EtsError:
    """Let the entity consent to an offer, or decline it; consented, it is an application like any other."""
    if application.credit_code != credit_code or not application.helper_credit_code:
        return ApplicationNotFound(
            f"there is no {application.application_no}", application_no=application.application_no
        )
    if application.status is not SurrenderStatus.OFFERED:
        return already_decided(application)
    if not is_consented:
        return replace(application, status=SurrenderStatus.WITHDRAWN, closed_time=at, closed_by=by)
    refusal = refusal_of_quantity(standing, total=application.quantity_tco2e, offset=0)
    if refusal is not None:
        return refusal

    # From here on the entity consents.
    return replace(application, status=SurrenderStatus.SUBMITTED, consented_time=at)

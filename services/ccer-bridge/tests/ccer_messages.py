"""What others tell the voluntary-reduction registry, made by the letter of the contracts."""

from datetime import UTC, datetime

from ets.common.v1.error_pb2 import ERROR_KIND_REFUSED, ErrorDetail
from ets.mrv.v1 import mrv_events_pb2, mrv_types_pb2
from ets.registry.v1 import registry_events_pb2
from ets.trading.v1 import trading_events_pb2
from ets_kernel.domain.ids import CreditCode, make_credit_code
from ets_kernel.runtime.signing import private_key_from_seed

CENTRE_KEY = private_key_from_seed(b"c" * 32)

PROVINCE = "37"
WIND = "CCER-WIND1-2015"
SOLAR = "CCER-SOLAR1-2016"


def code(number: int) -> CreditCode:
    return make_credit_code(f"9137000000000{number:04d}")


def name(number: int) -> str:
    return f"Plant {number}"


OWNER, PLANT, OTHER = code(900), code(1), code(2)
C_OWNER, C_PLANT, C_OTHER = (f"C-{holder}" for holder in (OWNER, PLANT, OTHER))


def shanghai(text: str) -> datetime:
    """A moment given as "2021-12-15 17:00" in Shanghai."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


def application_no(number: int = 1, ordinal: int = 1) -> str:
    return f"OA-2019-2020-{code(number)}-{ordinal}"


def decided(
    number: int = 1,
    *lines: tuple[str, int, int],
    ordinal: int = 1,
    province_code: str = PROVINCE,
    status: int = mrv_types_pb2.OFFSET_APPLICATION_STATUS_CONFIRMED,
    requested: int | None = None,
) -> mrv_events_pb2.OffsetApplicationDecided:
    """A decision on an application; each line is project, year and tonnes."""
    lines = lines or (("WIND1", 2015, 1_000),)
    return mrv_events_pb2.OffsetApplicationDecided(
        application=mrv_types_pb2.OffsetApplication(
            application_no=application_no(number, ordinal),
            credit_code=code(number),
            entity_name=name(number),
            province_code=province_code,
            period="2019-2020",
            ccer_account_no=f"C-{code(number)}",
            lines=[
                mrv_types_pb2.OffsetLine(project_no=project, reduction_year=year, quantity_tco2e=quantity)
                for project, year, quantity in lines
            ],
            requested_tco2e=sum(line[2] for line in lines) if requested is None else requested,
            status=status,
        )
    )


def summary(
    day: str, *rows: tuple[int, int, int], province_code: str = PROVINCE, total: int | None = None
) -> mrv_events_pb2.WeeklySummaryPublished:
    """A weekly summary; each row is entity, status and confirmed tonnes."""
    return mrv_events_pb2.WeeklySummaryPublished(
        province_code=province_code,
        business_date=day,
        rows=[
            mrv_events_pb2.WeeklySummaryRow(
                application_no=application_no(number),
                credit_code=code(number),
                status=status,
                confirmed_tco2e=confirmed,
            )
            for number, status, confirmed in rows
        ],
        confirmed_tco2e=sum(row[2] for row in rows) if total is None else total,
    )


def acknowledgement(
    handover_no: str,
    *rows: tuple[str, str],
    province_code: str = PROVINCE,
    error: str = "",
    issue_no: int = 0,
) -> registry_events_pb2.HandoverAcknowledged:
    """The registry's answer; each row is cancellation and reason, which is empty for an accepted one."""
    return registry_events_pb2.HandoverAcknowledged(
        handover_no=handover_no,
        province_code=province_code,
        rows=[
            registry_events_pb2.HandoverRowOutcome(
                row_no=row_no,
                cancellation_no=cancellation_no,
                is_accepted=not reason,
                error=_detail(reason) if reason else None,
            )
            for row_no, (cancellation_no, reason) in enumerate(rows, start=1)
        ],
        error=_detail(error) if error else None,
        issue_no=issue_no,
    )


def transfer_in(
    message_class, transfer_no: str, quantity: int, *, market: str = "BJ", account=C_OWNER, **rest
):
    """Trading's answer to a transfer."""
    return message_class(
        transfer_no=transfer_no,
        market=market,
        holder_account_no=account,
        product=WIND,
        quantity_tco2e=quantity,
        **rest,
    )


def withdrawal(quantity: int, *, number: str = "W-BJ-000001", market: str = "BJ", account: str = C_OWNER):
    return trading_events_pb2.WithdrawalRequested(
        withdrawal_no=number, market=market, holder_account_no=account, product=WIND, quantity_tco2e=quantity
    )


def _detail(reason: str) -> ErrorDetail:
    return ErrorDetail(kind=ERROR_KIND_REFUSED, reason=reason, message="no")

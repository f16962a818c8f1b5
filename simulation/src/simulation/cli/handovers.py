"""Daily hand-overs that were not taken, issued again by the people who look after the platforms."""

from datetime import date

from ets.ccer.v1.ccer_service_pb2 import ReissueHandoversRequest
from rich.console import Console

from simulation.window.world import OPERATIONS, World


async def reissue(
    world: World,
    *,
    since: date,
    province_code: str,
    is_taken_included: bool,
    request_id: str,
    console: Console,
) -> None:
    """Issue the hand-overs of a date and of all behind it again, and print which."""
    answer = await world.ccer(OPERATIONS).ReissueHandovers(
        ReissueHandoversRequest(
            request_id=request_id,
            business_date=since.isoformat(),
            province_code=province_code,
            is_taken_included=is_taken_included,
        )
    )
    for handover_no in answer.handover_nos:
        console.print(handover_no)
    console.print(
        f"{len(answer.handover_nos)} issued again, {answer.row_count} rows, {answer.quantity_tco2e} t"
    )

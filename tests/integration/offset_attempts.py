"""What the management platform and the voluntary-reduction registry must refuse on the way of a CCER."""

from typing import Any

from attempts import (
    Act,
    Attempt,
    Bench,
    accepted,
    apply,
    beijing,
    cancel,
    confirm,
    entity_of,
    held_lines,
    last_user,
    line_of,
)
from ets.ccer.v1.ccer_service_pb2 import RunDailyHandoverRequest, TransferToVenueRequest, VenueTransfer
from ets_kernel.domain.ids import make_credit_code
from simulation.window import world as actors
from small_plan import INSIDE_PROJECT, brief_plan

WORK_DAY = beijing(11, 8, 10)
LATER_THAT_DAY = beijing(11, 8, 11)
DAY_AFTER_LAST_FORM = beijing(12, 11, 0)
LAST_CANCELLATION = beijing(12, 15, 17)
AFTER_THE_WINDOW = beijing(12, 16, 18)
GOOD_LINE = line_of("CCER-XN0002-2015", 1)
CONFIRMED_T = 50


def unlisted_code() -> str:
    return make_credit_code("91110000MA0000000")


def changed_check_character(credit_code: str) -> str:
    return credit_code[:-1] + ("0" if credit_code[-1] != "0" else "1")


def application(*lines: Any, kind: str = "PLAIN", **changed: Any) -> Act:
    """Send in a form of an entity that has used no CCER."""
    return lambda bench: apply(bench, entity_of(kind), lines or [GOOD_LINE], **changed)


def over_five_percent() -> Act:
    entity = entity_of("PLAIN")
    return application(line_of("CCER-XN0002-2015", entity.obligation_tco2e * 5 // 100 + 1))


async def confirmed_with_units(bench: Bench) -> None:
    """Set up: the last user holds what it bought, and has a small confirmed application."""
    user = last_user()
    product = held_lines(user)[0]
    line = line_of(f"CCER-{product.project_no}-{product.reduction_year}", CONFIRMED_T)
    number = accepted(await apply(bench, user, [line]))
    accepted(await confirm(bench, user, number))
    bench.numbers["confirmed"] = number
    waiting = accepted(await apply(bench, user, [line]))
    bench.numbers["unconfirmed"] = waiting


async def units_moved_to_a_venue(bench: Bench) -> None:
    """Set up: the last user's units lie at a venue."""
    user = last_user()
    for line in held_lines(user):
        transfer = VenueTransfer(
            credit_code=user.credit_code,
            venue=venue_of(user.credit_code),
            product=f"CCER-{line.project_no}-{line.reduction_year}",
            quantity_tco2e=line.quantity_tco2e,
        )
        answer = await bench.world.ccer(actors.AGENTS).TransferToVenue(
            TransferToVenueRequest(request_id=bench.request_id(), transfers=[transfer])
        )
        accepted(answer)


def venue_of(credit_code: str) -> str:
    """Give the venue at which an entity trades."""
    return next(
        account.market
        for day in brief_plan().days.values()
        for account in day.open_trading_accounts
        if account.credit_code == credit_code and account.market != "CEA"
    )


def cancellation(
    quantity_tco2e: int, *, number: str = "confirmed", product: str = "", credit_code: str = ""
) -> Act:
    """Cancel under the application of the set-up."""

    async def act(bench: Bench) -> Any:
        user = last_user()
        line = held_lines(user)[0]
        return await cancel(
            bench,
            credit_code or user.credit_code,
            bench.numbers.get(number, number),
            product or f"CCER-{line.project_no}-{line.reduction_year}",
            quantity_tco2e,
        )

    return act


async def cancel_twice(bench: Bench) -> Any:
    """Cancel once more what was cancelled in full on 28 October."""
    user = entity_of("OFFSET_ONLY")
    progress = bench.system.progress()
    form = next(
        form
        for day in brief_plan().days.values()
        for form in day.applications
        if form.credit_code == user.credit_code
    )
    return await cancel(
        bench,
        user.credit_code,
        progress.references[form.ref],
        form.lines[0].product,
        form.lines[0].quantity_tco2e,
    )


async def hand_over_after_the_window(bench: Bench) -> Any:
    return await bench.world.ccer(actors.SCHEDULER).RunDailyHandover(
        RunDailyHandoverRequest(request_id=bench.request_id(), business_date="2021-12-16")
    )


async def hand_over_before_five(bench: Bench) -> Any:
    return await bench.world.ccer(actors.SCHEDULER).RunDailyHandover(
        RunDailyHandoverRequest(request_id=bench.request_id(), business_date="2021-11-08")
    )


OFFSET_SET_UPS = {WORK_DAY: confirmed_with_units, LATER_THAT_DAY: units_moved_to_a_venue}

OFFSET_ATTEMPTS = [
    Attempt("application over five percent", WORK_DAY, over_five_percent(), "OFFSET_LIMIT_EXCEEDED"),
    Attempt(
        "application of an entity that is not listed",
        WORK_DAY,
        application(credit_code=unlisted_code()),
        "ENTITY_NOT_LISTED",
    ),
    Attempt(
        "application with a wrong check character",
        WORK_DAY,
        application(credit_code=changed_check_character(entity_of("PLAIN").credit_code)),
        "CREDIT_CODE_INVALID",
    ),
    Attempt(
        "application to another province", WORK_DAY, application(province_code="11"), "PROVINCE_MISMATCH"
    ),
    Attempt(
        "application with a project inside the national market",
        WORK_DAY,
        application(line_of(f"CCER-{INSIDE_PROJECT}-2015", 1)),
        "PROJECT_INSIDE_NATIONAL_MARKET",
    ),
    Attempt(
        "application with an unknown project",
        WORK_DAY,
        application(line_of("CCER-XN9999-2015", 1)),
        "PROJECT_UNKNOWN",
    ),
    Attempt(
        "application that names a product twice",
        WORK_DAY,
        application(GOOD_LINE, GOOD_LINE),
        "OFFSET_LINE_REPEATED",
    ),
    Attempt(
        "cancellation above the confirmed amount",
        WORK_DAY,
        cancellation(CONFIRMED_T + 1),
        "CONFIRMED_QUANTITY_EXCEEDED",
    ),
    Attempt("cancellation made twice", WORK_DAY, cancel_twice, "CONFIRMED_QUANTITY_EXCEEDED"),
    Attempt(
        "cancellation of a product that the form does not name",
        WORK_DAY,
        cancellation(1, product="CCER-XN0004-2015"),
        "PROJECT_NOT_IN_APPLICATION",
    ),
    Attempt(
        "cancellation without a confirmation",
        WORK_DAY,
        cancellation(1, number="unconfirmed"),
        "APPLICATION_NOT_CONFIRMED",
    ),
    Attempt(
        "cancellation under somebody else's form",
        WORK_DAY,
        cancellation(1, credit_code=entity_of("OFFSET_ONLY").credit_code),
        "ENTITY_MISMATCH",
    ),
    Attempt("hand-over before five", WORK_DAY, hand_over_before_five, "TOO_EARLY"),
    Attempt(
        "cancellation of units held elsewhere",
        LATER_THAT_DAY,
        cancellation(CONFIRMED_T),
        "INSUFFICIENT_HOLDING",
    ),
    Attempt("application after 10 December", DAY_AFTER_LAST_FORM, application(), "APPLICATION_WINDOW_CLOSED"),
    Attempt(
        "cancellation at 17:00 on 15 December",
        LAST_CANCELLATION,
        cancellation(1),
        "CANCELLATION_WINDOW_CLOSED",
    ),
    Attempt(
        "hand-over after the window", AFTER_THE_WINDOW, hand_over_after_the_window, "OUTSIDE_HANDOVER_WINDOW"
    ),
]

"""Surrender of the clean market: A has surrendered most of what it owes, B all of an obligation changed twice."""

from typing import Any

from consistency_checker.domain import books as b
from consistency_checker.domain import surrender_rows as s
from consistency_checker.domain.rows import State
from ets_kernel.domain.ids import make_credit_code

A, B = make_credit_code("91370000MA0000001"), make_credit_code("91110000MA0000002")
RA, RB = f"R-E-{A}", f"R-E-{B}"
PERIOD, CEA, OFFSET = "2019-2020", "CEA-2019-2020", "OFFSET-P1-2020"
SURRENDER = f"SA-{PERIOD}-{A}-1"
CHANGE = f"OC-{PERIOD}-{B}"
FORCED_CASE = "FS-1"

SURRENDER_ROWS: list[tuple[b.Table[Any], list[Any]]] = [
    (
        b.OBLIGATIONS,
        [
            s.Obligation(A, PERIOD, "37", 1200, 1000, 60, "", 60, 0, State("power"), 1, 0),
            s.Obligation(B, PERIOD, "11", 1000, 1000, 0, "2021-11-01", 50, 0, State("power"), 3, 1),
        ],
    ),
    (
        b.OBLIGATION_VERSIONS,
        [
            s.ObligationVersion(A, PERIOD, 1, 1200, 0, 0, 0),
            s.ObligationVersion(A, PERIOD, 2, 1200, 1000, 60, 0),
            s.ObligationVersion(B, PERIOD, 1, 1000, 0, 0, 0),
            s.ObligationVersion(B, PERIOD, 2, 990, 0, 0, 0),
            s.ObligationVersion(B, PERIOD, 3, 1000, 0, 0, 0),
            s.ObligationVersion(B, PERIOD, 4, 1000, 1000, 0, 0),
        ],
    ),
    (
        b.OBLIGATION_CHANGES,
        [
            s.ObligationChange(f"{CHANGE}-1", B, PERIOD, State("confirmed"), 1000, 990),
            s.ObligationChange(f"{CHANGE}-2", B, PERIOD, State("confirmed"), 990, 1000),
        ],
    ),
    (
        b.SURRENDERS,
        [
            s.SurrenderLine(SURRENDER, A, State("registered"), CEA, 1000, PERIOD, RA, False),
            s.SurrenderLine(SURRENDER, A, State("registered"), OFFSET, 60, PERIOD, RA, False),
            s.SurrenderLine(f"SA-{PERIOD}-{A}-2", A, State("submitted"), CEA, 90, PERIOD, RA, False),
            s.SurrenderLine(f"SA-{PERIOD}-{B}-1", B, State("registered"), CEA, 1000, PERIOD, RB, False),
        ],
    ),
    # The units that the province's account held for B; all of them went to it.
    (b.FORCED, [s.ForcedLine(FORCED_CASE, B, "11", State("registered"), "", CEA, 50)]),
]

"""The rows of the clean market; see `checker_books`."""

from typing import Any

from checker_adjustments import ADJUSTMENT_ROWS, BORROWED_BLOCKS, BORROWED_HOLDINGS
from checker_changes import CHANGE_ROWS
from checker_retirement import RETIREMENT_BLOCKS, RETIREMENT_HOLDINGS, RETIREMENT_ROWS
from checker_surrender import SURRENDER_ROWS
from consistency_checker.domain import books as b
from consistency_checker.domain import rows as r
from consistency_checker.domain.account_rows import AccountRestriction, AccountVersion
from consistency_checker.domain.rows import State
from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.domain.ids import make_credit_code
from ets_kernel.domain.provinces import PROVINCES

A = make_credit_code("91370000MA0000001")
B = make_credit_code("91110000MA0000002")
OWNER = make_credit_code("91630000MA0000003")
RA, RB, CA, CO = f"R-E-{A}", f"R-E-{B}", f"C-{A}", f"C-{OWNER}"
PERIOD = "2019-2020"
CEA, CCER, OFFSET = "CEA-2019-2020", "CCER-P1-2020", "OFFSET-P1-2020"
PRE_A, PRE_B = f"{PERIOD}/PRE/37", f"{PERIOD}/PRE/11"
VER_A, VER_B = f"{PERIOD}/VERIFIED/37", f"{PERIOD}/VERIFIED/11"
APPLICATION = f"OA-{PERIOD}-{A}-1"
CANCELLATION = f"CX-{APPLICATION}-1"
DAYS = ("2021-10-31", "2021-11-01")
HANDOVER = "H-2021-11-01-37"
FRIDAY = "2021-10-29"
SENT_CEA, SENT_CCER = f"RT-{RB}-1", f"CT-{CO}-1"
TRADE_CEA, TRADE_BJ = "X-CEA-2021-11-01-1", "X-BJ-2021-11-01-1"
SURRENDER = f"SA-{PERIOD}-{A}-1"
ROWS_HEX = "ab" * 32

ENTITIES = [r.Entity(A, "A Power", "37", PERIOD), r.Entity(B, "B Power", "11", PERIOD)]
ALLOCATION_ROWS = [
    r.AllocationRow(PRE_A, A, 700, 0, 700, 0, 0, False),
    r.AllocationRow(PRE_B, B, 2000, 0, 2000, 0, 0, False),
    r.AllocationRow(VER_A, A, 700, 1000, 300, 1200, 1200, True),
    r.AllocationRow(VER_B, B, 2000, 1900, -100, 1000, 1000, False),
]


def table_digest(row: r.AllocationRow) -> str:
    name = {entity.credit_code: entity.name for entity in ENTITIES}[row.credit_code]
    return rows_digest([canonical_row([row.credit_code, name, *row[2:7], int(row.is_capped)])]).hex()


def manifest_digest(row: tuple[Any, ...]) -> str:
    return rows_digest([canonical_row(row)]).hex()


def issued_handovers() -> list[r.IssuedHandover]:
    made: list[r.IssuedHandover] = []
    for code in sorted(PROVINCES):
        previous = ""
        for day in DAYS:
            count, quantity = (1, 60) if (day, code) == ("2021-11-01", "37") else (0, 0)
            head = (f"H-{day}-{code}", day, code, count, quantity, ROWS_HEX, previous)
            previous = manifest_digest(head)
            made.append(r.IssuedHandover(*head, previous, True, count, 0))
    return made


HANDOVERS = issued_handovers()
TABLES = [
    (
        row,
        r.AllocationTable(
            row.table_no, 1, State("ISSUED"), row.issue_tco2e, row.obligation_tco2e, *2 * [table_digest(row)]
        ),
    )
    for row in ALLOCATION_ROWS
]
REGISTRY_HOLDINGS = [
    r.Holding("S-ISSUANCE", CEA, "issuance", -3000),
    r.Holding("S-ISSUANCE", OFFSET, "issuance", -60),
    r.Holding("R-RECOVERED", CEA, "recovered", 100),
    r.Holding("R-SURRENDERED", CEA, "surrendered", 2000),
    r.Holding("R-SURRENDERED", OFFSET, "surrendered", 60),
    r.Holding(RA, CEA, "registered", 10),
    r.Holding(RA, CEA, "pending_surrender", 90),
    r.Holding(RA, CEA, "trading", 50),
    r.Holding(RB, CEA, "registered", 590),
    r.Holding(RB, CEA, "judicially_frozen", 10),
    r.Holding(RB, CEA, "trading", 50),
    *RETIREMENT_HOLDINGS,
    *BORROWED_HOLDINGS,
]
FROM_PRE_A, FROM_PRE_B, FROM_VER_A = f"{PRE_A}/{A}", f"{PRE_B}/{B}", f"{VER_A}/{A}"
REGISTRY_BLOCKS = [
    r.Block(CEA, 1, 700, FROM_PRE_A, "R-SURRENDERED", "surrendered"),
    r.Block(CEA, 701, 800, FROM_PRE_B, "R-RECOVERED", "recovered"),
    r.Block(CEA, 801, 900, FROM_PRE_B, "R-SURRENDERED", "surrendered"),
    r.Block(CEA, 901, 950, FROM_PRE_B, RA, "trading"),
    r.Block(CEA, 951, 1000, FROM_PRE_B, RB, "trading"),
    r.Block(CEA, 1001, 2000, FROM_PRE_B, "R-SURRENDERED", "surrendered"),
    r.Block(CEA, 2001, 2590, FROM_PRE_B, RB, "registered"),
    r.Block(CEA, 2591, 2600, FROM_PRE_B, RB, "judicially_frozen"),
    r.Block(CEA, 2701, 2900, FROM_VER_A, "R-SURRENDERED", "surrendered"),
    r.Block(CEA, 2901, 2990, FROM_VER_A, RA, "pending_surrender"),
    r.Block(CEA, 2991, 3000, FROM_VER_A, RA, "registered"),
    r.Block(OFFSET, 1, 60, CANCELLATION, "R-SURRENDERED", "surrendered"),
    *RETIREMENT_BLOCKS,
    *BORROWED_BLOCKS,
]
CCER_HOLDINGS = [
    r.Holding("S-ISSUANCE", CCER, "issuance", -500),
    r.Holding("C-CANCELLED", CCER, "cancelled", 60),
    r.Holding(CA, CCER, "trading", 20),
    r.Holding(CO, CCER, "trading", 20),
    r.Holding(CO, CCER, "registered", 400),
]
CCER_BLOCKS = [
    r.Block(CCER, 1, 60, "P1", "C-CANCELLED", "cancelled"),
    r.Block(CCER, 61, 80, "P1", CA, "trading"),
    r.Block(CCER, 81, 100, "P1", CO, "trading"),
    r.Block(CCER, 101, 500, "P1", CO, "registered"),
]
POSITIONS = [
    r.Position(f"T-CEA-{A}", "CEA", RA, CEA, 0, 0, 50, 0),
    r.Position(f"T-CEA-{B}", "CEA", RB, CEA, 40, 10, 0, 0),
    r.Position(f"T-BJ-{A}", "BJ", CA, CCER, 20, 0, 0, 0),
    r.Position(f"T-BJ-{OWNER}", "BJ", CO, CCER, 20, 0, 0, 0),
]
CASH = [
    r.Cash(f"T-CEA-{A}", 50_000, 5_000),
    r.Cash(f"T-CEA-{B}", 600_000, 0),
    r.Cash(f"T-BJ-{A}", 60_000, 0),
    r.Cash(f"T-BJ-{OWNER}", 240_000, 0),
]
MRV_ROWS = [
    (b.ENTITIES, ENTITIES),
    (b.ALLOCATION_ROWS, ALLOCATION_ROWS),
    (b.ALLOCATION_TABLES, [table for _, table in TABLES]),
    (b.APPLICATIONS, [r.OffsetApplication(APPLICATION, A, "37", State("CANCELLED"), 60, 60, 60)]),
    (
        b.PUBLISHED_SUMMARIES,
        [r.PublishedSummaryRow("37", FRIDAY, APPLICATION, State("CONFIRMED"), 60)]
        + [r.PublishedSummaryRow(code, FRIDAY, "", State(""), 0) for code in PROVINCES if code != "37"],
    ),
    (b.PROVINCE_HANDOVERS, [r.ProvinceHandover(h[0], h[2], h[3], h[4], h[7]) for h in HANDOVERS]),
    (
        b.COMPLIANCE,
        [r.Compliance(A, PERIOD, 1200, 1000, 60, False), r.Compliance(B, PERIOD, 1000, 1000, 0, True)],
    ),
]
REGISTRY_ROWS = [
    (
        b.ACCOUNTS,
        [
            r.RegistryAccount(RA, State("emitter"), A, "37", State("open"), 4, "surrender"),
            r.RegistryAccount(RB, State("emitter"), B, "11", State("open"), 1, ""),
            r.RegistryAccount("R-N-00000001", State("individual"), "", "", State("closed"), 2, ""),
        ],
    ),
    (
        b.ACCOUNT_VERSIONS,
        [
            AccountVersion(RA, 1, State("open"), "", State("opened")),
            AccountVersion(RA, 2, State("open"), "receipt", State("restricted")),
            AccountVersion(RA, 3, State("open"), "receipt surrender", State("restricted")),
            AccountVersion(RA, 4, State("open"), "surrender", State("restriction_lifted")),
            AccountVersion(RB, 1, State("open"), "", State("opened")),
            AccountVersion("R-N-00000001", 1, State("open"), "", State("opened")),
            AccountVersion("R-N-00000001", 2, State("closed"), "", State("closed")),
        ],
    ),
    (
        b.ACCOUNT_RESTRICTIONS,
        [
            AccountRestriction(f"AR-{RA}-1", RA, "receipt", True),
            AccountRestriction(f"AR-{RA}-2", RA, "surrender", False),
        ],
    ),
    (b.REGISTRY_UNITS.holdings, REGISTRY_HOLDINGS),
    (b.REGISTRY_UNITS.journal_totals, REGISTRY_HOLDINGS),
    (b.REGISTRY_UNITS.journal_closings, REGISTRY_HOLDINGS),
    (b.REGISTRY_UNITS.remembered_differences, [r.Holding(RA, CEA, "registered", 0)]),
    (b.REGISTRY_UNITS.blocks, REGISTRY_BLOCKS),
    (
        b.ISSUANCES,
        [
            r.Issuance(t.table_no, 1, State("issued"), t.issue_tco2e, 1, *3 * [t.digest_hex])
            for _, t in TABLES
        ],
    ),
    (
        b.ISSUANCE_ROWS,
        [
            r.IssuanceRow(w.table_no, w.credit_code, w.issue_tco2e, w.obligation_tco2e)
            for w in ALLOCATION_ROWS
        ],
    ),
    *SURRENDER_ROWS,
    (b.HANDOVER_ROWS, [r.HandoverRow(HANDOVER, 1, CANCELLATION, A, CCER, 60, True, True)]),
    (b.RECEIVED_HANDOVERS, [r.ReceivedHandover(h[0], h[3], h[4], h[7], True) for h in HANDOVERS]),
    (b.CREDITS, [r.OffsetCredit(CANCELLATION, A, OFFSET, 1, 60, 60, 60)]),
    *ADJUSTMENT_ROWS,
    *CHANGE_ROWS,
    *RETIREMENT_ROWS,
    (b.REGISTRY_UNITS.settled_trades, [r.SettledTrade(TRADE_CEA, RB, RA, CEA, 150)]),
    (b.REGISTRY_UNITS.transfers, [r.TransferOut(SENT_CEA, RB, CEA, 200, State("accepted"))]),
    (b.REGISTRY_UNITS.returns, [r.TransferBack("W-CEA-1", RA, CEA, 100)]),
]
TRADING_ROWS = [
    (
        b.TRADING_ACCOUNTS,
        [
            r.TradingAccount(p.account_no, p.market, p.account_no[-18:], p.holder_account_no)
            for p in POSITIONS
        ],
    ),
    (b.POSITIONS, POSITIONS),
    (
        b.TRADING_JOURNAL_TOTALS,
        [r.PositionTotal(p.account_no, p.product, *p[4:]) for p in POSITIONS]
        + [
            r.PositionTotal("SYS-REGISTRY", CEA, -100, 0, 0, 0),
            r.PositionTotal("SYS-CCER", CCER, -40, 0, 0, 0),
        ],
    ),
    (b.CASH, CASH),
    (b.CASH_JOURNAL_TOTALS, [*CASH, r.Cash("SYS-BANK", -955_000, 0)]),
    (b.CASH_TOTALS, [r.CashTotal("deposits", 1_000_000), r.CashTotal("paid_withdrawals", 45_000)]),
    (
        b.TRADES,
        [
            r.Trade(
                TRADE_CEA,
                "CEA",
                "2021-11-01",
                State("LISTED"),
                RB,
                RA,
                CEA,
                4300,
                150,
                645_000,
                State("SETTLED"),
            ),
            r.Trade(
                TRADE_BJ,
                "BJ",
                "2021-11-01",
                State("LISTED"),
                CO,
                CA,
                CCER,
                3000,
                80,
                240_000,
                State("SETTLED"),
            ),
        ],
    ),
    (
        b.QUOTES,
        [
            r.Quote("CEA", CEA, "2021-10-29", 4265, 0, 0, 0, 0),
            r.Quote("CEA", CEA, "2021-11-01", 4300, 150, 645_000, 0, 0),
            r.Quote("CEA", CEA, "2021-11-02", 4300, 0, 0, 0, 0),
            r.Quote("BJ", CCER, "2021-11-01", 3000, 80, 240_000, 0, 0),
            r.Quote("BJ", CCER, "2021-11-02", 3000, 0, 0, 0, 0),
        ],
    ),
    (
        b.TRANSFERS_IN,
        [
            r.TransferIn(SENT_CEA, "CEA", RB, CEA, 200, State("ACCEPTED")),
            r.TransferIn(SENT_CCER, "BJ", CO, CCER, 100, State("ACCEPTED")),
        ],
    ),
    (
        b.WITHDRAWALS,
        [
            r.Withdrawal("W-CEA-1", "CEA", RA, CEA, 100, State("DONE")),
            r.Withdrawal("W-BJ-1", "BJ", CA, CCER, 60, State("DONE")),
        ],
    ),
]
CCER_ROWS = [
    (b.PROJECTS, [r.Project("P1", False), r.Project("P2", True)]),
    (b.CCER_ACCOUNTS, [r.CcerAccount(CA, A, State("open")), r.CcerAccount(CO, OWNER, State("open"))]),
    (b.CCER_UNITS.holdings, CCER_HOLDINGS),
    (b.CCER_UNITS.journal_totals, CCER_HOLDINGS),
    (b.CCER_UNITS.journal_closings, CCER_HOLDINGS),
    (b.CCER_UNITS.remembered_differences, [r.Holding(CO, CCER, "registered", 0)]),
    (b.CCER_UNITS.blocks, CCER_BLOCKS),
    (b.CONFIRMED_APPLICATIONS, [r.ConfirmedApplication(APPLICATION, A, "37", 60, 60)]),
    (
        b.RECEIVED_SUMMARIES,
        [r.ReceivedSummaryRow("37", FRIDAY, APPLICATION, 60)]
        + [r.ReceivedSummaryRow(code, FRIDAY, "", 0) for code in PROVINCES if code != "37"],
    ),
    (b.CANCELLATIONS, [r.Cancellation(CANCELLATION, APPLICATION, A, "37", CCER, 60, "1-60", HANDOVER)]),
    (b.ISSUED_HANDOVERS, HANDOVERS),
    (b.CCER_UNITS.settled_trades, [r.SettledTrade(TRADE_BJ, CO, CA, CCER, 80)]),
    (b.CCER_UNITS.transfers, [r.TransferOut(SENT_CCER, CO, CCER, 100, State("accepted"))]),
    (b.CCER_UNITS.returns, [r.TransferBack("W-BJ-1", CA, CCER, 60)]),
]
TABLE_ROWS: list[tuple[b.Table[Any], list[Any]]] = [*MRV_ROWS, *REGISTRY_ROWS, *TRADING_ROWS, *CCER_ROWS]

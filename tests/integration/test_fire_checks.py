"""What the checks after a fire are worth: each kind of damage that is planted is found by the check that it is for."""

from ets.registry.v1 import registry_service_pb2 as pb
from fire_checks import check_answers, check_effects, check_events, check_units, stored_answers
from fire_clients import Callers
from fire_market import CEA, HOT
from fire_papers import check_papers
from fire_registry import registry_under_fire
from test_registry_under_fire import open_the_market

DAMAGES = {
    "an acknowledged answer is lost": ("answers", "DELETE FROM kernel_request WHERE request_id = 'sent'"),
    "an answer was another": ("answers", "UPDATE kernel_request SET answer = '' WHERE request_id = 'sent'"),
    "half of a command is lost": ("effects", "DELETE FROM trading_transfer WHERE quantity_tco2e = 7"),
    "a command has happened twice": (
        "effects",
        "INSERT INTO settled_trade VALUES ('T-x', '2021-10-26', 'R-E-a', 'R-E-b', 'CEA-2019-2020', 1)",
    ),
    "a unit is lost": (
        "units",
        "UPDATE ledger_balance SET quantity = quantity - 1 WHERE bucket = 'in_transit'",
    ),
    "a unit is doubled": (
        "units",
        "UPDATE ledger_block SET start_serial = start_serial - 1 WHERE start_serial > 1",
    ),
    "a registration was not counted": (
        "papers",
        "UPDATE obligation SET surrendered_tco2e = surrendered_tco2e + 1",
    ),
    "a version is lost": ("papers", "DELETE FROM obligation_version"),
    "a freeze holds what is not frozen": (
        "papers",
        "INSERT INTO judicial_freeze VALUES ('F-1', 'CR-1', 'R-E-a', 'CEA-2019-2020', 1, 1, now(), NULL)",
    ),
    "an event is lost": ("events", "DELETE FROM kernel_outbox WHERE type LIKE '%UnitsTransferredToTrading'"),
}


async def test_every_damage_is_found(tmp_path, fault_seed):
    async with registry_under_fire(tmp_path) as under_fire:
        callers = Callers(under_fire, None)
        await open_the_market(under_fire, callers)
        transfers = [
            pb.TradingTransfer(credit_code=HOT[0], product=CEA, quantity_tco2e=quantity)
            for quantity in (5, 7)
        ]
        request = pb.TransferToTradingRequest(request_id="sent", transfers=transfers)
        await callers.send("TransferToTrading", "emitters", request)
        await callers.close()
        found = {"whole": await findings(under_fire, callers, "SELECT 1")}
        for damage, (_, sql) in DAMAGES.items():
            found[damage] = await findings(under_fire, callers, sql)
    assert found.pop("whole") == set()
    missed = {damage for damage, (check, _) in DAMAGES.items() if check not in found[damage]}
    assert missed == set()


async def findings(under_fire, callers, sql: str) -> set[str]:
    """Name the checks that fail after a change, which is rolled back."""
    connection = await under_fire.connect()
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SET LOCAL session_replication_role = replica")
    await connection.execute(sql)
    stored = await stored_answers(connection)
    failed = set()
    try:
        carried_out = check_answers(callers.sent, stored)
    except AssertionError:
        failed.add("answers")
        carried_out = []
    checks = {
        "effects": lambda: check_effects(connection, carried_out),
        "units": lambda: check_units(connection),
        "papers": lambda: check_papers(connection),
        "events": lambda: check_events(connection, callers),
    }
    for name, check in checks.items():
        try:
            await check()
        except AssertionError:
            failed.add(name)
    await transaction.rollback()
    await connection.close()
    return failed

from forced_steps import PROVINCE_ACCOUNT, held_by_province, initiate
from registry_fakes import reasons
from registry_messages import DEFICIT, code


async def test_a_proposal_says_what_becomes_of_every_unit_and_moves_none():
    uow = await held_by_province({"2021": 100, "2022": 100}, {"CEA-2021": 130, "CEA-2022": 50})
    [number] = await initiate(uow, DEFICIT)
    case = uow.forced_surrenders.cases[number]
    assert [(line.period, line.product, line.quantity_tco2e) for line in case.lines] == [
        ("2021", "CEA-2021", 100),
        ("2022", "CEA-2022", 50),
        ("2022", "CEA-2021", 30),
    ]
    assert (case.shortfalls, case.document_no) == ((("2022", 20),), "LETTER-1")
    assert uow.ledger.held(PROVINCE_ACCOUNT)["CEA-2021", "registered"] == 130
    assert uow.facts == []


async def test_refusals_leave_the_other_items_alone():
    uow = await held_by_province({"2021": 100}, {})
    assert reasons(await initiate(uow, code(9), DEFICIT)) == ["ACCOUNT_NOT_FOUND", "NOTHING_EARMARKED"]

"""One holder, one account, however many ask for it at the same time."""

import asyncio
from collections import Counter

from accounts_served import LICENCE, emitter_form
from ets.registry.v1 import registry_accounts_service_pb2 as accounts_pb
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.ids import make_identity_number
from registry_messages import code, entity_listed
from registry_world import ROSTER, reasons

INSTITUTION = types_pb.ACCOUNT_KIND_INSTITUTION


def person(number):
    return accounts_pb.AccountForm(
        kind=types_pb.ACCOUNT_KIND_INDIVIDUAL,
        credit_code=make_identity_number(f"1101051949123{number:04d}"),
        name="张三",
        papers=[LICENCE],
    )


async def test_many_applications_of_a_holder_at_a_time_make_one_of_each_kind_and_one_account(world):
    await world.tell(ROSTER, entity_listed(1))
    forms = [emitter_form(1), emitter_form(1, kind=INSTITUTION, province_code="")] * 4
    answers = await asyncio.gather(*(world.desk.apply(form) for form in forms))
    assert Counter(reasons(answer)[0] for answer in answers) == {"": 2, "ACCOUNT_APPLICATION_PENDING": 6}
    numbers = [answer.results[0].reference for answer in answers if answer.results[0].reference]
    await world.desk.first(*numbers)
    reviewed = await asyncio.gather(
        *(world.desk.second(number, subject=f"s{turn}") for turn in range(3) for number in numbers)
    )
    outcomes = Counter(reasons(answer)[0] for answer in reviewed)
    assert outcomes == {"": 1, "REVIEW_OUT_OF_ORDER": 2, "ACCOUNT_OPEN_ALREADY": 3}
    open_now = [row for row in await world.book("accounts") if row[4] == "open"]
    assert [row[2] for row in open_now] == [code(1)]


async def test_persons_who_apply_at_the_same_time_get_numbers_of_their_own_and_each_person_one(world):
    forms = [person(number % 4) for number in range(12)]
    answers = await asyncio.gather(*(world.desk.apply(form) for form in forms))
    assert Counter(reasons(answer)[0] for answer in answers) == {"": 4, "ACCOUNT_APPLICATION_PENDING": 8}
    numbers = sorted(answer.results[0].reference for answer in answers if answer.results[0].reference)
    assert numbers == [f"AA-R-N-0000000{number}-1" for number in (1, 2, 3, 4)]


async def test_an_authoritys_account_is_opened_once(world):
    opening = pb.AccountOpening(kind=types_pb.ACCOUNT_KIND_NATIONAL, name="生态环境部")
    answers = await asyncio.gather(
        *(
            world.operator.OpenAccounts(pb.OpenAccountsRequest(request_id=f"open-{turn}", accounts=[opening]))
            for turn in range(6)
        )
    )
    assert Counter(reasons(answer)[0] for answer in answers) == {"": 1, "ACCOUNT_OPEN_ALREADY": 5}
    assert len(await world.book("account_versions")) == 1

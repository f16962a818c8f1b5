"""Following the reviews of a general holding account."""

from dataclasses import replace

from mrv.app.follow_ccer_account import follow_ccer_account
from mrv.domain.offset_application import CcerAccount
from mrv_fakes import FakeUnitOfWork
from mrv_messages import FIRST

ACCOUNT = CcerAccount(account_no="C", credit_code=FIRST, is_open=False)


async def test_an_account_is_known_as_it_is_after_its_last_review():
    uow = FakeUnitOfWork()
    for reviewed in (ACCOUNT, ACCOUNT, replace(ACCOUNT, is_open=True)):
        await follow_ccer_account(reviewed, uow=uow)
        assert uow.offsets.known_accounts == {"C": reviewed}
    assert uow.facts == []

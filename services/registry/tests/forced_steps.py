"""Steps of forced surrender for tests: units in the province's account, proposal, confirmation."""

from ets_kernel.domain.ids import ProductCode, ProvinceCode, provincial_account
from registry.app.confirm_forced_surrenders import ConfirmForcedSurrenders, confirm_forced_surrenders
from registry.app.initiate_forced_surrenders import InitiateForcedSurrenders, initiate_forced_surrenders
from registry.domain.accounts import Account, AccountKind
from registry.domain.compliance_rules import rules_of
from registry.domain.earmark import put_aside
from registry.domain.obligation import impose
from registry_fakes import NOW, with_roster
from registry_messages import DEFICIT, code, name
from surrender_steps import CLOCK

PROVINCE_ACCOUNT = provincial_account(ProvinceCode("37"))


async def held_by_province(owed, held):
    """Entity 1 owes these tCO2e by period, and its province holds these for it by product; its account is empty."""
    uow = await with_roster()
    for number, kind, holder in (
        (PROVINCE_ACCOUNT, AccountKind.PROVINCIAL, ""),
        (f"R-E-{DEFICIT}", AccountKind.EMITTER, code(1)),
    ):
        account = Account(
            account_no=number,
            kind=kind,
            credit_code=holder,
            name=name(1),
            province_code="37",
            opened_time=NOW,
        )
        await uow.accounts.add([account])
    for period, tonnes in owed.items():
        obligation = impose(
            credit_code=code(1),
            province_code=ProvinceCode("37"),
            obligation_tco2e=tonnes,
            rules=rules_of(period),
            at=NOW,
        )
        await uow.obligations.add([obligation])
    for product, tonnes in held.items():
        await uow.issue(PROVINCE_ACCOUNT, product, tonnes, NOW)
        earmark = put_aside(
            None,
            credit_code=code(1),
            product=ProductCode(product),
            province_code=ProvinceCode("37"),
            quantity_tco2e=tonnes,
            reference="T-1",
        )
        await uow.earmarks.add([earmark], at=NOW)
    return uow


async def initiate(uow, *credit_codes):
    command = InitiateForcedSurrenders(
        proposals=tuple((credit_code, "LETTER-1") for credit_code in credit_codes), initiated_by="first"
    )
    return await initiate_forced_surrenders(command, uow=uow, clock=CLOCK)


async def confirm(uow, *case_nos, by="second"):
    command = ConfirmForcedSurrenders(case_nos=case_nos, confirmed_by=by)
    return await confirm_forced_surrenders(command, uow=uow, clock=CLOCK)

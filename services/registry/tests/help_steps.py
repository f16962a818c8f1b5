"""Steps of help from another enterprise for tests."""

from registry.app.answer_surrender_help import AnswerSurrenderHelp, HelpAnswer, answer_surrender_help
from registry.app.offer_surrender_help import HelpForm, OfferSurrenderHelp, offer_surrender_help
from registry.domain.surrender_help import Helper
from registry_fakes import reasons
from registry_messages import DEFICIT, PERIOD, SURPLUS
from surrender_steps import CLOCK

HELPER = f"R-E-{SURPLUS}"


async def offer(uow, *lines, helper=SURPLUS, account_no=HELPER, credit_code=DEFICIT, period=PERIOD):
    """Offer help once; give its number or its reason."""
    form = HelpForm(
        helper=Helper(credit_code=helper, account_no=account_no),
        credit_code=credit_code,
        period=period,
        lines=lines,
    )
    outcomes = await offer_surrender_help(OfferSurrenderHelp(forms=(form,)), uow=uow, clock=CLOCK)
    return reasons(outcomes)[0] or outcomes[0]


async def answer(uow, application_no, *, credit_code=DEFICIT, is_consented=True):
    """Answer an offer; give the reason, empty when it was taken."""
    one = HelpAnswer(credit_code=credit_code, application_no=application_no, is_consented=is_consented)
    command = AnswerSurrenderHelp(answers=(one,), answered_by="entity")
    return reasons(await answer_surrender_help(command, uow=uow, clock=CLOCK))[0]

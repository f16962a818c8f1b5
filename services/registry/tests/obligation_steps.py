"""Steps of changing obligations for tests."""

from registry.app.confirm_obligation_changes import ConfirmObligationChanges, confirm_obligation_changes
from registry.app.initiate_obligation_changes import (
    InitiateObligationChanges,
    ObligationProposal,
    initiate_obligation_changes,
)
from registry_messages import DEFICIT, PERIOD
from surrender_steps import CLOCK


def proposal(tonnes, credit_code=DEFICIT, period=PERIOD):
    return ObligationProposal(
        credit_code=credit_code,
        period=period,
        obligation_tco2e=tonnes,
        document_no="D-1",
        words="verified again",
    )


async def initiate(uow, *proposals):
    command = InitiateObligationChanges(proposals=proposals, initiated_by="first")
    return await initiate_obligation_changes(command, uow=uow, clock=CLOCK)


async def confirm(uow, *change_nos, by="second"):
    command = ConfirmObligationChanges(change_nos=change_nos, confirmed_by=by)
    return await confirm_obligation_changes(command, uow=uow, clock=CLOCK)

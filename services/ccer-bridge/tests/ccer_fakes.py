"""The ports of the voluntary-reduction registry in dictionaries; the ledger decides with the real rules, in memory."""

from ccer_bridge.domain.accounts import Account, AccountStatus
from ccer_bridge.domain.handover import AnsweredRow, HandoverState, Pending
from ccer_bridge.domain.projects import Project
from ccer_messages import OWNER, PROVINCE, code, name, shanghai
from ets_ledger.domain.commands import Issue
from ets_ledger.domain.values import Bucket, Place
from ets_ledger.testing.memory import MemoryLedger

NOW = shanghai("2021-10-26 09:00")


class FakeProjects:
    def __init__(self):
        self.projects = {}
        self.issuances = {}

    async def among(self, project_nos):
        return {number: self.projects[number] for number in project_nos if number in self.projects}

    lock = among

    async def add(self, projects, *, at):
        self.projects |= {project.project_no: project for project in projects}

    async def issued(self, project_nos):
        return frozenset(key for key in self.issuances if key[0] in project_nos)

    async def add_issued(self, issuances, *, at):
        for one in issuances:
            key = (one.project_no, one.reduction_year, str(one.period_start), str(one.period_end))
            self.issuances[key] = one


class FakeAccounts:
    def __init__(self):
        self.accounts = {}

    async def among(self, account_nos):
        return {number: self.accounts[number] for number in account_nos if number in self.accounts}

    lock = lock_to_apply = among

    async def save(self, accounts, *, at):
        self.accounts |= {account.account_no: account for account in accounts}


class FakeTransfers:
    def __init__(self):
        self.sent = {}
        self.returns = {}
        self.trades = {}

    async def add(self, transfers):
        self.sent |= {transfer.transfer_no: transfer for transfer in transfers}

    async def lock(self, transfer_no):
        return self.sent.get(transfer_no)

    async def save_state(self, transfer):
        self.sent[transfer.transfer_no] = transfer

    async def returned(self, withdrawal_no):
        return self.returns.get(withdrawal_no)

    async def add_return(self, returned):
        self.returns[returned.withdrawal_no] = returned

    async def lock_settled(self, trade_nos):
        return {number: self.trades[number] for number in trade_nos if number in self.trades}

    async def add_settled(self, trades, *, trading_date):
        self.trades |= {trade.trade_no: trade for trade in trades}


class FakeApplications:
    def __init__(self):
        self.confirmed = {}
        self.summaries = {}

    async def lock(self, application_nos):
        return {number: self.confirmed[number] for number in application_nos if number in self.confirmed}

    async def add(self, application):
        self.confirmed[application.application_no] = application

    async def save(self, applications):
        self.confirmed |= {application.application_no: application for application in applications}

    async def summary(self, province_code, business_date):
        return self.summaries.get((province_code, business_date))

    async def add_summary(self, summary):
        self.summaries[summary.province_code, summary.business_date] = summary


class FakeCancellations:
    def __init__(self, clock):
        self.made = []
        self.entered_at = []
        self._clock = clock

    async def enter_window(self):
        self.entered_at.append(self._clock.now())

    async def add(self, cancellations):
        self.made += cancellations


class FakeHandovers:
    def __init__(self, applications, cancellations):
        self._applications = applications
        self._cancellations = cancellations
        self.last_date = None
        self.handovers = {}
        self.states = {}
        self.earlier = []
        self.accepted = {}

    async def lock_window(self):
        return self.last_date

    async def pending(self, before):
        taken = {row.cancellation.cancellation_no for one in self.handovers.values() for row in one.rows}
        return [
            Pending(
                cancellation=one,
                confirmed_tco2e=self._applications.confirmed[one.application_no].confirmed_tco2e,
            )
            for one in self._cancellations.made
            if one.cancelled_time < before and one.cancellation_no not in taken
        ]

    async def last_digests(self):
        return {
            one.manifest.province_code: one.manifest.manifest_digest
            for one in self.handovers.values()
            if one.manifest.business_date == self.last_date
        }

    async def add(self, business_date, handovers, *, at):
        self.last_date = business_date
        for one in handovers:
            self.handovers[one.manifest.handover_no] = one
            self.states[one.manifest.handover_no] = HandoverState(manifest=one.manifest, issued_time=at)

    async def lock(self, handover_no):
        if handover_no not in self.states:
            return None
        numbers = [row.cancellation.cancellation_no for row in self.handovers[handover_no].rows]
        return self.states[handover_no], [
            AnsweredRow(cancellation_no=number, is_accepted=self.accepted.get(number)) for number in numbers
        ]

    async def lock_since(self, business_date, province_code):
        return [
            (state, self.handovers[number].rows)
            for number, state in sorted(self.states.items())
            if state.manifest.business_date >= business_date
            and province_code in ("", state.manifest.province_code)
        ]

    async def save_issues(self, issues):
        self.earlier += [earlier for earlier, _ in issues]
        self.states |= {last.manifest.handover_no: last for _, last in issues}

    async def save_answer(self, state, answer):
        self.states[state.manifest.handover_no] = state
        self.accepted |= {row.cancellation_no: row.is_accepted for row in answer.rows}

    async def lock_overdue(self, issued_until):
        return [
            state
            for number, state in sorted(self.states.items())
            if state.acknowledged_time is None
            and state.alarmed_time is None
            and state.issued_time <= issued_until
        ]

    async def save_alarms(self, states):
        self.states |= {state.manifest.handover_no: state for state in states}


class FakeUnitOfWork:
    def __init__(self, clock):
        self.projects = FakeProjects()
        self.accounts = FakeAccounts()
        self.transfers = FakeTransfers()
        self.applications = FakeApplications()
        self.cancellations = FakeCancellations(clock)
        self.handovers = FakeHandovers(self.applications, self.cancellations)
        self.ledger = MemoryLedger()
        self.facts = []

    def record(self, fact):
        self.facts.append(fact)

    def told(self, kind):
        """Facts of a type, in order."""
        return [fact for fact in self.facts if type(fact) is kind]


def account(number, status=AccountStatus.OPEN):
    return Account(
        account_no=f"C-{code(number)}",
        credit_code=code(number),
        name=name(number),
        province_code=PROVINCE,
        venue="BJ",
        status=status,
        version=3,
        first_reviewed_by="venue",
        second_reviewed_by="centre",
        opened_time=NOW,
    )


def project(number, *, is_inside_national_market=False):
    return Project(
        project_no=number,
        name=f"Project {number}",
        project_type="wind",
        methodology="CM-001-V01",
        owner_credit_code=OWNER,
        is_inside_national_market=is_inside_national_market,
    )


async def registry(clock, *, held=1_000):
    """The owner and two plants with accounts; the first plant holds units of WIND1."""
    uow = FakeUnitOfWork(clock)
    await uow.accounts.save([account(900), account(1), account(2)], at=NOW)
    await uow.projects.add([project("WIND1"), project("INSIDE1", is_inside_national_market=True)], at=NOW)
    await uow.ledger.post(
        [
            Issue(
                transfer_id="opening",
                kind="issue",
                product="CCER-WIND1-2015",
                quantity=held,
                destination=Place(f"C-{code(1)}", Bucket.REGISTERED),
                origin="WIND1/2015-01-01/2015-12-31",
            )
        ],
        at=NOW,
    )
    return uow

"""The command line: exit codes and words. A checker that answers as asked stands in for the platform."""

import pytest
from ets.ccer.v1.ccer_service_pb2 import ReissueHandoversRequest, ReissueHandoversResponse
from ets.ccer.v1.ccer_service_pb2_grpc import CcerServiceServicer, add_CcerServiceServicer_to_server
from ets.checker.v1.checker_service_pb2 import RunReconciliationResponse
from ets.checker.v1.checker_service_pb2_grpc import (
    CheckerServiceServicer,
    add_CheckerServiceServicer_to_server,
)
from ets.checker.v1.checker_types_pb2 import Evidence, Finding, Reconciliation, Verdict
from ets_kernel.runtime.auth import TokenVerifier
from ets_kernel.runtime.signing import public_key_from_pem
from simulation.cli.app import app
from simulation.cli.jobs import JOBS
from simulation.platform import control
from simulation.platform.secrets import Secrets
from typer.testing import CliRunner


class Checker(CheckerServiceServicer):
    """Gives the verdicts that a test asks for."""

    def __init__(self) -> None:
        self.verdicts: list[Verdict.ValueType] = []
        self.request_ids: list[str] = []

    def RunReconciliation(self, request, context):  # noqa: N802
        self.request_ids.append(request.request_id)
        findings = [
            Finding(
                invariant_id=f"CHK-{number}",
                statement="Books agree.",
                verdict=verdict,
                evidence=[Evidence(subject="R-E-1", expected="1", found="2")],
            )
            for number, verdict in enumerate(self.verdicts, start=1)
        ]
        run = Reconciliation(
            findings=findings,
            kept_count=self.verdicts.count(Verdict.VERDICT_KEPT),
            broken_count=self.verdicts.count(Verdict.VERDICT_BROKEN),
            unchecked_count=self.verdicts.count(Verdict.VERDICT_UNCHECKED),
        )
        return RunReconciliationResponse(reconciliation=run)


@pytest.fixture
def checker(stand_in) -> Checker:
    return stand_in("CONSISTENCY_CHECKER", add_CheckerServiceServicer_to_server, Checker())


class Bridge(CcerServiceServicer):
    """Issues one hand-over again for every province that is named, and nothing for a date without any."""

    def __init__(self) -> None:
        self.requests: list[ReissueHandoversRequest] = []

    def ReissueHandovers(self, request, context):  # noqa: N802
        self.requests.append(request)
        number = f"H-{request.business_date}-{request.province_code or '11'}"
        return ReissueHandoversResponse(handover_nos=[number], row_count=2, quantity_tco2e=30)


@pytest.fixture
def bridge(stand_in) -> Bridge:
    return stand_in("CCER_BRIDGE", add_CcerServiceServicer_to_server, Bridge())


def test_hand_overs_are_issued_again_from_a_date_on(run, bridge):
    result = run("reissue", "--from", "2021-11-03", "--province", "37")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["H-2021-11-03-37", "1 issued again, 2 rows, 30 t"]
    assert run("reissue", "--from", "2021-11-03", "--taken").exit_code == 0
    first, second = bridge.requests
    assert (first.business_date, first.province_code, first.is_taken_included) == ("2021-11-03", "37", False)
    assert (second.business_date, second.province_code, second.is_taken_included) == ("2021-11-03", "", True)
    assert first.request_id != second.request_id


@pytest.fixture
def run(tmp_path):
    def invoke(*words: str):
        root = [] if words[0] == "--help" else ["--root", str(tmp_path / "var")]
        return CliRunner().invoke(app, [*words, *root])

    return invoke


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([Verdict.VERDICT_KEPT], 0),
        ([Verdict.VERDICT_KEPT, Verdict.VERDICT_BROKEN], 1),
        ([Verdict.VERDICT_KEPT, Verdict.VERDICT_UNCHECKED], 2),
        ([Verdict.VERDICT_BROKEN, Verdict.VERDICT_UNCHECKED], 1),
    ],
)
def test_reconcile_ends_with_the_worst_verdict(run, checker, verdicts, code):
    checker.verdicts = verdicts
    answer = run("reconcile")
    assert answer.exit_code == code
    assert "CHK-1" in answer.output


def test_each_call_of_reconcile_is_a_new_run(run, checker):
    run("reconcile")
    run("reconcile")
    assert len(set(checker.request_ids)) == 2


def test_reconcile_prints_json_for_programs(run, checker):
    checker.verdicts = [Verdict.VERDICT_BROKEN]
    answer = run("reconcile", "--json")
    assert '"verdict": "Broken"' in answer.output
    assert '"expected": "1"' in answer.output


def test_a_job_has_one_request_id_per_date(run, checker):
    for _ in range(2):
        assert run("run", "reconcile", "--date", "2021-10-26").exit_code == 0
    assert checker.request_ids == ["job-reconcile-2021-10-26"] * 2


@pytest.mark.parametrize(
    "words",
    [("run", "nothing"), ("run", "handover", "--date", "26 October"), ("token", "--role", "emperor")],
)
def test_wrong_use_ends_with_two(run, words):
    answer = run(*words)
    assert (answer.exit_code, answer.stdout) == (2, "")


def test_reconcile_that_cannot_look_says_neither_kept_nor_broken(run, monkeypatch):
    assert run("reconcile").exit_code == 2
    monkeypatch.setattr("ets_kernel.runtime.retries.ATTEMPTS_MAX", 1)
    monkeypatch.setenv("ETS_PEER_CONSISTENCY_CHECKER", "127.0.0.1:1")
    answer = run("reconcile")
    assert answer.exit_code == 2
    assert "PEER_UNAVAILABLE" in answer.stderr


def test_reconcile_of_a_checker_with_a_bug_says_neither_kept_nor_broken(run, stand_in):
    stand_in("CONSISTENCY_CHECKER", add_CheckerServiceServicer_to_server, CheckerServiceServicer())
    answer = run("reconcile")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "UNIMPLEMENTED" in answer.stderr


@pytest.mark.parametrize(("command", "code"), [("reconcile", 2), ("clean", 1)])
def test_a_platform_that_cannot_be_found_out_about_is_a_failure(run, monkeypatch, command, code):
    def fail(_layout):
        raise control.PlatformFailed("[/damaged]; its supervisor is process 7")

    monkeypatch.setattr(control, "running", fail)
    answer = run(command)
    assert answer.exit_code == code
    assert "[/damaged]; its supervisor is process 7" in answer.stderr


@pytest.mark.parametrize("job", JOBS)
def test_a_job_needs_a_running_platform(run, job):
    answer = run("run", job, "--date", "2021-10-26")
    assert answer.exit_code == 1
    assert "nothing runs" in answer.stderr


def test_a_window_can_only_be_resumed_where_one_was_played(run):
    answer = run("window", "--resume")
    assert answer.exit_code == 1
    assert "no window to resume" in answer.stderr


def test_down_without_a_platform_says_so(run):
    answer = run("down")
    assert (answer.exit_code, answer.output.strip()) == (0, "nothing was running")


def test_clean_deletes_the_state(run, tmp_path):
    (tmp_path / "var" / "window").mkdir(parents=True)
    assert run("clean").exit_code == 0
    assert not (tmp_path / "var").exists()


def test_a_token_is_printed_for_the_roles_asked_for(run, tmp_path):
    answer = run(
        "token", "--role", "registry-operator", "--role", "province", "--province", "37", "--subject", "me"
    )
    secrets = Secrets(tmp_path / "var" / "secrets")
    principal = TokenVerifier(public_key_from_pem(secrets.public_pem("auth"))).verify(answer.output.strip())
    assert principal.subject == "me"
    assert principal.roles == {"ROLE_REGISTRY_OPERATOR", "ROLE_PROVINCE"}
    assert principal.provinces == {"37"}
    assert principal.entities == frozenset()

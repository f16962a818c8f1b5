"""What a call of the command does before the first day: it begins, goes on, or refuses and touches nothing."""

import os
from dataclasses import replace
from io import StringIO
from types import SimpleNamespace

import psutil
import pytest
from rich.console import Console
from simulation.platform import control
from simulation.platform.layout import Layout, PlatformState
from simulation.window import session
from simulation.window.barrier import NotQuiet
from simulation.window.progress import Progress
from simulation.window.session import Script, WindowOptions, play_window


@pytest.fixture
def layout(tmp_path) -> Layout:
    return Layout(root=tmp_path)


@pytest.fixture
def options(tmp_path, plan) -> WindowOptions:
    return WindowOptions(cycle=plan.cycle, seed=plan.seed, root=tmp_path)


@pytest.fixture
def script(scenario, plan) -> Script:
    return Script(scenario=scenario, plan=plan)


@pytest.fixture
def stopped(monkeypatch) -> list[Layout]:
    """The platforms that were stopped; none can be started."""
    found: list[Layout] = []
    monkeypatch.setattr(control, "stop", found.append)

    def refuse(options):
        raise control.PlatformFailed(f"asked for {options}")

    monkeypatch.setattr(control, "start", refuse)
    return found


@pytest.fixture
def earlier(layout) -> Layout:
    """An earlier window in the folder, whose books a refused command must not touch."""
    layout.database.mkdir()
    layout.window.mkdir()
    (layout.window / "progress.json").write_text("{}", encoding="utf-8")
    return layout


def told(capsys) -> str:
    """Give what was told, whatever the width of the screen."""
    return " ".join(capsys.readouterr().err.split())


def play(options: WindowOptions, script: Script) -> int:
    return play_window(options, Console(file=StringIO()), script)


def test_a_new_window_leaves_a_running_platform_alone(layout, options, script, stopped, capsys):
    PlatformState(
        supervisor_pid=os.getpid(),
        supervisor_started=int(psutil.Process().create_time()),
        database_url="",
        kafka="",
        broker_pid=0,
        postgres_pid=0,
        services={},
    ).write(layout.state)
    layout.database.mkdir()
    assert play(options, script) == session.EXIT_DIFFERENT
    assert "--resume" in told(capsys)
    assert layout.database.exists()
    assert stopped == []


def test_there_must_be_a_window_to_resume(options, script, stopped, capsys):
    assert play(replace(options, is_resumed=True), script) == session.EXIT_DIFFERENT
    assert "no window to resume" in told(capsys)
    assert stopped == []


@pytest.mark.parametrize(("seed", "words"), [(7, "seed 7"), (2021, "another version")])
def test_the_window_of_another_plan_is_not_resumed(layout, options, script, stopped, capsys, seed, words):
    Progress(cycle=options.cycle, seed=seed, plan_digest="other").write(layout.window / "progress.json")
    assert play(replace(options, is_resumed=True), script) == session.EXIT_DIFFERENT
    assert words in told(capsys)
    assert stopped == []


def test_the_window_of_another_version_is_not_resumed(layout, options, script, stopped, capsys):
    layout.window.mkdir()
    (layout.window / "progress.json").write_text('{"cycle": "2019-2020"}', encoding="utf-8")
    assert play(replace(options, is_resumed=True), script) == session.EXIT_DIFFERENT
    assert "another version" in told(capsys)
    assert stopped == []


def test_a_resumed_window_goes_on_where_its_books_are(layout, options, script, stopped, capsys):
    Progress(
        cycle=options.cycle,
        seed=options.seed,
        plan_digest=script.plan.digest(),
        database_url="postgresql+asyncpg://here/postgres",
        kafka="broker:9092",
    ).write(layout.window / "progress.json")
    assert play(replace(options, is_resumed=True), script) == session.EXIT_DIFFERENT
    words_told = told(capsys)
    assert "postgresql+asyncpg://here/postgres" in words_told
    assert "broker:9092" in words_told
    assert stopped == [layout]


def test_a_new_window_says_that_it_deletes_the_earlier_one(layout, options, script, stopped):
    layout.database.mkdir()
    output = StringIO()
    play_window(options, Console(file=output), script)
    assert "deleted" in output.getvalue()
    assert not layout.database.exists()


def test_faults_strike_a_window_from_its_beginning_only(earlier, options, script, stopped, capsys):
    assert play(replace(options, is_resumed=True, fault_seed=1), script) == session.EXIT_DIFFERENT
    assert "leave --resume out" in told(capsys)
    assert stopped == []


def test_a_window_too_short_for_faults_is_not_begun(earlier, options, script, stopped, capsys):
    short = replace(options, fault_seed=1, until=min(script.plan.days))
    assert play(short, script) == session.EXIT_DIFFERENT
    assert "too few moments for faults" in told(capsys)
    assert earlier.database.exists()
    assert stopped == []


def test_without_the_report_to_compare_with_nothing_is_deleted(
    earlier, options, script, stopped, capsys, tmp_path
):
    assert play(replace(options, compare=tmp_path / "no.json"), script) == session.EXIT_DIFFERENT
    assert "play a window first" in told(capsys)
    assert earlier.database.exists()
    assert stopped == []


def test_on_a_full_disk_nothing_is_deleted(earlier, options, script, stopped, capsys, monkeypatch):
    monkeypatch.setattr(session.shutil, "disk_usage", lambda _path: SimpleNamespace(free=1024**2))
    assert play(options, script) == session.EXIT_DIFFERENT
    assert "1 MiB of free disk" in told(capsys)
    assert earlier.database.exists()
    assert stopped == []


def test_books_on_a_given_server_are_not_lost_with_their_progress(
    earlier, options, script, stopped, capsys, monkeypatch
):
    async def existing(_url):
        return ["ets_mrv"]

    monkeypatch.setattr(session, "existing_databases", existing)
    given = replace(options, database_url="postgresql+asyncpg://here/postgres")
    assert play(given, script) == session.EXIT_DIFFERENT
    assert "ets_mrv: drop them, or go on with --resume" in told(capsys)
    assert (earlier.window / "progress.json").exists()
    assert stopped == []


def test_a_server_that_is_not_there_is_told_without_its_password(earlier, options, script, stopped, capsys):
    given = replace(options, database_url="postgresql+asyncpg://me:secret@127.0.0.1:1/postgres")
    assert play(given, script) == session.EXIT_DIFFERENT
    words_told = told(capsys)
    assert "no PostgreSQL at 127.0.0.1:1/postgres" in words_told
    assert "secret" not in words_told
    assert earlier.database.exists()


@pytest.mark.parametrize(
    ("failure", "code", "words"),
    [
        (KeyboardInterrupt(), session.EXIT_INTERRUPTED, "interrupted"),
        (NotQuiet("events stay on their way"), session.EXIT_DIFFERENT, "NotQuiet: events stay"),
        (OSError("disk full"), session.EXIT_DIFFERENT, "disk full"),
    ],
)
def test_a_window_that_stops_says_why_and_how_it_goes_on(
    layout, options, script, stopped, capsys, monkeypatch, failure, code, words
):
    def fail(_options):
        raise failure

    monkeypatch.setattr(control, "start", fail)
    assert play(options, script) == code
    words_told = told(capsys)
    assert words in words_told
    assert "at its beginning" in words_told
    assert "go on with --resume" in words_told
    assert Progress.read(layout.window / "progress.json") is not None, "what was begun can be resumed"
    assert stopped == [layout]

"""What a call of the command does before the first day: it begins, goes on, or refuses and touches nothing."""

import os
from dataclasses import replace
from io import StringIO

import psutil
import pytest
from rich.console import Console
from simulation.platform import control
from simulation.platform.layout import Layout, PlatformState
from simulation.window import session
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
    assert "--resume" in capsys.readouterr().err
    assert layout.database.exists()
    assert stopped == []


def test_there_must_be_a_window_to_resume(options, script, stopped, capsys):
    assert play(replace(options, is_resumed=True), script) == session.EXIT_DIFFERENT
    assert "no window to resume" in capsys.readouterr().err
    assert stopped == []


def test_the_window_of_another_plan_is_not_resumed(layout, options, script, stopped, capsys):
    Progress(cycle=options.cycle, seed=7, plan_digest="other").write(layout.window / "progress.json")
    assert play(replace(options, is_resumed=True), script) == session.EXIT_DIFFERENT
    assert "seed 7" in capsys.readouterr().err
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
    told = capsys.readouterr().err.replace("\n", "")
    assert "postgresql+asyncpg://here/postgres" in told
    assert "broker:9092" in told
    assert stopped == [layout]


def test_a_new_window_says_that_it_deletes_the_earlier_one(layout, options, script, stopped):
    layout.database.mkdir()
    output = StringIO()
    play_window(options, Console(file=output), script)
    assert "deleted" in output.getvalue()
    assert not layout.database.exists()

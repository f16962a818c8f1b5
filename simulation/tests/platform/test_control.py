import os
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest
from simulation.platform import control
from simulation.platform.control import PlatformFailed
from simulation.platform.layout import Layout, PlatformState
from simulation.platform.supervisor import Options


def own_state() -> PlatformState:
    return PlatformState(
        supervisor_pid=os.getpid(),
        supervisor_started=int(psutil.Process().create_time()),
        database_url="",
        kafka="",
        broker_pid=0,
        postgres_pid=0,
        services={},
    )


def test_a_platform_without_a_state_file_does_not_run(tmp_path):
    assert control.running(Layout(root=tmp_path)) is None
    assert control.stop(Layout(root=tmp_path)) is False


def test_a_platform_runs_while_its_supervisor_lives(tmp_path):
    layout = Layout(root=tmp_path)
    own_state().write(layout.state)
    assert control.running(layout) == own_state()


def test_a_later_process_with_the_same_number_is_not_the_supervisor(tmp_path):
    layout = Layout(root=tmp_path)
    replace(own_state(), supervisor_started=1).write(layout.state)
    assert control.running(layout) is None


def test_a_supervisor_that_is_gone_does_not_run(tmp_path):
    layout = Layout(root=tmp_path)
    with psutil.Popen(["true"]) as ended:
        ended.wait()
    replace(own_state(), supervisor_pid=ended.pid).write(layout.state)
    assert control.running(layout) is None
    assert control.stop(layout) is False


def test_a_running_platform_is_found_and_not_started_again(tmp_path):
    layout = Layout(root=tmp_path)
    own_state().write(layout.state)
    assert control.start(Options(root=tmp_path)) == own_state()


def test_a_platform_that_cannot_start_says_where_to_look(tmp_path):
    nowhere = "postgresql+asyncpg://nobody@127.0.0.1:1/postgres"
    with pytest.raises(PlatformFailed, match=r"no PostgreSQL at 127\.0\.0\.1:1/postgres.*supervisor\.log"):
        control.start(Options(root=tmp_path, database_url=nowhere))
    assert control.running(Layout(root=tmp_path)) is None


def test_a_stale_state_of_another_version_is_nothing_that_runs(tmp_path):
    layout = Layout(root=tmp_path)
    layout.state.write_text('{"services": {"mrv": {"pid": 1}}}', encoding="utf-8")
    assert control.running(layout) is None


@pytest.fixture
def busy(tmp_path):
    """A folder in which a process holds the supervisor's lock; it ends on SIGTERM."""
    layout = Layout(root=tmp_path)
    code = (
        "import fcntl, os, signal, sys; lock = open(sys.argv[1], 'w'); fcntl.flock(lock, fcntl.LOCK_EX);"
        " lock.write(str(os.getpid())); lock.flush(); print('held', flush=True); signal.pause()"
    )
    with psutil.Popen([sys.executable, "-c", code, str(layout.lock)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        yield layout
        if holder.poll() is None:
            holder.terminate()


def test_a_platform_of_another_version_that_runs_is_told_with_its_process(busy):
    busy.state.write_text("{}", encoding="utf-8")
    with pytest.raises(PlatformFailed, match=r"another version.*supervisor is process \d+"):
        control.running(busy)


def test_a_platform_that_is_starting_is_stopped_too(busy):
    assert control.running(busy) is None
    assert control.stop(busy) is True
    assert control.stop(busy) is False


def test_a_platform_that_neither_starts_nor_ends_is_told(busy, monkeypatch):
    monkeypatch.setattr(control, "START_SECONDS_MAX", 0)
    with pytest.raises(PlatformFailed, match="neither starts nor ends"):
        control.settled(busy)


def test_a_folder_without_a_supervisor_is_settled(tmp_path):
    assert control.settled(Layout(root=tmp_path)) is None

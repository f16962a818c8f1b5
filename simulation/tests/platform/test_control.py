import os
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
    with pytest.raises(PlatformFailed, match=r"supervisor\.log"):
        control.start(Options(root=tmp_path, database_url=nowhere))
    assert control.running(Layout(root=tmp_path)) is None

"""Ordered start, drain, and what happens when a part fails."""

import asyncio
import os
import signal

import pytest
from ets_kernel.runtime.lifecycle import EXIT_DRAINED, EXIT_FAILED, Lifecycle, Stage


class Recorder:
    """Stages that write down what happened to them."""

    def __init__(self, *, drain_seconds=5.0):
        self.happened = []
        self.ready = asyncio.Event()
        self.lifecycle = Lifecycle(drain_seconds=drain_seconds, on_ready=self.on_ready)

    async def on_ready(self, ready):
        self.happened.append("ready" if ready else "not ready")
        if ready:
            self.ready.set()

    def stage(self, name, *, start_fails=False, stop_fails=False):
        async def start():
            self.happened.append(f"start {name}")
            if start_fails:
                raise OSError(name)

        async def stop(left_seconds):
            assert left_seconds > 0
            self.happened.append(f"stop {name}")
            if stop_fails:
                raise OSError(name)

        return Stage(name=name, start=start, stop=stop)


async def until_ready(recorder, stages):
    running = asyncio.create_task(recorder.lifecycle.run(stages))
    await recorder.ready.wait()
    return running


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_the_stages_in_the_opposite_order_of_their_start(number):
    recorder = Recorder()
    running = await until_ready(recorder, [recorder.stage("a"), recorder.stage("b")])
    os.kill(os.getpid(), number)
    assert await running == EXIT_DRAINED
    assert recorder.happened == ["start a", "start b", "ready", "not ready", "stop b", "stop a"]


async def test_a_stage_that_cannot_start_stops_those_before_it_and_itself():
    recorder = Recorder()
    stages = [recorder.stage("a"), recorder.stage("b", start_fails=True), recorder.stage("c")]
    with pytest.raises(OSError, match="b"):
        await recorder.lifecycle.run(stages)
    assert recorder.happened == ["start a", "start b", "not ready", "stop b", "stop a"]


async def test_a_stage_that_cannot_stop_does_not_keep_the_others():
    recorder = Recorder()
    running = await until_ready(recorder, [recorder.stage("a"), recorder.stage("b", stop_fails=True)])
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running == EXIT_FAILED
    assert recorder.happened[-2:] == ["stop b", "stop a"]


async def test_a_stage_that_hangs_is_left_behind_at_the_end_of_the_drain():
    recorder = Recorder(drain_seconds=0.01)

    async def hang(left_seconds):
        await asyncio.Event().wait()

    running = await until_ready(recorder, [recorder.stage("a"), Stage(name="b", stop=hang)])
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running == EXIT_FAILED
    assert recorder.happened[-1] == "stop a"


async def test_a_background_task_that_ends_by_itself_ends_the_process():
    recorder = Recorder()

    async def ends():
        raise ValueError("a bug")

    running = await until_ready(recorder, [recorder.stage("a")])
    recorder.lifecycle.spawn("worker", ends())
    assert await running == EXIT_FAILED
    assert recorder.happened[-1] == "stop a"


async def test_a_background_task_is_cancelled_at_the_end_and_that_is_no_failure():
    recorder = Recorder()
    cancelled = asyncio.Event()

    async def works():
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    running = await until_ready(recorder, [])
    recorder.lifecycle.spawn("worker", works())
    await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running == EXIT_DRAINED
    assert cancelled.is_set()

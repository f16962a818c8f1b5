"""Plays the brief plan as `ets window` does and sends a signal to itself at its n-th call: for test_resume.

python stopped_window.py FOLDER SIGNAL CALL_COUNT [--resume]
"""

import os
import signal
import sys
from itertools import count
from pathlib import Path

from processes import play_script
from simulation.window import session
from simulation.window.world import World
from small_plan import brief_plan


def main() -> int:
    folder, name, call_count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    calls = count(1)

    def on_call(_method: str) -> None:
        if next(calls) == call_count:
            os.kill(os.getpid(), signal.Signals[name])

    # As at a terminal: who is started in the background inherits a SIGINT that does nothing.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def world(*arguments, **options) -> World:
        return World(*arguments, **{**options, "on_call": on_call})

    session.World = world  # type: ignore[misc, assignment]
    return play_script(folder, plan=brief_plan(), is_resumed="--resume" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())

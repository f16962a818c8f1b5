"""Settings of the whole test run: the kernel's fixtures, and no silent skip in CI."""

import os

import pytest
from _pytest.nodeid import NodeId
from hypothesis import HealthCheck, settings

# Before any test module of simulation/tests: import-mode importlib would otherwise make a package of the folder's name.
import simulation  # noqa: F401

# Before gRPC starts: a test that hosts a supervisor forks while gRPC's threads run, and a child may abort in the
# handlers that gRPC would add, as in `simulation.platform.control.start`.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

# An example that takes long tells of a busy machine, not of a bug. In CI the rest is Hypothesis's own profile for it.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

pytest_plugins = ["ets_kernel.testing.plugin"]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep groups together under `--dist loadgroup`.

    The scheduler reads a group at the end of a node id; pytest-xdist 3.8 writes it there through an attribute
    that pytest 9.2 no longer reads, so that every worker would make the set-ups of every group.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    for item in items:
        if mark := item.get_closest_marker("xdist_group"):
            item._id = NodeId.parse(f"{item.nodeid}@{mark.args[0]}")  # noqa: SLF001


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not run."""
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"NOT RUN: {report.nodeid}: {report.longrepr}", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in CI that skipped anything."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

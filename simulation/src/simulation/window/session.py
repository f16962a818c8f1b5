"""One run of a window: the platform up, the plan played with a progress bar, the report written."""

import asyncio
import contextlib
import shutil
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Final

from ets_kernel.domain.errors import EtsError
from grpc.aio import AioRpcError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table

from simulation.platform import control, memory
from simulation.platform.databases import ServerUnreachable, existing_databases
from simulation.platform.layout import Layout, PlatformState
from simulation.platform.secrets import Secrets
from simulation.platform.supervisor import Options
from simulation.population.generate import generate
from simulation.population.plan import Moment, Plan
from simulation.scenario import Scenario, load_scenario
from simulation.window.barrier import NotQuiet
from simulation.window.batches import MissingRefusal, UnexpectedRefusal
from simulation.window.compare import Comparison, NotComparable, read_earlier
from simulation.window.faults import FaultNotSetOff, Strikes, TooShortForFaults, draw_strikes, platform_acts
from simulation.window.gather import gather
from simulation.window.page import write_page
from simulation.window.player import Player
from simulation.window.progress import Progress, ProgressFile, ProgressUnreadable
from simulation.window.report import build_report, write_json
from simulation.window.world import World

EXIT_DIFFERENT: Final = 1
EXIT_INTERRUPTED: Final = 130
# A whole window takes about a quarter of it: books, the log of the database, and the events of the broker.
FREE_BYTES_MIN: Final = 2 * 1024**3
# A service that died is served again within seconds; at two seconds between attempts this waits for a minute.
CALL_ATTEMPTS_MAX: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowOptions:
    """What is played, where, and until when; with a `fault_seed` while faults strike; what its books must equal."""

    CLOCK_START: ClassVar[str] = "2021-10-01T00:00:00+08:00"

    cycle: str
    seed: int
    root: Path
    until: date | None = None
    is_resumed: bool = False
    database_url: str = ""
    kafka: str = ""
    fault_seed: int | None = None
    compare: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is played, and the figures that the outcome is compared with."""

    scenario: Scenario
    plan: Plan


@dataclass(slots=True, kw_only=True)
class Run:
    """What one call of the command works with."""

    options: WindowOptions
    layout: Layout
    script: Script
    file: ProgressFile
    console: Console
    earlier: Comparison | None
    strikes: Strikes | None
    meter: memory.Meter = field(init=False)
    last_day: date | None = None

    def __post_init__(self) -> None:
        self.meter = memory.Meter(self.layout)

    @property
    def progress(self) -> Progress:
        """How far it got."""
        return self.file.progress


class CannotPlay(Exception):
    """The window cannot be played as asked; the text says what to do."""


# What ends a window before its end; anything else is a bug of ours and shows where it happened.
STOPPED_BY: Final = (
    AioRpcError, EtsError, FaultNotSetOff, MissingRefusal, NotQuiet, OSError, UnexpectedRefusal,
    control.PlatformFailed,
)  # fmt: skip


def play_window(options: WindowOptions, console: Console, script: Script | None = None) -> int:
    """Play a window; returns the exit code: 0 when every book agrees, 1 otherwise, 130 when it was interrupted.

    Without a script it is the one of the cycle and seed of the options.
    """
    layout = Layout(root=options.root)
    started = time.monotonic()
    try:
        run = _run(options, layout, script or _script(options), console, started)
    except (
        CannotPlay,
        NotComparable,
        ProgressUnreadable,
        ServerUnreachable,
        TooShortForFaults,
        control.PlatformFailed,
    ) as error:
        return _told(str(error))
    # Only from here on the platform is this run's own: what was refused above must not stop one that runs.
    try:
        # Written before anything starts, so that what is interrupted now can be resumed as well.
        run.file.write()
        return asyncio.run(_play(run, control.start(_platform(run))))
    except KeyboardInterrupt:
        return _told(_stopped(run, "interrupted"), EXIT_INTERRUPTED)
    except STOPPED_BY as error:
        return _told(_stopped(run, f"{type(error).__name__}: {error}"))
    finally:
        if options.until is None:
            control.stop(layout)


def _run(options: WindowOptions, layout: Layout, script: Script, console: Console, started: float) -> Run:
    """Look at everything that may forbid the run, and only then delete what an earlier one left."""
    strikes = _strikes(options, layout, script.plan)
    earlier = read_earlier(options.compare, script.plan.digest()) if options.compare else None
    free = shutil.disk_usage(_existing(layout.root)).free
    if free < FREE_BYTES_MIN:
        raise CannotPlay(
            f"{layout.root} has {free >> 20} MiB of free disk; a window takes up to {FREE_BYTES_MIN >> 20}"
        )
    progress = _progress(options, layout, script.plan, console)
    if strikes:
        console.print(
            f"{strikes.count} faults will strike; the same ones again with --fault-seed {strikes.seed}."
        )
    return Run(
        options=options,
        layout=layout,
        script=script,
        file=ProgressFile(layout.window / "progress.json", progress, started=started),
        console=console,
        earlier=earlier,
        strikes=strikes,
    )


def _strikes(options: WindowOptions, layout: Layout, plan: Plan) -> Strikes | None:
    if options.fault_seed is None:
        return None
    if options.is_resumed:
        raise CannotPlay("faults strike a window that is played from its beginning: leave --resume out")
    broker_count = 0 if options.kafka else 1
    drawn = draw_strikes(options.fault_seed, plan, until=options.until, broker_count=broker_count)
    return Strikes(options.fault_seed, drawn, platform_acts(layout))


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)


def _told(text: str, code: int = EXIT_DIFFERENT) -> int:
    Console(stderr=True).print(f"[red]ets:[/red] {escape(text)}")
    return code


def _stopped(run: Run, why: str) -> str:
    """Say where the window stopped, why, and how it goes on."""
    with contextlib.suppress(OSError):  # A full disk may be why it stopped.
        run.file.write()
    at = (
        f"after {run.progress.last_moment} of {run.progress.last_date}"
        if run.progress.last_date
        else "at its beginning"
    )
    told = f"the window stopped {at}: {why}\nLogs are in {run.layout.logs}; go on with --resume."
    return f"{told}\n{run.strikes.told()}" if run.strikes else told


def _platform(run: Run) -> Options:
    return Options(
        root=run.options.root,
        database_url=run.progress.database_url,
        kafka=run.progress.kafka,
        clock_start=WindowOptions.CLOCK_START,
    )


def _script(options: WindowOptions) -> Script:
    scenario = load_scenario(options.cycle)
    return Script(scenario=scenario, plan=generate(scenario, options.seed))


def _progress(options: WindowOptions, layout: Layout, plan: Plan, console: Console) -> Progress:
    digest = plan.digest()
    if options.is_resumed:
        return _resumed(options, layout, digest)
    if control.settled(layout) is not None:
        raise CannotPlay(
            f"a platform runs in {layout.root}: resume its window with --resume or stop it with `ets down`"
        )
    if options.database_url and (found := asyncio.run(existing_databases(options.database_url))):
        raise CannotPlay(f"the server has {', '.join(found)}: drop them, or go on with --resume")
    if layout.database.exists() or layout.window.exists():
        console.print(f"A new window: the earlier books, report and logs in {layout.root} are deleted.")
    for folder in (layout.window, layout.database, layout.logs):
        shutil.rmtree(folder, ignore_errors=True)
    return Progress(
        cycle=options.cycle,
        seed=options.seed,
        plan_digest=digest,
        database_url=options.database_url,
        kafka=options.kafka,
    )


def _resumed(options: WindowOptions, layout: Layout, digest: str) -> Progress:
    found = Progress.read(layout.window / "progress.json")
    if found is None:
        raise CannotPlay(f"there is no window to resume in {layout.root}; leave --resume out")
    if (found.cycle, found.seed) != (options.cycle, options.seed):
        raise CannotPlay(f"the window in {layout.root} is of cycle {found.cycle}, seed {found.seed}")
    if found.plan_digest != digest:
        raise CannotPlay(
            f"another version planned the window in {layout.root} differently; leave --resume out"
        )
    found.database_url = options.database_url or found.database_url
    found.kafka = options.kafka or found.kafka
    return found


async def _play(run: Run, state: PlatformState) -> int:
    secrets = Secrets(run.layout.secrets)
    plan, progress, strikes = run.script.plan, run.progress, run.strikes
    world = World(
        state.targets(),
        secrets.token,
        attempts_max=CALL_ATTEMPTS_MAX,
        on_call=strikes.on_call if strikes else None,
    )
    try:
        with _bar(run.console) as bar:
            task = bar.add_task("preparation", total=len(plan.days), completed=_days_done(plan, progress))

            def on_moment(day: date, moment: Moment | None) -> None:
                if strikes:
                    strikes.on_moment(day, moment)
                if day != run.last_day or moment is Moment.OPENING:
                    run.last_day = day
                    description = day.isoformat() if moment else "preparation"
                    bar.update(task, description=description, completed=_days_done(plan, progress))
                    run.meter.sample()

            await Player(world, secrets, plan, run.file).play(run.options.until or max(plan.days), on_moment)
            bar.update(task, completed=_days_done(plan, progress))
        if strikes:
            await strikes.finish()
        outcome = await gather(world, plan.cycle, f"{plan.cycle}-{plan.seed}-{progress.last_date}-report")
        run.meter.sample()
        progress.peak_rss_mib = run.meter.peaks(progress.peak_rss_mib)
        run.file.write()
    finally:
        await world.close()
    report = build_report(run.script.scenario, progress, outcome, strikes)
    write_json(report, run.layout.window / "report.json")
    write_page(report, run.layout.window / "report.html")
    print_summary(report, run.console, run.layout)
    is_equal = run.earlier is None or run.earlier.is_equal(report, run.console)
    return 0 if is_equal and is_whole(report, is_partial=run.options.until is not None) else EXIT_DIFFERENT


def is_whole(report: dict[str, Any], *, is_partial: bool) -> bool:
    """Tell whether the run proves what it is for: books kept and, at the end, every comparable figure equal."""
    verdicts = report["reconciliation"]
    if verdicts["broken"] or verdicts["unchecked"]:
        return False
    return is_partial or all(row["equal"] for row in report["published"] if row["kind"] == "published")


def print_summary(report: dict[str, Any], console: Console, layout: Layout) -> None:
    """Print the figures beside the published ones, and where the report is."""
    table = Table(
        "figure", "published", "simulated", "equal", title="First compliance cycle, 26 Oct to 31 Dec 2021"
    )
    for row in report["published"]:
        mark = "[green]yes[/green]" if row["equal"] else "[yellow]no[/yellow]"
        table.add_row(row["figure"], f"{row['published']:,}", f"{row['simulated']:,}", mark)
    console.print(table)
    verdicts, events, rss = report["reconciliation"], report["events"], report["peak_rss_mib"]
    console.print(
        f"Reconciliation: {verdicts['kept']} kept, {verdicts['broken']} broken, {verdicts['unchecked']} unchecked. "
        f"Hand-overs: {report['handovers']['count']:,} with {report['handovers']['rows']:,} rows. "
        f"Events: {events['published']:,} published, {events['dead_letters']} dead letters. "
        f"{report['wall_seconds']} s, {rss.get('total', 0):,} MiB at most."
    )
    console.print(f"Report: {layout.window / 'report.html'}")


def _bar(console: Console) -> ProgressBar:
    return ProgressBar(
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _days_done(plan: Plan, progress: Progress) -> int:
    return sum(day.isoformat() <= progress.last_date for day in plan.days)

"""One run of a window: the platform up, the plan played with a progress bar, the report written."""

import asyncio
import shutil
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table

from simulation.platform import control, memory
from simulation.platform.layout import Layout, PlatformState
from simulation.platform.secrets import Secrets
from simulation.platform.supervisor import Options
from simulation.population.generate import generate
from simulation.population.plan import Plan
from simulation.scenario import Scenario, load_scenario
from simulation.window.gather import gather
from simulation.window.page import write_page
from simulation.window.player import Player
from simulation.window.progress import Progress
from simulation.window.report import build_report, write_json
from simulation.window.world import World

EXIT_DIFFERENT: Final = 1
# A service that died is served again within seconds; at two seconds between attempts this waits for a minute.
CALL_ATTEMPTS_MAX: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowOptions:
    """What is played, where, and until when."""

    CLOCK_START: ClassVar[str] = "2021-10-01T00:00:00+08:00"

    cycle: str
    seed: int
    root: Path
    until: date | None = None
    is_resumed: bool = False
    database_url: str = ""
    kafka: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is played, and the figures that the outcome is compared with."""

    scenario: Scenario
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one call of the command works with."""

    options: WindowOptions
    layout: Layout
    script: Script
    progress: Progress
    console: Console
    started: float


class CannotPlay(Exception):
    """The window cannot be played as asked; the text says what to do."""


def play_window(options: WindowOptions, console: Console, script: Script | None = None) -> int:
    """Play a window; returns the exit code: 0 when every book agrees, 1 otherwise.

    Without a script it is the one of the cycle and seed of the options.
    """
    layout = Layout(root=options.root)
    started = time.monotonic()
    try:
        script = script or _script(options)
        run = Run(
            options=options,
            layout=layout,
            script=script,
            progress=_progress(options, layout, script.plan, console),
            console=console,
            started=started,
        )
    except CannotPlay as error:
        return _told(error)
    # Only from here on the platform is this run's own: what was refused above must not stop one that runs.
    try:
        return asyncio.run(_play(run, control.start(_platform(run))))
    except control.PlatformFailed as error:
        return _told(error)
    finally:
        if options.until is None:
            control.stop(layout)


def _told(error: Exception) -> int:
    Console(stderr=True).print(f"[red]ets:[/red] {error}")
    return EXIT_DIFFERENT


def _platform(run: Run) -> Options:
    return Options(
        root=run.options.root,
        database_url=run.progress.database_url,
        kafka=run.progress.kafka,
        clock_start=WindowOptions.CLOCK_START,
        must_be_empty=not run.options.is_resumed,
    )


def _script(options: WindowOptions) -> Script:
    scenario = load_scenario(options.cycle)
    return Script(scenario=scenario, plan=generate(scenario, options.seed))


def _progress(options: WindowOptions, layout: Layout, plan: Plan, console: Console) -> Progress:
    path = layout.window / "progress.json"
    digest = plan.digest()
    if options.is_resumed:
        found = Progress.read(path)
        if found is None:
            raise CannotPlay(f"there is no window to resume in {layout.root}; leave --resume out")
        if found.plan_digest != digest:
            raise CannotPlay(f"the window in {layout.root} is of cycle {found.cycle}, seed {found.seed}")
        found.database_url = options.database_url or found.database_url
        found.kafka = options.kafka or found.kafka
        return found
    if control.running(layout) is not None:
        raise CannotPlay(
            f"a platform runs in {layout.root}: resume its window with --resume or stop it with `ets down`"
        )
    if layout.database.exists() or layout.window.exists():
        console.print(f"A new window: the earlier books, report and logs in {layout.root} are deleted.")
    for folder in (layout.database, layout.window, layout.logs):
        shutil.rmtree(folder, ignore_errors=True)
    return Progress(
        cycle=options.cycle,
        seed=options.seed,
        plan_digest=digest,
        database_url=options.database_url,
        kafka=options.kafka,
    )


async def _play(run: Run, state: PlatformState) -> int:
    secrets = Secrets(run.layout.secrets)
    world = World(state.targets(), secrets.token, attempts_max=CALL_ATTEMPTS_MAX)
    plan, progress = run.script.plan, run.progress
    path = run.layout.window / "progress.json"
    before = progress.wall_seconds
    meter = memory.Meter(run.layout)
    try:
        with _bar(run.console) as bar:
            task = bar.add_task("preparation", total=len(plan.days), completed=_days_done(plan, progress))

            def on_day(day: date) -> None:
                progress.wall_seconds = before + time.monotonic() - run.started
                bar.update(task, description=day.isoformat(), completed=_days_done(plan, progress))
                meter.sample()

            await Player(world, secrets, plan, progress, path).play(
                run.options.until or max(plan.days), on_day
            )
            bar.update(task, completed=_days_done(plan, progress))
        outcome = await gather(world, plan.cycle, f"{plan.cycle}-{plan.seed}-{progress.last_date}-report")
        meter.sample()
        progress.peak_rss_mib = meter.peaks(progress.peak_rss_mib)
        progress.wall_seconds = before + time.monotonic() - run.started
        progress.write(path)
    finally:
        await world.close()
    report = build_report(run.script.scenario, progress, outcome)
    write_json(report, run.layout.window / "report.json")
    write_page(report, run.layout.window / "report.html")
    print_summary(report, run.console, run.layout)
    return 0 if is_whole(report, is_partial=run.options.until is not None) else EXIT_DIFFERENT


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

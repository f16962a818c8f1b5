"""The commands of `ets`, each a thin layer over the modules that do the work.

Exit codes: 0 done (for `reconcile`: all kept), 1 a failure (something is broken), 2 wrong use (something is unchecked).
"""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from secrets import randbelow
from typing import Annotated, Final, NoReturn, TypeVar

import typer
from ets.checker.v1.checker_service_pb2 import RunReconciliationRequest
from ets.checker.v1.checker_types_pb2 import Reconciliation
from ets.common.v1.options_pb2 import Role
from ets_kernel.domain.clock import ZONE
from ets_kernel.domain.documents import DocumentUnreadable
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.principal import Principal
from grpc.aio import AioRpcError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from simulation.cli import dead_letters, documents, handovers, journal, reconciliation
from simulation.cli.jobs import JOBS, run_job
from simulation.platform import control
from simulation.platform.layout import SERVICES, Layout, PlatformState
from simulation.platform.secrets import Secrets
from simulation.platform.supervisor import Options
from simulation.window.progress import Progress, ProgressUnreadable
from simulation.window.session import WindowOptions, play_window
from simulation.window.world import OPERATIONS, World

EXIT_UNCHECKED: Final = 2
FAULT_SEEDS: Final = 1_000_000
ROLES: Final = frozenset(Role.keys()) - {"ROLE_UNSPECIFIED"}
ROOT: Final = Path("var")
Result = TypeVar("Result")
Root = Annotated[Path, typer.Option(help="Folder with the platform's state, keys and logs.")]

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="China's national carbon market, on one machine."
)
letters = typer.Typer(no_args_is_help=True, help="Messages that a consumer could not apply.")
app.add_typer(letters, name="dead-letters")
console = Console()


def main() -> None:
    """Run the command line."""
    app()


@app.command()
def up(
    root: Root = ROOT,
    database_url: Annotated[str, typer.Option(help="PostgreSQL to use instead of the embedded one.")] = "",
    kafka: Annotated[str, typer.Option(help="Kafka bootstrap servers instead of the embedded broker.")] = "",
    clock_start: Annotated[
        str, typer.Option(help="Simulated clock from this ISO time on; empty: real time.")
    ] = "",
) -> None:
    """Start PostgreSQL, the broker and every service, and leave them running with the state they had."""
    try:
        if window := Progress.read(Layout(root=root).window / "progress.json"):
            clock_start = clock_start or WindowOptions.CLOCK_START
            database_url, kafka = database_url or window.database_url, kafka or window.kafka
        options = Options(root=root, database_url=database_url, kafka=kafka, clock_start=clock_start)
        state = control.start(options)
    except (control.PlatformFailed, ProgressUnreadable) as error:
        _fail(str(error))
    table = Table("service", "pid", "gRPC", "HTTP (docs at /docs)")
    for name, address in state.services.items():
        table.add_row(name, str(address.pid), address.grpc, f"http://{address.http}")
    console.print(table)
    console.print("Tokens: `ets token --role …`. Logs: var/log. Stop with `make down`.")


@app.command()
def down(root: Root = ROOT) -> None:
    """Stop what `ets up` started; the state stays."""
    try:
        stopped = control.stop(Layout(root=root.resolve()))
    except control.PlatformFailed as error:
        _fail(str(error))
    console.print("stopped" if stopped else "nothing was running")


@app.command()
def window(
    *,
    cycle: Annotated[str, typer.Option(help="Compliance cycle of the scenario.")] = "2019-2020",
    seed: Annotated[int, typer.Option(help="Seed of the made-up entities.")] = 2021,
    root: Root = ROOT,
    until: Annotated[
        str, typer.Option(help="Stop after this date (YYYY-MM-DD) and leave the platform running.")
    ] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the window that was stopped.")] = False,
    database_url: Annotated[str, typer.Option(help="PostgreSQL to use instead of the embedded one.")] = "",
    kafka: Annotated[str, typer.Option(help="Kafka bootstrap servers instead of the embedded broker.")] = "",
    faults: Annotated[
        bool,
        typer.Option("--faults", help="Kill services, lose the broker, cut connections at random moments."),
    ] = False,
    fault_seed: Annotated[int | None, typer.Option(help="Repeat the faults of this seed.")] = None,
    compare: Annotated[
        Path | None, typer.Option(help="Earlier report.json whose digests must come out again.")
    ] = None,
) -> None:
    """Play the compliance window on all services and compare every book at the end."""
    if faults and fault_seed is None:
        fault_seed = randbelow(FAULT_SEEDS)
    options = WindowOptions(
        cycle=cycle,
        seed=seed,
        root=root.resolve(),
        until=_date(until) if until else None,
        is_resumed=resume,
        database_url=database_url,
        kafka=kafka,
        fault_seed=fault_seed,
        compare=compare,
    )
    raise typer.Exit(play_window(options, console))


@app.command()
def token(
    role: Annotated[
        list[str], typer.Option(help="Role, e.g. emitter, province, ministry; repeat for several.")
    ],
    subject: Annotated[str, typer.Option(help="Who acts; stored with what is done.")] = "developer",
    province: Annotated[list[str] | None, typer.Option(help="Province code in scope, or *.")] = None,
    entity: Annotated[list[str] | None, typer.Option(help="Credit code in scope, or *.")] = None,
    root: Root = ROOT,
) -> None:
    """Print a signed token for development."""
    roles = frozenset(f"ROLE_{name.upper().replace('-', '_')}" for name in role)
    if roles - ROLES:
        known = ", ".join(sorted(name.removeprefix("ROLE_").lower().replace("_", "-") for name in ROLES))
        _fail(f"a role is one of {known}", code=EXIT_UNCHECKED)
    secrets = Secrets(Layout(root=root.resolve()).secrets)
    secrets.ensure()
    principal = Principal(
        subject=subject,
        roles=roles,
        provinces=frozenset(province or ()),
        entities=frozenset(entity or ()),
    )
    typer.echo(secrets.token(principal))


@app.command()
def run(
    job: Annotated[str, typer.Argument(help=f"One of {', '.join(JOBS)}.")],
    day: Annotated[str, typer.Option("--date", help="Business date, YYYY-MM-DD or `today`.")] = "today",
    root: Root = ROOT,
) -> None:
    """Call one scheduled RPC, as a CronJob does. Safe to repeat."""
    if job not in JOBS:
        _fail(f"{job} is no job; one of {', '.join(JOBS)}", code=EXIT_UNCHECKED)
    on = datetime.now(ZONE).date() if day == "today" else _date(day)  # noqa: TID251  # people and CronJobs mean their own day
    with_world(root, lambda world: run_job(world, job, on, console))


@app.command()
def reissue(
    since: Annotated[str, typer.Option("--from", help="First business date, YYYY-MM-DD.")],
    province: Annotated[str, typer.Option(help="Province code; without it all.")] = "",
    is_taken_included: Annotated[
        bool, typer.Option("--taken", help="Also what the registry took, for a province without its copy.")
    ] = False,
    root: Root = ROOT,
) -> None:
    """Issue the hand-overs of a date and of all behind it again that the registry did not take. Safe to repeat."""
    on = _date(since)
    request_id = f"cli-reissue-{datetime.now(ZONE).isoformat()}"  # noqa: TID251  # each call of the command is a new request
    with_world(
        root,
        lambda world: handovers.reissue(
            world,
            since=on,
            province_code=province,
            is_taken_included=is_taken_included,
            request_id=request_id,
            console=console,
        ),
    )


@app.command()
def reconcile(
    root: Root = ROOT,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare all books now: exit 0 when all is kept, 1 when something is broken, 2 when something is unchecked."""
    request_id = f"cli-{datetime.now(ZONE).isoformat()}"  # noqa: TID251  # each call of the command is a new run

    async def judge(world: World) -> Reconciliation:
        answer = await world.checker().RunReconciliation(RunReconciliationRequest(request_id=request_id))
        return answer.reconciliation

    # Who cannot look has not found anything broken.
    result = with_world(root, judge, exit_code=EXIT_UNCHECKED)
    reconciliation.show(result, as_json=as_json, console=console)
    if result.broken_count:
        raise typer.Exit(1)
    if result.unchecked_count:
        raise typer.Exit(EXIT_UNCHECKED)


@app.command()
def verify(
    document: Annotated[Path, typer.Argument(help="A notice or certificate as PDF.")],
    key: Annotated[
        list[str] | None, typer.Option(help="Public key to trust, `registry=FILE.pem`; repeat for several.")
    ] = None,
    root: Root = ROOT,
) -> None:
    """Check a document offline and say what it certifies: exit 0 when kept, 1 when broken, 2 when unreadable."""
    try:
        verifier = documents.verifier_of(key, Layout(root=root.resolve()).secrets)
        found = documents.open_document(document)
    except DocumentUnreadable as error:
        _fail(error.message, code=EXIT_UNCHECKED)
    if not documents.show(found, verifier, console):
        raise typer.Exit(1)


@app.command()
def export_journal(
    out: Annotated[Path, typer.Option(help="File to write; JSON lines.")], root: Root = ROOT
) -> None:
    """Write the registry's whole journal, its signed heads and the state it leads to."""
    line_count = with_world(root, lambda world: journal.export(world, out))
    console.print(f"{line_count} lines in {out}", markup=False)


@app.command()
def prove_transfer(
    transfer_no: Annotated[str, typer.Argument(help="Number of the transfer, as in the journal.")],
    out: Annotated[Path, typer.Option(help="File to write.")],
    day: Annotated[str, typer.Option("--date", help="Head of this date; the first that covers it.")] = "",
    root: Root = ROOT,
) -> None:
    """Write the proof that a transfer is in the registry's journal under a signed head."""
    proof = with_world(root, lambda world: journal.prove_transfer(world, transfer_no, day))
    out.write_text(proof, encoding="utf-8")


@app.command()
def prove_history(
    from_date: Annotated[str, typer.Argument(help="Date of the earlier head, YYYY-MM-DD.")],
    to_date: Annotated[str, typer.Argument(help="Date of the later head, YYYY-MM-DD.")],
    out: Annotated[Path, typer.Option(help="File to write.")],
    root: Root = ROOT,
) -> None:
    """Write the proof that the journal only grew from one signed head to a later one."""
    proof = with_world(root, lambda world: journal.prove_history(world, from_date, to_date))
    out.write_text(proof, encoding="utf-8")


@app.command()
def verify_journal(
    file: Annotated[Path, typer.Argument(help="An export of the journal, or a proof.")],
    key: Annotated[
        list[str] | None, typer.Option(help="Public key to trust, `registry=FILE.pem`; repeat for several.")
    ] = None,
    root: Root = ROOT,
) -> None:
    """Check an export or a proof offline: exit 0 when kept, 1 when broken, 2 when unreadable."""
    try:
        is_kept = journal.verify(file, key, Layout(root=root.resolve()).secrets, console)
    except DocumentUnreadable as error:
        _fail(error.message, code=EXIT_UNCHECKED)
    if not is_kept:
        raise typer.Exit(1)


@letters.command("list")
def list_letters(
    *,
    service: Annotated[str, typer.Option(help="Of this service only.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="Also those that were redriven.")] = False,
    topic: Annotated[str, typer.Option(help="That came on this topic only.")] = "",
    reason: Annotated[str, typer.Option(help="Set aside for this reason only.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    root: Root = ROOT,
) -> None:
    """List the dead letters that wait, of every service that consumes."""

    async def show(world: World) -> None:
        await dead_letters.show(
            world,
            services=[_consumer(world, service)]
            if service
            else sorted(world.services & dead_letters.CONSUMERS),
            is_redriven_included=all_,
            topic=topic,
            reason=reason,
            as_json=as_json,
            console=console,
        )

    with_world(root, show)


@letters.command("redrive")
def redrive_letters(
    service: Annotated[str, typer.Argument(help=f"One of {', '.join(sorted(dead_letters.CONSUMERS))}.")],
    dead_letter_ids: Annotated[
        list[str], typer.Argument(help="Their ids, in the order in which to apply them.")
    ],
    subject: Annotated[
        str, typer.Option(help="Who acts; told with it. A token of the environment names its own.")
    ] = OPERATIONS.subject,
    root: Root = ROOT,
) -> None:
    """Apply dead letters after all, each once; exit 1 when one was refused. Safe to repeat."""
    request_id = f"cli-{datetime.now(ZONE).isoformat()}"  # noqa: TID251  # each call of the command is a new request

    async def redrive(world: World) -> bool:
        name = _consumer(world, service)
        return await dead_letters.redrive(
            world, name, dead_letter_ids, subject=subject, request_id=request_id, console=console
        )

    if not with_world(root, redrive):
        raise typer.Exit(1)


def _consumer(world: World, service: str) -> str:
    if service not in world.services & dead_letters.CONSUMERS:
        _fail(f"{service} is no consumer that can be reached", code=EXIT_UNCHECKED)
    return service


@app.command()
def clean(root: Root = ROOT) -> None:
    """Delete the state, keys and logs of a stopped platform."""
    if _running(Layout(root=root.resolve())):
        _fail("the platform runs; stop it first with `ets down`")
    shutil.rmtree(root, ignore_errors=True)


def with_world(root: Path, act: Callable[[World], Awaitable[Result]], *, exit_code: int = 1) -> Result:
    """Act on the platform and close the channels; a refusal ends the command with its reason and this exit code.

    In a cluster the environment names the services (ETS_PEER_…) and the token (ETS_SERVICE_TOKEN); without
    them it is the platform that runs in this folder.
    """
    if peers := {name: os.environ[_peer(name)] for name in SERVICES if os.environ.get(_peer(name))}:
        bearer = os.environ.get("ETS_SERVICE_TOKEN", "")
        bearer = Path(bearer[1:]).read_text(encoding="utf-8").strip() if bearer.startswith("@") else bearer
        return asyncio.run(_act(World(peers, lambda _actor: bearer), act, exit_code))
    layout = Layout(root=root.resolve())
    state = _running(layout, exit_code)
    if state is None:
        _fail(f"nothing runs in {root}; start it with `ets up`", code=exit_code)
    return asyncio.run(_act(World(state.targets(), Secrets(layout.secrets).token), act, exit_code))


def _running(layout: Layout, exit_code: int = 1) -> PlatformState | None:
    try:
        return control.running(layout)
    except control.PlatformFailed as error:
        _fail(str(error), code=exit_code)


def _peer(service: str) -> str:
    return f"ETS_PEER_{service.replace('-', '_').upper()}"


async def _act(world: World, act: Callable[[World], Awaitable[Result]], exit_code: int) -> Result:
    try:
        return await act(world)
    except EtsError as error:
        _fail(f"{error.reason}: {error.message} {error.metadata or ''}", code=exit_code)
    except AioRpcError as error:
        # The service has a bug; its log says which.
        _fail(f"{error.code().name}: {error.details()}", code=exit_code)
    finally:
        await world.close()


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        _fail(f"{text} is no date; write YYYY-MM-DD", code=EXIT_UNCHECKED)


def _fail(text: str, *, code: int = 1) -> NoReturn:
    Console(stderr=True).print(f"[red]ets:[/red] {escape(text)}")
    raise typer.Exit(code)

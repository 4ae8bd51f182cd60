"""The commands of ``fireflytx``, and what each takes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from fireflytx._version import __version__
from fireflytx.cli import checking, deciding, drawing, reading, running
from fireflytx.cli import doctor as doctor_
from fireflytx.cli.commands import AsJson, Id, Reason, Store, With, do
from fireflytx.cli.dashboard import DEFAULT_PORT, show_dashboard

app = typer.Typer(
    name="fireflytx",
    help="Runs, shows and steers sagas. "
    "Exit codes: 0 done, 1 not good, 2 usage, 3 unknown id, 4 refused, 5 no engine.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
step = typer.Typer(help="Decide about a step that waits for a person.", no_args_is_help=True)
app.add_typer(step, name="step")

Target = Annotated[str, typer.Argument(metavar="MODULE:CLASS", help="The saga's class.", show_default=False)]
StepId = Annotated[str, typer.Argument(metavar="STEP", help="The step's id.", show_default=False)]


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"fireflytx {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Runs, shows and steers sagas."""


@app.command()
def run(
    target: Target,
    input_file: Annotated[
        str | None,
        typer.Option("--input", metavar="FILE", help="The saga's input, a JSON file; - is standard input."),
    ] = None,
    correlation_id: Annotated[
        str | None, typer.Option("--id", help="The run's id; an id that ran joins.")
    ] = None,
    timeout_ms: Annotated[int | None, typer.Option(help="A limit for the whole saga.")] = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Run a saga; ends with 0 only if it completes."""
    do(running.run(target, input_file, store, correlation_id, timeout_ms, as_json))


@app.command("list")
def list_(
    status: Annotated[str | None, typer.Option(help="Only those that stand so, such as PARKED.")] = None,
    saga: Annotated[str | None, typer.Option(help="Only those of this name.")] = None,
    hours: Annotated[
        float | None, typer.Option(help="Only those that started in the last so many hours.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """List saga runs, the latest start first."""
    do(reading.show_list(store, status, saga, hours, limit, as_json))


@app.command()
def show(correlation_id: Id, store: Store = None, as_json: AsJson = False) -> None:
    """Show one run: its attempts on a time line, its errors, and what helps if it waits."""
    do(reading.show_saga(store, correlation_id, as_json))


@app.command()
def history(correlation_id: Id, store: Store = None, as_json: AsJson = False) -> None:
    """Show everything that has happened to a run."""
    do(reading.show_history(store, correlation_id, as_json))


@app.command()
def watch(correlation_id: Id, store: Store = None, as_json: AsJson = False) -> None:
    """Follow a run until it ends or waits for a person; with --json, a line for each fact."""
    do(reading.watch(store, correlation_id, as_json))


@app.command()
def cancel(
    correlation_id: Id, reason: Reason = "", target: With = None, store: Store = None, as_json: AsJson = False
) -> None:
    """Cancel a run: what it has done is undone."""
    do(deciding.cancel(store, correlation_id, reason, target, as_json))


@app.command()
def retry(
    correlation_id: Id, reason: Reason = "", target: With = None, store: Store = None, as_json: AsJson = False
) -> None:
    """Try every compensation of a run again that was given up."""
    do(
        deciding.decide(
            store,
            correlation_id,
            lambda engine: engine.retry_compensation(correlation_id, reason),
            target,
            as_json,
        )
    )


@app.command()
def mark(
    correlation_id: Id,
    step_id: StepId,
    reason: Reason,
    target: With = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Declare a step undone, by hand, whose compensation was given up."""
    do(
        deciding.decide(
            store,
            correlation_id,
            lambda engine: engine.mark_compensated(correlation_id, step_id, reason),
            target,
            as_json,
        )
    )


@app.command()
def skip(
    correlation_id: Id,
    step_id: StepId,
    reason: Reason,
    target: With = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Let a step stay as it is whose compensation was given up."""
    do(
        deciding.decide(
            store,
            correlation_id,
            lambda engine: engine.skip_compensation(correlation_id, step_id, reason),
            target,
            as_json,
        )
    )


@step.command("retry")
def retry_step(
    correlation_id: Id,
    step_id: StepId,
    reason: Reason = "",
    target: With = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Try a parked step again, with all its retries."""
    do(
        deciding.decide(
            store,
            correlation_id,
            lambda engine: engine.retry_step(correlation_id, step_id, reason),
            target,
            as_json,
        )
    )


@step.command("complete")
def complete_step(
    correlation_id: Id,
    step_id: StepId,
    reason: Reason,
    result: Annotated[str, typer.Option(help="What the step would have returned, a JSON object.")] = "{}",
    target: With = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Declare a parked step done, with its result."""
    do(
        deciding.decide(
            store,
            correlation_id,
            lambda engine: engine.complete_step(correlation_id, step_id, deciding.result_of(result), reason),
            target,
            as_json,
        )
    )


@step.command("fail")
def fail_step(
    correlation_id: Id,
    step_id: StepId,
    reason: Reason,
    target: With = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Declare that a parked step had no effect; its saga turns back."""
    do(
        deciding.decide(
            store,
            correlation_id,
            lambda engine: engine.fail_step(correlation_id, step_id, reason),
            target,
            as_json,
        )
    )


@app.command()
def graph(
    target: Target,
    form: Annotated[str, typer.Option("--format", help="mermaid, dot or svg.")] = "mermaid",
    as_json: AsJson = False,
) -> None:
    """Print a saga's graph; with --json, all that its class says."""
    do(drawing.draw(target, form, as_json))


@app.command()
def check(
    target: Annotated[
        str, typer.Argument(metavar="MODULE[:CLASS]", help="A module, or one saga of it.", show_default=False)
    ],
    as_json: AsJson = False,
) -> None:
    """Find what is likely to be wrong in sagas; ends with 1 if anything is."""
    do(checking.check(target, as_json))


@app.command()
def doctor(store: Store = None, as_json: AsJson = False) -> None:
    """Find out whether sagas can run here; ends with 1 if not."""
    do(doctor_.examine(store, as_json))


@app.command()
def dashboard(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = DEFAULT_PORT,
    host_name: Annotated[
        list[str] | None, typer.Option(help="A further name that browsers may call it by.")
    ] = None,
    root_path: Annotated[str, typer.Option(help="Where a reverse proxy shows it, such as /sagas.")] = "",
    read_only: Annotated[bool, typer.Option("--read-only", help="Show everything, decide nothing.")] = False,
    store: Store = None,
) -> None:
    """Show the sagas in a browser, on this machine; prints the address, with a token that counts once."""
    do(show_dashboard(store, host, port, host_name or [], root_path, read_only))

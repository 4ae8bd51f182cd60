"""The commands of ``fireflytx``, and what each takes."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from fireflytx._version import __version__
from fireflytx.cli import checking, deciding, drawing, keeping, reading, running
from fireflytx.cli import doctor as doctor_
from fireflytx.cli.commands import AsJson, Id, Reason, Store, With, do
from fireflytx.cli.dashboard import DEFAULT_PORT, show_dashboard
from fireflytx.cli.drawing import Form
from fireflytx.result import SagaStatus

_HELP = """Runs, shows and steers sagas: those of the journal in this folder, or of --store.

\b
A command ends with
    0  done; a saga that was run has completed
    1  done, and what came of it is not good
    2  not understood
    3  no saga has that id
    4  refused
    5  the engine or its journal can't be used
  130  interrupted
  141  whoever read the output had seen enough
"""

app = typer.Typer(
    name="fireflytx",
    help=_HELP,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
step = typer.Typer(help="Decide about a step that waits for a person.", no_args_is_help=True)
app.add_typer(step, name="step")

Target = Annotated[str, typer.Argument(metavar="MODULE:CLASS", help="The saga's class.", show_default=False)]
StepId = Annotated[str, typer.Argument(metavar="STEP", help="The step's id.", show_default=False)]


class UnfinishedChoice(StrEnum):
    """What ``import`` does with sagas that have not ended."""

    REFUSE = "refuse"
    LEAVE_OUT = "leave-out"
    TAKE = "take"


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
    status: Annotated[
        SagaStatus | None, typer.Option(case_sensitive=False, help="Only those that stand so.")
    ] = None,
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
    """Show one run: its attempts, errors, and what helps.

    The attempts are on a time line; if a step waits for a person, the commands for that are shown.
    """
    do(reading.show_saga(store, correlation_id, as_json))


@app.command()
def history(correlation_id: Id, store: Store = None, as_json: AsJson = False) -> None:
    """Show everything that has happened to a run."""
    do(reading.show_history(store, correlation_id, as_json))


@app.command()
def watch(correlation_id: Id, store: Store = None, as_json: AsJson = False) -> None:
    """Follow a run until it ends or waits for a person.

    On a terminal the view moves along; in a pipe, and with --json, each fact is a line.
    """
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
    """Try again what of a run could not be undone."""
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
    """Declare undone a step whose undoing was given up."""
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
    """Leave as it is a step whose undoing was given up."""
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
def verify(store: Store = None, as_json: AsJson = False) -> None:
    """Read and check a whole journal; 1 if it is damaged."""
    do(keeping.verify(store, as_json))


@app.command()
def export(
    correlation_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="Which runs; without any, all.", show_default=False),
    ] = None,
    file: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to; - is standard output.")
    ] = "-",
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Write runs to a file, while engines run them.

    Inputs and results are in it. docs/export-format.md describes the file.
    """
    do(keeping.export(store, file, correlation_ids or [], as_json))


@app.command("import")
def import_(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="What export wrote; - is standard input.", show_default=False),
    ],
    unfinished: Annotated[
        UnfinishedChoice, typer.Option(help="What to do if the file has sagas that have not ended.")
    ] = UnfinishedChoice.REFUSE,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Add the runs of a file to a journal, exactly as they stood."""
    do(keeping.import_(store, file, unfinished.value, as_json))


@app.command()
def graph(
    target: Target,
    form: Annotated[Form, typer.Option("--format", help="What to draw it as.")] = Form.MERMAID,
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
    """Find likely mistakes in sagas; 1 if there are any.

    A comment  # fireflytx: ignore[FTX102]  beside a step's decorator or def silences a finding.
    """
    do(checking.check(target, as_json))


@app.command()
def doctor(store: Store = None, as_json: AsJson = False) -> None:
    """Find out whether sagas can run here; 1 if not."""
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

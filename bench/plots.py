"""The results as pictures."""

# pyright: reportMissingImports=false
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.peers import SUBJECTS
from bench.table import Record, series
from bench.workloads import ORDER

_BROKEN = (":", "-.", "--")
_COLORS = ("C0", "C1", "C2", "C3", "C4", "C5", "C6", "C8", "C9")  # C7 is grey


def draw(records: Sequence[Record], folder: Path) -> None:
    """Draw what the records have figures for into SVG files in the folder."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "bench"  # the same results give the same file
    mpl.rcParams["svg.fonttype"] = "none"  # texts stay texts: a third of the size
    order = [record for record in records if record["kind"] == "load" and record["workload"] == ORDER.name]
    _lines(order, "sagas_per_s", "Sagas a second", folder / "throughput.svg")
    _lines(order, "p50_ms", "Median latency, ms", folder / "latency.svg")
    _lines(order, "cpu_ms", "Processor time for a saga, ms", folder / "cpu.svg")
    _bars(records, "warm_ms", "Process start to first result, warm, ms", folder / "start.svg")
    _bars(records, "restart_ms", "Killed after step 2: restart to step 4, ms", folder / "crash.svg")


def _lines(records: Sequence[Record], field: str, title: str, file: Path) -> None:
    found = series(records, field)
    if not found:
        return
    figure, axes = _canvas(title)
    for name in SUBJECTS:
        points = sorted(
            (in_flight, each) for (subject, _, in_flight), each in found.items() if subject == name
        )
        if points:
            medians = [spread.median for _, spread in points]
            below = [spread.median - spread.least for _, spread in points]
            above = [spread.most - spread.median for _, spread in points]
            axes.errorbar([at for at, _ in points], medians, [below, above], label=name, **_style(name))
    axes.set(xscale="log", yscale="log", xlabel="sagas in flight")
    axes.legend(fontsize="small", bbox_to_anchor=(1, 1), loc="upper left", frameon=False)
    _save(figure, file)


def _bars(records: Sequence[Record], field: str, title: str, file: Path) -> None:
    found = {subject: spread for (subject, _, _), spread in series(records, field).items()}
    if not found:
        return
    names = [name for name in reversed(SUBJECTS) if name in found]
    figure, axes = _canvas(title)
    below = [found[name].median - found[name].least for name in names]
    above = [found[name].most - found[name].median for name in names]
    colors = [_style(name)["color"] for name in names]
    axes.barh(names, [found[name].median for name in names], xerr=[below, above], color=colors)
    _save(figure, file)


def _canvas(title: str) -> tuple[Any, Any]:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4.5))
    axes.set_title(title)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
    return figure, axes


def _style(name: str) -> dict[str, Any]:
    """Ours stand out; a floor is grey and broken."""
    floors = [each for each, subject in SUBJECTS.items() if subject.is_floor]
    if name in floors:
        return {"color": "grey", "linestyle": _BROKEN[floors.index(name)], "marker": "."}
    color = _COLORS[[each for each in SUBJECTS if each not in floors].index(name) % len(_COLORS)]
    width, marker = (2.5, "o") if name.startswith("fireflytx") else (1, ".")
    return {"color": color, "linewidth": width, "marker": marker}


def _save(figure: Any, file: Path) -> None:
    from matplotlib import pyplot

    figure.savefig(file, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)

"""A saga's graph as SVG, drawn here: nothing has to be installed, and nothing is loaded to show it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from fireflytx.definition import SagaDefinition, StepDefinition
from fireflytx.inspection.layout import Layout, Point, layout
from fireflytx.inspection.text import clean

_LONGEST_LINE = 32  # characters
_CHAR_WIDTH = 7.6
_LINE_HEIGHT = 17.0
_PADDING: Final = (14.0, 10.0)
_LEAST_WIDTH = 72.0
_GAP_ACROSS = 28.0
_GAP_DOWN = 44.0
_MARGIN = 10.0
_ARROW_HEIGHT = 7.0

STYLE: Final = """
.saga-graph { --paper: #ffffff; --ink: #1f2328; --faint: #59636e; --line: #8c959f; --node: #f6f8fa;
  --blue: #0969da; --blue-fill: #ddf4ff; --green: #1a7f37; --green-fill: #dafbe1; --amber: #9a6700;
  --amber-fill: #fff8c5; --red: #cf222e; --red-fill: #ffebe9; --grey: #8c959f; --grey-fill: #eaeef2;
  font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; }
@media (prefers-color-scheme: dark) { .saga-graph { --paper: #0d1117; --ink: #e6edf3; --faint: #9198a1;
  --line: #656c76; --node: #151b23; --blue: #4493f8; --blue-fill: #0c2d4d; --green: #3fb950;
  --green-fill: #0f2d18; --amber: #d29922; --amber-fill: #2e2407; --red: #f85149; --red-fill: #3c1618;
  --grey: #656c76; --grey-fill: #212830; } }
.saga-graph .paper { fill: var(--paper); }
.saga-graph .box { fill: var(--node); stroke: var(--line); stroke-width: 1.2; }
.saga-graph .pivot .box { stroke-width: 3; }
.saga-graph .conditional .box { stroke-dasharray: 6 4; }
.saga-graph text { fill: var(--ink); text-anchor: middle; }
.saga-graph .id { font-weight: 600; }
.saga-graph .note { fill: var(--faint); font-size: 11.5px; }
.saga-graph .edge { fill: none; stroke: var(--line); stroke-width: 1.3; }
.saga-graph .head { fill: var(--line); }
.saga-graph .state-running .box, .saga-graph .state-checking .box
  { fill: var(--blue-fill); stroke: var(--blue); }
.saga-graph .state-completed .box { fill: var(--green-fill); stroke: var(--green); }
.saga-graph .state-retrying .box, .saga-graph .state-undoing .box, .saga-graph .state-compensated .box
  { fill: var(--amber-fill); stroke: var(--amber); }
.saga-graph .state-failed .box, .saga-graph .state-parked .box, .saga-graph .state-compensation-failed .box
  { fill: var(--red-fill); stroke: var(--red); }
.saga-graph .state-skipped .box { fill: var(--grey-fill); stroke: var(--grey); }
""".strip()
"""What :func:`svg` puts into ``<style>``; a page whose policy allows no inline style serves it as a file."""


def svg(definition: SagaDefinition, states: Mapping[str, str] | None = None, *, styled: bool = True) -> str:
    """A saga's graph: each step below those that it depends on. The same arguments give the same text.

    It is readable on light and on dark, as the reader's system prefers. A step's box has a thick line if it
    is the pivot, a dashed one if it has a condition. Markup in names is escaped, and so are control characters.

    Args:
        definition: The saga.
        states: How steps stand, by their ids, as :func:`~fireflytx.inspection.steps.step_states` says it: a
            word in the step's box and, for the words there, a colour. Other words have none; other steps are
            plain.
        styled: Whether the picture brings its looks along, to stand alone. Without, it has the classes alone,
            for a page that has :data:`STYLE`. Each step is a ``<g class="step …">`` with its id in
            ``data-step``.

    Returns:
        One ``<svg>`` element.
    """
    found = states or {}
    boxes = {step.id: _box(step, found.get(step.id, "")) for step in definition.steps}
    placed = layout(
        {id: (box.width, box.height) for id, box in boxes.items()},
        {step.id: step.depends_on for step in definition.steps},
        gap_across=_GAP_ACROSS,
        gap_down=_GAP_DOWN,
    )
    return "\n".join(_lines(definition, boxes, placed, STYLE if styled else "")) + "\n"


@dataclass(frozen=True, slots=True)
class _Box:
    """A step's box: what it says, and how."""

    step: StepDefinition
    state: str
    lines: tuple[str, ...]
    width: float
    height: float

    @property
    def classes(self) -> str:
        marks = {"pivot": self.step.pivot, "conditional": self.step.condition is not None}
        word = "".join(char if char.isalnum() else "-" for char in self.state.lower())
        return " ".join(
            [
                "step",
                *(name for name, applies in marks.items() if applies),
                *([f"state-{word}"] if word else []),
            ]
        )


def _box(step: StepDefinition, state: str) -> _Box:
    marks = {"pivot": step.pivot, "conditional": step.condition is not None}
    notes = [
        ", ".join(name for name, applies in marks.items() if applies),
        f"↶ {step.compensation.attribute}" if step.compensation else "",
        state,
    ]
    lines = tuple(clean(line, longest=_LONGEST_LINE) for line in [step.id, *filter(None, notes)])
    across, down = _PADDING
    width = max(_LEAST_WIDTH, *(_text_width(line) + 2 * across for line in lines))
    return _Box(step, state, lines, width, len(lines) * _LINE_HEIGHT + 2 * down)


def _text_width(text: str) -> float:
    """About how wide a text is; fonts differ, so it is rather too much."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return (len(text) + wide * 0.8) * _CHAR_WIDTH


def _lines(
    definition: SagaDefinition, boxes: Mapping[str, _Box], placed: Layout, style: str
) -> Iterator[str]:
    width, height = placed.width + 2 * _MARGIN, placed.height + 2 * _MARGIN
    size = f'viewBox="{-_MARGIN:g} {-_MARGIN:g} {width:.1f} {height:.1f}" width="{width:.0f}"'
    title = _text(f"The graph of saga {definition.name}")
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="saga-graph" {size} height="{height:.0f}" '
        f'role="img" aria-label="{title}">'
    )
    if style:
        yield f"<style>\n{style}\n</style>"
        yield f'<rect class="paper" {_rectangle(-_MARGIN, -_MARGIN, width, height)}/>'
    for points in placed.edges.values():
        yield from _edge(points)
    for id, box in boxes.items():
        yield from _drawn(box, placed.centres[id])
    yield "</svg>"


def _edge(points: tuple[Point, ...]) -> Iterator[str]:
    """A curve from layer to layer, straight down past the layers between, with a head where it arrives."""
    x, y = points[-1]
    points = (*points[:-1], (x, y - _ARROW_HEIGHT))
    path: list[str] = []
    for (from_x, from_y), (to_x, to_y) in zip(points[::2], points[1::2], strict=True):
        bend = (to_y - from_y) / 2
        path.append(f"{'L' if path else 'M'}{from_x:.1f} {from_y:.1f}")
        path.append(f"C{from_x:.1f} {from_y + bend:.1f} {to_x:.1f} {to_y - bend:.1f} {to_x:.1f} {to_y:.1f}")
    yield f'<path class="edge" d="{" ".join(path)}"/>'
    yield f'<path class="head" d="M{x:.1f} {y:.1f} l-4 {-_ARROW_HEIGHT:g} h8 z"/>'


def _drawn(box: _Box, centre: Point) -> Iterator[str]:
    x, y = centre
    left, top = x - box.width / 2, y - box.height / 2
    said = f"{clean(box.step.id)}: {box.state}" if box.state else clean(box.step.id)
    yield f'<g class="{box.classes}" data-step="{_text(box.step.id)}"><title>{_text(said)}</title>'
    yield f'<rect class="box" {_rectangle(left, top, box.width, box.height)} rx="8"/>'
    for number, line in enumerate(box.lines):
        at = top + _PADDING[1] + number * _LINE_HEIGHT + 13
        kind = "note" if number else "id"
        yield f'<text class="{kind}" x="{x:.1f}" y="{at:.1f}">{_text(line)}</text>'
    yield "</g>"


def _rectangle(left: float, top: float, width: float, height: float) -> str:
    return f'x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"'


def _text(text: str) -> str:
    return escape(clean(text))

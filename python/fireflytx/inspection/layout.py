"""Places the nodes of a small directed graph in layers, as Sugiyama, Tagawa and Toda (1981) do.

Each node stands below all that it depends on. An edge that passes a layer has a place of its own there, so
that it runs between the nodes and not through them; within a layer the order is the one with the fewest
crossings that some sweeps by barycentres found.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 8
_ALIGNMENTS = 6
# A passing edge, as wide as the gap that keeps it off its neighbours.
_PASSING_WIDTH = 2.0

Point = tuple[float, float]
Edge = tuple[str, str]
# A node, or the place where an edge passes a layer.
Item = str | tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is.

    Attributes:
        centres: Each node's centre.
        edges: The points that each edge leads through, from the bottom of a node to the top of another.
            Between the first and the second, the third and the fourth, … it goes from layer to layer; between
            the others it passes a layer straight down.
        width: Of the whole; it begins at 0.
        height: Of the whole.
    """

    centres: Mapping[str, Point]
    edges: Mapping[Edge, tuple[Point, ...]]
    width: float
    height: float


def layout(
    sizes: Mapping[str, Point], above: Mapping[str, Sequence[str]], *, gap_across: float, gap_down: float
) -> Layout:
    """Places nodes.

    Args:
        sizes: Each node's width and height. The order counts where nothing else does.
        above: The nodes that each depends on; no cycle.
        gap_across: Between two nodes of a layer.
        gap_down: Between two layers.
    """
    if not sizes:
        return Layout({}, {}, 0.0, 0.0)
    depths = _depths(sizes, above)
    chains = {(source, node): _chain(source, node, depths) for node in sizes for source in above[node]}
    links = [link for chain in chains.values() for link in pairwise(chain)]
    rows = _ordered(_rows(depths, chains), links)
    centres = _aligned(rows, links, sizes, gap_across)
    return _drawn(rows, centres, chains, sizes, gap_down)


def _depths(sizes: Mapping[str, Point], above: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many layers are above each node: the length of the longest way down to it."""
    depths: dict[str, int] = {}
    open_nodes = list(reversed(list(sizes)))
    while open_nodes:
        node = open_nodes[-1]
        missing = [each for each in above[node] if each not in depths]
        if missing:
            open_nodes += missing
            continue
        open_nodes.pop()
        depths[node] = 1 + max((depths[each] for each in above[node]), default=-1)
    return {node: depths[node] for node in sizes}


def _chain(source: str, node: str, depths: Mapping[str, int]) -> tuple[Item, ...]:
    passed = ((source, node, depth) for depth in range(depths[source] + 1, depths[node]))
    return (source, *passed, node)


def _rows(depths: Mapping[str, int], chains: Mapping[Edge, tuple[Item, ...]]) -> list[list[Item]]:
    rows: list[list[Item]] = [[] for _ in range(1 + max(depths.values()))]
    for node, depth in depths.items():
        rows[depth].append(node)
    for chain in chains.values():
        for item in chain:
            if not isinstance(item, str):
                rows[item[2]].append(item)
    return rows


def _ordered(rows: list[list[Item]], links: list[tuple[Item, Item]]) -> list[list[Item]]:
    """The rows in the best order that was found."""
    best, fewest = rows, _crossings(rows, links)
    upper, lower = _neighbours(links)
    for _ in range(_SWEEPS):
        if fewest == 0:
            break
        rows = _swept(rows, upper)
        rows = _swept(rows[::-1], lower)[::-1]
        found = _crossings(rows, links)
        if found < fewest:
            best, fewest = rows, found
    return best


def _neighbours(links: list[tuple[Item, Item]]) -> tuple[dict[Item, list[Item]], dict[Item, list[Item]]]:
    """What is linked to each item from above, and from below."""
    upper: dict[Item, list[Item]] = {}
    lower: dict[Item, list[Item]] = {}
    for source, target in links:
        upper.setdefault(target, []).append(source)
        lower.setdefault(source, []).append(target)
    return upper, lower


def _swept(rows: list[list[Item]], neighbours: Mapping[Item, list[Item]]) -> list[list[Item]]:
    """Each row after the first ordered by where the neighbours of its items stand."""
    swept = [rows[0]]
    for row in rows[1:]:
        places = {item: place for place, item in enumerate(swept[-1])}
        own = {item: float(place) for place, item in enumerate(row)}
        wanted = {
            item: sum(places[each] for each in near) / len(near)
            if (near := neighbours.get(item))
            else own[item]
            for item in row
        }
        swept.append(sorted(row, key=lambda item: (wanted[item], own[item])))
    return swept


def _crossings(rows: list[list[Item]], links: list[tuple[Item, Item]]) -> int:
    """How many pairs of links cross: the inversions of their lower ends when sorted by the upper ones."""
    place = {item: (depth, at) for depth, row in enumerate(rows) for at, item in enumerate(row)}
    ends: list[list[Point]] = [[] for _ in rows]
    for source, target in links:
        ends[place[source][0]].append((place[source][1], place[target][1]))
    crossings = 0
    for row in ends:
        seen: list[float] = []
        for _, target_at in sorted(row):
            crossings += len(seen) - bisect_right(seen, target_at)
            insort(seen, target_at)
    return crossings


def _aligned(
    rows: list[list[Item]], links: list[tuple[Item, Item]], sizes: Mapping[str, Point], gap: float
) -> dict[Item, float]:
    """The centre of each item across: as near to its neighbours as the gaps allow, and none left of 0."""
    widths = {
        item: sizes[item][0] if isinstance(item, str) else _PASSING_WIDTH for row in rows for item in row
    }
    upper, lower = _neighbours(links)
    centres: dict[Item, float] = {}
    for row in rows:
        centres |= _spread(row, dict.fromkeys(row, 0.0), widths, gap)
    for number in range(_ALIGNMENTS):
        down = number % 2 == 0
        for row in rows if down else reversed(rows):
            near = upper if down else lower
            wanted = {
                item: sum(centres[each] for each in near[item]) / len(near[item])
                if item in near
                else centres[item]
                for item in row
            }
            centres |= _spread(row, wanted, widths, gap)
    left = min(centres[item] - widths[item] / 2 for item in centres)
    return {item: centre - left for item, centre in centres.items()}


def _spread(
    row: Sequence[Item], wanted: Mapping[Item, float], widths: Mapping[Item, float], gap: float
) -> dict[Item, float]:
    """The centres that differ least from those wanted (by squares), in this order and with these gaps.

    With the gaps taken out it is a regression that only rises, solved by pooling adjacent violators.
    """
    offsets, offset = [0.0], 0.0
    for left, right in pairwise(row):
        offset += (widths[left] + widths[right]) / 2 + gap
        offsets.append(offset)
    pools: list[tuple[float, int]] = []
    for item, offset in zip(row, offsets, strict=True):
        total, count = wanted[item] - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            total, count = total + pools[-1][0], count + pools[-1][1]
            pools.pop()
        pools.append((total, count))
    bases = [total / count for total, count in pools for _ in range(count)]
    return {item: base + offset for item, base, offset in zip(row, bases, offsets, strict=True)}


def _drawn(
    rows: list[list[Item]],
    across: Mapping[Item, float],
    chains: Mapping[Edge, tuple[Item, ...]],
    sizes: Mapping[str, Point],
    gap: float,
) -> Layout:
    tops: dict[Item, float] = {}
    heights: dict[Item, float] = {}
    top = 0.0
    for row in rows:
        tallest = max(sizes[item][1] for item in row if isinstance(item, str))
        for item in row:
            heights[item] = sizes[item][1] if isinstance(item, str) else tallest
            tops[item] = top + (tallest - heights[item]) / 2
        top += tallest + gap
    centres = {item: (across[item], tops[item] + heights[item] / 2) for item in sizes}
    edges = {
        edge: tuple(
            point
            for source, target in pairwise(chain)
            for point in (
                (across[source], tops[source] + heights[source]),
                (across[target], tops[target]),
            )
        )
        for edge, chain in chains.items()
    }
    right = max(
        across[item] + (sizes[item][0] if isinstance(item, str) else _PASSING_WIDTH) / 2 for item in across
    )
    return Layout(centres, edges, right, top - gap)

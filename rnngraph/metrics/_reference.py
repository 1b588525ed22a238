"""The parts of a Topology without the compiled core, in numpy: its twin and its oracle."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rnngraph._types import Adjacency

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

TRIAD_TYPES: Final = (
    *("003", "012", "102", "021D", "021U", "021C", "111D", "111U"),
    *("030T", "030C", "201", "120D", "120U", "120C", "210", "300"),
)
"""The triads of Holland & Leinhardt by their usual names, in the order of networkx."""


def paths(distances: Floats, reachable: Adjacency) -> dict[str, Any]:
    """Sums over the shortest paths that leave and enter each node."""
    lengths = np.where(reachable, distances, 0).astype(np.int64)
    inverse = np.divide(1.0, distances, out=np.zeros_like(distances), where=reachable)
    pairs = np.bincount(lengths[reachable], minlength=1)
    return {
        "reached_out": reachable.sum(axis=1),
        "reached_in": reachable.sum(axis=0),
        "total_out": lengths.sum(axis=1),
        "total_in": lengths.sum(axis=0),
        "inverse_out": inverse.sum(axis=1),
        "inverse_in": inverse.sum(axis=0),
        "eccentricity": lengths.max(axis=1),
        "lengths": pairs,
    }


def triangles(edges: Adjacency) -> dict[str, Counts]:
    """Directed triangles through each node: the diagonals of four products.

    Source: Fagiolo (2007), Phys. Rev. E 76, 026107, table I.
    """
    a = edges.astype(np.float64)

    def closed(x: Floats, y: Floats, z: Floats) -> Counts:
        return np.asarray(((x @ y) * z.T).sum(axis=1), dtype=np.int64)

    return {
        "cycle": closed(a, a, a),
        "middleman": closed(a, a.T, a),
        "in_": closed(a.T, a, a),
        "out": closed(a, a, a.T),
    }


def communities(edges: Adjacency) -> Counts:
    """Community of each node by Louvain's method on directed modularity, without random numbers.

    Single nodes move in index order, then those whose neighbourhood changed, targets before
    sources; then whole communities do; then single nodes again, for as long as either moves. A
    node goes to the community next to it that adds most, or to one of its own; ties stay at home
    or go to the lowest label. Labels are compacted when every node has left its own community or
    stayed, and when none gains any more. Gains are m^2 times those of modularity: integers, so
    equal gains are equal on every machine.

    Source: Blondel et al. (2008), J. Stat. Mech. P10008 (method); Leicht & Newman (2008), Phys.
    Rev. Lett. 100, 118703 (directed modularity).
    """
    m = int(edges.sum())
    labels = np.arange(len(edges))
    if m == 0:
        return labels
    joined = edges.astype(np.int64) + edges.T
    of_nodes = _neighbours(edges, edges.T)
    out, into = edges.sum(axis=1), edges.sum(axis=0)
    first = True
    while True:
        labels, moved = _move(of_nodes, out, into, m, labels, alone=first)
        if not moved and not first:
            break
        first = False
        member = np.eye(labels.max() + 1, dtype=np.int64)[labels]
        merged = member.T @ joined @ member
        np.fill_diagonal(merged, 0)
        of_communities = _neighbours(merged)
        places = np.arange(len(merged))
        places, moved = _move(of_communities, out @ member, into @ member, m, places, alone=True)
        if not moved:
            break
        labels = places[labels]
    return compact(labels)


def _neighbours(*relations: Counts | Adjacency) -> list[list[tuple[int, int]]]:
    """Neighbours of each node and the weights toward them, one relation after another."""
    return [
        [(int(j), int(row[j])) for row in rows for j in np.flatnonzero(row)]
        for rows in zip(*relations, strict=True)
    ]


def _move(
    neighbours: list[list[tuple[int, int]]],
    out: Counts,
    into: Counts,
    m: int,
    labels: Counts,
    *,
    alone: bool,
) -> tuple[Counts, bool]:
    """Move one node at a time until none gains; the labels, and whether any node moved.

    alone: each node is a community of its own; labels are compacted after the first visits, and
    in the end.
    """
    label = labels.tolist()
    n = len(label)
    outs, ins = out.tolist(), into.tolist()

    def totals() -> tuple[list[int], list[int], list[int]]:
        out_of, in_of, members = [0] * n, [0] * n, [0] * n
        for node, home in enumerate(label):
            members[home] += 1
            out_of[home] += outs[node]
            in_of[home] += ins[node]
        return out_of, in_of, members

    out_of, in_of, members = totals()
    queue, waiting = list(range(n)), [True] * n
    moved = False
    for visit, node in enumerate(queue):  # which grows while it is read
        if alone and visit == n:
            label = compact(np.array(label)).tolist()
            out_of, in_of, members = totals()
        waiting[node] = False
        home = label[node]
        toward = dict.fromkeys([home], 0)
        for neighbour, weight in neighbours[node]:
            toward[label[neighbour]] = toward.get(label[neighbour], 0) + weight
        best = home
        most = (
            m * toward.pop(home)
            - outs[node] * (in_of[home] - ins[node])
            - ins[node] * (out_of[home] - outs[node])
        )
        for other, weight in toward.items():
            gain = m * weight - outs[node] * in_of[other] - ins[node] * out_of[other]
            if gain > most or (gain == most and best != home and other < best):
                best, most = other, gain
        if most < 0:  # alone, in the empty community with the lowest label, it would add 0
            best = members.index(0)
        if best == home:
            continue
        moved = True
        members[home] -= 1
        members[best] += 1
        label[node] = best
        out_of[home] -= outs[node]
        in_of[home] -= ins[node]
        out_of[best] += outs[node]
        in_of[best] += ins[node]
        for neighbour, _ in neighbours[node]:
            if not waiting[neighbour] and label[neighbour] != best:
                waiting[neighbour] = True
                queue.append(neighbour)
    return compact(np.array(label)) if alone else np.array(label), moved


def compact(labels: Counts) -> Counts:
    """Number labels anew, 0..k-1 in order of their first node."""
    found, first, place = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(found), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(found))
    return np.asarray(rank[place])


def triad_census(edges: Adjacency) -> Counts:
    """Number of triads of each of TRIAD_TYPES, from products of the relations between nodes.

    A closed triad is counted by three relations that fit; an open one by the two that meet in its
    middle, less the closed triads that hold them.

    Source: Moody (1998), Social Networks 20, 291-299 (matrix formulas).
    """
    n = len(edges)
    a = edges.astype(np.float64)
    both = a * a.T
    out = a - both
    into, none = out.T, 1 - np.maximum(a, a.T) - np.eye(n)

    def count(x: Floats, y: Floats, z: Floats) -> int:
        """Ordered triples i, j, k with i x j, j y k and i z k."""
        return round(float(((x @ y) * z).sum()))

    counts = {
        "102": count(both, none, none) // 2,
        "012": count(out, none, none),
        "021D": count(into, out, none) // 2,
        "021U": count(out, into, none) // 2,
        "021C": count(out, out, none),
        "111D": count(both, into, none),
        "111U": count(both, out, none),
        "030T": count(out, out, out),
        "030C": count(out, out, into) // 3,
        "201": count(both, both, none) // 2,
        "120D": count(into, out, both) // 2,
        "120U": count(out, into, both) // 2,
        "120C": count(out, out, both),
        "210": count(both, both, out),
        "300": count(both, both, both) // 6,
    }
    counts["003"] = n * (n - 1) * (n - 2) // 6 - sum(counts.values())
    return np.array([counts[kind] for kind in TRIAD_TYPES], dtype=np.int64)

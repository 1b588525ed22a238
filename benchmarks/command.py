"""What the scripts of all benchmarks are called with, and where they keep their rows.

    python benchmarks/FOLDER/run.py SET ...      # some sets; none runs all of them
    python benchmarks/FOLDER/run.py --table      # print the table of results.csv

Rows of the sets that ran replace theirs in `results.csv`, beside the script.
"""

import argparse
import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

Row = Mapping[str, object]
Saved = dict[str, str]


def run(
    script: str,
    purpose: str,
    sets: Mapping[str, Callable[[], Iterable[Row]]],
    table: Callable[[Sequence[Saved]], str],
    *,
    prepare: Callable[[], object] = lambda: None,
) -> None:
    """Do what the command line asks for.

    Args:
        script: Path of the script.
        purpose: Its docstring, whose first line is its help.
        sets: What measures each set, a row at a time.
        table: Shows rows.
        prepare: Called before anything is measured.
    """
    parser = argparse.ArgumentParser(description=purpose.partition("\n")[0])
    parser.add_argument("sets", nargs="*", help=f"of {', '.join(sets)}; all if none")
    parser.add_argument("--table", action="store_true", help="print what was measured before")
    options = parser.parse_args()
    results = Path(script).with_name("results.csv")
    if options.table:
        print(table(_saved(results)))
        return
    if unknown := set(options.sets) - set(sets):
        parser.error(f"unknown sets: {', '.join(sorted(unknown))}; known are {', '.join(sets)}")
    prepare()
    order = list(sets)
    for name in options.sets or order:
        rows: list[Saved] = []
        for measured in sets[name]():
            print(*measured.values(), sep=" | ", flush=True)
            rows.append({"run": name, **{key: str(value) for key, value in measured.items()}})
        kept = [row for row in _saved(results) if row["run"] != name]
        with results.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys() if rows else kept[0].keys())
            writer.writeheader()
            writer.writerows(sorted(kept + rows, key=lambda row: order.index(row["run"])))


def _saved(results: Path) -> list[Saved]:
    if not results.exists():
        return []
    with results.open(newline="") as file:
        return list(csv.DictReader(file))

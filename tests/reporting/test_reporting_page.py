"""The page: well-formed, complete in one file, safe against what names hold."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import numpy as np
import pandas as pd

from rnngraph.reporting import Report

Runs = Callable[..., pd.DataFrame]
Write = Callable[..., Report]
VOID = {"meta", "img", "br", "link", "hr", "input"}


class Page(HTMLParser):
    """Collects tags, and fails where one is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str]:
        return [value for _, attrs in self.tags if (value := attrs.get(name)) is not None]


def page(report: Report) -> Page:
    return Page(report.path.read_text("utf-8"))


def test_ids_are_unique_and_every_link_has_its_target(full_report: Report) -> None:
    found = page(full_report)
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    links = found.values("href")
    assert {"#warnings", "#runs", "#prediction", "#provenance"} <= set(links)
    # The scale of the colour bar is a picture inside an SVG.
    inside = [link for link in links if not link.startswith("data:image/png;")]
    assert {link.removeprefix("#") for link in inside} <= set(ids)
    used = re.findall(r"url\(#([^)]*)\)", full_report.path.read_text("utf-8"))
    assert used
    assert set(used) <= set(ids)
    assert set(found.values("aria-labelledby")) <= set(ids)


def test_nothing_is_loaded_from_elsewhere(full_report: Report) -> None:
    found = page(full_report)
    text = full_report.path.read_text("utf-8")
    assert not [tag for tag, _ in found.tags if tag in ("script", "link", "iframe")]
    assert "http://" not in text
    assert "https://" not in text
    assert "@import" not in text
    assert found.values("src") == []  # all figures of this report are inline SVG


def test_sections_stand_in_their_order(full_report: Report) -> None:
    found = page(full_report)
    sections = [attrs["id"] for tag, attrs in found.tags if tag == "section"]
    assert sections == [
        "warnings",
        "runs",
        "target",
        "repeatability",
        "correlations",
        "prediction",
        "scatter",
        "definitions",
        "provenance",
    ]
    links = [attrs["href"] for tag, attrs in found.tags if tag == "a"]
    assert links == [f"#{name}" for name in sections]


def test_figures_and_tables_are_numbered_and_described(full_report: Report) -> None:
    found = page(full_report)
    n_figures = sum(tag == "figure" for tag, _ in found.tags)
    n_tables = sum(tag == "table" for tag, _ in found.tags)
    assert n_figures == 9  # two cells: one figure of predictions and of scatter each
    assert n_tables == 7
    assert re.findall(r"Figure (\d+)\.", found.text) == [str(i + 1) for i in range(n_figures)]
    assert re.findall(r"Table (\d+)\.", found.text) == [str(i + 1) for i in range(n_tables)]
    svgs = [attrs for tag, attrs in found.tags if tag == "svg"]
    assert len(svgs) == n_figures
    assert all(attrs["role"] == "img" and attrs["aria-label"] for attrs in svgs)
    headers = [attrs for tag, attrs in found.tags if tag == "th"]
    assert all(attrs["scope"] in ("col", "row") for attrs in headers)


def test_what_was_run_is_told(full_report: Report) -> None:
    text = page(full_report).text
    for part in (
        "ring (24), random (24) and hub (24)",
        "GRU (142 runs) and LSTM (144 runs)",
        "1 to 2 a graph and cell",
        "reber (n train 100, neg",
        "epochs 20, batch size 64",
        "negatives (swap 0.25, symbol 0.75)",
        "That of the mean estimates, as closely as its interval says, the R²",
        "with the families fixed, and does not cover the choice of the model or refitting, nor fam",
        "1-gram 0.550, 2-gram 0.810",
        "chance (0.500)",
        "torch 2.6.0, commit abc1234",
        "Mean directed clustering of the nodes",
        "Source: Fagiolo (2007)",
        "All was computed with rnngraph",
        '"batch_size": 64',
        "a study",
    ):
        assert part in text, part
    assert "seed of the runs\n7" in text


def test_long_tables_scroll(runs: Runs, write: Write) -> None:
    table = runs()
    rng = np.random.default_rng(0)
    for i in range(30):
        table[f"m{i}"] = np.tile(rng.normal(size=72), 2)
    tall = [attrs for _, attrs in page(write(table)).tags if "tall" in (attrs.get("class") or "")]
    assert len(tall) == 4  # three tables of correlations and the collinearity


def test_figures_of_many_points_are_pictures(runs: Runs, write: Write) -> None:
    found = page(write(runs(per_family=90)))
    images = [attrs for tag, attrs in found.tags if tag == "img"]
    assert len(images) == 3  # runs, predictions and scatter; the strip has 270 points
    assert all((attrs["src"] or "").startswith("data:image/png;base64,") for attrs in images)
    assert all(attrs["alt"] for attrs in images)


def test_names_cannot_break_the_page(runs: Runs, write: Write) -> None:
    hostile = '"><script>alert(1)</script><svg id="x'
    table = runs(planted=0.2).rename(columns={"clustering": hostile, "modularity": "$\\frac{$"})
    table["family"] = table["family"].map(
        {"ring": "</style><b>", "random": "日本 𝛼", "hub": "a\nb"}
    )
    table["cell"] = "</section>"
    table.attrs["plan"] = {"name": "</pre><i>", "seed": 1}
    table.attrs["task"] = {"name": "<u>", "params": {"<s>": "<s>"}}
    table.loc[0, "status"] = "failed"
    table.loc[0, "error"] = "<img src=x onerror=alert(1)>"
    report = write(table)
    found = page(report)
    assert not [tag for tag, _ in found.tags if tag in ("script", "i", "u", "s", "img")]
    assert found.values("onerror") == []
    assert hostile in found.text
    assert len(found.values("id")) == len(set(found.values("id")))
    assert hostile in report.tables["correlations"]["feature"].tolist()


def test_reasons_for_missing_values_stand_below_the_table(runs: Runs, write: Write) -> None:
    table = runs()
    table["rare"] = table["clustering"].where(table["graph"] < "g004")
    text = page(write(table)).text
    assert "\nrare: n too small: 4 complete rows, 5 needed.\n" in text


def test_unknown_metrics_have_no_definition(runs: Runs, write: Write) -> None:
    table = runs().rename(columns={"clustering": "my own"})
    assert "Not a metric of rnngraph" in page(write(table)).text


def test_chance_of_an_accuracy_is_not_held_against_a_loss(runs: Runs, write: Write) -> None:
    table = runs()
    table.attrs["task"] = {"name": "t", "chance": 0.5, "ngram": {"1": 0.9}, "classes": ["a", "b"]}
    page = write(table, target="loss").path.read_text("utf-8")
    assert ">chance (" not in page
    assert "-gram rule" not in page

import xml.etree.ElementTree as ET

import matplotlib
import pytest
from matplotlib.figure import Figure

from rnngraph.reporting.canvas import embed, looks, short, style


def draw(name: str, label: str = "x") -> str:
    with style():
        figure = Figure(figsize=(3, 2))
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], clip_on=True)
        axes.set_title(label)
        return str(embed(figure, name, f"about {label}", points=2))


def test_settings_of_the_user_neither_change_nor_matter() -> None:
    plain = draw("a")
    with matplotlib.rc_context({"font.size": 30, "text.usetex": False, "axes.facecolor": "red"}):
        before = dict(matplotlib.rcParams)
        assert draw("a") == plain
        assert dict(matplotlib.rcParams) == before


def test_svg_is_well_formed_and_its_ids_carry_the_name() -> None:
    root = ET.fromstring(draw("fig", 'a <b> & "c" id="d" $x$'))
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert ids
    assert all(i is not None and i.startswith("fig-") for i in ids)
    assert root.get("aria-label") == 'about a <b> & "c" id="d" $x$'
    assert 'a <b> & "c" id="d" $x$' in "".join(root.itertext())
    assert root.get("width") is None
    assert root.get("viewBox")


def test_many_points_make_a_picture() -> None:
    with style():
        figure = Figure(figsize=(1, 1))
        assert embed(figure, "a", "x", points=500).startswith("<svg")
        assert embed(figure, "a", '"x"', points=501).startswith('<img alt="&#34;x&#34;" src="data:')


def test_looks_differ_in_colour_and_marker() -> None:
    found = looks([f"family {i}" for i in range(42)])
    assert len({(look["color"], look["marker"]) for look in found.values()}) == 42
    assert looks(["a", "b"])["a"] == looks(["a"])["a"]


@pytest.mark.parametrize(
    ("name", "text"), [("a\nb\0c", "a b c"), ("x" * 40, "x" * 31 + "…"), ("x" * 32, "x" * 32)]
)
def test_long_names_are_cut(name: str, text: str) -> None:
    assert short(name) == text

from rnngraph.metrics import DARJI, METRICS
from rnngraph.reporting.definitions import UNKNOWN, definitions


def test_every_metric_has_a_definition_and_a_source() -> None:
    for table in (METRICS, DARJI):
        for name, text in definitions(list(table)):
            assert "Source: " in text, name
            assert "Args:" not in text
            assert "\n" not in text


def test_darjis_names_get_darjis_definitions() -> None:
    ours = dict(definitions(["density", "n_edges"]))
    his = dict(definitions(["density", "source_nodes", "layers"]))
    assert ours["density"] != his["density"]
    assert "Darji" in his["density"]


def test_a_name_of_nobody() -> None:
    assert definitions(["mine"]) == (("mine", UNKNOWN),)

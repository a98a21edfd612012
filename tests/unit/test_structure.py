"""What `tools/measure_code.py` must find in this code: nothing."""

from pathlib import Path

import pytest

from tools.measure_code import Metric, measure


@pytest.fixture(scope="module")
def metrics() -> dict[str, Metric]:
    return {metric.name: metric for metric in measure(Path(__file__).parents[2])}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("package circles", id="no packages import each other"),
        pytest.param("package circles, deferred too", id="not even inside functions"),
        pytest.param("module circles", id="no modules import each other"),
        pytest.param("module circles, deferred too", id="not even for their types"),
        pytest.param("arrows up", id="no package imports one of a higher floor"),
        pytest.param("silent raises", id="a public function that raises says so"),
    ],
)
def test_the_code_is_free_of(metrics: dict[str, Metric], name: str):
    found = metrics[name]
    assert not found.value, "\n".join(found.details)

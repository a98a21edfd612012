"""What `tools/measure_code.py` counts."""

import ast
from pathlib import Path

import pytest

from tools import measure_code
from tools.measure_code import Metric, Source, components

LINES = "".join(f"value_{n} = call({n})\n" for n in range(6))


def source(text: str, path: str = "agent/run/one.py") -> Source:
    return Source(path, text, ast.parse(text))


def value(metrics: list[Metric], name: str):
    return next(metric.value for metric in metrics if metric.name == name)


def test_a_circle_has_more_than_one_member():
    edges = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set[str](), "e": {"a"}}
    assert components(edges) == [{"b", "c"}]


@pytest.mark.parametrize(
    ("function", "count"),
    [
        ('def f():\n    """Do it."""\n    raise ValueError', 1),
        ('def f():\n    """Do it. Raise `ValueError` always."""\n    raise ValueError', 0),
        ('def f():\n    """Do it.\n\n    Raises:\n        V: always.\n    """\n    raise V', 0),
        ('def _f():\n    """Do it."""\n    raise ValueError', 0),
        ('def f():\n    """Do it."""\n    def g():\n        raise ValueError', 0),
        ('def f():\n    """Do it."""\n    try: pass\n    except OSError: raise', 0),
    ],
)
def test_a_public_function_that_raises_says_so(function: str, count: int):
    metric = measure_code._silent_raises([source(function)])
    assert metric.value == count


def test_the_same_six_lines_in_two_files_are_two_runs():
    one, other = source(LINES), source("x = 1\n" + LINES, "agent/run/other.py")
    metrics = list(measure_code._duplicates([one, other]))
    assert value(metrics, "identical runs of 6 lines") == 2
    assert value(metrics, "lines in identical runs") == 12


def test_comments_imports_docstrings_and_blank_lines_part_no_run():
    split = LINES.replace("call(2)", "call(2)  # two").replace("value_3", "\nimport os\nvalue_3")
    metrics = list(measure_code._duplicates([source(LINES), source(split, "agent/run/b.py")]))
    assert value(metrics, "identical runs of 6 lines") == 2


def test_fields_of_a_record_have_the_same_shape_and_are_no_duplicate():
    fields = "class A:\n" + "".join(f"    field_{n}: int\n" for n in range(9))
    metrics = list(measure_code._duplicates([source(fields), source(fields, "agent/run/b.py")]))
    assert value(metrics, "same-shape runs of 6 lines") == 0


def test_a_source_is_an_address_with_the_day_it_was_read():
    text = (
        '"""Sources:\n\n'
        "* https://example.com/a (read 2026-11-29)\n"
        '"""\n'
        "A = 1  # Source: https://example.com/a (read 2026-08-15)\n"
        "B = 2  # see https://example.com/b\n"
        "C = 3  # Source: not documented; assumed\n"
    )
    metrics = list(measure_code._vendor_sources([source(text, "connectors/m365/one.py")]))
    assert [metric.value for metric in metrics] == [2, 1, 1]


def test_imports_of_functions_and_of_type_checking_are_deferred():
    text = (
        "import a\n"
        "if TYPE_CHECKING:\n    from b import (\n        c,\n    )\n"
        "def f():\n    import d\n"
    )
    assert measure_code._deferred_lines(ast.parse(text)) == {3, 4, 5, 7}


def test_what_a_module_defines_is_found_with_its_class():
    text = "class A:\n    x: int\n    def f(self):\n        self.y = 1\nB = C = 2\n"
    assert measure_code._defined(ast.parse(text)) == {"A", "A.x", "A.f", "A.y", "B", "C"}


def test_the_floors_name_every_package_of_this_checkout():
    root = Path(__file__).parents[2]
    known = {name for floor in measure_code.FLOORS for name in floor}
    rooms = {p.parent.relative_to(root).as_posix() for p in root.glob("agent/*/__init__.py")}
    rooms |= {p.parent.relative_to(root).as_posix() for p in root.glob("connectors/*/__init__.py")}
    assert {room.replace("/", ".") for room in rooms} <= known

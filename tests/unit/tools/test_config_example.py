"""The example in the repository is what the settings say, and it loads."""

from importlib import import_module
from pathlib import Path

from agent.collect import registry
from agent.config.load import read_config, validate_table
from connectors.sdk.services import services
from tools.config_example import EXAMPLES, SEPARATE_TABLES, render_example

FILE = Path(__file__).parents[3] / "config.example.toml"


def test_the_example_is_generated_from_the_settings() -> None:
    assert FILE.read_text(encoding="utf-8") == render_example()


def test_the_example_loads_and_every_connector_understands_its_table() -> None:
    loaded = read_config(FILE)
    assert set(loaded.config.connectors) == set(services())
    for name, table in loaded.config.connectors.items():
        registry.check(name, table, FILE)


def test_the_example_still_loads_with_every_comment_that_is_a_key_taken_out(
    tmp_path: Path,
) -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    policy = [line.removeprefix("# ") for line in lines if _is_key(line)]
    file = tmp_path / "all.toml"
    rest = "\n".join(policy[policy.index("[policy]") :])
    file.write_text(rest, encoding="utf-8")
    loaded = read_config(file)
    assert loaded.config.policy.vendors[0].name == "ACME"
    for name, table in loaded.config.sinks.items():
        module = import_module(f"agent.sinks.{table['type']}")
        validate_table(module.Settings, table, file=file, where=f"sinks.{name}")


def test_every_key_of_a_table_of_its_own_has_an_example() -> None:
    for head, model in SEPARATE_TABLES.items():
        keys = model.model_fields.keys() - {"when"}  # which is a table itself
        assert EXAMPLES[head].keys() == keys, head


def _is_key(line: str) -> bool:
    bare = line.removeprefix("# ")
    return bare.startswith("[") or (" = " in bare and " " not in bare.split(" = ")[0])

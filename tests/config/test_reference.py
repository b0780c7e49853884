"""The JSON Schema for editors and the reference for people."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from bot.config import Settings, json_schema, reference_markdown
from bot.config.environment import variable
from bot.config.meanings import meanings
from bot.config.reference import schema_text

ROOT = Path(__file__).parents[2]
STALE = "out of date: run python -m bot.config"


def test_the_reference_is_up_to_date() -> None:
    assert (ROOT / "docs/configuration.md").read_text(encoding="utf-8") == reference_markdown(), STALE


def test_the_schema_is_up_to_date_and_the_sample_points_to_it() -> None:
    assert (ROOT / "docs/app.schema.json").read_text(encoding="utf-8") == schema_text(), STALE
    first = (ROOT / "app.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=docs/app.schema.json"


def test_every_key_and_variable_is_explained() -> None:
    for name, part in [("Config", json_schema()), *json_schema()["$defs"].items()]:
        for key, value in part["properties"].items():
            assert value.get("description"), f"{name}.{key} has no text under it"
    for field in Settings.model_fields:
        assert f"`{variable(field)}`" in reference_markdown()
        assert meanings(Settings)[field]


def test_a_default_is_told_as_one_would_write_it() -> None:
    hours = next(
        line for line in reference_markdown().splitlines() if line.startswith("| `hours` | The hours of")
    )
    assert hours.endswith("| `Mon-Fri 09:00-17:00` |")
    defaults = [line.rsplit("|", 2)[1] for line in reference_markdown().splitlines() if line.startswith("|")]
    assert [told for told in defaults if re.search(r"\w\(|<", told)] == [], "Python's words for a value"


def test_editors_complete_includes_and_check_durations() -> None:
    schema = json_schema()
    assert "include" in schema["properties"]
    assert schema["required"] == ["organization"]
    (pattern,) = _patterns(schema["$defs"]["Delivery"]["properties"]["lease"])
    good, bad = ["30s", "15m", "2h 30m", "2h30m", "1d"], ["", "30", "m", "30 min", "1m 1h"]
    assert all(re.search(pattern, text) for text in good)
    assert not any(re.search(pattern, text) for text in bad)
    json.dumps(schema)


def _patterns(schema: dict[str, Any]) -> list[str]:
    return [schema["pattern"]] if "pattern" in schema else []

"""Whatever menus app.yaml may have: its forms open, as Slack takes no more than 250 kB of one; a larger one is refused by its line."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from bot.config import Config, ConfigErrors, load
from bot.incidents.filters import Filter
from bot.incidents.rows import Incident
from bot.views.forms import close_form, declare_form, details_form, fields_form, resolve_form
from bot.views.lists import filter_form
from bot.views.text import Block

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
MOST = 250_000
LONG = {"letters": "m", "signs": "\U0001f525", "quotes": '"'}


def written(fields: int, fill: str) -> dict[str, Any]:
    """As many of everything as app.yaml may have, each with a name as long as it may be."""

    def named(kind: str, number: int) -> str:
        return f"{kind}{number:03}".ljust(30, "x")

    choices = [f"{number:03}{fill * 57}" for number in range(99)]
    return {
        "organization": "O",
        "services": [
            {"name": named("service", n), "title": fill * 60, "owner": "O", "description": fill * 200} for n in range(100)
        ],
        "types": [{"name": named("type", n), "title": fill * 60, "description": fill * 200} for n in range(20)],
        "fields": [
            {
                "name": f"field{n}", "label": fill * 60, "hint": fill * 200, "kind": "choice", "choices": choices,
                "required_at": "declare",
            }
            for n in range(fields)
        ],
    }  # fmt: skip


def forms(config: Config) -> dict[str, Block]:
    last = {one.name: one.choices[-1] for one in config.fields}
    incident = Incident(
        id=99_999, title="t" * 200, summary="s" * 3000, severity=config.severities[0].name, status="resolved",
        service=None, type=config.types[-1].name, fields=last, private=False, drill=False, declared_at=NOW,
        declared_by="U1", changed_at=NOW,
    )  # fmt: skip
    empty = Incident(
        **{key: value for key, value in incident.__dict__.items() if key[0] != "_"} | {"fields": None}
    )
    metadata = "x" * 3000
    return {
        "declare": declare_form(
            config, metadata=metadata, title="t" * 200, summary="\U0001f525" * 3000, type_name=config.types[-1].name,
            filled=last, service=config.services[-1].name, severity=config.severities[0].name,
        ),
        "details": details_form(incident, config),
        "fields": fields_form(incident, config),
        "resolve": resolve_form(empty, config),
        "close": close_form(empty, config),
        "find": filter_form(Filter(services=tuple(one.name for one in config.services[:10])), config, ZoneInfo("UTC")),
    }  # fmt: skip


def refused(tmp_path: Path, fields: int, fill: str) -> str | None:
    file = tmp_path / "app.yaml"
    file.write_text(yaml.safe_dump(written(fields, fill), sort_keys=False, allow_unicode=True))
    try:
        load(file)
    except ConfigErrors as errors:
        return str(errors)
    return None


@pytest.mark.parametrize("fill", LONG.values(), ids=LONG)
def test_what_app_yaml_may_have_makes_forms_that_open(tmp_path: Path, fill: str) -> None:
    most = next(number for number in range(1, 21) if refused(tmp_path, number + 1, fill))
    assert refused(tmp_path, most, fill) is None
    for name, form in forms(Config.model_validate(written(most, fill))).items():
        assert len(json.dumps(form, ensure_ascii=False).encode()) <= MOST, name
    told = refused(tmp_path, most + 1, fill)
    assert told is not None
    assert f"fields.field{most}.choices: with these choices a form may be" in told
    assert "fewer or shorter ones" in told
    line = int(told.removeprefix(f"{tmp_path}/app.yaml:").split(":")[0])
    lines = (tmp_path / "app.yaml").read_text().splitlines()
    assert lines[line - 1].strip() == "choices:" or "choices" in lines[line - 1]


def test_a_few_fields_of_many_choices_are_no_trouble(tmp_path: Path) -> None:
    assert refused(tmp_path, 3, "m") is None

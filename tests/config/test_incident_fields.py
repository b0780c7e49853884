"""What app.yaml may say of types and custom fields, and where it is wrong."""

from pathlib import Path

import pytest

from bot.config import ConfigErrors, load


def written(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / "app.yaml"
    file.write_text("\n".join(["organization: Example", *lines, ""]))
    return file


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("  - { name: region, label: Region, kind: choice }", "there is nothing to choose"),
        ("  - { name: region, label: Region, choices: [EU] }", "a text is not chosen"),
        ("  - { name: region, label: Region, kind: choice, choices: [EU West, eu-west] }", "is there twice"),
        ("  - { name: region, label: Region, kind: coice, choices: [EU] }", "choice"),
        ("  - { name: since, label: Since }", "is a word of `/incident list`"),
        ("  - { name: region, label: Region, types: [outgae] }", "outage"),
        ("  - { name: region, label: Region, required_at: start }", "declare"),
        (
            f"  - {{ name: region, label: Region, kind: choice, choices: {[f'c{n}' for n in range(100)]} }}",
            "99",
        ),
    ],
)
def test_a_field_that_makes_no_sense_is_told_with_its_line(tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(ConfigErrors) as refused:
        load(written(tmp_path, "types: [{ name: outage }]", "fields:", line))
    told = str(refused.value)
    assert problem in told
    assert "app.yaml:4" in told


def test_fields_and_types_are_found_by_what_people_type(tmp_path: Path) -> None:
    config = load(
        written(
            tmp_path,
            "types: [{ name: outage }, { name: security, title: Security incident, private: true }]",
            "fields:",
            "  - { name: customers, label: Customers hit, kind: number }",
            "  - { name: notice, label: Notice, kind: date, types: [security], required_at: resolve }",
        )
    )
    found = config.field("Customers-Hit")
    assert found is not None
    assert found.name == "customers"
    notice = config.fields[1]
    assert notice.is_for("security")
    assert not notice.is_for(None)
    assert [notice.is_due(moment) for moment in ("declare", "resolve", "close")] == [False, True, True]

"""Reading app.yaml: one file, several, and everything that can be wrong with their form."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.config import ConfigErrors, load

Write = Callable[..., None]
Told = Callable[..., list[str]]

FULL = "organization: Acme\n"


def test_one_line_is_enough(write: Write) -> None:
    write(FULL)
    config = load("app.yaml")
    assert (config.organization, config.timezone, config.services) == ("Acme", "UTC", ())
    assert [severity.name for severity in config.severities] == ["SEV1", "SEV2", "SEV3", "SEV4"]


def test_all_errors_come_at_once_in_the_order_of_the_lines(told: Told) -> None:
    assert told(
        """\
        organization: Acme
        timezone: Berlin
        services:
          - name: web
            ownr: Shop team
            depends_on: [chekout]
          - name: checkout
            owner: Shop team
            runbook: wiki.example.com/checkout
        """
    ) == [
        'app.yaml:2: timezone: "Berlin" is not a timezone; a name such as Europe/Berlin or UTC; did you mean "Europe/Berlin"?',
        "app.yaml:4: services.web.owner: is missing; the team or person who answers for it",
        "app.yaml:5: services.web.ownr: this key is not known; allowed: name, title, description, owner, runbook, depends_on, "
        'responders, escalation_policy; did you mean "owner"?',
        'app.yaml:6: services.web.depends_on[1]: "chekout" is not among the services; known services: checkout, web; '
        'did you mean "checkout"?',
        'app.yaml:9: services.checkout.runbook: "wiki.example.com/checkout" is not a link; a link that begins with https:// or '
        'http://; did you mean "https://wiki.example.com/checkout"?',
    ]


def test_each_error_is_also_there_in_parts(write: Write) -> None:
    write(FULL + "timezon: UTC\n")
    with pytest.raises(ConfigErrors) as caught:
        load("app.yaml")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.path, problem.did_you_mean) == (
        "app.yaml",
        2,
        "timezon",
        "timezone",
    )
    assert problem.problem == "this key is not known"


def test_a_word_that_yaml_takes_for_something_else_stays_a_word(write: Write) -> None:
    write("organization: no\nservices: [{name: on, owner: 2026-01-02}, {name: off, owner: 1:30}]\n")
    config = load("app.yaml")
    assert config.organization == "no"
    assert [(service.name, service.owner) for service in config.services] == [
        ("on", "2026-01-02"),
        ("off", "1:30"),
    ]


def test_anchors_and_aliases_work(write: Write) -> None:
    write("organization: &name Acme\nservices: [{name: web, owner: *name}]\n")
    assert load("app.yaml").services[0].owner == "Acme"


def test_a_mark_at_the_beginning_of_the_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_bytes(b"\xef\xbb\xbforganization: Acme\r\n")
    assert load(tmp_path / "app.yaml").organization == "Acme"


# The form of a file --------------------------------------------------------------------------------------

FORM = {
    "": "app.yaml:1: the file is empty; keys with values, such as organization: Acme",
    "# nothing yet\n": "app.yaml:1: the file is empty; keys with values, such as organization: Acme",
    "- a\n- b\n": "app.yaml:1: the file holds a list; keys with values, such as organization: Acme",
    "hello\n": "app.yaml:1: the file holds a single text; keys with values, such as organization: Acme",
    FULL
    + "channels:\n\tprivate: true\n": "app.yaml:3: a tab is used for indentation; YAML allows only spaces",
    FULL + "people: [{name: ada, slack: @ada}]\n": (
        'app.yaml:2: a text that begins with @ or ` needs quotes; such as "@ada"'
    ),
    FULL + "bridge: see: https://x\n": (
        "app.yaml:2: a colon stands where none is allowed; check the indentation; a text with a colon needs quotes"
    ),
    FULL + "services: [\n": "app.yaml:2: the file ends too early; close all quotes and brackets",
    FULL + 'bridge: "https://x\n': "app.yaml:2: the file ends too early; close all quotes and brackets",
    FULL
    + "bridge: *link\n": "app.yaml:2: an alias (*name) refers to nothing; a text that begins with * needs quotes",
    FULL + "---\n" + FULL: "app.yaml:2: a second document begins here; one document a file; remove the ---",
    FULL + "bridge: \x07\n": "app.yaml:2: the character U+0007 is not allowed; printable text in UTF-8",
    FULL + "timezone: UTC\n" + FULL: (
        'app.yaml:3: the key "organization" is given twice (first at app.yaml:1); each key once'
    ),
    FULL + "? [a]\n: b\n": "app.yaml:2: a key must be a text, not a list or a mapping",
    'organization: "\\ud800"\n': "app.yaml:1: an escape stands for half a character; the character itself",
    "a: " + "[" * 100: "app.yaml:1: values are nested too deep; at most 40 levels",
    "a: &a [*a]\n": "app.yaml:1: values are nested too deep, or an alias refers to itself; at most 40 levels",
}


@pytest.mark.parametrize("text", FORM)
def test_what_is_no_proper_yaml_is_told_with_its_line(told: Told, text: str) -> None:
    assert told(text) == [FORM[text]]


def test_foreign_tags_make_nothing(told: Told) -> None:
    assert told("organization: !!python/object/apply:os.system [ls]\n")[0] == (
        'app.yaml:1: the tag "tag:yaml.org,2002:python/object/apply:os.system" is not allowed; plain texts, numbers, lists and keys'
    )


def test_a_billion_laughs_are_refused_at_once(told: Told) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{n}: &{n} [{', '.join([f'*{before}'] * 10)}]"
        for before, n in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    (error,) = told("\n".join(lines))
    assert error.endswith("aliases make it too large; at most 100000 values")


def test_latin_1_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_bytes("organization: Acme\nbridge: é\n".encode("latin-1"))
    with pytest.raises(ConfigErrors, match=r"app\.yaml:2: the file is not UTF-8; save it as UTF-8$"):
        load(tmp_path / "app.yaml")


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigErrors, match=r"app\.yaml: the file is too large; at most 1 MB$"):
        load(tmp_path / "app.yaml")


def test_a_missing_file_says_what_to_do(told: Told, write: Write) -> None:
    write(FULL)
    with pytest.raises(ConfigErrors) as caught:
        load("other.yaml")
    assert (
        str(caught.value)
        == "other.yaml: the file does not exist; the sample app.yaml is a good start, or set TOCSIN_CONFIG"
    )


def test_a_directory_or_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ConfigErrors, match="the file is not an ordinary file; a YAML file"):
            load(path)


# Including -----------------------------------------------------------------------------------------------


def test_lists_are_joined_and_mappings_merged(write: Write) -> None:
    write(
        """\
        include: [people.yaml, services/*.yaml]
        organization: Acme
        people: [{name: ada, email: ada@example.com}]
        channels: {private: true}
        """,
        {
            "people.yaml": "people: [{name: bo, email: bo@example.com}]\nchannels: {announcements: news}\n",
            "services/b.yaml": "services: [{name: b, owner: B, depends_on: [a]}]\n",
            "services/a.yaml": "include: deeper/c.yaml\nservices: [{name: a, owner: A, responders: [bo]}]\n",
            "services/deeper/c.yaml": "services: [{name: c, owner: C}]\n",
        },
    )
    config = load("app.yaml")
    assert [person.name for person in config.people] == ["ada", "bo"]
    assert [service.name for service in config.services] == ["a", "c", "b"]
    assert (config.channels.private, config.channels.announcements) == (True, "news")


def test_an_absolute_path_and_one_upwards_work(write: Write, tmp_path: Path) -> None:
    write(
        FULL, {"conf/app.yaml": f"include: [../app.yaml, {tmp_path}/tz.yaml]\n", "tz.yaml": "timezone: UTC\n"}
    )
    assert load("conf/app.yaml").organization == "Acme"


def test_an_error_names_the_included_file_and_its_line(told: Told) -> None:
    services = {"s.yaml": "services:\n  - name: web\n    owner: Shop\n    depends_on:\n      - serch\n"}
    assert told(FULL + "include: [s.yaml]\n", services) == [
        's.yaml:5: services.web.depends_on[1]: "serch" is not among the services; known services: web'
    ]


def test_the_same_value_in_two_files_names_both(told: Told) -> None:
    assert told(FULL + "include: [b.yaml]\n", {"b.yaml": "\norganization: Other\n"}) == [
        "b.yaml:2: organization: is given twice (first at app.yaml:1); one value in one file"
    ]


def test_the_same_name_in_two_files_names_both(told: Told) -> None:
    one = "services: [{name: web, owner: A}]\n"
    assert told(FULL + "include: [b.yaml]\n" + one, {"b.yaml": one}) == [
        'b.yaml:1: services.web.name: "web" is a name given already (first at app.yaml:3); a name for each'
    ]


def test_files_that_include_each_other_are_refused(told: Told) -> None:
    assert told(FULL + "include: [b.yaml]\n", {"b.yaml": "include: [app.yaml]\n"}) == [
        "b.yaml:1: include: files include each other in a circle: app.yaml → b.yaml → app.yaml; leave out one"
    ]


def test_a_glob_does_not_catch_the_file_that_holds_it(told: Told) -> None:
    assert told(FULL + "include: ['*.yaml']\n", {"b.yaml": "timezone: UTC\n"}) == []


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        ("b.yaml", '"b.yaml" does not exist; paths are relative to the file with the include'),
        (
            "b/*.yaml",
            'no file matches "b/*.yaml"; at least one; paths are relative to the file with the include',
        ),
        (".", '"." is not an ordinary file; a YAML file'),
        ("5", "5 is not a file; a list of files, relative to this one, such as services/*.yaml"),
        ("[a]", "a list is not a file; a list of files, relative to this one, such as services/*.yaml"),
        (
            '"a\\0b"',
            '"a\\u0000b" is not a file; a list of files, relative to this one, such as services/*.yaml',
        ),
    ],
)
def test_an_include_that_finds_nothing_is_told(told: Told, entry: str, error: str) -> None:
    assert told(FULL + f"include:\n  - {entry}\n") == [f"app.yaml:3: include: {error}"]


def test_a_file_that_is_included_twice_is_told(told: Told) -> None:
    assert told(FULL + "include:\n  - b.yaml\n  - ./b.yaml\n", {"b.yaml": "timezone: UTC\n"}) == [
        'app.yaml:4: include: "./b.yaml" is included twice (first at app.yaml:3); each file once'
    ]


def test_what_a_broken_file_may_have_held_is_not_called_missing(told: Told) -> None:
    broken = {"people.yaml": "organization: Acme\npeople: [\n"}
    app = "include: [people.yaml]\nservices: [{name: web, owner: 1, responders: [ada]}]\n"
    assert told(app, broken) == [
        'app.yaml:2: services.web.owner: must be a text, not 1; put it in quotes: "1"',
        "people.yaml:2: the file ends too early; close all quotes and brackets",
    ]

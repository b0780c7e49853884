"""What those who run Tocsin read of its configuration."""

from collections.abc import Sequence
from itertools import zip_longest

from bot.administration.configuration import counted, difference
from bot.administration.rows import ConfigTrouble, ConfigVersion
from bot.views.text import (
    Block,
    actions,
    button,
    confirm,
    context,
    cut,
    escaped,
    literal,
    moment,
    section,
)

SHOWN = 10


def refused_text(trouble: ConfigTrouble) -> str:
    """What is wrong, line by line, and that nothing has changed."""
    lines = [f"• {literal(problem, 280)}" for problem in trouble.problems[:SHOWN]]
    more = len(trouble.problems) - SHOWN
    if more > 0:
        lines.append(f"… and {more} more: `tocsin config check` tells all.")
    head = (
        f":warning: *app.yaml was changed and is refused* ({literal(trouble.place, 120)}, {moment(trouble.found_at)}). "
        "Tocsin goes on with the configuration before."
    )
    tail = "Mend the file: it is read again by itself. `/ops config` and `tocsin config rollback` bring a former version back. A restart needs a file in order."
    return cut("\n".join([head, *lines, tail]), 3900)


def mended_text(trouble: ConfigTrouble) -> str:
    """That it is in order again, in answer to what was told before."""
    return (
        f":white_check_mark: app.yaml is in order again ({literal(trouble.place, 120)}); what was refused at "
        f"{moment(trouble.found_at)} counts no more."
    )


# -- the history ------------------------------------------------------------------------------------------------------

VERSIONS = 10
# Four with what stands around them are as much as Slack takes in a message.
_CHUNK, _CHUNKS = 2_800, 4


def history_text(found: Sequence[ConfigVersion]) -> str:
    return (
        f"The configuration: version {found[0].number} is active"
        if found
        else "No configuration was kept yet"
    )


def history_blocks(found: Sequence[ConfigVersion], news: str | None = None) -> list[Block]:
    """The versions, the newest first, each with what it changed; the last of more than `VERSIONS` is there for that alone."""
    blocks = [section(news)] if news else []
    if not found:
        return [
            *blocks,
            section("No version of the configuration is kept here. Tocsin keeps each that it runs by."),
        ]
    for one, before in zip_longest(found[:VERSIONS], found[1 : VERSIONS + 1]):
        blocks.append(
            section(_version_line(one, before), accessory=button("Show", "config.show", str(one.number)))
        )
    if len(found) > VERSIONS:
        blocks.append(context("`tocsin config history` has those of before."))
    return blocks


def _version_line(one: ConfigVersion, before: ConfigVersion | None) -> str:
    head = f"*{one.number}* · {moment(one.activated_at)} · {literal(one.by, 120)} · {literal(one.how, 60)}"
    if before is None:
        return head
    added, removed = counted(before.texts, one.texts)
    files = [name for name in {**before.texts, **one.texts} if before.texts.get(name) != one.texts.get(name)]
    return cut(f"{head}\n+{added} −{removed} in {literal(', '.join(sorted(files)), 1_000)}", 2_900)


def difference_text(before: ConfigVersion | None, after: ConfigVersion) -> str:
    if before is None:
        return f"Nothing is kept of before version {after.number}"
    return f"What version {after.number} changed from version {before.number}"


def difference_blocks(
    before: ConfigVersion | None, after: ConfigVersion, *, may_be_restored: bool
) -> list[Block]:
    """A unified diff, as much of it as fits; configurations hold no secrets."""
    blocks = [section(f"*{difference_text(before, after)}*\n{_version_line(after, None)}")]
    if before is not None:
        blocks += _difference(before, after)
    if may_be_restored:
        blocks.append(actions("version", _roll_back(after.number)))
    return blocks


def _difference(before: ConfigVersion, after: ConfigVersion) -> list[Block]:
    said = difference(before.texts, after.texts, (f"version {before.number}", f"version {after.number}"))
    if not said:
        return [section("Nothing: they are the same.")]
    parts = _parts(said.replace("```", "ˋˋˋ"))
    blocks = [section(f"```\n{part}\n```") for part in parts[:_CHUNKS]]
    if len(parts) > _CHUNKS:
        blocks.append(context(f"`tocsin config diff {before.number} {after.number}` tells all of it."))
    return blocks


def _roll_back(number: int) -> Block:
    sure = confirm(
        f"Roll back to version {number}?",
        "Its files take the place of those of now, which stay in the history. All that begins from then on goes by them.",
        "Roll back",
    )
    return button("Roll back", "config.rollback", str(number), confirm=sure)


def _parts(said: str) -> list[str]:
    """Escaped, in parts that fit into a section, broken between lines."""
    parts = [""]
    for line in said.splitlines():
        shown = escaped(line, _CHUNK)
        if parts[-1] and len(parts[-1]) + len(shown) >= _CHUNK:
            parts.append("")
        parts[-1] += f"\n{shown}" if parts[-1] else shown
    return parts

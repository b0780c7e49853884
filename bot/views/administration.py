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
_CHUNK, _CHUNKS = 2_800, 10


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
        return [*blocks, section("No configuration was kept yet: the running Tocsin notes the first one.")]
    for one, before in zip_longest(found[:VERSIONS], found[1 : VERSIONS + 1]):
        row = []
        if before is not None:
            row.append(button("What changed", "config.diff", str(one.number)))
        if one is not found[0]:
            row.append(_roll_back(one.number))
        blocks += [
            section(_version_line(one, before)),
            *([actions(f"version.{one.number}", *row)] if row else []),
        ]
    if len(found) > VERSIONS:
        blocks.append(context("`tocsin config history` has those of before."))
    return blocks


def _roll_back(number: int) -> Block:
    sure = confirm(
        f"Roll back to version {number}?",
        "Its files take the place of those of now, which stay in the history. All that begins from then on goes by them.",
        "Roll back",
    )
    return button("Roll back", "config.rollback", str(number), confirm=sure)


def _version_line(one: ConfigVersion, before: ConfigVersion | None) -> str:
    head = f"*{one.number}* · {moment(one.activated_at)} · {literal(one.by, 120)} · {literal(one.how, 60)}"
    if before is None:
        return head
    added, removed = counted(before.texts, one.texts)
    files = [name for name in {**before.texts, **one.texts} if before.texts.get(name) != one.texts.get(name)]
    return cut(f"{head}\n+{added} −{removed} in {literal(', '.join(sorted(files)), 1_000)}", 2_900)


def difference_text(before: int, after: int) -> str:
    return f"What version {after} changed from version {before}"


def difference_blocks(before: ConfigVersion, after: ConfigVersion) -> list[Block]:
    """A unified diff, as much of it as fits; configurations hold no secrets."""
    said = difference(before.texts, after.texts, (f"version {before.number}", f"version {after.number}"))
    title = f"*{difference_text(before.number, after.number)}*"
    if not said:
        return [section(f"{title}\nNothing: they are the same.")]
    parts = _parts(said.replace("```", "ˋˋˋ"))
    blocks = [section(title), *(section(f"```\n{part}\n```") for part in parts[:_CHUNKS])]
    if len(parts) > _CHUNKS:
        blocks.append(context(f"`tocsin config diff {before.number} {after.number}` tells all of it."))
    return blocks


def _parts(said: str) -> list[str]:
    """Escaped, in parts that fit into a section, broken between lines."""
    parts = [""]
    for line in said.splitlines():
        shown = escaped(line, _CHUNK)
        if parts[-1] and len(parts[-1]) + len(shown) >= _CHUNK:
            parts.append("")
        parts[-1] += f"\n{shown}" if parts[-1] else shown
    return parts

"""Search in Slack: what was found, a page at a time, and the form to search again."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.config import Config
from bot.core.search_text import ACTION, BACKLOG, DECISION, INCIDENT, REVIEW, RISK, RUNBOOK
from bot.core.search_words import LONGEST_TYPED, Piece
from bot.search.finding import PAGE, Found, Results
from bot.views.incident_text import line
from bot.views.text import (
    Block,
    actions,
    button,
    context,
    field,
    literal,
    modal,
    moment,
    section,
    shorten,
    text_input,
)

TITLE = 250
EXCERPT = 600
HINT = "All the words, in any order; words in “quotes” stand next to each other."


@dataclass(frozen=True)
class _Other:
    """What has a number of its own beside incidents, and how one gets to it."""

    sign: str
    name: str
    button: str
    command: str


_OTHERS = {
    DECISION: _Other(":scales:", "Decision", "decision.show", "/ops decisions show"),
    BACKLOG: _Other(":notebook:", "Backlog item", "backlog.show", "/ops backlog show"),
    ACTION: _Other(":ballot_box_with_check:", "Action item", "action.show", "/ops actions show"),
    RISK: _Other(":warning:", "Risk", "risk.show", "/ops risks show"),
}


def search_text(results: Results) -> str:
    """How much was found, for those whom the blocks do not reach."""
    if not results.total:
        return "Nothing was found."
    count = f"More than {results.total}" if results.is_more else str(results.total)
    some = ", by some of the words only: nothing has them all" if results.of_some else ""
    return f"{count} found{some}"


def result_blocks(results: Results, typed: str, config: Config, *, in_modal: bool = False) -> list[Block]:
    """A page of what was found for these words."""
    typed = shorten(typed, LONGEST_TYPED)
    said = f"*{search_text(results)}* for “{literal(typed, 300)}”" if typed else "*What are you looking for?*"
    blocks = [section(said)]
    if not results.terms:
        blocks.append(context("Type words of letters or digits, such as `/ops search checkout timeout`."))
    elif not results.total:
        blocks.append(
            context("Try fewer words, or other ones. What is private is found by those who take part in it.")
        )
    blocks += [_result(one, config, in_modal=in_modal) for one in results.found]
    if in_modal:
        return blocks
    pages = -(-results.total // PAGE)
    turn = []
    if results.page > 0:
        turn.append(button("Previous", "search.before", f"{results.page - 1}:{typed}"))
    if results.page < pages - 1:
        turn.append(button("Next", "search.further", f"{results.page + 1}:{typed}"))
    turn.append(button("Other words …", "search.again", f"0:{typed}"))
    blocks.append(actions("turn", *turn))
    if pages > 1:
        more = " · more words find less" if results.is_more else ""
        blocks.append(context(f"Page {results.page + 1} of {pages}{more}"))
    return blocks


def _result(found: Found, config: Config, *, in_modal: bool) -> Block:
    words = "\n".join(filter(None, [_head(found, config), _excerpt(found.excerpt), _foot(found)]))
    number = str(found.number)
    if found.kind == INCIDENT:
        return section(words, accessory=button("Show", "incident.show", number))
    if found.kind == REVIEW:
        return section(words, accessory=button("Read", "reviews.read", number))
    if found.kind == RUNBOOK and not in_modal:
        return section(words, accessory=button("Show", "runbook.show", found.name))
    if found.kind in _OTHERS and not in_modal:
        return section(words, accessory=button("Show", _OTHERS[found.kind].button, number))
    return section(words)


def _head(found: Found, config: Config) -> str:
    title = literal(found.title, TITLE)
    if found.kind == INCIDENT and found.incident is not None:
        return line(found.incident, config, limit=TITLE)
    if found.kind == REVIEW:
        return f":mag_right: *Review of #{found.number}* {title}"
    if found.kind in _OTHERS:
        other = _OTHERS[found.kind]
        lock, drill = ":lock: " if found.private else "", ":test_tube: *DRILL* " if found.drill else ""
        return f"{other.sign} {lock}{drill}*{other.name} #{found.number}* {title}"
    return f":book: *Runbook* {title}"


def _excerpt(pieces: Sequence[Piece]) -> str:
    """The words that were looked for in bold."""
    said = "".join(
        f"*{literal(piece.text, 200)}*" if piece.is_meant else literal(piece.text, 900) for piece in pieces
    )
    if len(said) > EXCERPT:  # many signs that mean something to Slack; a part would not be bold any more
        said = literal("".join(piece.text for piece in pieces), EXCERPT)
    return said


def _foot(found: Found) -> str:
    said = [moment(found.at, "{date_short_pretty}")] if found.at is not None else []
    if found.times > 1:
        said.append(f"in {found.times} places")
    if found.kind in _OTHERS:
        said += [literal(found.status, 40), f"`{_OTHERS[found.kind].command} {found.number}`"]
    if found.name:
        said.append(f"`/ops runbooks show {found.name}`")
    return " · ".join(said)


def search_form(typed: str = "") -> Block:
    """To search again, with the words that were typed before."""
    words = field("words", "Words", text_input(longest=LONGEST_TYPED, initial=typed), hint=HINT)
    return modal("search", "Search", [words], submit="Search")


def results_view(results: Results, typed: str, config: Config) -> Block:
    """The first page in the place of the form."""
    return modal(
        "search_results", "Search", result_blocks(results, typed, config, in_modal=True), close="Close"
    )

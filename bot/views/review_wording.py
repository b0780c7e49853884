"""Another wording for a review: what would change, what is told to whoever asked, and what stands above the document."""

import json
from collections.abc import Mapping, Sequence

from bot.reviews.document import SECTIONS
from bot.reviews.queries import ReviewNow
from bot.reviews.rows import ASKED, READY, RUNNING, ReviewWording
from bot.views.forms import about
from bot.views.review_text import slack_text
from bot.views.reviews import review_text
from bot.views.text import (
    Block,
    actions,
    button,
    context,
    cut,
    literal,
    mention,
    modal,
    moment,
    paragraphs,
    section,
)

# Of a sentence so much is shown; of all so much as fits into a form of a hundred blocks and 250 kB.
LONGEST_SHOWN = 1_300
MOST_BLOCKS = 90
MOST_WEIGHT = 200_000


def note(number: int, wording: ReviewWording | None) -> list[Block]:
    """What stands above the document: one that is under way, or that waits for somebody to look at it."""
    if wording is None or wording.state not in (ASKED, RUNNING, READY):
        return []
    who = mention(wording.asked_by)
    if wording.state == READY:
        words = f":sparkles: {who} had the wording improved; nobody has taken it yet."
        return [section(words, accessory=show_button(number, wording), block_id="wording")]
    asked = f"{who} has asked for a better wording {moment(wording.asked_at)}"
    return [context(f":hourglass_flowing_sand: {asked}; the answer is not there yet.")]


def show_button(number: int, wording: ReviewWording) -> Block:
    return button("See what would change", "reviews.wording_show", f"{number}:{wording.id}", style="primary")


def told_text(known: ReviewNow, wording: ReviewWording) -> str:
    if wording.state == READY:
        return f"Another wording is there. {review_text(known)}"
    return f"The wording was not improved. {review_text(known)}"


def told_blocks(known: ReviewNow, wording: ReviewWording) -> list[Block]:
    """To whoever asked."""
    number = known.incident.id
    read = button("Read and edit", "reviews.read", str(number))
    if wording.state != READY:
        words = f":warning: *The wording was not improved; nothing was changed.*\n{review_text(known)}"
        return [section(f"{words}\n{literal(wording.problem, 1_500)}"), actions("wording", read)]
    words = f":sparkles: *Another wording is there: {_sentences(len(wording.changes))} would change.*\n{review_text(known)}"
    return [
        section(words),
        context("Nothing is changed until somebody takes it.", *_kept(wording.kept)),
        actions("wording", show_button(number, wording), read),
    ]


def _sentences(count: int) -> str:
    return f"{count} sentence{'' if count == 1 else 's'}"


def _kept(kept: Mapping[str, int]) -> list[str]:
    """Which were left as they were, and why."""
    if not kept:
        return []
    reasons = ", ".join(f"{literal(reason, 100)} ({count})" for reason, count in kept.items())
    return [f"{_sentences(sum(kept.values()))} stay as they were: {reasons}."]


def changes_view(known: ReviewNow, wording: ReviewWording) -> Block:
    """Each sentence that would change, before and after."""
    number = known.incident.id
    made_from = f"version {wording.made_from}" if wording.made_from else "the draft"
    head = f"{_sentences(len(wording.changes))} of {made_from} in the words of {literal(wording.model, 200)}. Each keeps its citations. Read before you take it."
    blocks: list[Block] = [context(head, *_kept(wording.kept))]
    shown = 0
    for key, title in SECTIONS.items():
        lines: list[str] = []
        for change in (change for change in wording.changes if change[0] == key):
            line = f":heavy_minus_sign: {_shown(change[1])}\n:heavy_plus_sign: {_shown(change[2])}\n"
            if not _fits([*blocks, *paragraphs([*lines, line])]):
                break
            lines.append(line)
        shown += len(lines)
        if lines:
            blocks += [section(f"*{title}*"), *paragraphs(lines)]
    if shown < len(wording.changes):
        more = _sentences(len(wording.changes) - shown)
        blocks.append(context(f"{more} more would change. Once it is taken, *Versions* has what was before."))
    blocks.append(actions("wording", button("Leave it", "reviews.wording_leave", f"{number}:{wording.id}")))
    return modal(
        "review_wording",
        "Another wording",
        blocks,
        submit="Take it",
        close="Not now",
        about=about(incident=number, wording=wording.id),
    )


def _fits(blocks: Sequence[Block]) -> bool:
    return len(blocks) < MOST_BLOCKS and len(json.dumps(blocks)) < MOST_WEIGHT


def _shown(text: str) -> str:
    return cut(slack_text(text), LONGEST_SHOWN)

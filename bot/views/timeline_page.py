"""The timeline as a modal, a full page at a time, the newest page first."""

import json
from collections.abc import Sequence

from bot.config import Config
from bot.core.timeline import TimelineEntry
from bot.incidents.rows import Incident
from bot.views.amendments import entry_menu
from bot.views.forms import about
from bot.views.incident_text import line
from bot.views.text import Block, actions, button, context, moment, section
from bot.views.timeline import slack_words

PAGE = 20
# A view may weigh 250 kB as it is sent, where one emoji can take twelve bytes: if need be, all entries of
# a page are told shorter. The export has them whole.
HEAVIEST = 240_000
LENGTHS = (2400, 1200, 700)


def newest(total: int) -> int:
    """Where the newest page begins, counted from 0, the oldest entry."""
    return max(0, total - PAGE)


def timeline_page(
    incident: Incident, entries: Sequence[TimelineEntry], start: int, total: int, config: Config
) -> Block:
    """The entries from `start` on, which counts from 0, the oldest."""
    for length in LENGTHS:
        view = _page(incident, entries, start, total, config, length)
        if len(json.dumps(view)) <= HEAVIEST:
            break
    return view


def _page(
    incident: Incident,
    entries: Sequence[TimelineEntry],
    start: int,
    total: int,
    config: Config,
    length: int,
) -> Block:
    last = newest(total)
    number = str(incident.id)
    blocks: list[Block] = [section(line(incident, config, limit=200)), {"type": "divider"}]
    for entry in entries:
        at = moment(entry.occurred_at, "{date_short_pretty} {time_secs}")
        words = f"*{entry.number}* · {at}  {slack_words(entry, config, limit=length)}"
        blocks.append(section(words, accessory=entry_menu(incident, entry)))
    if not entries:
        blocks.append(section("Nothing stands here yet."))
    else:
        blocks.append(context(f"{start + 1} to {start + len(entries)} of {total} entries"))
    turn = []
    if start > 0:
        turn.append(button("Older", "timeline.older", f"{number}:{max(0, start - PAGE)}"))
    if start < last:
        turn.append(button("Newer", "timeline.newer", f"{number}:{min(last, start + PAGE)}"))
    turn.append(button("Export as Markdown", "timeline.export", number))
    blocks.append(actions("turn", *turn))
    return {
        "type": "modal",
        "callback_id": "timeline",
        "title": {"type": "plain_text", "text": f"Timeline of #{number}"[:24]},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": blocks,
        # The newest page stays the newest one, whatever is added meanwhile.
        "private_metadata": about(incident=incident.id, page=start if start < last else None),
    }

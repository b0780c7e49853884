"""The alert review in Slack."""

import json
from collections.abc import Sequence

from bot.alerts.review import WEEK, Figures, Review, Rule, RuleFigures, SourceFigures
from bot.config import Config
from bot.views.incident_text import service_name
from bot.views.text import Block, actions, button, context, literal, moment, section, turn_buttons

PAGE = 15
MOST_SOURCES = 5
# Fifteen of the longest, with all that stands around them, are still one message.
LONGEST_TITLE = 180


def review_text(found: Review) -> str:
    """The figures of all together, for those whom the blocks do not reach."""
    return f"Alert review of {span_words(found)}: {figures_words(found.total)}"


def span_words(found: Review) -> str:
    weeks = (found.until - found.since) // WEEK
    return "the last week" if weeks == 1 else f"the last {weeks} weeks"


def review_blocks(found: Review, page: int, *, service: str | None, config: Config) -> list[Block]:
    """A page of the review; `page` counts from 0, the worst."""
    weeks = (found.until - found.since) // WEEK
    where = f" on {service_name(service, config)}" if service else ""
    if not found.rules:
        return [section(f":sunny: No alert came in {span_words(found)}{where}.")]
    head = f"*Alert review* of {span_words(found)}{where}, since {moment(found.since)}\n{figures_words(found.total)}"
    blocks = [section(head)]
    if page == 0 and len(found.sources) > 1:
        blocks.append(section(_sources(found.sources)))
    for one in found.rules:
        tune = button("Tune this", "review.tune", rule_value(one.rule, weeks))
        blocks.append(section(_rule(one, config), accessory=tune))
    pages = -(-found.count // PAGE)
    which = f"{weeks}:{service or ''}"
    turn = turn_buttons("review.back", "review.more", page, pages, lambda there: f"{there}:{which}")
    if turn:
        blocks.append(actions("turn", *turn))
    paged = f"Page {page + 1} of {pages} · " if pages > 1 else ""
    blocks.append(
        context(
            f"{paged}First what rang most often and nobody acted on. *Acted on*: somebody acknowledged, or changed the "
            "incident or wrote an update before it ended. *Tune this* puts it into the backlog."
        )
    )
    return blocks


def rule_value(rule: Rule, weeks: int) -> str:
    """A rule as the value of its button; `rule_of` is the way back."""
    return json.dumps(
        [weeks, rule.integration, rule.kind, rule.service], ensure_ascii=False, separators=(",", ":")
    )


def rule_of(value: str) -> tuple[Rule, int] | None:
    try:
        weeks, integration, kind, service = json.loads(value)
    except (ValueError, TypeError):
        return None
    if not isinstance(weeks, int) or not all(isinstance(one, str) for one in (integration, kind)):
        return None
    return Rule(integration, kind, service if isinstance(service, str) else None), weeks


def figures_words(figures: Figures) -> str:
    """ "12 alerts · 9 rang, 2 acted on · 5 ended without anybody", without what there was none of."""
    said = [f"{figures.came} alert{'s' if figures.came != 1 else ''}"]
    if figures.rang:
        acted = f"{figures.acted} acted on" if figures.acted else "*none acted on*"
        said.append(f"{figures.rang} rang, {acted}")
    else:
        said.append("none rang")
    if figures.by_itself:
        said.append(f"{figures.by_itself} ended without anybody")
    if figures.flapped:
        said.append(f"{figures.flapped} flapped")
    if figures.held_back:
        said.append(f"{figures.held_back} silenced or held back")
    return " · ".join(said)


def _sources(sources: Sequence[SourceFigures]) -> str:
    lines = [
        f"• {literal(one.integration, 60)}: {figures_words(one.figures)}{_by_week(one.weeks)}"
        for one in sources[:MOST_SOURCES]
    ]
    if (more := len(sources) - MOST_SOURCES) > 0:
        lines.append(f"• and {more} more")
    return "\n".join(["*By source*", *lines])


def _by_week(weeks: Sequence[int]) -> str:
    return f" · by week {', '.join(map(str, weeks))}" if len(weeks) > 1 else ""


def _rule(one: RuleFigures, config: Config) -> str:
    sign = ":red_circle:" if one.figures.ignored and not one.figures.acted else ":large_blue_circle:"
    if one.figures.ignored and one.figures.acted:
        sign = ":large_yellow_circle:"
    title = literal(" ".join(one.title.split()) or one.rule.kind, LONGEST_TITLE)
    where = f" on {service_name(one.rule.service, config)}" if one.rule.service else ""
    source = literal(one.rule.integration, 100)
    return f"{sign} *{title}*{where} ({source})\n{figures_words(one.figures)}{_by_week(one.weeks)}"

"""`/incident declare`: in one line, or by the form."""

import re

from bot.config import near
from bot.core.slack_text import as_typed
from bot.runtime import Bot
from bot.views.forms import about, declare_form
from bot.views.messages import declared
from bot.views.text import escape, escaped
from handlers.declaring import declare_once
from handlers.forms import show
from handlers.incident_text import first_word, severity_named, title_and_summary
from handlers.request import Answer, Request

# Letters and a digit, as severities are mostly named; "s3" and "ec2" are too far from any to be taken for one.
_LIKE_A_SEVERITY = re.compile(r"[^\W\d_]{1,10}[-_]?\d{1,2}")


async def declare(bot: Bot, request: Request) -> Answer | None:
    """With a severity and a title it is declared at once; with less, the form opens with what was said."""
    word, text = _split(bot, request.text)
    title, summary = title_and_summary(text)
    if word and title:
        incident = await declare_once(
            bot,
            request,
            title=title,
            summary=summary,
            severity=severity_named(bot.config, word),
            response_url=request.response_url,
        )
        return Answer(declared(incident, bot.config))
    doubt = None
    if word is None and (meant := _near_severity(bot, text)):
        mistyped, rest = first_word(text)
        word, (title, summary) = meant, title_and_summary(rest)
        doubt = f"“{escaped(as_typed(mistyped), 30)}” is not a severity. Did you mean *{escape(meant)}*? It is chosen below."
    metadata = about(channel=request.channel_id, response_url=request.response_url)
    form = declare_form(
        bot.config, metadata=metadata, title=title, severity=word, summary=summary, error=doubt
    )
    await show(bot, request, form)
    return None


def _near_severity(bot: Bot, text: str) -> str | None:
    """The severity that a mistyped first word was to be: "sve1". A title's own first word is left alone."""
    word = as_typed(first_word(text)[0])
    if not _LIKE_A_SEVERITY.fullmatch(word):
        return None
    meant = near(word, [name for s in bot.config.severities for name in s.names], cutoff=0.75)
    found = bot.config.severity(meant) if meant else None
    return found.name if found else None


def _split(bot: Bot, text: str) -> tuple[str | None, str]:
    """Severity and title. A severity may be two words ("level 3"), and may be left out."""
    words = text.split()
    for count in (2, 1):
        candidate = as_typed(" ".join(words[:count]))
        if len(words) >= count and candidate and bot.config.severity(candidate) is not None:
            return candidate, text.split(maxsplit=count)[count] if len(words) > count else ""
    return None, text

"""`/incident declare`: in one line, or by the form."""

from bot.core.slack_text import as_title, as_typed
from bot.incidents.lifecycle import LONGEST_TITLE
from bot.runtime import Bot
from bot.views.forms import about, declare_form
from bot.views.messages import declared
from handlers.declaring import declare_once
from handlers.forms import show
from handlers.incident_text import severity_named
from handlers.request import Answer, Request


async def declare(bot: Bot, request: Request) -> Answer | None:
    """With a severity and a title it is declared at once; with less, the form opens with what was said."""
    word, title = _split(bot, request.text)
    if word and title:
        incident = await declare_once(
            bot,
            request,
            title=as_title(title),
            severity=severity_named(bot.config, word),
            response_url=request.response_url,
        )
        return Answer(declared(incident, bot.config))
    metadata = about(channel=request.channel_id, response_url=request.response_url)
    await show(
        bot,
        request,
        declare_form(bot.config, metadata=metadata, title=as_title(title)[:LONGEST_TITLE], severity=word),
    )
    return None


def _split(bot: Bot, text: str) -> tuple[str | None, str]:
    """Severity and title. A severity may be two words ("level 3"), and may be left out."""
    words = as_typed(text).split()
    for count in (2, 1):
        candidate = " ".join(words[:count])
        if len(words) >= count and candidate and bot.config.severity(candidate) is not None:
            return candidate, text.split(maxsplit=count)[count] if len(words) > count else ""
    return None, text

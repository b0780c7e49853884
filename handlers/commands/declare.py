"""`/incident declare`: in one line, or by the form."""

import re
from collections.abc import Sequence

from bot.config import Service, near
from bot.core.slack_text import as_typed
from bot.incidents.declaring import Declaration, Earlier
from bot.incidents.field_values import asked_at_declaration, labels, missing
from bot.incidents.paging import begins
from bot.incidents.queries import open_incidents
from bot.incidents.rows import Incident
from bot.runtime import Bot
from bot.views.forms import JOINABLE, about, declare_form
from bot.views.messages import declaring
from bot.views.text import escape, escaped
from handlers.commands.subcommands import code
from handlers.declaring import declare_once
from handlers.earlier import earlier_in_front
from handlers.forms import show
from handlers.incident_fields import classified_in
from handlers.incident_text import severity_named, title_and_summary
from handlers.oncall_text import zone_of
from handlers.permitted import refuse_unpermitted
from handlers.request import Answer, Request
from handlers.words import first_word

# Letters and a digit, as severities are mostly named; "s3" and "ec2" are too far from any to be taken for one.
_LIKE_A_SEVERITY = re.compile(r"[^\W\d_]{1,10}[-_]?\d{1,2}")


# What kind of incident it is, in front of its severity. Behind it stands the title, which keeps its words.
_RETRO, _PRIVATE, _DRILL = "retro", "private", "drill"
_KINDS = {_PRIVATE: "private", _DRILL: "a drill"}
_MARKS = {_RETRO: _RETRO, "retrospective": _RETRO, _PRIVATE: _PRIVATE, _DRILL: _DRILL}

# With what people put around such a word.
_SIGNS = "*_~`:;,.!-–—()[]{}<>\"'“”„‘’"

# A title keeps its words: "search is slow" names no service, "service:search" does, wherever it stands.
_SERVICE = re.compile(r"(?<!\S)service:(\S+)[^\S\n]*", re.IGNORECASE)


async def declare(bot: Bot, request: Request) -> Answer | None:
    """With a severity and a title it is declared at once; with less, the form opens with what was said. "private" and
    "drill" stand in front, and "retro", behind which stand the times of what happened earlier.
    """
    service, text, doubt = _service(bot, request.text)
    kind, typed, text = classified_in(bot.config, text)
    marks, text = _marks(text)
    is_retro = _RETRO in marks
    kind_name = kind.name if kind else None
    word, text = _split(bot, text)
    earlier = None
    if is_retro:
        earlier, text = await _earlier(bot, request, text)
        word, text = (word, text) if word else _split(bot, text)
    word = word or (kind.severity if kind else None)
    title, summary = title_and_summary(text)
    doubt += _misplaced(title)
    # What must be filled in opens the form rather than a refusal.
    lacks = missing(bot.config, kind_name, typed, asked_at_declaration(is_retro))
    if word and title and not doubt and not lacks and is_retro == (earlier is not None):
        declaration = Declaration(
            title=title,
            severity=severity_named(bot.config, word),
            service=service,
            summary=summary,
            private=_PRIVATE in marks or (kind is not None and kind.private),
            drill=_DRILL in marks,
            type_name=kind_name,
            filled=typed,
        )
        incident = await declare_once(
            bot, request, declaration, earlier=earlier, response_url=request.response_url
        )
        now = bot.clock.now()
        return Answer(declaring(incident, begins(incident, bot.config, now), bot.config, now))
    await refuse_unpermitted(bot, request, "declare")
    if word is None and (meant := _near_severity(bot, text)):
        mistyped, rest = first_word(text)
        word, (title, summary) = meant, title_and_summary(rest)
        doubt += f" “{escaped(as_typed(mistyped), 30)}” is not a severity. Did you mean *{escape(meant)}*? It is chosen below."
    if word and title and lacks and not doubt:
        doubt = f"{escape(labels(lacks))} must be filled in."
    metadata = about(channel=request.channel_id, response_url=request.response_url)
    form = declare_form(
        bot.config,
        metadata=metadata,
        title=title,
        severity=word,
        service=service.name if service else None,
        summary=summary,
        type_name=kind_name,
        filled=typed,
        open_incidents=await _to_join(bot, request, service) if not is_retro else (),
        private=_PRIVATE in marks,
        drill=_DRILL in marks,
        earlier=is_retro,
        began_at=earlier.began_at if earlier else None,
        ended_at=earlier.ended_at if earlier else None,
        error=doubt.strip() or None,
    )
    await show(bot, request, form)
    return None


def _marks(text: str) -> tuple[set[str], str]:
    """What the first words say of its kind, in any order, and the text behind them."""
    marks: set[str] = set()
    while (mark := _MARKS.get(first_word(text)[0].lower())) is not None:
        marks.add(mark)
        text = first_word(text)[1]
    return marks, text


def _misplaced(title: str) -> str:
    """The doubt about a title that begins with what was to stand in front of the severity: once it is declared everybody
    has read it, or has been paged for a drill.
    """
    word = first_word(title)[0].lower().strip(_SIGNS)
    if word not in (_PRIVATE, _DRILL):
        return ""
    return (
        f" “{word}” behind the severity belongs to the title. If it is to be {_KINDS[word]}, tick it below; "
        f"in front it is understood: {code(f'/incident declare {word} sev1 …')}."
    )


async def _earlier(bot: Bot, request: Request, text: str) -> tuple[Earlier | None, str]:
    async with bot.db.read() as session:
        zone = await zone_of(session, bot, request)
    return earlier_in_front(text, zone, now=bot.clock.now())


async def _to_join(bot: Bot, request: Request, service: Service | None) -> Sequence[Incident]:
    """What is open for the service already: the form offers to join it instead."""
    if service is None:
        return ()
    async with bot.db.read() as session:
        return await open_incidents(session, request.viewer, service=service.name, limit=JOINABLE)


def _service(bot: Bot, text: str) -> tuple[Service | None, str, str]:
    """The service that `service:…` names, the text without it, and the doubt when app.yaml has none of that name."""
    found = _SERVICE.search(text)
    if found is None:
        return None, text, ""
    rest = (text[: found.start()] + text[found.end() :]).strip()
    word = as_typed(found[1])
    if (named := bot.config.service(word)) is not None:
        return named, rest, ""
    meant = near(word, [service.name for service in bot.config.services])
    guess = f" Did you mean *{escape(meant)}*? It is chosen below." if meant else ""
    doubt = f"“{escaped(word, 40)}” is not a service of app.yaml.{guess}"
    return bot.config.service(meant) if meant else None, rest, doubt


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

"""`/incident digest`: how things stand and went, at once and for one person."""

from typing import Any

from bot.config import choose_one
from bot.core.errors import UserError
from bot.core.outbox import Priority, enqueue
from bot.core.slack_text import as_typed
from bot.runtime import Bot
from handlers.request import Answer, Request, carry_out

PERIODS = ("daily", "weekly", "monthly", "quarterly")
DRY_RUN = ("--dry-run", "dry-run")


async def digest(bot: Bot, request: Request) -> Answer | None:
    """The time up to now; with `--dry-run` what a digest of app.yaml would say, by its name or its period."""
    # Slack's clients make one long dash of two short ones.
    words = as_typed(request.text).replace("—", "--").lower().split()
    is_dry = any(word in DRY_RUN for word in words)
    named = [word for word in words if word not in DRY_RUN]
    if len(named) > 1:
        raise UserError(
            "One period at a time.", "For example `/incident digest weekly`, or `/incident digest monthly`."
        )
    now = bot.clock.now()
    about: dict[str, Any] = {"user": request.user_id, "response_url": request.response_url}
    if is_dry:
        about["name"] = _planned(bot, named[0] if named else "")
    else:
        about |= {"period": _period(bot, named[0] if named else "daily"), "asked_at": now.isoformat()}
    async with carry_out(bot, request) as session:
        enqueue(session, "digest.answer", now=now, about=about, priority=Priority.ANSWER)
    return Answer(":hourglass_flowing_sand: Adding up …")


def _period(bot: Bot, word: str) -> str:
    if word in PERIODS:
        return word
    known = bot.config.digest(word)
    if known is not None:
        return known.period
    raise _unknown(word, PERIODS)


def _planned(bot: Bot, word: str) -> str:
    """The name of the digest that is meant."""
    digests = bot.config.digests
    if not digests:
        raise UserError("app.yaml has no digests.", "docs/measures.md tells how to add one.")
    found = bot.config.digest(word) or next((one for one in digests if not word or one.period == word), None)
    if found is None:
        raise _unknown(word, tuple(one.name for one in digests))
    return found.name


def _unknown(word: str, known: tuple[str, ...]) -> UserError:
    return UserError(f"“{word[:60]}” is not a digest.", choose_one(word, known))

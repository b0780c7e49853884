"""The one way in: every request from Slack is traced, authorised, handled, and its errors turned into words.

Handlers know nothing of this: they raise typed errors and return answers.
"""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck
from slack_bolt.response import BoltResponse

from bot.core.audit import REFUSED, audit
from bot.core.db import complaint, is_unreachable
from bot.core.errors import NotAllowed, UserError
from bot.core.outbox import Priority, enqueue
from bot.core.people import names_of
from bot.delivery.slack import Call, SlackFailed
from bot.runtime import Bot, BotOfNow
from bot.views.forms import SHOWN, blocks_form, message_form
from bot.views.text import Block, rich
from handlers.authorise import authorise
from handlers.request import Answer, Handle, Repeated, Request

log = structlog.get_logger(__name__)

# Slack must be answered in 3 s. What hangs for longer than this (a database, most likely) is not waited for.
DONE_WITHIN = 2.6
# An answer to a click that Slack does not take in this time is given up. With authorise.ASK_WITHIN it is less than
# DONE_WITHIN, so that a Slack that hangs is not taken for a database that does.
ANSWER_WITHIN = 1.8

# What our own words hold of Slack's formatting.
_MENTION = re.compile(r"<@([UW][A-Z0-9]{2,})>")
_BOLD = re.compile(r"(?<![\w*])\*([^*\s]|[^*\s][^*]*[^*\s])\*(?![\w*])")
_CODE = re.compile(r"`([^`]+)`")

Listener = Callable[..., Awaitable[BoltResponse | None]]


def listener(bot_of_now: BotOfNow, handle: Handle, make: Callable[[dict[str, Any]], Request]) -> Listener:
    """A Bolt listener around a handler."""

    async def listen(ack: AsyncAck, body: dict[str, Any]) -> BoltResponse | None:
        bot, trace_id = bot_of_now(), secrets.token_hex(8)
        with bot.foreground, structlog.contextvars.bound_contextvars(trace_id=trace_id):
            request = make(body)
            try:
                answer = await bot.deadlines.within(_answered(bot, handle, request, trace_id), DONE_WITHIN)
            except TimeoutError:
                log.error("The database does not answer in time", kind=request.kind)
                return await _reply_too_late(bot, request, ack, trace_id)
            return await _reply(bot, request, ack, answer)

    return listen


async def _answered(bot: Bot, handle: Handle, request: Request, trace_id: str) -> Answer | UserError | None:
    try:
        if request.kind != "event":
            await authorise(bot, request)
        return await handle(bot, request)
    except UserError as error:
        log.info("Refused", kind=request.kind, user=request.user_id, reason=error.what)
        if isinstance(error, NotAllowed):
            await _keep_refusal(bot, request, error)
        return error
    except Repeated as repeated:
        log.info("A repeated request changed nothing", kind=request.kind, user=request.user_id)
        number = f" It was about incident #{repeated.incident_id}." if repeated.incident_id else ""
        return Answer(f"That was done already.{number}") if request.kind == "command" else None
    except SlackFailed as failure:
        log.warning("Slack did not take an answer to a click", method=failure.method, problem=failure.code)
        return UserError(
            "Slack did not open the form.",
            "Try again, or use the command with words: `/incident help` shows how.",
        )
    except Exception as error:  # noqa: BLE001 - the last net: logged whole, and told in words
        return _our_fault(error, request, trace_id)


async def _keep_refusal(bot: Bot, request: Request, refusal: NotAllowed) -> None:
    """In the audit log. The refusal holds, and is told, also where it cannot be written."""
    try:
        async with bot.db.begin() as session:
            audit(
                session,
                REFUSED,
                by=request.user_id or None,
                now=bot.clock.now(),
                incident_id=refusal.incident_id,
                asked=request.name,
                permission=refusal.permission,
                reason=refusal.reason,
            )
    except Exception as error:  # noqa: BLE001 - logged whole
        log.error("A refusal is missing from the audit log", user=request.user_id, error=repr(error))


def _our_fault(error: Exception, request: Request, trace_id: str) -> UserError:
    """Nobody is shown a stack trace, and nobody is told "done": the transaction was rolled back."""
    if is_unreachable(error):
        log.error(complaint(error), kind=request.kind, error=type(error).__name__)
        return UserError(
            f"{complaint(error)}, so nothing was saved.",
            f"Try again in a minute. If it lasts, tell whoever runs Tocsin (trace {trace_id}).",
        )
    log.exception("A handler failed", kind=request.kind, user=request.user_id)
    return UserError(
        "Something went wrong in Tocsin, and nothing was changed.",
        f"Try again. If it happens again, tell whoever runs Tocsin (trace {trace_id}).",
    )


async def _reply(
    bot: Bot, request: Request, ack: AsyncAck, answer: Answer | UserError | None
) -> BoltResponse | None:
    """Answers by `ack`, or by the response that it returns."""
    if request.kind == "options":
        return await _to_menu(ack, answer)
    if request.kind == "command":
        await _to_command(ack, answer)
    elif request.kind == "submission":
        await _to_submission(bot, request, ack, answer)
    else:
        if request.kind != "event" and answer is not None:
            await _to_click(bot, request, answer)
        await ack()
    return None


async def _reply_too_late(bot: Bot, request: Request, ack: AsyncAck, trace_id: str) -> BoltResponse | None:
    """What is said must be true also of a commit that was under way."""
    words = UserError(
        "Tocsin's database did not answer in time. Most likely nothing was saved.",
        f"Look with `/incident list`, and try again. If it lasts, tell whoever runs Tocsin (trace {trace_id}).",
    )
    if request.kind in ("command", "submission", "options"):
        return await _reply(bot, request, ack, words)
    if request.kind != "event" and request.response_url is not None:
        bot.deadlines.leave(_directly(bot, request.response_url, in_words(words)))
    await ack()
    return None


def in_words(answer: Answer | UserError) -> str:
    if isinstance(answer, UserError):
        # The words are ours, the names and numbers in them the user's.
        return ":warning: " + rich(f"{answer.what} {answer.next_step}".strip(), 2900)
    return answer.text


async def _to_command(ack: AsyncAck, answer: Answer | UserError | None) -> None:
    if answer is None:
        await ack()
    elif isinstance(answer, Answer) and answer.blocks:
        await ack(text=answer.text, blocks=list(answer.blocks), response_type="ephemeral")
    else:
        await ack(text=in_words(answer), response_type="ephemeral")


async def _to_menu(ack: AsyncAck, answer: Answer | UserError | None) -> BoltResponse | None:
    """A menu has no place for words: when there is trouble Slack itself says that nothing could be loaded."""
    if not isinstance(answer, Answer):
        return BoltResponse(status=403 if isinstance(answer, NotAllowed) else 500)
    await ack(options=list(answer.options))
    return None


async def _to_submission(
    bot: Bot, request: Request, ack: AsyncAck, answer: Answer | UserError | None
) -> None:
    if isinstance(answer, UserError):
        if errors := _errors(request, answer):
            await ack(response_action="errors", errors=await _in_plain_text(bot, errors))
        else:
            await ack(response_action="update", view=message_form("Not done", in_words(answer)))
    elif answer is not None and answer.view is not None:
        await ack(response_action="update", view=answer.view)
    else:
        await ack()


def _errors(request: Request, error: UserError) -> dict[str, str]:
    """Slack shows errors under inputs: those that they belong to, or the first; none where the form has no input."""
    inputs = [block["block_id"] for block in request.view.get("blocks", ()) if block.get("type") == "input"]
    belonging = {field: words for field, words in error.under.items() if field in inputs}
    return belonging or dict.fromkeys(inputs[:1], str(error))


async def _in_plain_text(bot: Bot, errors: dict[str, str]) -> dict[str, str]:
    """Slack shows what stands under an input as it is: there people have names, and nothing is bold or code."""
    users = {user for words in errors.values() for user in _MENTION.findall(words)}
    names: dict[str, str] = {}
    if users:
        async with bot.db.read() as session:
            names = await names_of(session, users)

    def plain(words: str) -> str:
        named = _MENTION.sub(lambda match: f"@{names.get(match[1], match[1])}", words)
        return _CODE.sub(r"“\1”", _BOLD.sub(r"\1", named))

    return {field: plain(words) for field, words in errors.items()}


async def _to_click(bot: Bot, request: Request, answer: Answer | UserError) -> None:
    """A click gets no words in its HTTP answer: they come as an ephemeral message, or as a modal from a modal."""
    text = in_words(answer)
    if not text:
        return
    try:
        if request.response_url is None:
            await _as_modal(bot, request, _modal_of(answer, text))
        elif isinstance(answer, Answer) and answer.blocks:
            await asyncio.wait_for(
                bot.slack.respond(
                    request.response_url,
                    {
                        "text": text,
                        "blocks": list(answer.blocks),
                        "response_type": "ephemeral",
                        "replace_original": False,
                    },
                ),
                ANSWER_WITHIN,
            )
        else:
            await _through_outbox(bot, request.response_url, text)
    except (SlackFailed, TimeoutError) as failure:
        log.warning("Slack did not take the words for a click", problem=str(failure))


def _modal_of(answer: Answer | UserError, text: str) -> Block:
    if isinstance(answer, UserError):
        return message_form("Not done", text)
    return blocks_form(answer.blocks) if answer.blocks else message_form("Done", text)


async def _as_modal(bot: Bot, request: Request, view: Block) -> None:
    """On top of the modal that the click was in. What shows blocks takes the place of one that does, too: Slack has room
    for three.
    """
    if view["callback_id"] == SHOWN == request.view.get("callback_id"):
        call = Call("views.update", {"view_id": request.view["id"], "view": view})
    else:
        method = "views.push" if request.view.get("type") == "modal" else "views.open"
        call = Call(method, {"trigger_id": request.trigger_id, "view": view})
    await asyncio.wait_for(bot.slack.call(call), ANSWER_WITHIN)


async def _through_outbox(bot: Bot, response_url: str, text: str) -> None:
    try:
        async with bot.db.begin() as session:
            enqueue(
                session,
                "reply",
                now=bot.clock.now(),
                about={"response_url": response_url, "text": text},
                priority=Priority.ANSWER,
            )
    except Exception as error:
        if not is_unreachable(error):
            raise
        # The database is what is wrong: say so directly.
        await _directly(bot, response_url, text)


async def _directly(bot: Bot, response_url: str, text: str) -> None:
    words = {"text": text, "response_type": "ephemeral", "replace_original": False}
    await asyncio.wait_for(bot.slack.respond(response_url, words), ANSWER_WITHIN)

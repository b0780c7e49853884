"""`POST /ping/<key>`: a heartbeat. Looking (GET) tells what to do, and changes nothing."""

import asyncio

from aiohttp import web

from bot.checks.course import hear
from bot.checks.heartbeats import Ping
from bot.checks.keys import name_of
from bot.core.db import is_unreachable
from bot.runtime import BotOfNow

LONGEST_KEY = 80
LARGEST_NOTE = 2000
READ_WITHIN = 10.0
ANSWER_WITHIN = 8.0
# Of one heartbeat and process: each is a commit.
MOST_A_MINUTE = 60
_KINDS: dict[str, Ping] = {"": "success", "/start": "start", "/fail": "fail"}


def add_pings(app: web.Application, bot_of_now: BotOfNow) -> None:
    """Adds the routes to the site."""
    turns = _Turns()

    async def ping(request: web.Request) -> web.StreamResponse:
        bot, key = bot_of_now(), request.match_info["key"]
        name = name_of(bot.signer, key) if len(key) <= LONGEST_KEY else None
        check = bot.config.check(name) if name else None
        if check is None or check.heartbeat is None:
            return _answer(
                404, error="not_found", detail="No heartbeat has this key: see `tocsin check list`."
            )
        if not turns.has_one(check.name, bot.clock.now().timestamp()):
            said = _answer(429, error="too_often", detail=f"At most {MOST_A_MINUTE} pings a minute.")
            said.headers["Retry-After"] = "60"
            return said
        async with asyncio.timeout(READ_WITHIN):
            note = await _beginning(request)
        kind = _KINDS[request.match_info["kind"] or ""]

        async def heard() -> None:
            async with bot.db.begin() as session:
                await hear(
                    session, check.name, kind, note=note.decode("utf-8", "replace"), now=bot.clock.now()
                )

        try:
            await bot.deadlines.within(heard(), ANSWER_WITHIN)
        except Exception as error:
            if not (isinstance(error, TimeoutError) or is_unreachable(error)):
                raise
            return _answer(
                503, error="unavailable", detail="The database did not take it in time; send it again."
            )
        return _answer(200, check=check.name, heard=kind)

    async def explain(request: web.Request) -> web.StreamResponse:
        detail = (
            "Send a heartbeat by POST: to this address when the job went well, with /start behind it when it "
            "begins, with /fail when it failed."
        )
        return _answer(405, error="use_post", detail=detail)

    path = "/ping/{key:[A-Za-z0-9_.-]+}{kind:(/start|/fail)?}"
    app.router.add_post(path, ping)
    app.router.add_get(path, explain)


class _Turns:
    """How often each heartbeat was heard in the minute that runs. Only those of app.yaml come here."""

    def __init__(self) -> None:
        self._minutes: dict[str, tuple[float, int]] = {}

    def has_one(self, name: str, now: float) -> bool:
        began, count = self._minutes.get(name, (now, 0))
        if now - began >= 60:
            began, count = now, 0
        self._minutes[name] = (began, count + 1)
        return count < MOST_A_MINUTE


async def _beginning(request: web.Request) -> bytes:
    """What was said beside it, up to so many bytes."""
    note = bytearray()
    while len(note) < LARGEST_NOTE and (chunk := await request.content.read(LARGEST_NOTE - len(note))):
        note += chunk
    return bytes(note)


def _answer(status: int, **said: object) -> web.Response:
    headers = {"Allow": "POST"} if status == 405 else {}
    return web.json_response({"ok": status == 200, **said}, status=status, headers=headers)

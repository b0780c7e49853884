"""The HTTP site: Slack's requests, the two questions that a supervisor asks, and what other files add."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.alerts.intake import Intake
from bot.reviews.issues import poll_now
from bot.runtime import Bot, BotOfNow
from handlers.http.alerts import add_alerts
from handlers.http.feed import add_feed
from handlers.http.links import add_links
from handlers.http.pings import add_pings

log = structlog.get_logger(__name__)

# Slack's own payloads stay well below: a view weighs 250 kB at most.
LARGEST_BODY = 1024 * 1024
# Slack sends a body at once, and gives up after 3 s anyway.
READ_WITHIN = 10.0

# What the parts of Slack's payloads are, as far as Bolt and the handlers rely on it.
OBJECTS = (
    "user",
    "channel",
    "team",
    "container",
    "message",
    "view",
    "event",
    "enterprise",
    "response_metadata",
)
LISTS_OF_OBJECTS = ("actions", "authorizations")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def site(
    bot_of_now: BotOfNow,
    bolt: AsyncApp,
    intake: Intake,
    readiness: Callable[[], Awaitable[dict[str, str]]],
    *,
    takes_requests: bool,
) -> web.Application:
    """`takes_requests`: Slack calls here. In Socket Mode it does not, and nobody else may. `readiness` gives for each thing that must work "ok", or what is wrong with it."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_plain_errors(takes_requests)])

    async def slack_events(request: web.Request) -> web.StreamResponse:
        async with asyncio.timeout(READ_WITHIN):
            slacks = await _read(request)
        return await to_aiohttp_response(await bolt.async_dispatch(slacks))

    async def healthz(request: web.Request) -> web.StreamResponse:
        return web.json_response({"alive": True})

    async def readyz(request: web.Request) -> web.StreamResponse:
        checks = await readiness()
        ready = all(answer == "ok" for answer in checks.values())
        return web.json_response({"ready": ready, "checks": checks}, status=200 if ready else 503)

    if takes_requests:
        app.router.add_post("/slack/events", slack_events)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    add_feed(app, bot_of_now)
    add_links(app, bot_of_now)

    async def issues_changed(bot: Bot, repository: str) -> None:
        section = bot.config.github
        if section is not None and repository.casefold() == section.repository.casefold():
            async with bot.db.begin() as session:
                await poll_now(session, section.repository, now=bot.clock.now())

    add_alerts(app, bot_of_now, intake, issues_changed)
    add_pings(app, bot_of_now)
    return app


async def _read(request: web.Request) -> AsyncBoltRequest:
    """Raises ValueError for what is not of the shape of Slack's payloads, whoever signed it."""
    if not request.headers.get("X-Slack-Request-Timestamp", "0").isdecimal():
        raise ValueError("a time of signing that is no number")  # Bolt would take it for a fault of its own
    try:
        slacks = await to_bolt_request(request)
    except (AttributeError, IndexError, KeyError, LookupError, RecursionError, TypeError) as error:
        # Bolt takes the body apart as it reads it; an unknown charset is a LookupError.
        raise ValueError(f"no payload of Slack's ({type(error).__name__})") from None
    if not _has_slacks_shape(slacks.body):
        raise ValueError("no payload of Slack's")
    return slacks


def _has_slacks_shape(body: object) -> bool:
    if not isinstance(body, dict):
        return False
    if any(not isinstance(body.get(name) or {}, dict) for name in OBJECTS):
        return False
    lists = [body[name] for name in LISTS_OF_OBJECTS if body.get(name) is not None]
    return all(
        isinstance(found, list) and found and all(isinstance(one, dict) for one in found) for found in lists
    )


def _plain_errors(takes_requests: bool) -> Middleware:
    not_found = "Slack's requests go to POST /slack/events." if takes_requests else "There is nothing here."

    @web.middleware
    async def plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await _answer(request, handler, not_found)

    return plain_errors


async def _answer(request: web.Request, handler: Handler, not_found: str) -> web.StreamResponse:
    """Whatever comes in, the answer is short JSON; a body that cannot be read is the sender's fault."""
    try:
        return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        return _error(413, "too_large", f"The body is larger than {LARGEST_BODY} bytes.")
    except web.HTTPNotFound:
        return _error(404, "not_found", not_found)
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        answer = _error(405, "method_not_allowed", f"Use {allowed}.")
        answer.headers["Allow"] = allowed
        return answer
    except web.HTTPException:
        raise
    except (UnicodeDecodeError, json.JSONDecodeError, ValueError) as error:
        log.info(
            "A request that makes no sense was refused", path=_place(request), error=type(error).__name__
        )
        return _error(400, "bad_request", "The body cannot be read.")
    except TimeoutError:
        return _error(408, "too_slow", "The body did not come in time.")
    except (ConnectionResetError, web.RequestPayloadError):
        return _error(400, "truncated", "The body ended too early.")
    except Exception:
        log.exception("A request failed", path=_place(request))
        return _error(500, "internal_error", "Something went wrong in Tocsin; its log says more.")


def _place(request: web.Request) -> str:
    """Where it went, without what makes the address secret: the route, not the path."""
    resource = request.match_info.route.resource
    return "unknown" if resource is None else resource.canonical


def _error(status: int, code: str, detail: str) -> web.Response:
    return web.json_response({"ok": False, "error": code, "detail": detail}, status=status)

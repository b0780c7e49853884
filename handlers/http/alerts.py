"""`POST /v2/enqueue`, `/v2/change/enqueue` and `/hooks/{integration}`: where monitoring tools send their alerts.

Answers, codes and limits are those of PagerDuty's Events API v2, for all of them: 202 only after the commit, 400 for
what no repeat would mend, 429 and 503 with Retry-After for what a repeat will. Nobody's input makes a 500.
"""

import asyncio
import base64
import binascii
import hmac
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import structlog
from aiohttp import web

from bot.alerts.event import Event, Malformed
from bot.alerts.formats import parse
from bot.alerts.formats.signatures import SIGNATURES, verify
from bot.alerts.intake import Busy, Intake, NotTakenIn
from bot.config.integration_secrets import secrets_of
from bot.config.sections.integrations import Integration
from bot.runtime import Bot, BotOfNow

log = structlog.get_logger(__name__)

# PagerDuty's; Alertmanager cuts its events to it.
LARGEST_BODY = 512 * 1024
READ_WITHIN = 10.0
# Seconds, for those who are told to come back.
RETRY_AFTER = 2
# The same refusal is logged so often; a sender that is set up wrongly repeats itself for days.
LOG_AGAIN_AFTER = 60.0
UNKNOWN = "unknown"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(eq=False)
class Refusal(Exception):
    """Why a request is not taken in: a name for metrics, the answer, and for the operator what to do about it."""

    reason: str
    status: int
    errors: tuple[str, ...]
    mend: str = ""
    integration: str = UNKNOWN


def add_alerts(
    app: web.Application,
    bot_of_now: BotOfNow,
    intake: Intake,
    issues_changed: Callable[[Bot, str], Awaitable[None]],
) -> None:
    """Adds the routes to the site. `issues_changed` is told a repository of which GitHub's hook says so."""
    refusals = _Refusals(intake)
    door = _Door(bot_of_now(), intake, issues_changed)

    def answers(act: Callable[[_Door, web.Request], Awaitable[web.Response]]) -> Handler:
        """Refuses as PagerDuty does. Who may come in is worked out anew when app.yaml has changed."""

        async def answered(request: web.Request) -> web.StreamResponse:
            nonlocal door
            bot = bot_of_now()
            if door.bot is not bot:
                door = _Door(bot, intake, issues_changed)
            try:
                return await act(door, request)
            except Refusal as refusal:
                refusals.note(refusal, bot.clock.monotonic())
                return _refused(refusal)

        return answered

    app.router.add_post("/v2/enqueue", answers(_Door.event))
    app.router.add_post("/v2/change/enqueue", answers(_Door.change))
    app.router.add_post("/hooks/{integration}", answers(_Door.hook))


class _Refusals:
    """Counts what is refused, and tells the operator."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._logged_at: dict[tuple[str, str], float] = {}
        self._unsaid: Counter[tuple[str, str]] = Counter()

    def note(self, refusal: Refusal, now: float) -> None:
        """Once a minute of the same, with how many there were."""
        about = (refusal.integration, refusal.reason)
        self._intake.rejected[about] += 1
        if now - self._logged_at.get(about, -LOG_AGAIN_AFTER) < LOG_AGAIN_AFTER:
            self._unsaid[about] += 1
            return
        self._logged_at[about] = now
        log.warning(
            "What a monitoring tool sent was refused",
            integration=refusal.integration,
            reason=refusal.reason,
            errors=list(refusal.errors),
            mend=refusal.mend,
            more_since_last=self._unsaid.pop(about, 0),
        )


class _Door:
    """Who may come in by one configuration, and what everybody else is told."""

    def __init__(
        self, bot: Bot, intake: Intake, issues_changed: Callable[[Bot, str], Awaitable[None]]
    ) -> None:
        self.bot = bot
        self._issues_changed = issues_changed
        integrations = bot.config.integrations
        self._by_name = {one.name: one for one in integrations}
        self._secrets = secrets_of(bot.settings, bot.config)
        self._keys = [
            (key.encode(), one)
            for one in integrations
            if one.kind == "events_v2"
            for key in self._secrets.get(one.name, ())
        ]
        self._intake = intake

    # -- the three doors -----------------------------------------------------------------------------------

    async def event(self, request: web.Request) -> web.Response:
        """`/v2/enqueue`: the secret stands in the body."""
        return await self._by_key(request, is_change=False)

    async def change(self, request: web.Request) -> web.Response:
        """`/v2/change/enqueue`: an event of action "change", which the body itself does not say."""
        return await self._by_key(request, is_change=True)

    async def _by_key(self, request: web.Request, *, is_change: bool) -> web.Response:
        self._refuse_when_full(UNKNOWN, status=429)
        body = as_json(await read(request))
        if not isinstance(body, dict):
            raise Refusal("unreadable", 400, ("The body is no JSON object",), MEND_SENDER)
        integration = self._owner(body.pop("routing_key", None))
        if is_change:
            body["event_action"] = "change"
        elif str(body.get("event_action")).strip().casefold() == "change":
            raise Refusal(
                "malformed", 400, ("'event_action' is missing or invalid",), integration=integration.name
            )
        events = self._parsed(integration, body, request)
        await self._take(integration, events, busy=429)
        answer = {"status": "success", "message": "Event processed"}
        return _json(202, answer if is_change else answer | {"dedup_key": events[0].key})

    async def hook(self, request: web.Request) -> web.Response:
        """`/hooks/{integration}`: the secret stands in a header, or the body is signed with it."""
        integration = self._by_name.get(request.match_info["integration"])
        if integration is None or integration.kind == "events_v2":
            raise Refusal(
                "unknown_integration",
                404,
                ("There is no such hook; events of PagerDuty's API go to /v2/enqueue",),
                "The names of hooks are those of `integrations` in app.yaml.",
            )
        # Alertmanager and Grafana repeat what met a 5xx, and drop what met a 429.
        self._refuse_when_full(integration.name, status=503)
        secrets = self._secrets.get(integration.name, ())
        is_known = fits(secrets, request.headers)
        raw = await read(request, integration.name)
        if not is_known and not verify(
            integration.kind, secrets, request.headers, raw, integration.signature
        ):
            raise self._stranger(integration, has_secret=bool(secrets))
        body = as_json(from_form(raw, request.content_type), integration.name)
        events = self._parsed(integration, body, request)
        await self._take(integration, events, busy=503)
        if integration.kind == "github" and request.headers.get("X-GitHub-Event") == "issues":
            await self._issues_changed(self.bot, _repository(body))
        return _json(202, {"status": "success", "message": "Event processed", "events": len(events)})

    # -- what they share -----------------------------------------------------------------------------------

    def _refuse_when_full(self, integration: str, *, status: int) -> None:
        if self._intake.is_full:
            raise _busy(integration, status)

    def _owner(self, key: object) -> Integration:
        """Whose key it is. All are compared, each in constant time: how long it takes tells nothing."""
        if key is None or (isinstance(key, str) and not key.strip()):
            raise Refusal(
                "wrong_secret",
                400,
                ("'routing_key' is missing or blank",),
                "The sender must be given a routing key: the secret of an integration of kind events_v2.",
            )
        given = key.encode("utf-8", "surrogatepass") if isinstance(key, str) else b""
        found = [one for secret, one in self._keys if hmac.compare_digest(secret, given)]
        if not found:
            raise Refusal(
                "wrong_secret",
                400,
                ("Invalid routing key",),
                "The routing key must be a secret of an integration of kind events_v2: TOCSIN_INTEGRATION_…",
            )
        return found[0]

    def _stranger(self, integration: Integration, *, has_secret: bool) -> Refusal:
        signature = SIGNATURES.get(integration.kind, integration.signature)
        mend = "Send it as `Authorization: Bearer …`, as a Basic password, or in X-Tocsin-Secret."
        if not has_secret:
            mend = "The integration has no secret in the environment: `tocsin doctor` names the variable."
        elif signature is not None:
            mend = f"Sign the body with it, in the header {signature.header}; both sides must have the same secret."
        return Refusal(
            "wrong_secret" if has_secret else "no_secret",
            401,
            ("The secret is missing or wrong",),
            mend,
            integration.name,
        )

    def _parsed(self, integration: Integration, body: Any, request: web.Request) -> tuple[Event, ...]:
        try:
            return parse(integration.kind, body, request.headers, integration)
        except Malformed as error:
            raise _malformed(error, integration) from None
        except Exception:
            # A fault of ours. But whoever is told so would send it again, for ever, and in vain.
            log.exception("A payload could not be read", integration=integration.name, kind=integration.kind)
            raise _malformed(Malformed("it could not be read"), integration) from None

    async def _take(self, integration: Integration, events: Sequence[Event], *, busy: int) -> None:
        try:
            await self._intake.take(integration.name, events)
        except Malformed as error:
            raise _malformed(error, integration) from None
        except Busy:
            raise _busy(integration.name, busy) from None
        except NotTakenIn as error:
            mend = "Its senders send it again by themselves, once the database takes it."
            raise Refusal("not_stored", 503, (f"{error}; send it again",), mend, integration.name) from None


# Reading ---------------------------------------------------------------------------------------------------


async def read(request: web.Request, integration: str = UNKNOWN) -> bytes:
    """The body. Raises Refusal when it is too large, or does not come."""
    too_large = Refusal(
        "too_large", 413, (f"The event is larger than {LARGEST_BODY} bytes",), "", integration
    )
    if (request.content_length or 0) > LARGEST_BODY:
        raise too_large
    try:
        if request.content.is_eof():  # it is all there: the usual case, in which a timer only costs
            raw = await request.read()
        else:
            async with asyncio.timeout(READ_WITHIN):
                raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise too_large from None
    except TimeoutError:
        raise Refusal("unreadable", 408, ("The body did not come in time",), "", integration) from None
    except (ConnectionResetError, web.RequestPayloadError):
        raise Refusal("unreadable", 400, ("The body ended too early",), "", integration) from None
    if len(raw) > LARGEST_BODY:
        raise too_large
    return raw


def from_form(raw: bytes, content_type: str) -> bytes:
    """GitHub sends a form with one field, unless told otherwise."""
    if content_type != "application/x-www-form-urlencoded" or not raw.startswith(b"payload="):
        return raw
    return parse_qs(raw, max_num_fields=10).get(b"payload", [b""])[0]


def as_json(raw: bytes, integration: str = UNKNOWN) -> Any:
    """JSON in UTF-8, whatever the Content-Type says: many tools say nothing true. Raises Refusal."""
    try:
        return _JSON.decode(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):  # also numbers of thousands of digits
        raise Refusal("unreadable", 400, ("JSON parse error",), MEND_SENDER, integration) from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


_JSON = json.JSONDecoder(parse_constant=_no_constant)


def fits(secrets: Sequence[str], headers: Mapping[str, str]) -> bool:
    """Whether one of the headers holds one of the secrets. All are compared, each in constant time."""
    given = [headers.get("X-Tocsin-Secret", "")]
    scheme, _, credentials = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        given.append(credentials.strip())
    elif scheme.lower() == "basic":
        given.append(_password(credentials))
    found = [
        hmac.compare_digest(secret.encode(), one.encode("utf-8", "surrogatepass"))
        for one in given
        for secret in secrets
    ]
    return any(found)


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


# Answering -------------------------------------------------------------------------------------------------


MEND_SENDER = "The sender must be mended: a repeat of the same will be refused, too."


def _malformed(error: Malformed, integration: Integration) -> Refusal:
    return Refusal("malformed", 400, error.problems, MEND_SENDER, integration.name)


def _busy(integration: str, status: int) -> Refusal:
    return Refusal(
        "busy",
        status,
        ("Too many events at a time; send it again in a moment",),
        "Nothing is lost where the sender repeats it. See which tool sends so much (tocsin_alerts_accepted_total in "
        "/metrics), and whether the database's disk is slow.",
        integration,
    )


_STATUS: Mapping[int | str, tuple[str, str]] = {
    400: ("invalid event", "Event object is invalid"),
    # PagerDuty's words for what is no event at all.
    "unreadable": ("Unrecognized object", "Event object format is unrecognized"),
    401: ("unauthorized", "The sender is not known"),
    404: ("not found", "There is no such hook"),
    408: ("timeout", "The event did not come in time"),
    413: ("invalid event", "Event object is too large"),
    429: ("throttle exceeded", "Requests are arriving too quickly"),
    503: ("unavailable", "The event could not be stored"),
}


def _refused(refusal: Refusal) -> web.Response:
    status, message = _STATUS[
        refusal.reason if refusal.status == 400 and refusal.reason in _STATUS else refusal.status
    ]
    answer = _json(refusal.status, {"status": status, "message": message, "errors": list(refusal.errors)})
    if refusal.status in (429, 503):
        answer.headers["Retry-After"] = str(RETRY_AFTER)
    elif refusal.status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _repository(body: Any) -> str:
    """The repository that GitHub's payload is about, or nothing."""
    repository = body.get("repository") if isinstance(body, dict) else None
    name = repository.get("full_name") if isinstance(repository, dict) else None
    return name if isinstance(name, str) else ""


def _json(status: int, body: Mapping[str, Any]) -> web.Response:
    return web.Response(
        body=json.dumps(body).encode(), status=status, headers={"Content-Type": "application/json"}
    )

"""`tocsin doctor`: what stands in the way, a line each, with the mend."""

import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from bot.config import Config, Settings, missing_for_run
from bot.config.integration_secrets import secret_troubles
from bot.config.sections.paging import target
from bot.config.sections.schedules import ImportedCalendar
from bot.config.webhook_secrets import webhook_troubles
from bot.core.clock import Clock
from bot.core.db import Database, refuse_missing_file, trouble
from bot.core.errors import OperatorError
from bot.core.vault import MAKE_ONE, VARIABLE, Vault
from bot.delivery.incident_messages import find_channel
from bot.delivery.providers import deliverable
from bot.delivery.slack import Call, Refused, Slack, SlackFailed
from bot.delivery.verdict import MENDS
from bot.oncall.calendars import link_variables, wanted_calendars
from bot.oncall.ical import months_around
from bot.oncall.rows import ImportedCalendarRow
from bot.paging import keys
from bot.reading.oncall import Asked, calendar_troubles
from bot.reading.oncall import known as schedule_known
from bot.reading.runbooks import listed as runbooks_listed
from bot.routine import grooming
from bot.schema import newest_revision, revision_of
from handlers.manifest import drift, manifest, scopes

# Slack's signatures are good for five minutes; half of that is worth a warning.
CLOCK_MAY_BE_OFF = 150.0


@dataclass(frozen=True)
class Finding:
    """The outcome of one check. `ok` None: it could not be made, and `says` tells why."""

    check: str
    ok: bool | None
    says: str
    mend: str = ""

    def line(self) -> str:
        sign = {True: "ok  ", False: "FAIL", None: "??  "}[self.ok]
        return f"{sign} {self.check}: {self.says}" + (f" → {self.mend}" if self.mend else "")


async def examine(settings: Settings, config: Config, clock: Clock) -> list[Finding]:
    """Makes all checks. Those that need an answer of Slack say so when there is none."""
    database = await _database(settings)
    findings = [
        Finding("configuration", True, f"{settings.config} is in order"),
        _environment(settings),
        (await _unreadable(settings) if database.ok else None) or _contacts(settings),
        database,
        *await _calendars(settings, config, clock, has_database=database.ok is True),
        *_integrations(settings, config),
        *_webhooks(settings, config),
        *_github(settings, config),
        *_wording(settings, config),
        *await _runbooks(settings, config, clock, has_database=database.ok is True),
    ]
    token = settings.slack_bot_token
    if token is None:
        return findings
    slack = Slack(
        token=token.get_secret_value(), base_url=settings.slack_api_url, timeout=config.delivery.slack_timeout
    )
    await slack.start()
    try:
        findings += await _slack(slack, settings, config, clock)
    finally:
        await slack.stop()
    return findings


def _environment(settings: Settings) -> Finding:
    missing = missing_for_run(settings)
    if missing:
        return Finding(
            "environment",
            False,
            "; ".join(str(problem).removeprefix("environment: ") for problem in missing),
            "Set them in the environment or in .env.",
        )
    how = "Socket Mode" if settings.slack_app_token else "HTTP"
    return Finding("environment", True, f"all that {how} needs is set")


def _contacts(settings: Settings) -> Finding:
    if not settings.secret_keys:
        return Finding(
            "contact methods",
            None,
            f"{VARIABLE} is not set: people are paged in Slack only",
            MAKE_ONE,
        )
    ways = ", ".join(deliverable(settings.gateways))
    if settings.public_url is None:
        return Finding(
            "contact methods",
            None,
            f"by {ways}; but their messages carry no link to acknowledge by: TOCSIN_PUBLIC_URL is not set",
            "Set it to the address under which phones reach Tocsin: the links work while Slack is down.",
        )
    count = len(settings.secret_keys)
    return Finding("contact methods", True, f"are encrypted, {count} key(s); by {ways}")


def _webhooks(settings: Settings, config: Config) -> list[Finding]:
    """The secrets of what is told of changes: without one nothing is sent."""
    troubles = webhook_troubles(settings, config)
    if troubles or not config.webhooks:
        return [Finding(f"webhook {name}", False, *said.split(" → ")) for name, said in troubles.items()]
    return [Finding("webhooks", True, f"all {len(config.webhooks)} have a secret")]


def _integrations(settings: Settings, config: Config) -> list[Finding]:
    """The secrets of what sends alerts."""
    troubles = secret_troubles(settings, config)
    if troubles or not config.integrations:
        return [
            # Without a secret it takes nothing in, and nobody else does for it: a matter of when it is wanted.
            Finding(f"integration {one.integration}", None if one.is_lack else False, one.says, one.mend)
            for one in troubles
        ]
    return [Finding("integrations", True, f"all {len(config.integrations)} have a secret")]


def _github(settings: Settings, config: Config) -> list[Finding]:
    """The token for action items as issues."""
    if config.github is None:
        return []
    name, place = config.github.token_from, config.github.repository
    if settings.links([name]):
        return [Finding("github", True, f"action items become issues of {place}")]
    mend = (
        "Set it in the environment or in .env: a token that may read and write the issues of this repository."
    )
    return [Finding("github", False, f"{name} is not set: no action item becomes an issue of {place}", mend)]


def _wording(settings: Settings, config: Config) -> list[Finding]:
    """The key of the endpoint that improves the wording of reviews."""
    section = config.reviews.wording
    if section is None:
        return []
    host = urlsplit(section.url).hostname
    if section.key_from is None or settings.links([section.key_from]):
        says = f"{section.model} at {host} is asked when somebody wants a review in better words"
        return [Finding("wording", True, says)]
    mend = "Set it in the environment or in .env, or leave `key_from` out where the endpoint needs no key."
    return [Finding("wording", False, f"{section.key_from} is not set: {host} cannot be asked", mend)]


async def _runbooks(settings: Settings, config: Config, clock: Clock, *, has_database: bool) -> list[Finding]:
    """Runbooks that cannot be read, each with file and line."""
    if not config.runbooks.are_there:
        return []
    db = Database(settings.database_url) if has_database else None
    try:
        found = await runbooks_listed(db, config, settings.config.parent, clock.now())
    finally:
        if db is not None:
            await db.close()
    wrong = [
        Finding(f"runbook {one['name']}", False, one["problem"], "Mend it; `tocsin runbook list` shows all.")
        for one in found
        if one["problem"] is not None
    ]
    return wrong or [Finding("runbooks", True, f"all {len(found)} can be read")]


async def _unreadable(settings: Settings) -> Finding | None:
    """Contact methods that none of the keys reads."""
    vault = Vault(settings.secret_keys)
    db = Database(settings.database_url)
    try:
        async with db.read() as session:
            wrong = keys.complaint(await keys.take_stock(session, vault), vault)
    finally:
        await db.close()
    return None if wrong is None else Finding("contact methods", False, *wrong)


async def _database(settings: Settings) -> Finding:
    try:
        refuse_missing_file(settings.database_url)
        revision = await revision_of(settings.database_url)
    except OperatorError as error:
        return Finding("database", False, error.what, error.next_step)
    except Exception as error:  # noqa: BLE001 - whatever the driver says is the finding
        known = trouble(error)
        if known is None:
            return Finding("database", False, f"cannot be read ({type(error).__name__})", "See its own log.")
        return Finding("database", False, known.what, known.next_step)
    newest = newest_revision()
    if revision != newest:
        return Finding(
            "database", False, f"its schema is {revision or 'empty'}, not {newest}", "Run `tocsin migrate`."
        )
    return Finding("database", True, f"answers, schema {revision}")


async def _calendars(
    settings: Settings, config: Config, clock: Clock, *, has_database: bool
) -> list[Finding]:
    """Calendars that are kept elsewhere, each with what is wrong with it."""
    wanted, links = wanted_calendars(config), settings.links(link_variables(config))
    rows: dict[tuple[str, str], ImportedCalendarRow] = {}
    troubles: dict[tuple[str, str], list[str]] = {}
    if wanted and has_database:
        db = Database(settings.database_url)
        try:
            async with db.read() as session:
                rows = {
                    (row.schedule, row.layer): row
                    for row in await session.scalars(select(ImportedCalendarRow))
                }
            now = clock.now()
            for section in config.schedules:
                known = await schedule_known(db, config, settings.config.parent, Asked(section, now, now))
                for found in calendar_troubles(config, known, *months_around(now)):
                    troubles.setdefault((section.name, found["layer"]), []).append(found["problem"])
        finally:
            await db.close()
    return [
        _calendar(key, calendar, links, rows.get(key), troubles.get(key, []))
        for key, calendar in wanted.items()
    ]


def _calendar(
    key: tuple[str, str],
    calendar: ImportedCalendar,
    links: Mapping[str, str],
    row: ImportedCalendarRow | None,
    troubles: Sequence[str],
) -> Finding:
    check, verify = f"calendar {key[0]}.{key[1]}", f"`tocsin oncall verify {key[0]}` shows what follows."
    if calendar.url_from is not None and calendar.url_from not in links:
        return Finding(
            check,
            False,
            f"{calendar.url_from} is not set",
            "Set it in the environment or .env to the link of the calendar.",
        )
    if row is not None and row.problem is not None:
        copy = (
            f"the copy of {row.fetched_at:%Y-%m-%d %H:%M} UTC holds" if row.fetched_at else "there is no copy"
        )
        return Finding(check, False, f"cannot be renewed: {row.problem}; {copy}", verify)
    if row is None or row.fetched_at is None:
        return Finding(check, None, "was not read yet", "A running Tocsin reads it.")
    if troubles:
        return Finding(check, False, "; ".join(troubles[:3]), verify)
    return Finding(check, True, f"read at {row.fetched_at:%Y-%m-%d %H:%M} UTC")


async def _slack(slack: Slack, settings: Settings, config: Config, clock: Clock) -> list[Finding]:
    try:
        me = await slack.call(Call("auth.test"))
    except Refused as refusal:
        return [
            Finding(
                "token",
                False,
                f"Slack says {refusal.code}",
                MENDS.get(refusal.code, "Copy the token again from the app's settings."),
            )
        ]
    except SlackFailed as failure:
        return [
            Finding(
                "token",
                False,
                f"{settings.slack_api_url} does not answer ({failure.code})",
                "Check the network, a proxy, and SLACK_API_URL.",
            )
        ]
    named = _named_groups(config)
    granted = {scope.strip() for scope in (me.get("_scopes") or "").split(",") if scope.strip()}
    return [
        Finding("token", True, f"is {me.get('user')} in {me.get('team')}"),
        _clock(me.get("_date"), clock.now()),
        _scopes(granted),
        await _guarded("socket mode", lambda: _socket_mode(settings, config)),
        await _guarded("manifest", lambda: _manifest(slack, settings, me)),
        *([await _guarded("user groups", lambda: _user_groups(slack, named))] if named else []),
        *[
            await _guarded(f"#{name}", functools.partial(_channel, slack, name, granted))
            for name in dict.fromkeys(_channels(config))
        ],
    ]


def _named_groups(config: Config) -> dict[str, list[str]]:
    """The user groups of app.yaml by their handles, each with where it is named."""
    found: dict[str, list[str]] = {}
    for handle in sorted(config.permissions.groups):
        found.setdefault(handle, []).append("permissions")
    for rule in config.automation:
        for action in rule.then:
            if action.invite is not None:
                found.setdefault(action.invite, []).append(f"automation {rule.name}")
    for schedule in config.schedules:
        if schedule.user_group is not None:
            found.setdefault(schedule.user_group, []).append(f"schedule {schedule.name}")
    for policy in config.escalation_policies:
        last = [policy.last_resort.notify] if policy.last_resort is not None else []
        for text in dict.fromkeys([*last, *(one for step in policy.steps for one in step.notify)]):
            if target(text).kind == "group":
                found.setdefault(target(text).name, []).append(f"escalation policy {policy.name}")
    return found


async def _user_groups(slack: Slack, named: Mapping[str, Sequence[str]]) -> Finding:
    answer = await slack.call(Call("usergroups.list", {"include_users": True}))
    there = {one["handle"] for one in answer.get("usergroups", ()) if not one.get("date_delete")}
    unknown = [handle for handle in named if handle not in there]
    if not unknown:
        return Finding("user groups", True, f"Slack knows all {len(named)}")
    says = "; ".join(f"Slack does not know @{handle} ({', '.join(named[handle])})" for handle in unknown)
    return Finding(
        "user groups", False, f"{says}: nobody is in it", MENDS["no_such_subteam"].split(". ", 1)[1]
    )


def _channels(config: Config) -> list[str]:
    """Where the bot must be able to speak."""
    found = [config.channels.announcements, *(one.channel for one in config.schedules if one.channel)]
    if config.reviews.channel:
        found.append(config.reviews.channel)
    if config.routine_tasks or config.recurring_reviews:
        found.append(config.routine_channel)
    if config.backlog.grooming is not None:
        found.append(grooming.channel(config))
    found += [one.channel for one in config.digests if one.channel]
    return found


async def _guarded(check: str, examination: Callable[[], Awaitable[Finding]]) -> Finding:
    try:
        return await examination()
    except Refused as refusal:
        return Finding(check, False, f"Slack says {refusal.code}", MENDS.get(refusal.code, ""))
    except SlackFailed as failure:
        return Finding(check, False, f"Slack does not answer ({failure.code})", "Try again.")


def _clock(date: str | None, now: datetime) -> Finding:
    try:
        slack_now = parsedate_to_datetime(date) if date else None
    except ValueError:
        slack_now = None
    if slack_now is None:
        return Finding("clock", None, "Slack did not say what time it is")
    off = abs((now - slack_now).total_seconds())
    if off > CLOCK_MAY_BE_OFF:
        return Finding(
            "clock",
            False,
            f"is {off:.0f} s away from Slack's",
            "Set the clock (NTP): Slack's requests are refused beyond 5 minutes.",
        )
    return Finding("clock", True, f"within {off:.0f} s of Slack's")


def _scopes(granted: set[str]) -> Finding:
    if not granted:
        return Finding("scopes", None, "Slack did not say which the token has")
    missing = [scope for scope in scopes() if scope not in granted]
    if missing:
        return Finding(
            "scopes", False, f"lacks {', '.join(missing)}", MENDS["missing_scope"].split(". ", 1)[1]
        )
    return Finding("scopes", True, f"all {len(scopes())} are granted")


async def _socket_mode(settings: Settings, config: Config) -> Finding:
    if settings.slack_app_token is None:
        where = (
            f"{settings.public_url}/slack/events"
            if settings.public_url
            else "the address that Slack knows (TOCSIN_PUBLIC_URL is not set)"
        )
        return Finding("requests", True, f"Slack calls {where}")
    token = settings.slack_app_token.get_secret_value()
    slack = Slack(
        token=token,
        base_url=settings.slack_api_url,
        timeout=config.delivery.slack_timeout,
    )
    await slack.start()
    try:
        await slack.call(Call("apps.connections.open", {"app_token": token}))
    except Refused as refusal:
        return Finding(
            "socket mode",
            False,
            f"Slack says {refusal.code}",
            "SLACK_APP_TOKEN must begin with xapp- and have connections:write.",
        )
    finally:
        await slack.stop()
    return Finding("socket mode", True, "a connection can be opened")


async def _manifest(slack: Slack, settings: Settings, me: dict[str, Any]) -> Finding:
    if settings.slack_config_token is None:
        return Finding(
            "manifest",
            None,
            "not compared: only the scopes were",
            "Set SLACK_CONFIG_TOKEN (an app configuration token) to compare all of it.",
        )
    app_id = (await slack.call(Call("bots.info", {"bot": me["bot_id"]})))["bot"]["app_id"]
    answer = await slack.call(
        Call(
            "apps.manifest.export",
            {"app_id": app_id, "token": settings.slack_config_token.get_secret_value()},
        )
    )
    wanted = manifest(socket_mode=settings.slack_app_token is not None, public_url=settings.public_url)
    found = drift(answer["manifest"], wanted)
    if found:
        return Finding(
            "manifest",
            False,
            "; ".join(found[:5]),
            "Paste the output of `tocsin manifest` into the app's settings and reinstall the app.",
        )
    return Finding("manifest", True, "the installed app is what this program needs")


async def _channel(slack: Slack, name: str, granted: set[str]) -> Finding:
    check = f"#{name}"
    channel = await find_channel(slack, name)
    if channel is None:
        return Finding(
            check,
            False,
            "does not exist, or is private without the bot",
            f"Make it, or type `/invite @Tocsin` in #{name}.",
        )
    if channel.get("is_archived"):
        return Finding(check, False, "is archived", "Unarchive it in Slack, or name another in app.yaml.")
    if channel.get("is_member") or (not channel.get("is_private") and "chat:write.public" in granted):
        return Finding(check, True, "exists and can be posted to")
    return Finding(check, False, "the bot is not in it", MENDS["not_in_channel"])

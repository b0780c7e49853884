"""The composition root: builds the frozen Bot, Bolt, the HTTP site and the tick; starts and stops them."""

import asyncio
import os
import secrets
import socket
from datetime import datetime, timedelta
from functools import partial

import structlog
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

import handlers
from bot.alerts import queries as alert_queries
from bot.alerts.deployments import forget_deployments
from bot.alerts.intake import Intake
from bot.alerts.retention import AT_MOST, forget_alerts, forget_signals
from bot.checks import course
from bot.config import Config, Settings
from bot.config.sections.checks import check_variables
from bot.core import outbox, receipts
from bot.core.clock import Clock
from bot.core.db import Database, ProcessLock, process_lock
from bot.core.engine import Engine, Step
from bot.core.errors import OperatorError
from bot.core.look import Look
from bot.core.signer import Signer
from bot.core.vault import Vault
from bot.delivery import limits
from bot.delivery.calendars import CalendarFetch
from bot.delivery.github import GitHub
from bot.delivery.issue_poll import IssuePolling
from bot.delivery.outbox import Delivery
from bot.delivery.pace import LATE
from bot.delivery.people import read_members
from bot.delivery.providers import Providers
from bot.delivery.runbooks import RunbookReading, runbook_variables
from bot.delivery.senders import senders
from bot.delivery.slack import Slack
from bot.delivery.ways import Ways
from bot.health import Health
from bot.oncall.calendars import forget_unwanted, link_variables
from bot.paging import keys, links
from bot.paging import queries as paging_queries
from bot.reviews import rewording
from bot.routine import tasks
from bot.runbooks import commands
from bot.runtime import Bot
from bot.steps.actions import ActionItems
from bot.steps.alerts import Alerts
from bot.steps.checks import Checks
from bot.steps.commands import Commands, command_variables
from bot.steps.common_clock import CommonClock
from bot.steps.meetings import Meetings
from bot.steps.oncall import OnCall
from bot.steps.paging import Paging
from bot.steps.planning import PlanningReminders
from bot.steps.probes import ShiftProbes
from bot.steps.recurring import Recurring
from bot.steps.reviews import Reviews
from bot.steps.rewording import Rewording
from bot.steps.routine_tasks import RoutineTasks
from handlers.http.metrics import Measures, metrics_site
from handlers.http.site import site

log = structlog.get_logger(__name__)

# What is in flight at the end gets this long; the rest is taken up at the next start.
PATIENCE = timedelta(seconds=5)
# A tick waits for the database only: a second is long, unless it hangs.
TICK_PATIENCE = timedelta(seconds=2)
TICK_LETS_PASS = 0.05
# In seconds. Those who sent alerts were answered before; what hangs is told to be sent again.
INTAKE_PATIENCE = 2.0
FINISHED_KEPT_FOR = timedelta(days=7)
# So many times a thousand, each time.
FORGETS_AT_MOST = 10
CLEAN_EVERY = timedelta(minutes=10)
CONNECT_AGAIN_AFTER = 3.0
CONNECT_WITHIN = 10.0


class SlackIsAway(Exception):
    """Socket Mode cannot be had now."""


class App:
    """The running program. `port` and `metrics_port` are known after `start`."""

    def __init__(self, settings: Settings, config: Config, *, clock: Clock | None = None) -> None:
        clock = clock or Clock()
        token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
        self.bot = Bot(
            config=config,
            settings=settings,
            db=Database(settings.database_url),
            slack=Slack(token=token, base_url=settings.slack_api_url, timeout=config.delivery.slack_timeout),
            clock=clock,
            vault=Vault(settings.secret_keys),
            # Links to people whose address stands in app.yaml leave without a key of their own, too.
            signer=Signer(settings.link_keys or [token]),
        )
        self.providers = Providers(
            gateways=settings.gateways,
            vault=self.bot.vault,
            within=config.paging.send_within,
            private_networks=config.paging.private_networks,
            organization=config.organization,
        )
        secrets_of = settings.links([config.github.token_from] if config.github is not None else [])
        self.github = GitHub(config, clock, next(iter(secrets_of.values()), None))
        worker = f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"
        self.common_clock = CommonClock(self.bot.db, clock)
        self.paging = Paging(config=config, db=self.bot.db, clock=clock, worker=worker)
        self.intake = Intake(self.bot.db, clock)
        self.alerts = Alerts(
            config=config, db=self.bot.db, clock=clock, worker=worker, coming_in=lambda: self.intake.waiting
        )
        self.delivery = Delivery(
            config=config,
            db=self.bot.db,
            clock=clock,
            slack=self.bot.slack,
            senders=senders(
                config,
                Ways(self.providers, self.bot.db, clock, settings.public_url, self.bot.signer, self.github),
            ),
            foreground=self.bot.foreground,
            worker=worker,
        )
        self._links = settings.links(link_variables(config))
        self.calendars = CalendarFetch(
            config=config, db=self.bot.db, clock=clock, folder=settings.config.parent, links=self._links
        )
        self.health = Health(self.bot, self.paging, self.intake)
        self.oncall = OnCall(config=config, db=self.bot.db, clock=clock)
        self.probes = ShiftProbes(
            config=config, db=self.bot.db, clock=clock, methods_exist=self.bot.vault.is_open
        )
        self.checks = Checks(
            config=config,
            db=self.bot.db,
            clock=clock,
            folder=settings.config.parent,
            secrets=settings.links(check_variables(config.checks, config.slos)),
            worker=worker,
        )
        self.runbooks = RunbookReading(
            config=config,
            db=self.bot.db,
            clock=clock,
            folder=settings.config.parent,
            links=settings.links(runbook_variables(config)),
        )
        self.commands = Commands(
            config=config,
            db=self.bot.db,
            clock=clock,
            folder=settings.config.parent,
            variables=settings.links(command_variables(config)),
            worker=worker,
        )
        self.actions = ActionItems(config=config, db=self.bot.db, clock=clock)
        self.issues = IssuePolling(config=config, db=self.bot.db, clock=clock, github=self.github)
        self.recurring = Recurring(config=config, db=self.bot.db, clock=clock)
        self.reviews = Reviews(config=config, db=self.bot.db, clock=clock)
        wording = config.reviews.wording
        key_from = wording.key_from if wording is not None else None
        self.rewording = Rewording(
            config=config,
            db=self.bot.db,
            clock=clock,
            key=settings.links([key_from]).get(key_from) if key_from is not None else None,
            worker=worker,
        )
        self.routine_tasks = RoutineTasks(
            config=config, db=self.bot.db, clock=clock, folder=settings.config.parent, worker=worker
        )
        self.meetings = Meetings(config=config, db=self.bot.db, clock=clock)
        self.planning = PlanningReminders(config=config, db=self.bot.db, clock=clock)
        look = Look(self.bot.db, clock)
        self.engine = Engine(
            clock,
            [
                Step("clock", self.common_clock.run),
                Step("alerts", self.alerts.run),
                Step("pages", self.paging.run),
                Step("auditor", self.paging.audit),
                Step("what is due", look.again),
                look.step("on call", self.oncall.run, *OnCall.MOMENTS),
                Step("outbox", self.delivery.run),
                # What can wait a moment: nobody's click or page waits behind these looks.
                look.step("what recurs", self.recurring.run, *Recurring.MOMENTS),
                look.step("action items", self.actions.run, *ActionItems.MOMENTS),
                look.step("reviews", self.reviews.run, *Reviews.MOMENTS),
                look.step("other wordings", self.rewording.run, *Rewording.MOMENTS),
                look.step("routine tasks", self.routine_tasks.run, *RoutineTasks.MOMENTS),
                look.step("recurring reviews", self.meetings.run, *Meetings.MOMENTS),
                look.step(
                    "risks and decisions",
                    self.planning.run,
                    *PlanningReminders.MOMENTS,
                    or_if=lambda: self.planning.is_to_ask,
                ),
                Step("calendars", self.calendars.run),
                look.step(
                    "runbooks",
                    self.runbooks.run,
                    *RunbookReading.MOMENTS,
                    or_if=lambda: self.runbooks.is_to_look_at_files,
                ),
                look.step("commands", self.commands.run, *Commands.MOMENTS),
                Step("issues", self.issues.run),
                look.step("probes", self.probes.run, *ShiftProbes.MOMENTS),
                Step("checks", self.checks.run),
                Step("old results", self.checks.thin),
                Step("cleaning", self._clean),
            ],
            # The commit that woke it is about to be answered, and its page to leave: the tick has less haste.
            let_pass=partial(self.bot.foreground.let_pass, at_most=TICK_LETS_PASS),
            on_tick=lambda: self.health.ticked(self.engine),
        )
        self.bot.db.on_work = self.engine.wake
        self.bot.db.info["courier"] = self.delivery
        self.port = settings.listen_port
        self._lock: ProcessLock | None = None
        self.metrics_port: int | None = None
        self._runners: list[web.AppRunner] = []
        self._socket_mode: AsyncSocketModeHandler | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._cleaned_at: datetime | None = None

    async def start(self) -> None:
        """Raises OperatorError when it cannot; whatever was started by then is stopped again."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    def take_lock(self) -> None:
        """Keeps other processes off a SQLite file; raises OperatorError when another is on it."""
        if self._lock is None:
            lock = process_lock(self.bot.db)
            if lock is not None:
                lock.acquire()
            self._lock = lock

    async def _start(self) -> None:
        self.take_lock()
        if self.bot.db.is_sqlite:
            async with self.bot.db.begin() as session:
                await outbox.release_claims_of_the_dead(session)
                await paging_queries.release_claims_of_the_dead(session)
                await alert_queries.release_claims_of_the_dead(session)
                await course.release_claims_of_the_dead(session)
                await commands.release_claims_of_the_dead(session, now=self.bot.clock.now())
                await tasks.release_claims_of_the_dead(session, now=self.bot.clock.now())
                await rewording.release_claims_of_the_dead(session, now=self.bot.clock.now())
        await self.common_clock.run()
        async with self.bot.db.begin() as session:
            await outbox.forget_missed_slots(session, before=self.bot.clock.now() - LATE)
        await self._keys_changed()
        await self.bot.slack.start()
        self.providers.start()
        bolt = self._bolt()
        handlers.register(bolt, self.bot)
        await self._listen(bolt)
        if self.bot.settings.slack_app_token is not None:
            await self._connect(bolt)
        self.engine.start()
        log.info(
            "Tocsin is up",
            listening=f"http://{self.bot.settings.listen_host}:{self.port}",
            slack="Socket Mode" if self._socket_mode else "HTTP",
            database=self.bot.db.url.get_backend_name(),
        )

    async def _keys_changed(self) -> None:
        """Encrypts addresses with the first key, so that former ones can be taken out, and says what cannot be read."""
        db, vault = self.bot.db, self.bot.vault
        async with db.read() as session:
            stock = await keys.take_stock(session, vault)
        for method_id in stock.former:
            async with db.begin() as session:
                await keys.encrypt_anew(session, vault, method_id)
        if stock.former:
            log.info(
                "Contact methods were encrypted anew with the first key; the former one can be taken out",
                count=len(stock.former),
            )
        wrong = keys.complaint(stock, vault)
        if wrong is not None:
            log.error(wrong[0], mend=wrong[1])

    def _bolt(self) -> AsyncApp:
        settings = self.bot.settings
        token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""

        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            # Bolt's default asks Slack (auth.test) before it handles anything. Declaring must work while
            # Slack's API is slow or dead, and one deployment serves one workspace anyway.
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)

        return AsyncApp(
            signing_secret=settings.slack_signing_secret.get_secret_value()
            if settings.slack_signing_secret
            else "",
            client=self.bot.slack.client,
            authorize=authorize,
            # Commit first, answer second: nobody is told "done" for what a crash would lose.
            process_before_response=True,
            request_verification_enabled=settings.slack_app_token is None,
            ignoring_self_events_enabled=False,  # handlers.events.origin does, without knowing the bot's id
        )

    async def _listen(self, bolt: AsyncApp) -> None:
        settings = self.bot.settings

        async def readiness() -> dict[str, str]:
            return await self.health.readiness(self.engine)

        async def measures() -> Measures:
            return await self.health.measures(self.engine)

        takes_requests = settings.slack_app_token is None
        place = settings.listen_host, settings.listen_port
        self.port = await self._serve(
            site(self.bot, bolt, self.intake, readiness, takes_requests=takes_requests),
            place,
            "TOCSIN_LISTEN",
        )
        if settings.metrics_place is not None:
            self.metrics_port = await self._serve(
                metrics_site(measures), settings.metrics_place, "TOCSIN_METRICS_LISTEN"
            )

    async def _serve(self, application: web.Application, place: tuple[str, int], setting: str) -> int:
        """Listens there; returns the port. Raises OperatorError when it cannot."""
        runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=5)
        self._runners.append(runner)
        await runner.setup()
        host, port = place
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise OperatorError(
                f"Cannot listen on {host}:{port}: {error.strerror or error}.",
                f"Another program may use that port. Set {setting} to another, e.g. 127.0.0.1:3001.",
            ) from None
        addresses = runner.addresses
        return int(addresses[0][1]) if addresses else port

    async def _connect(self, bolt: AsyncApp) -> None:
        settings = self.bot.settings
        if settings.slack_app_token is None:
            return
        token = settings.slack_app_token.get_secret_value()
        # Without a client of its own Socket Mode would ask Slack's own address, whatever SLACK_API_URL says.
        client = AsyncWebClient(token=token, base_url=settings.slack_api_url)
        self._socket_mode = AsyncSocketModeHandler(bolt, token, web_client=client)
        try:
            await self._connect_once(self._socket_mode)
        except SlackApiError as error:
            raise OperatorError(
                f"Slack refuses Socket Mode ({error.response['error']}).",
                "Check SLACK_APP_TOKEN: it begins with xapp- and needs the scope connections:write.",
            ) from None
        except SlackIsAway as away:
            log.error(
                "Slack's Socket Mode cannot be reached yet; it is tried again",
                problem=str(away),
                mend="Check the network and SLACK_API_URL.",
            )
            self._connecting = asyncio.create_task(self._connect_later(self._socket_mode))

    async def _connect_once(self, socket_mode: AsyncSocketModeHandler) -> None:
        """Raises SlackApiError when Slack refuses the token, SlackIsAway when it does not answer.

        The client's own `connect` tries for ever, whatever Slack says, and its way to the address logs a refusal in
        words of its own: so the address is asked for here.
        """
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                client = socket_mode.client
                opened = await client.web_client.apps_connections_open(app_token=client.app_token)
                client.wss_uri = opened["url"]
                await socket_mode.connect_async()
        except SlackApiError as error:
            if isinstance(error.response, AsyncSlackResponse) and error.response.status_code == 200:
                raise
            raise SlackIsAway("an error of Slack's") from None
        except Exception as error:  # noqa: BLE001 - whatever it is, the next try may succeed
            raise SlackIsAway(type(error).__name__) from None

    async def _connect_later(self, socket_mode: AsyncSocketModeHandler) -> None:
        """Tries until it is connected; from then on the client itself keeps the connection up."""
        while True:
            await asyncio.sleep(CONNECT_AGAIN_AFTER)
            try:
                await self._connect_once(socket_mode)
            except (SlackIsAway, SlackApiError) as error:
                log.warning("Slack's Socket Mode cannot be reached", problem=str(error)[:200])
            else:
                log.info("Slack's Socket Mode is connected")
                return

    async def stop(self) -> None:
        """Takes nothing new, lets what is under way end, and lets go of everything."""
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None
        if self._socket_mode is not None:
            await self._socket_mode.close_async()
            self._socket_mode = None
        while self._runners:
            await self._runners.pop().cleanup()
        await self.intake.stop(INTAKE_PATIENCE)
        await self.engine.stop(TICK_PATIENCE)
        await self.health.stop()
        await self.delivery.stop(PATIENCE)
        await self.calendars.stop()
        await self.runbooks.stop()
        await self.commands.stop()
        await self.rewording.stop()
        await self.issues.stop()
        await self.checks.stop()
        await self.routine_tasks.stop()
        self.providers.stop()
        await self.bot.slack.stop()
        await self.bot.db.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    async def _clean(self) -> None:
        """Forgets receipts and finished intents that nobody can ask for any more; sees that the members are read."""
        now = self.bot.clock.now()
        if self._cleaned_at is not None and abs(now - self._cleaned_at) < CLEAN_EVERY:
            return
        self._cleaned_at = now
        async with self.bot.db.begin() as session:
            await receipts.purge(session, now=self.bot.clock.now())
            await limits.purge(session, now=self.bot.clock.now())
            await links.purge(session, now=self.bot.clock.now())
            await forget_unwanted(session, self.bot.config, self._links)
            await outbox.purge(session, now=self.bot.clock.now(), kept_for=FINISHED_KEPT_FOR)
            if self.bot.config.delivery.read_members:
                await read_members(session, now=self.bot.clock.now())
        await self._forget_alerts()

    async def _forget_alerts(self) -> None:
        """Some thousands at most, and few in each transaction: a storm's are gone after some rounds."""
        kept = self.bot.config.alerts.kept
        for forget, kept_for in (
            (forget_signals, kept.signals),
            (forget_alerts, kept.alerts),
            (forget_deployments, kept.alerts),
        ):
            for _ in range(FORGETS_AT_MOST):
                async with self.bot.db.begin() as session:
                    gone = await forget(session, now=self.bot.clock.now(), kept_for=kept_for)
                if gone < AT_MOST:
                    break

"""The composition root: builds the frozen Bot, Bolt, the HTTP site and the tick; starts and stops them."""

import asyncio
import os
import secrets
import socket
from dataclasses import replace
from datetime import timedelta
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
from bot.alerts.intake import Intake
from bot.checks import course
from bot.config import Config, Settings
from bot.config.written import Written, read_written
from bot.core import claims
from bot.core.clock import Clock
from bot.core.db import Database, ProcessLock, process_lock
from bot.core.engine import Engine, Step
from bot.core.errors import OperatorError
from bot.core.signer import Signer
from bot.core.vault import Vault
from bot.delivery.pace import LATE
from bot.delivery.slack import Slack
from bot.health import VITAL, Health
from bot.paging import keys
from bot.paging import queries as paging_queries
from bot.parts import Parts
from bot.reviews import rewording
from bot.routine import tasks
from bot.runbooks import commands
from bot.runtime import Bot
from bot.steps.common_clock import CommonClock
from bot.steps.configuration import Configuration
from bot.steps.hearing import Hearing
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
CONNECT_AGAIN_AFTER = 3.0
CONNECT_WITHIN = 10.0


class SlackIsAway(Exception):
    """Socket Mode cannot be had now."""


class App:
    """The running program. `port` and `metrics_port` are known after `start`."""

    def __init__(
        self,
        settings: Settings,
        config: Config,
        *,
        clock: Clock | None = None,
        written: Written | None = None,
    ) -> None:
        """With `written`, where the configuration stands, it is read again when that changes."""
        clock = clock or Clock()
        token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
        bot = Bot(
            config=config,
            settings=settings,
            db=Database(settings.database_url),
            slack=Slack(token=token, base_url=settings.slack_api_url, timeout=config.delivery.slack_timeout),
            clock=clock,
            vault=Vault(settings.secret_keys),
            # Links to people whose address stands in app.yaml leave without a key of their own, too.
            signer=Signer(settings.link_keys or [token]),
        )
        self._worker = f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"
        self.common_clock = CommonClock(bot.db, clock)
        self.hearing = Hearing(db=bot.db, clock=clock, connection=self._heard_by)
        self.intake = Intake(bot.db, clock)
        self.parts = Parts(bot, intake=self.intake, worker=self._worker)
        self.configuration = (
            Configuration(
                written,
                settings=settings,
                db=bot.db,
                clock=clock,
                place=socket.gethostname(),
                read=self.read,
                use=self.use,
            )
            if written is not None
            else None
        )
        self.health = Health(bot, lambda: self.parts.paging, self.intake)
        self.engine = Engine(
            clock,
            self._steps(),
            # The commit that woke it is about to be answered, and its page to leave: the tick has less haste.
            let_pass=partial(bot.foreground.let_pass, at_most=TICK_LETS_PASS),
            on_tick=lambda: self.health.ticked(self.engine),
        )
        bot.db.on_work = self.engine.wake
        bot.db.info["courier"] = self.parts.delivery
        self.port = settings.listen_port
        self._lock: ProcessLock | None = None
        self.metrics_port: int | None = None
        self._runners: list[web.AppRunner] = []
        self._socket_mode: AsyncSocketModeHandler | None = None
        self._connecting: asyncio.Task[None] | None = None

    @property
    def bot(self) -> Bot:
        """What handlers get by the configuration of now."""
        return self.parts.bot

    def _steps(self) -> list[Step]:
        steps = [
            Step("clock", self.common_clock.run),
            *self.parts.steps(),
            Step("what was missed", self.hearing.run),
        ]
        if self.configuration is not None:  # at the end, so that a whole tick goes by one configuration
            steps.append(Step("configuration", self.configuration.run))
        return steps

    @property
    def is_busy(self) -> bool:
        """Whether something is under way beside the tick."""
        looks = self.configuration is not None and self.configuration.is_busy
        return looks or self.parts.is_busy

    def reload(self) -> None:
        """Has app.yaml read at once."""
        if self.configuration is not None:
            self.configuration.ask()

    def read(self) -> Written:
        """The configuration as it stands now."""
        return read_written(self.bot.settings.config)

    def use(self, config: Config) -> None:
        """Has everything that begins from now on go by this configuration; what has begun ends by the former one."""
        former = self.parts
        self.parts = Parts(replace(former.bot, config=config), intake=self.intake, worker=self._worker)
        self.parts.go_on_from(former)
        self.bot.slack.wait_at_most(config.delivery.slack_timeout)
        self.bot.db.info["courier"] = self.parts.delivery
        self.engine.take_up(self._steps())

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
                await claims.release_claims_of_the_dead(session)
                await paging_queries.release_claims_of_the_dead(session)
                await alert_queries.release_claims_of_the_dead(session)
                await course.release_claims_of_the_dead(session)
                await commands.release_claims_of_the_dead(session, now=self.bot.clock.now())
                await tasks.release_claims_of_the_dead(session, now=self.bot.clock.now())
                await rewording.release_claims_of_the_dead(session, now=self.bot.clock.now())
        await self.common_clock.run()
        async with self.bot.db.begin() as session:
            await claims.forget_missed_slots(session, before=self.bot.clock.now() - LATE)
        await self._keys_changed()
        await self.bot.slack.start()
        self.parts.providers.start()
        bolt = self._bolt()
        handlers.register(bolt, lambda: self.bot)
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
            name="tocsin",  # Bolt looks for one on the stack, which takes a tenth of a second
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
            site(lambda: self.bot, bolt, self.intake, readiness, takes_requests=takes_requests),
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

    async def _heard_by(self) -> object | None:
        """What Slack's events come by: each connection of Socket Mode is another one, HTTP always the same.

        A process whose tick fails for want of the database cannot take events either.
        """
        if self.engine.failing & VITAL:
            return None
        if self.bot.settings.slack_app_token is None:
            return self
        client = self._socket_mode.client if self._socket_mode is not None else None
        return client.current_session if client is not None and await client.is_connected() else None

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
        if self.configuration is not None:
            await self.configuration.stop()
        await self.parts.stop(PATIENCE)
        await self.bot.slack.stop()
        await self.bot.db.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

"""`tocsin run`: checks that it can work at all, then serves until it is told to stop."""

import asyncio
import gc
import signal

import structlog

from bot.app import App
from bot.config import ConfigErrors, Settings
from bot.config.written import Written
from bot.core.errors import OperatorError
from bot.delivery.slack import Call, Refused, SlackFailed
from bot.delivery.verdict import MENDS
from bot.schema import newest_revision, revision_of
from bot.steps.configuration import tell_of_secrets
from handlers.manifest import scopes

log = structlog.get_logger(__name__)


async def serve(settings: Settings, written: Written) -> None:
    """Runs until SIGINT or SIGTERM; raises OperatorError when it cannot start. SIGHUP has app.yaml read at once."""
    config = written.config
    if config is None:
        raise ConfigErrors(written.problems)
    app = App(settings, config, written=written)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    loop.add_signal_handler(signal.SIGHUP, app.reload)
    app.take_lock()
    await _current_schema(app)
    await app.start()
    tell_of_secrets(settings, config)
    settle_memory()
    try:
        greeting = asyncio.create_task(_greet(app))
        await stopping.wait()
        greeting.cancel()
        log.info("Stopping; what is under way is finished first")
    finally:
        await app.stop()


def settle_memory() -> None:
    """Takes what the start made out of the garbage collector's sight: it stays, and looking through all of it again
    and again held up answers for tens of milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    gc.enable()


async def _current_schema(app: App) -> None:
    """SQLite, which belongs to this process, is migrated here. Postgres may serve others: there it is an act of its own."""
    url = app.bot.settings.database_url
    revision, newest = await revision_of(url), newest_revision()
    if revision == newest:
        return
    if revision is not None and revision > newest:
        raise OperatorError(
            f"The database's schema ({revision}) is newer than this program.",
            "Run the newer Tocsin again, or restore a backup made before it.",
        )
    if not app.bot.db.is_sqlite:
        raise OperatorError(
            f"The database's schema is {revision or 'empty'}, not {newest}.", "Run `tocsin migrate` first."
        )
    from bot.migrate import migrate  # alembic takes a quarter of a second, which no other start should pay

    before, after = await migrate(url)
    log.info("The database was brought up to date", before=before, after=after)


async def _greet(app: App) -> None:
    """Says early what would fail later: a wrong token, missing scopes. A Slack that is away is no reason not to run."""
    try:
        me = await app.bot.slack.call(Call("auth.test"))
    except Refused as refusal:
        log.error(
            "Slack does not accept the bot token",
            problem=refusal.code,
            mend=MENDS.get(refusal.code, "Run `tocsin doctor`."),
        )
        return
    except SlackFailed as failure:
        log.error(
            "Slack does not answer; incidents are kept and delivered when it does",
            problem=failure.code,
            mend="Check the network and SLACK_API_URL.",
        )
        return
    granted = {scope.strip() for scope in (me.get("_scopes") or "").split(",") if scope.strip()}
    missing = [scope for scope in scopes() if scope not in granted]
    if granted and missing:
        log.error("The Slack app lacks scopes", missing=missing, mend=MENDS["missing_scope"])
    log.info("Connected to Slack", workspace=me.get("team"), as_user=me.get("user"))

"""The tick's step that notices a changed app.yaml: one in order is made active between two ticks, a broken one is refused."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from bot.administration import configuration
from bot.administration.rollback import Held, put_back, rolled_back_since
from bot.administration.rows import ConfigVersion
from bot.config import Config, Settings
from bot.config.integration_secrets import MAKE_ONE, secret_troubles, variable_of
from bot.config.written import Written, read_written
from bot.core.background import Background
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.errors import RuleRefused

log = structlog.get_logger(__name__)

# In seconds. What was touched is read once it has lain still for so long: an editor may be in the midst of writing.
LOOK_EVERY = 2.0
STARTED, CHANGED, ASKED = "at the start", "the file changed", "SIGHUP"


class Configuration:
    """One per process: each replica reads its own files, and writes them where another one rolled back. `read` reads the files, `use` has the program go by another configuration,
    `place` names this machine.
    """

    def __init__(
        self,
        written: Written,
        *,
        settings: Settings,
        db: Database,
        clock: Clock,
        place: str,
        read: Callable[[], Written],
        use: Callable[[Config], None],
    ) -> None:
        assert written.config is not None
        self._seen = self._active = written
        self._config: Config = written.config
        self._settings = settings
        self._db = db
        self._clock = clock
        self._read = read
        self._use = use
        self._place = place
        self._looking = Background("Looking at app.yaml was broken off")
        self._looked_at: float | None = None
        self._touched: tuple[Any, ...] | None = None
        self._asked = False
        self._told: str | None = None
        # The newest version that this process knows of.
        self._number = 0
        # Read, and not yet dealt with: the database may be away.
        self._found: Written | None = written
        self._how = STARTED

    @property
    def is_busy(self) -> bool:
        return len(self._looking) > 0 or self._found is not None

    def ask(self) -> None:
        """Has it read at once, changed or not."""
        self._asked = True
        self._db.on_work()

    async def run(self) -> None:
        """Deals with what was read; sets going to look again when it is time."""
        if self._found is not None:
            await self._deal_with(self._found)
            self._found = None
        at = self._clock.monotonic()
        is_time = self._asked or self._looked_at is None or at - self._looked_at >= LOOK_EVERY
        if is_time and not len(self._looking):
            self._looked_at = at
            self._looking.set_going(self._look(await self._rolled_back(), is_asked=self._asked))
            self._asked = False

    async def stop(self) -> None:
        await self._looking.stop()

    async def _rolled_back(self) -> tuple[ConfigVersion, Held] | None:
        """The version that another replica rolled back to; the one process there is with SQLite has done so itself."""
        if self._db.is_sqlite:
            return None
        async with self._db.read() as session:
            found = await rolled_back_since(session, self._number, self._seen)
        if found is not None:
            self._number = found[0].number
        return found

    async def _look(self, rolled_back: tuple[ConfigVersion, Held] | None, *, is_asked: bool) -> None:
        """Beside the tick, in a thread: a large app.yaml takes seconds to read, and no page waits for that."""
        if rolled_back is not None:
            await self._follow(*rolled_back)
        marks = await asyncio.to_thread(self._seen.marks_now)
        if marks == self._seen.marks_then and not is_asked:
            self._touched = None
            return
        if marks != self._touched and not is_asked:
            self._touched = marks
            return
        written = await asyncio.to_thread(self._read)
        if await asyncio.to_thread(written.marks_now) != written.marks_then:
            # It was written to while it was read: again, once it lies still.
            self._touched, self._asked = None, self._asked or is_asked
            return
        self._how = ASKED if is_asked else CHANGED
        self._seen, self._touched, self._found = written, None, written
        self._db.on_work()

    async def _follow(self, wanted: ConfigVersion, held: Held) -> None:
        """Writes the files of this machine as those of another were: they are read by the look that comes next."""
        file = Path(self._settings.config)
        if (await asyncio.to_thread(read_written, file)).digest == wanted.digest:
            return
        try:
            _, kept = await asyncio.to_thread(put_back, wanted, held, file)
        except RuleRefused as refused:
            problem = (
                f"It was {wanted.how}, and this replica stays as it is: {refused.what} {refused.next_step}"
            )
            log.error("A rollback cannot be followed", version=wanted.number, problem=problem)
            async with self._db.begin() as session:
                await configuration.refuse(
                    session, [problem], config=self._config, place=self._place, now=self._clock.now()
                )
            return
        log.info("The files were rolled back as another replica's", version=wanted.number, kept=kept)

    async def _deal_with(self, written: Written) -> None:
        if written.config is None:
            await self._refuse(written)
            return
        is_new = written.digest != self._active.digest
        now = self._clock.now()
        async with self._db.begin() as session:
            number = await configuration.activate(session, written, by=written.owner, how=self._how, now=now)
            self._number = max(self._number, number)
            await configuration.mend(session, place=self._place, config=written.config, now=now)
        self._told = None
        if is_new:
            self._use(written.config)
            self._active, self._config = written, written.config
            log.info("The configuration was read anew", version=number, by=written.owner, because=self._how)
        elif self._how == ASKED:
            log.info("The configuration is as it was", version=number)
        if is_new or self._how == ASKED:
            self._tell_of_environment(written.config)

    async def _refuse(self, written: Written) -> None:
        """The one before stays active. The log tells each problem with its line, and of the same ones once."""
        problems = [str(problem) for problem in written.problems]
        async with self._db.begin() as session:
            trouble = await configuration.refuse(
                session, problems, config=self._config, place=self._place, now=self._clock.now()
            )
        if trouble != self._told or self._how == ASKED:
            self._told = trouble
            log.error(
                "The changed configuration is refused; the one before stays active",
                problems=problems[: configuration.KEPT_PROBLEMS],
                count=len(problems),
                mend="Mend the file: it is read again by itself. `tocsin config check` tells all that is wrong.",
            )

    def _tell_of_environment(self, config: Config) -> None:
        """What of the environment was changed and cannot be taken over; which integrations have no secret now."""
        tell_of_secrets(self._settings, config)
        changed = self._settings.changed_since()
        if changed:
            log.warning(
                "What was changed in .env needs a restart",
                changed=", ".join(changed),
                mend="Restart Tocsin: its tokens, addresses and database are read when it starts.",
            )


def tell_of_secrets(settings: Settings, config: Config) -> None:
    """Which tools cannot send alerts yet, in one line: no reason not to run."""
    troubles = secret_troubles(settings, config)
    lacking = [variable_of(one.integration) for one in troubles if one.is_lack]
    if lacking:
        log.info(
            "Some integrations have no secret yet: what they send is refused, all else works",
            set=", ".join(lacking),
            mend=MAKE_ONE,
        )
    for one in troubles:
        if not one.is_lack:
            log.warning(f"The integration {one.integration} {one.says}", mend=one.mend)

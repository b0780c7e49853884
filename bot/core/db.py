"""The database: the only truth. SQLite (one process) or Postgres (any number), with the same verbs on both.

A write transaction is `async with db.begin() as session`, and its end is the only commit point. Why the
settings are as they are stands in docs/adr/0003-sqlite-and-postgres.md.
"""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import structlog
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Executable,
    Integer,
    MetaData,
    Table,
    event,
    insert,
    text,
)
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Session,
    SessionTransaction,
    class_mapper,
    make_transient_to_detached,
)
from sqlalchemy.orm.attributes import instance_state as object_state
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.types import TypeDecorator

from bot.core import sqlite
from bot.core.errors import OperatorError
from bot.core.group_commit import GroupCommit
from bot.core.together import Together, Work

log = structlog.get_logger(__name__)

# Of Postgres, in seconds. A server that hangs says nothing at all; without these everything would hang with it.
CONNECT_WITHIN = 5.0
ANSWER_WITHIN = 10.0
CLOSE_WITHIN = 2.0


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. A naive one is refused: its zone could only be guessed."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime was about to be stored: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """A digest reads tens of thousands of moments: each costs one call, and not one for each layer of types."""
        return _read_from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None or value.tzinfo is UTC else value.astimezone(UTC)


def _read_from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + "+00:00")


# SQLite numbers rows by itself only when the key is declared INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """The base of all rows. Constraint names are fixed, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[Any]: JSON,
    }


def only(condition: str) -> dict[str, Any]:
    """What an index holds, where that is not all rows: few are open, or wait, among many."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


Write = Callable[[Connection, list[Any]], None]


def at_commit(session: AsyncSession, write: Write, item: Any) -> None:
    """Has `write` called once, at the end of the transaction, with all the items noted for it in their order.

    A verb leaves several rows that nobody reads before the commit (intents, timeline entries): written
    together they are a statement a table, and a round trip each instead of one a row.
    """
    session.info.setdefault("at commit", {}).setdefault(write, []).append(item)


def after_commit(session: Session, act: Callable[[], None]) -> None:
    """Has `act` called when what the transaction wrote is there to stay; a rollback forgets it."""
    session.info.setdefault("after commit", []).append(act)


R = TypeVar("R", bound=Base)
T = TypeVar("T")


@dataclass(frozen=True)
class _Insertion:
    """How rows of one class are inserted: the statement, and what stands in columns that were not set."""

    statement: Executable
    unset: dict[str, Any]
    number: str | None  # the attribute that the database numbers by itself

    def write(self, connection: Connection, rows: list[dict[str, Any]]) -> None:
        connection.execute(self.statement, rows)


@cache
def _insertion(kind: type[Base]) -> _Insertion:
    table = cast("Table", kind.__table__)
    unset = {
        column.key: getattr(column.default, "arg", None)
        for column in table.columns
        if column is not table.autoincrement_column
    }
    numbered = table.autoincrement_column
    if numbered is None:
        return _Insertion(insert(table).inline(), unset, None)
    return _Insertion(insert(table).returning(numbered), unset, numbered.key)


async def insert_row(session: AsyncSession, kind: type[R], **values: Any) -> R:
    """Inserts one new row and returns it; it belongs to the session, and its number is known.

    The same as `session.add` and `flush`, without the unit of work and the events of each attribute: these
    take several times as long as the statement, and declarations and pages are to be quick. Columns are
    named as their attributes; those that are not given have their defaults.
    """
    row = new_row(kind, **values)
    await insert_new(session, row)
    return row


def new_row(kind: type[R], /, **values: Any) -> R:
    """A row that is not inserted yet (`insert_new` does), so that what is changed before is part of that."""
    row = class_mapper(kind).class_manager.new_instance()
    row.__dict__.update(_insertion(kind).unset | values)
    return row


def is_new(row: Base) -> bool:
    """Whether it was not inserted yet."""
    return object_state(row).key is None


async def insert_new(session: AsyncSession, row: Base) -> None:
    """Inserts a row that `new_row` made: it belongs to the session then, and its number is known."""
    plan = _insertion(type(row))
    number = await session.run_sync(_insert, plan, {name: row.__dict__[name] for name in plan.unset})
    if plan.number is not None:
        row.__dict__[plan.number] = number
    make_transient_to_detached(row)
    session.add(row)


def loaded(kind: type[R], values: dict[str, Any]) -> R:
    """The row object of a row that was written with these values (its number among them), as if it were read."""
    row = new_row(kind, **values)
    make_transient_to_detached(row)
    return row


async def numbered(session: AsyncSession, kind: type[R], number: int, *, lock: bool = False) -> R | None:
    """The row of a number that somebody typed, locked and as it is now if it is to be changed; None: there is none.

    A number beyond those that the database counts to names nothing: asked for, it would be an error.
    """
    if not 0 < number < 2**62:
        return None
    if lock:
        return await session.get(kind, number, with_for_update=True, populate_existing=True)
    return await session.get(kind, number)


def note_row(session: AsyncSession, kind: type[Base], /, **values: Any) -> None:
    """Has a row that the database does not number inserted with the commit, where nobody reads it before."""
    plan = _insertion(kind)
    at_commit(session, plan.write, plan.unset | values)


async def insert_missing(session: AsyncSession, kind: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Inserts those whose key is not there yet. Another replica may do the same just now: it is waited for."""
    if rows:
        insert_here = insert_sqlite if session.get_bind().dialect.name == "sqlite" else insert_postgres
        await session.execute(insert_here(kind).on_conflict_do_nothing(), rows)


def _insert(session: Session, plan: _Insertion, values: dict[str, Any]) -> Any:
    # By the connection: what else has changed in the session waits for the commit.
    done = session.connection().execute(plan.statement, values)
    return None if plan.number is None else done.scalar_one()


class WritingSession(Session):
    """The session of a write transaction."""

    def begin_nested(self) -> SessionTransaction:
        write_noted(self)  # what was noted before a savepoint must not share its fate
        self.info.pop("courier", None)  # what is noted in it may be rolled back without the rest
        return super().begin_nested()


@event.listens_for(WritingSession, "before_commit")
def write_noted(session: Session) -> None:
    """Writes what was noted for the commit; the commit does so by itself."""
    noted: dict[Write, list[Any]] = session.info.pop("at commit", {})
    if noted:
        connection = session.connection()
        for write, items in noted.items():
            write(connection, items)


@event.listens_for(WritingSession, "after_soft_rollback")
def _forget_noted(session: Session, transaction: SessionTransaction) -> None:
    session.info.pop("at commit", None)
    if not transaction.nested:
        session.info.pop("after commit", None)


class Database:
    """Sessions over one engine (Postgres) or two (SQLite: one writer, several readers).

    SQLite has one writer at a time whatever one does. A single writing connection makes the waiting fair and
    in order (bot.core.group_commit), where concurrent writers would poll for the lock with growing sleeps.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.on_work: Callable[[], None] = lambda: None
        if self.is_sqlite:
            self._writing = _sqlite_engine(self.url, sqlite.WritingConnection, writing=True, size=1)
            self._reading = _sqlite_engine(self.url, writing=False, size=4)
            # A card need not wait for two digests.
            self._reading_much = _sqlite_engine(self.url, sqlite.PatientConnection, writing=False, size=3)
        else:
            self._writing = engine_for(
                url,
                pool_size=10,
                max_overflow=10,
                pool_timeout=10,
                pool_pre_ping=False,
                pool_recycle=1800,
                # The one that was used last knows the statements, and its server process the tables.
                pool_use_lifo=True,
                connect_args={"timeout": CONNECT_WITHIN, "command_timeout": ANSWER_WITHIN},
            )
            # Each statement of a transaction would see what is committed by then anyway (READ COMMITTED): without
            # one, BEGIN and ROLLBACK need not go there and back.
            self._reading = self._reading_much = self._writing.execution_options(isolation_level="AUTOCOMMIT")
            event.listen(self._writing.sync_engine, "connect", _compiles_nothing)
        # What each write transaction finds in its `info`.
        self.info: dict[str, Any] = {}
        self._write_session = async_sessionmaker(
            self._writing, expire_on_commit=False, sync_session_class=WritingSession, info=self.info
        )
        self._group_commit = GroupCommit(self._writing, self._write_session) if self.is_sqlite else None
        self._read_session = async_sessionmaker(self._reading, expire_on_commit=False, autoflush=False)
        self._read_much_session = async_sessionmaker(
            self._reading_much, expire_on_commit=False, autoflush=False
        )
        # On Postgres one group works while another waits for its commit; SQLite has one writer anyway.
        self._together = Together(self.begin, is_unreachable, places=1 if self.is_sqlite else 2)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A write transaction: committed at the end, rolled back by any exception.

        When it left work for the tick (an outbox row, a due moment), the tick is woken after the commit.
        """
        if self._group_commit is not None:
            async with self._group_commit.session() as session:
                yield session
        else:
            async with self._write_session() as session, session.begin():
                yield session
        for act in session.info.pop("after commit", ()):
            act()
        if session.info.get("work", False):
            self.on_work()

    async def together(self, work: Work[T]) -> T:
        """What `work` returns, done in a write transaction that it may share with others who come at the same time.

        It ends as `begin` does, and may be run twice, the first time for nothing (bot.core.together).
        """
        return await self._together.run(work)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for reading only; what it loads may be used after it is closed.

        On SQLite all that it reads is of one moment, on Postgres each statement of its own.
        """
        async with self._read_session() as session:
            yield session

    @asynccontextmanager
    async def read_much(self) -> AsyncIterator[AsyncSession]:
        """The same for what takes long, such as the figures of a quarter: nobody's page or click waits for it."""
        async with self._read_much_session() as session:
            yield session

    async def ping(self) -> None:
        """Raises what the driver raises when the database does not answer."""
        async with self.read() as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Lets go of all connections, also of those to a server that does not say goodbye."""
        # On Postgres reading has the pool of writing: it is let go of once.
        engines = (self._writing, self._reading, self._reading_much) if self.is_sqlite else (self._writing,)
        for engine in engines:
            try:
                await asyncio.wait_for(engine.dispose(), CLOSE_WITHIN)
            except TimeoutError:
                log.warning("The database does not answer; its connections are dropped")


def left_work(session: AsyncSession) -> None:
    """Notes that this transaction leaves something for the tick to do."""
    session.info["work"] = True


def engine_for(url: str | URL, **options: Any) -> AsyncEngine:
    """An engine with the driver that Tocsin uses for this kind of database."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        parsed = parsed.set(drivername=sqlite.DRIVER)
    return create_async_engine(parsed, **options)


def _compiles_nothing(connection: Any, _record: Any) -> None:
    """Postgres would compile what reads much to machine code, anew each time: that takes longer than the reading."""
    connection.run_async(lambda raw: raw.execute("SET jit = off"))


def _sqlite_engine(
    url: URL, factory: type[sqlite.Connection] = sqlite.Connection, *, writing: bool, size: int
) -> AsyncEngine:
    engine = engine_for(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=30,
        connect_args={"factory": factory},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        # The driver would begin transactions by itself, and lazily; we say when and how.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # FULL: a commit that was answered survives a power cut, not only a crash of the process.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA busy_timeout=0" if writing else "PRAGMA busy_timeout=10000")
        if not writing:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    if not writing:  # how writing begins, bot.core.group_commit says

        @event.listens_for(engine.sync_engine, "begin")
        def _begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN")

    return engine


class ProcessLock:
    """Keeps a second process off the same SQLite file; the kernel lets go when the process ends, however it does."""

    def __init__(self, database_file: Path) -> None:
        self._path = database_file.with_name(database_file.name + ".lock")
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Raises OperatorError when another process holds it."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise OperatorError(
                f"The database's folder cannot be written: {self._path.parent}: {error.strerror}.",
                "Set TOCSIN_DATABASE_URL to a file in a folder that this user may write.",
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise OperatorError(
                f"Another Tocsin process (pid {holder}) already uses {self._path.with_suffix('')}.",
                "SQLite is for one process: stop the other one, or use Postgres (TOCSIN_DATABASE_URL) for more.",
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def process_lock(db: Database) -> ProcessLock | None:
    """The lock for this database; none for Postgres (any number of processes) or for SQLite in memory."""
    file = db.url.database
    return ProcessLock(Path(file)) if db.is_sqlite and file and file != ":memory:" else None


# By their SQLSTATE: connection failures, out of resources, shutting down or starting up, takes no connections.
AWAY = ("08", "53", "57P", "55000")


def is_unreachable(error: BaseException) -> bool:
    """Whether it says that the database does not answer (rather than that it was asked something wrong)."""
    if isinstance(error, (OperationalError, InterfaceError, OSError, TimeoutError, PoolTimeout)):
        return True
    code = getattr(getattr(error, "orig", None) or error, "sqlstate", None) or ""
    return code.startswith(AWAY) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def complaint(error: BaseException) -> str:
    """What is wrong with the database, as the beginning of a sentence, for an error that is_unreachable."""
    original = getattr(error, "orig", None) or error
    full = getattr(original, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    if full or getattr(original, "sqlstate", None) == "53100":
        return "The disk of Tocsin's database is full"
    if "disk" in str(original):
        return "The disk of Tocsin's database fails"
    return "Tocsin's database does not answer"


def trouble(error: BaseException) -> OperatorError | None:
    """What an error of the database means to the one who runs Tocsin; None when it is a fault of the program."""
    original = getattr(error, "orig", None) or error
    code, said = getattr(original, "sqlstate", None), str(original)
    if code in ("42P01", "42703") or said.startswith(("no such table", "no such column")):
        return OperatorError("The database lacks tables that Tocsin needs.", "Run `tocsin migrate`.")
    if code == "3D000":
        return OperatorError(
            "The server has no such database.",
            "Create it (`createdb NAME`), or name another in TOCSIN_DATABASE_URL; then run `tocsin migrate`.",
        )
    if code in ("28P01", "28000"):
        return OperatorError("The database refuses the user or the password.", "Check TOCSIN_DATABASE_URL.")
    if "file is not a database" in said:
        return OperatorError(
            "The file is not a SQLite database.", "Name another in TOCSIN_DATABASE_URL, or move it away."
        )
    if is_unreachable(error) and "disk" in complaint(error):
        return OperatorError(f"{complaint(error)}.", "Make room on it, or move the database elsewhere.")
    if is_unreachable(error):
        return OperatorError(
            f"The database does not answer ({type(error).__name__}).",
            "Check TOCSIN_DATABASE_URL, and that its server runs; `tocsin doctor` tells more.",
        )
    return None


def exists(url: str) -> bool:
    """Whether there is something to look at; merely looking would make an empty SQLite file. Servers are not asked."""
    parsed = make_url(url)
    file = parsed.database
    return parsed.get_backend_name() != "sqlite" or not file or Path(file).exists()


def refuse_missing_file(url: str) -> None:
    """Raises OperatorError where merely looking would make an empty SQLite file."""
    if not exists(url):
        raise OperatorError(
            f"There is no database at {make_url(url).database}.",
            "Set TOCSIN_DATABASE_URL to the one that Tocsin runs with; `tocsin migrate` makes a new one.",
        )

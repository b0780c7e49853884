"""The way to Postgres, which can fall silent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Wire:
    """The way to Postgres, which can swallow everything: connections stay, and new ones are taken, but nothing comes."""

    def __init__(self, socket_folder: str) -> None:
        self._postgres = f"{socket_folder}/.s.PGSQL.5432"
        self._open = asyncio.Event()
        self._open.set()
        self._ways: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    def swallow(self) -> None:
        self._open.clear()

    def pass_on(self) -> None:
        self._open.set()

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for way in self._ways:
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        way = asyncio.current_task()
        assert way is not None
        self._ways.add(way)
        try:
            await self._open.wait()
            from_postgres, to_postgres = await asyncio.open_unix_connection(self._postgres)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._carry(reader, to_postgres))
                    both.create_task(self._carry(from_postgres, writer))
            finally:
                to_postgres.close()
        except (ConnectionError, asyncio.CancelledError):
            return
        finally:
            writer.close()
            self._ways.discard(way)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await source.read(65536):
                await self._open.wait()
                target.write(chunk)
                await target.drain()
        target.close()


@asynccontextmanager
async def wire_to(url: str) -> AsyncIterator[tuple[Wire, str]]:
    """A wire to this database, and the URL that leads over it."""
    wire = Wire(url.partition("host=")[2])
    port = await wire.start()
    name = url.partition("@/")[2].partition("?")[0]
    yield wire, f"postgresql://postgres@127.0.0.1:{port}/{name}?ssl=disable"
    await wire.stop()

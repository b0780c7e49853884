"""The file of a backup: a zip with a part for each table, a line of JSON for each row, and what is in it.

The same for both databases: a backup of SQLite can be restored into Postgres, and the other way round. Values are as JSON
has them; a moment is ISO 8601 in UTC. The manifest is written last, so that a file that was broken off has none.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.types import Date, DateTime, TypeEngine

from bot.core.errors import OperatorError

FORMAT = 1
MANIFEST = "manifest.json"
# The fastest: a backup is bounded by it, and the next levels save a tenth.
COMPRESSION = 1


@dataclass(frozen=True)
class Part:
    """A table: its columns in the order of each line, how many rows there are, and the checksum over the lines."""

    name: str
    columns: list[str]
    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `schema` is the revision that its tables are of."""

    made_at: str
    schema: str
    database: str
    parts: list[Part] = field(default_factory=list)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.parts)


class ArchiveWriter:
    """Writes beside the file; `finish` puts it in its place."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._aside = file.with_name(f".{file.name}.{os.getpid()}.part")
        try:
            # It holds everything, private incidents too: for nobody else's eyes.
            descriptor = os.open(self._aside, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            raise OperatorError(
                f"{file} cannot be written: {error.strerror}.",
                "Name a file in a folder that this user may write.",
            ) from None
        self._stream = os.fdopen(descriptor, "w+b")
        self._zip = zipfile.ZipFile(self._stream, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION)

    def add(self, name: str, columns: list[str], lines: Iterable[Iterable[Any]]) -> Part:
        """Writes a table as its rows come; nothing of it is kept."""
        digest, rows = hashlib.sha256(), 0
        with self._zip.open(_name(name), "w", force_zip64=True) as out:
            for row in lines:
                line = json.dumps([_plain(value) for value in row], separators=(",", ":")).encode() + b"\n"
                digest.update(line)
                out.write(line)
                rows += 1
        return Part(name, columns, rows, digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        self._zip.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
        self._zip.close()
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        self._aside.replace(self._file)

    def give_up(self) -> None:
        """Nothing is left of it."""
        self._stream.close()
        self._aside.unlink(missing_ok=True)


class Archive:
    """A backup that is read. Raises OperatorError for a file that is none, or that is damaged."""

    def __init__(self, file: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
            data = json.loads(self._zip.read(MANIFEST))
            parts = [Part(**part) for part in data.pop("parts")]
            self.manifest = Manifest(parts=parts, **data)
        except FileNotFoundError:
            raise OperatorError(
                f"There is no file {file}.", "Name a file that `tocsin backup` wrote."
            ) from None
        except OSError as error:
            raise OperatorError(
                f"{file} cannot be read: {error.strerror}.", "Check who may read it."
            ) from None
        except (zipfile.BadZipFile, EOFError) as error:
            raise OperatorError(
                f"{file} is no backup of Tocsin's, or it was cut off ({error}).",
                "Copy it again from where it is kept, or take another one.",
            ) from None
        except (KeyError, TypeError, ValueError):
            raise OperatorError(
                f"{file} is a zip file, but no backup of Tocsin's.", "Name a file that `tocsin backup` wrote."
            ) from None
        if self.manifest.format != FORMAT:
            raise OperatorError(
                f"The backup has format {self.manifest.format}, and this program knows {FORMAT}.",
                "Restore it with the Tocsin that made it, or a newer one.",
            )

    def rows(self, part: Part) -> Iterator[list[Any]]:
        """The rows of a table, one after the other; raises OperatorError at the end where it is not what was written."""
        digest, rows = hashlib.sha256(), 0
        try:
            with self._zip.open(_name(part.name)) as stream:
                for line in stream:
                    digest.update(line)
                    rows += 1
                    yield json.loads(line)
        except (zipfile.BadZipFile, EOFError, KeyError, ValueError, OSError) as error:
            raise _damaged(part, str(error) or type(error).__name__) from None
        except Exception as error:
            if type(error).__name__ != "error":  # zlib's
                raise
            raise _damaged(part, str(error)) from None
        if (rows, digest.hexdigest()) != (part.rows, part.sha256):
            raise _damaged(part, f"{rows} rows instead of {part.rows}, or others")

    def check(self) -> None:
        """Reads all of it once. Raises OperatorError where a part is not what was written."""
        for part in self.manifest.parts:
            for _ in self.rows(part):
                pass

    def close(self) -> None:
        self._zip.close()


def _damaged(part: Part, why: str) -> OperatorError:
    return OperatorError(
        f"The backup is damaged in {part.name}: {why}.",
        "Copy it again from where it is kept, or take another one.",
    )


def _name(table: str) -> str:
    return f"tables/{table}.jsonl"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def loader(kind: TypeEngine[Any], *, aware: bool) -> Any:
    """What makes a value for a column of this kind of one of a backup's; None where it is as it is."""
    if isinstance(kind, DateTime):
        if aware:
            return datetime.fromisoformat
        return lambda text: datetime.fromisoformat(text).replace(tzinfo=None)
    return date.fromisoformat if isinstance(kind, Date) else None

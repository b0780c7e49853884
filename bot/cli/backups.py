"""Copies of everything, and what is kept how long."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bot.cli.command import AsJson, note, print_json, read_config, read_settings, stop, with_database


class _FileOrWord(TyperGroup):
    """`tocsin backup FILE` is short for `tocsin backup write FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["write", *args]
        return super().parse_args(ctx, args)


commands = typer.Typer(
    cls=_FileOrWord, no_args_is_help=True, help="A copy of everything, taken while Tocsin runs."
)


@commands.command("write")
def backup_write(
    file: Annotated[Path, typer.Argument(help="Where it goes. It holds everything: keep it safe.")],
    as_json: AsJson = False,
) -> None:
    """Write everything in the database to a file, as it is at this moment; Tocsin may run meanwhile."""
    settings = read_settings()
    from bot.backup.making import make
    from bot.core.clock import Clock

    written = asyncio.run(make(settings.database_url, file, now=Clock().now()))
    note(settings, "backup_made", file=file.name, schema=written.schema, rows=written.rows)
    if as_json:
        print_json({"file": str(file), "schema": written.schema, "rows": written.rows})
    else:
        print(f"{file}: {written.rows} rows of {len(written.parts)} tables, schema {written.schema}.")


@commands.command("verify")
def backup_verify(file: Path, as_json: AsJson = False) -> None:
    """Restore a backup into a scratch database, count it, and follow every chain; the status is 1 if something is wrong."""
    settings = read_settings()
    from bot.backup.archive import Archive
    from bot.backup.verifying import verify

    found = asyncio.run(verify(Archive(file)))
    said = {"file": file.name, "made_at": found.made_at, "ok": not found.problems}
    note(settings, "backup_verified", **said)
    if as_json:
        print_json(found.as_json())
    else:
        print(
            f"{file}: made {found.made_at[:19]}Z, {found.rows} rows, {found.incidents} incidents with "
            f"{found.entries} entries, {found.chains} chains."
        )
        print("\n".join(found.problems) or "It can be restored, and every chain holds.")
    if found.problems:
        raise typer.Exit(1)


def restore(
    file: Path,
    replace: Annotated[
        bool, typer.Option("--replace", help="Where the database is not empty: what is there is kept aside.")
    ] = False,
) -> None:
    """Restore a backup. Tocsin must not run."""
    settings = read_settings()
    from bot.administration.operator import operator
    from bot.backup.archive import Archive
    from bot.backup.restoring import restore as put_back
    from bot.core.clock import Clock

    archive = Archive(file)
    by, now = operator(), Clock().now()
    kept = asyncio.run(put_back(settings.database_url, archive, replace=replace, by=by, now=now))
    print(f"Restored: {archive.manifest.rows} rows, as of {archive.manifest.made_at[:19]}Z.")
    if kept is not None:
        print(f"What was there is kept as {kept}.")


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would go, delete nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell what is older than app.yaml keeps it. The running bot deletes it by itself, a little at a time."""
    if not dry_run:
        stop("The running bot does this by itself. → Add --dry-run to see what would go.")
    from bot.core.clock import Clock
    from bot.reading import retention as reading

    settings = read_settings()
    config, now = read_config(settings), Clock().now()
    found = with_database(settings, lambda db: reading.dry_run(db, config, now=now))
    if as_json:
        print_json(found)
    else:
        print("\n".join(reading.line(one) for one in found))

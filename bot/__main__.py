"""The `tocsin` command: `bot.cli` holds it. It is imported here, where Ctrl-C ends it without a stack trace."""

import sys


def main() -> None:
    """Runs the command line."""
    try:
        from bot.cli import command_line  # takes a second, in which people already press Ctrl-C
    except KeyboardInterrupt:
        sys.exit(130)
    command_line()


if __name__ == "__main__":
    main()

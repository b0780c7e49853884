"""The `tocsin` command: `bot.cli` holds it. It is imported here, where Ctrl-C ends it without a stack trace."""

import gc
import sys

from bot.core.loading import for_good


def main() -> None:
    """Runs the command line."""
    try:
        with for_good():
            from bot.cli import command_line  # takes a second, in which people already press Ctrl-C
    except KeyboardInterrupt:
        sys.exit(130)
    try:
        command_line()
    finally:
        # At its end Python looks for garbage once more; among all that was loaded that took up to six seconds.
        gc.freeze()


if __name__ == "__main__":
    main()

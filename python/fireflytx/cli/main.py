"""Where the command ``fireflytx`` begins."""

from __future__ import annotations

import sys

from fireflytx.cli.exits import Exit


def main() -> None:
    """Run the command line; say how to get what it needs, where that is missing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if (
            reconfigure is not None
        ):  # one in an old encoding shows escapes for what it can't, and raises nothing
            reconfigure(errors="backslashreplace")
    try:
        from fireflytx.cli.app import app

        app(prog_name="fireflytx")
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        print("The command line needs typer and rich: pip install 'fireflytx[cli]'", file=sys.stderr)
        sys.exit(Exit.USAGE)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)


if __name__ == "__main__":
    main()

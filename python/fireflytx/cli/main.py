"""Where the command ``fireflytx`` begins."""

from __future__ import annotations

import sys

from fireflytx.cli.exits import Exit


def main() -> None:
    """Run the command line; say how to get what it needs, where that is missing."""
    try:
        from fireflytx.cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        print("The command line needs typer and rich: pip install 'fireflytx[cli]'", file=sys.stderr)
        sys.exit(Exit.USAGE)
    app()


if __name__ == "__main__":
    main()

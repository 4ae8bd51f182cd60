"""The command line, ``fireflytx``; needs the extra ``cli`` (typer and rich)."""

"""What a URL may say in messages and logs."""

from __future__ import annotations

from urllib.parse import urlsplit


def place_of(*urls: str) -> str:
    """Host and port of each URL, or its path if it has no host; never a user, a password or a query."""
    return ", ".join(_place(url) for url in urls)


def _place(url: str) -> str:
    parts = urlsplit(url if "://" in url else f"//{url}")
    host = parts.netloc.rpartition("@")[2]
    return host or parts.path

"""Who takes events to the outside: one small protocol, and publishers for what is met most."""

from fireflytx.publishers.base import Publisher

__all__ = ["Publisher"]

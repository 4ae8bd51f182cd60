"""Who takes events to the outside: one small protocol, and publishers for what is met most."""

from fireflytx.publishers.base import Publisher
from fireflytx.publishers.in_process import InProcess
from fireflytx.publishers.topics import Topics

__all__ = ["InProcess", "Publisher", "Topics"]

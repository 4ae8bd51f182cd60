"""The version that the wheel, the jars and the protocol's greeting share."""

__version__ = "0.1.0"

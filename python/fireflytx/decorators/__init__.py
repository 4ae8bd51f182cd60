"""The decorators of FireflyTX, a module for each transaction model: :mod:`fireflytx.decorators.saga`."""

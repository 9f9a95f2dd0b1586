"""Everything that is remembered, in one SQLite file.

The only room that knows SQL; knows neither models nor windows.
"""

from assistant.store.store import Store

__all__ = ["Store"]

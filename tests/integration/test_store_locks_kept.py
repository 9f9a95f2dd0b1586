"""Opening a second store in a process must not cancel the locks of the first.

POSIX drops all locks of a process on a file when it closes any descriptor of that file; another process that then
closes its store believes itself the last one and deletes the write-ahead log under those still open
(https://www.sqlite.org/howtocorrupt.html, section 2.2).
"""

from __future__ import annotations

import subprocess
import sys

from assistant.paths import DataDir
from assistant.store import Store

OTHER = "import sys; from assistant.paths import DataDir; from assistant.store import Store; "
OTHER += "s = Store.open(DataDir.resolve(sys.argv[1])); print(len(s.conversations.list())); s.close()"


def other_process_sees(data: DataDir) -> int:
    done = subprocess.run([sys.executable, "-c", OTHER, str(data.root)], check=True, capture_output=True, text=True)
    return int(done.stdout)


def test_a_second_store_keeps_the_locks_of_the_first(data: DataDir) -> None:
    with Store.open(data) as first, Store.open(data) as second:
        first.conversations.create("one")
        second.conversations.create("two")
        assert other_process_sees(data) == 2
        first.conversations.create("three")
        assert len(second.conversations.list()) == 3
        assert other_process_sees(data) == 3
        assert first.check() == []

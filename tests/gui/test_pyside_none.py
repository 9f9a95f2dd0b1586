"""PySide6 6.12.0 on Python 3.11 loses a reference to None with every Qt call that returns it."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QCoreApplication


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal since PEP 683")
def test_qt_calls_keep_the_references_to_none(qapp: QCoreApplication) -> None:
    before = sys.getrefcount(None)
    for _ in range(1000):
        qapp.processEvents()
    assert sys.getrefcount(None) - before > -500

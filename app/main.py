"""Opens the window: arguments, one window per data directory, theme, and what happens to stray errors."""

from __future__ import annotations

import argparse
import sys

from PySide6.QtCore import QLibraryInfo, QLocale, QTimer, QTranslator
from PySide6.QtWidgets import QApplication, QMessageBox

from app import icons, theme
from app.backend import LocalBackend
from app.hooks import SignalCloser, log_to_file
from app.main_window import MainWindow
from app.single_instance import SingleInstance
from assistant.errors import EnvironmentProblem
from assistant.paths import DataDir
from assistant.store import Store


def run(argv: list[str]) -> int:
    """Opens the window of a data directory, or raises the one that is open; the exit status."""
    parser = argparse.ArgumentParser(prog="mentee", description="Opens the window.")
    parser.add_argument("--data-dir", metavar="DIR", help="where everything is kept")
    data = DataDir.resolve(parser.parse_args(argv).data_dir)
    # A background thread that computes may hold the interpreter this long; the default, five times as much, can
    # be felt in the window.
    sys.setswitchinterval(0.001)
    app = _application()
    instance = SingleInstance(data)
    if not instance.claim():
        return _raise_other(instance)
    try:
        log_to_file(data)
        return _show(app, data, instance)
    finally:
        instance.release()


def _show(app: QApplication, data: DataDir, instance: SingleInstance) -> int:
    try:
        Store.open(data).close()
    except EnvironmentProblem as problem:
        print(f"mentee: {problem}", file=sys.stderr)
        # Whoever started from an icon sees no standard error.
        QMessageBox.critical(None, "Mentee", str(problem))
        return 1
    backend = LocalBackend(data)
    wanted = backend.load_settings().appearance
    theme.apply_theme(app, theme.resolve_scheme(wanted.scheme, app), wanted.font_size_pt)
    window = MainWindow(backend)

    def repaint() -> None:
        chosen = window.settings.current.appearance
        theme.apply_theme(app, theme.resolve_scheme(chosen.scheme, app), chosen.font_size_pt)

    window.appearance_changed.connect(repaint)
    app.styleHints().colorSchemeChanged.connect(repaint)
    instance.raise_wanted.connect(window.come_to_front)
    closer = SignalCloser(window)
    window.show()
    # The first frame comes before any work.
    QTimer.singleShot(0, window.start)
    status = app.exec()
    closer.stop()
    return status


def _application() -> QApplication:
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([sys.argv[0]])
    app.setApplicationName("mentee")
    app.setApplicationDisplayName("Mentee")
    app.setDesktopFileName("mentee")
    app.setWindowIcon(icons.icon("mentee"))
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(QLocale(), "qtbase", "_", folder):
        app.installTranslator(translator)
    return app


def _raise_other(instance: SingleInstance) -> int:
    if instance.raise_other():
        return 0
    print("mentee: another window holds this data directory but does not answer.", file=sys.stderr)
    return 1

"""Takes a picture of every page of the real window, light and dark, filled with an example of a week's use.

    python tools/screenshots.py shots            # under Xvfb where there is no display
    python tools/screenshots.py shots --scheme dark --scale 1.5

The data are made here through the real store in a temporary folder; no model runs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main() -> int:
    """Parses the arguments, finds a display, takes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("out", type=Path)
    parser.add_argument("--scheme", choices=("light", "dark"), action="append")
    parser.add_argument("--scale", default="1")
    parser.add_argument("--size", default="1280x860")
    args = parser.parse_args()
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY") and shutil.which("xvfb-run"):
        again = ["xvfb-run", "-a", "-s", "-screen 0 2600x1800x24", sys.executable, *sys.argv]
        os.execvp("xvfb-run", again)
    os.environ["QT_SCALE_FACTOR"] = args.scale
    args.out.mkdir(parents=True, exist_ok=True)
    from screenshot_scenes import shoot

    for scheme in args.scheme or ("light", "dark"):
        with tempfile.TemporaryDirectory() as folder:
            shoot(args.out, scheme, args.size, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())

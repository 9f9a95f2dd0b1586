"""What is learned from talking, by whom and at what price: `python -m tests.benchmarks.learning [--quick]`.

Simulated people (`conversations`) talk to every arm (`arms`, `program`) for a season (`season`); at the checkpoints the
arm learns and is evaluated on held-out prompts (`evaluation`) in torch with the same draws. `measurement` goes through
all of them and prints tables (`table`) and one JSON object as the last line; `--out` keeps every reply, `--plot` draws
the curves (`plot`).
"""

from __future__ import annotations

import os
import sys

from assistant.threads import wait_politely

if __name__ == "__main__":
    # All are read when torch and the libraries around it are first loaded.
    wait_politely()
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TQDM_DISABLE"] = "1"
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from .measurement import main

    sys.exit(main(sys.argv[1:]))

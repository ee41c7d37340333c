"""`python -m tests.bench`: the numbers, with an identity of its own."""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.spine import main

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["AIGCLABEL_HOME"] = home
        sys.exit(main())

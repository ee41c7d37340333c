"""`python -m aigclabel.cli`."""

import sys

from aigclabel.cli import main

sys.exit(main())

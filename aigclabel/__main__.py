"""`python -m aigclabel`."""

import sys

from aigclabel.cli import main

sys.exit(main())

"""`python -m voice_actors` is the command line."""

from __future__ import annotations

import sys

from voice_actors.cli import main

if __name__ == "__main__":
    sys.exit(main())

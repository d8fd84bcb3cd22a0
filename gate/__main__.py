"""`python -m gate`: begin with one's own release, and verify reports that were kept."""

import sys

from gate.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""Bring the library into the search index: `python -m core index-content`, as a script.

Usage: python scripts/index_content.py [DIR]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["index-content", *sys.argv[1:]]))

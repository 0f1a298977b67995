"""The report of a campaign as PDF, with its figures: `python -m core report`, as a script.

Usage: python scripts/generate_report.py CAMPAIGN
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["report", *sys.argv[1:]]))

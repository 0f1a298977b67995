"""The whole pipeline by one configuration file: `python -m core run`, as a script.

Usage: python scripts/run_experiment.py [--config config/experiment_config.yaml] [--approve-as P]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["run", *sys.argv[1:]]))

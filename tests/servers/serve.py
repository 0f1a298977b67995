"""The test server in a process of its own: prints its address; at the end of its input, its log.

Usage: python -m tests.servers.serve [--delay SECONDS] [--limit N --period SECONDS
       --manner window|sliding|bucket [--silent]]
"""

import argparse
import json
import sys
from typing import get_args

from tests.servers.limiting import Limit, Manner
from tests.servers.openai_server import OpenAIServer, Script, obliging


def main() -> None:
    """Serve until somebody closes our input."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--period", type=float, default=60.0)
    parser.add_argument("--manner", choices=get_args(Manner), default="window")
    parser.add_argument("--silent", action="store_true", help="do not say when to come again")
    asked = parser.parse_args()
    script: Script = obliging
    if asked.limit:
        script = Limit(asked.limit, asked.period, asked.manner, tells=not asked.silent)
    with OpenAIServer(script=script, delay_s=asked.delay) as server:
        sys.stdout.write(server.base_url + "\n")
        sys.stdout.flush()
        sys.stdin.read()
        log = [
            {"key": a.call_id, "status": a.status, "delivered": a.delivered, "at": a.ended_at}
            for a in server.asked
        ]
        sys.stdout.write(json.dumps({"asked": log, "most_at_once": server.most_at_once}) + "\n")


if __name__ == "__main__":
    main()

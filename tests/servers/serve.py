"""The test server in a process of its own: prints its address; at the end of its input, its log.

Usage: python -m tests.servers.serve [--delay SECONDS]
"""

import argparse
import json
import sys

from tests.servers.openai_server import OpenAIServer


def main() -> None:
    """Serve until somebody closes our input."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0)
    with OpenAIServer(delay_s=parser.parse_args().delay) as server:
        sys.stdout.write(server.base_url + "\n")
        sys.stdout.flush()
        sys.stdin.read()
        log = [
            {"key": a.call_id, "status": a.status, "delivered": a.delivered} for a in server.asked
        ]
        sys.stdout.write(json.dumps({"asked": log, "most_at_once": server.most_at_once}) + "\n")


if __name__ == "__main__":
    main()

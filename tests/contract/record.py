"""Asks the real API server every case again and writes down what it says: `python -m tests.contract.record`.

It needs the test cluster's servers; see tests/cluster/control_plane.py. What it writes is the contract that the
simulator is held to by default, and the real server by `make check-cluster`.
"""

from __future__ import annotations

import json
import sys

from .cases import CASES
from .serving import RECORDED, real_server, run_case


def main(names: list[str]) -> None:
    """Record the cases of these names, or all."""
    RECORDED.mkdir(exist_ok=True)
    if not names:
        for old in RECORDED.glob("*.json"):
            old.unlink()
    with real_server() as caller:
        for name in sorted(names or CASES, key=lambda name: (name.startswith("zz_"), name)):
            said = run_case(caller, name)
            text = json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False)
            (RECORDED / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

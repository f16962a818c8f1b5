"""Write the manifests that follow from deploy/k8s/inventory.yaml and proto/topics.yaml.

`python deploy/generate.py` writes them; `python deploy/generate.py --check` fails when one is out of date.
"""

import argparse
import sys

from manifests.generated import stale_files, write_files
from manifests.inventory import load_inventory


def main() -> int:
    """Write or check, as the arguments ask."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--check", action="store_true", help="write nothing; fail when a file is out of date"
    )
    check = arguments.parse_args().check
    stale = stale_files(load_inventory())
    if not check:
        write_files(load_inventory())
    for path in stale:
        sys.stderr.write(f"{'out of date' if check else 'written'}: deploy/k8s/{path}\n")
    return int(check and bool(stale))


if __name__ == "__main__":
    raise SystemExit(main())

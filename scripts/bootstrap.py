"""Make the project's environments: `python scripts/bootstrap.py [NAME ...]`, all without a name.

Runs on any Python from 3.11 and needs nothing but it. What is already there is left alone.
`--compile` resolves the pins of the named environments anew instead of installing them.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.provision.environments import NAMES, compile_requirements, ensure_environment
from scripts.provision.node_parts import ensure_node_parts
from scripts.provision.step import StepError
from scripts.provision.system_parts import ensure_system_parts


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; 1 if a step failed, having said which."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=" ".join(NAMES))
    parser.add_argument("--compile", action="store_true", help="resolve the pins anew")
    parser.add_argument("--system-parts", action="store_true", help="also check browser and such")
    options = parser.parse_args(arguments)
    try:
        for name in options.names or NAMES:
            if options.compile:
                compile_requirements(name)
            else:
                ensure_environment(name)
        if options.system_parts:
            ensure_system_parts()
            ensure_node_parts()
    except StepError as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

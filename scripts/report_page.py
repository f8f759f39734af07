"""Put a report of the demo into the page about reports: `scripts/demo --report | python -m …`."""

import re
import sys

from scripts.provision.step import ROOT

PAGE = ROOT / "docs/report.md"
_DEEPER = "##"
"""A report begins with a heading of the first level, but is a part of the page."""

_BLOCK = re.compile(r"(?<=<!-- example: begin -->\n).*(?=<!-- example: end -->)", re.DOTALL)


def example(page: str) -> str:
    """Return the report that a page shows, as it was printed."""
    found = _BLOCK.search(page)
    shown = found[0].strip("\n") if found else ""
    return re.sub(rf"^{_DEEPER}(?=#+ )", "", shown, flags=re.MULTILINE) + "\n"


def updated(page: str, report: str) -> str:
    """Return a page with this report as its example."""
    shown = re.sub(r"^(?=#+ )", _DEEPER, report.strip("\n"), flags=re.MULTILINE)
    return _BLOCK.sub(lambda _: f"\n{shown}\n\n", page)


def main() -> int:
    """Read a report; 1 if it is none."""
    report = sys.stdin.read()
    if not report.startswith("# SRE Report "):
        print("FAILED: a report is expected, as `scripts/demo --report` prints it", file=sys.stderr)
        return 1
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8"), report), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

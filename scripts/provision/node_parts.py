"""Parts for the tests that come from npm: GitHub's description of its API, and a server of it.

On a person's machine without Node a named skip; CI installs it and fails if it cannot.
"""

import hashlib
import shutil

from scripts.provision.step import LAB, ROOT, StepError, in_ci, run, say

PINS = ROOT / "scripts/requirements/node"
HOME = LAB / "node"
PRISM = HOME / "node_modules/.bin/prism"
GITHUB_DESCRIPTION = HOME / "node_modules/@octokit/openapi/generated/api.github.com.json"

_FILES = ("package.json", "package-lock.json", ".npmrc")
_STEP = "parts from npm"
_REMEDY = "check that npm can reach a registry from here, and that Node is 18.20.1 or later"


def ensure_node_parts() -> None:
    """Install what the lock names; does nothing if that is there."""
    stamp, wanted = HOME / "stamp", _digest()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    if not shutil.which("npm") and not in_ci():
        return  # The system parts say what is skipped.
    say(f"Parts from npm: installing into {HOME.relative_to(ROOT)}")
    try:
        _install()
    except StepError as failure:
        if in_ci():
            raise
        shutil.rmtree(HOME, ignore_errors=True)
        say(f"tests against GitHub's description of its API skipped: {failure.reason}")
        return
    stamp.write_text(wanted, encoding="utf-8")


def _install() -> None:
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    for name in _FILES:
        shutil.copy(PINS / name, HOME)
    run(["npm", "ci", "--no-progress"], step=_STEP, remedy=_REMEDY, cwd=HOME)
    # The descriptions of GitHub's other products take half a gigabyte.
    for each in GITHUB_DESCRIPTION.parent.glob("*.json"):
        if each != GITHUB_DESCRIPTION:
            each.unlink()


def _digest() -> str:
    pins = b"".join((PINS / name).read_bytes() for name in _FILES)
    return hashlib.sha256(f"{HOME}\n".encode() + pins).hexdigest()

"""GitHub's own description of its API, served by Prism on a loopback port.

What is not asked for is cut out of it: the whole takes Prism a quarter of a minute to read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
import json
from pathlib import Path
import re
import subprocess
import time
from typing import Any

from scripts.provision.node_parts import GITHUB_DESCRIPTION, PRISM

PATIENCE = 120.0

_REPOSITORY = "/repos/{owner}/{repo}"
_PATHS = tuple(f"{_REPOSITORY}{part}" for part in ("", "/actions/runs", "/issues", "/releases"))
_LISTENS = re.compile(r"listening on (http://127\.0\.0\.1:\d+)")
_REFERENCE = re.compile(r'"\$ref": ?"#/components/(\w+)/([^"]+)"')

type Json = dict[str, Any]


@contextmanager
def github_by_its_description(folder: Path) -> Iterator[str]:
    """Serve the description and yield the address; the log lies in the folder."""
    description, log = folder / "api.json", folder / "prism.log"
    description.write_text(json.dumps(_cut()), encoding="utf-8")
    command = [str(PRISM), "mock", "--host", "127.0.0.1", "--port", "0", str(description)]
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
    try:
        yield _address(server, log)
    finally:
        server.terminate()
        server.wait()


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        if found := _LISTENS.search(log.read_text(encoding="utf-8")):
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"Prism does not listen:\n{log.read_text(encoding='utf-8')[-2000:]}")


def _cut() -> Json:
    """Return the description of our four questions, with all that it refers to."""
    whole: Json = json.loads(GITHUB_DESCRIPTION.read_text(encoding="utf-8"))
    paths = {path: {"get": whole["paths"][path]["get"]} for path in _PATHS}
    components: Json = {}
    pending = [json.dumps(paths)]
    while pending:
        for kind, name in _REFERENCE.findall(pending.pop()):
            if name not in components.setdefault(kind, {}):
                part = components[kind][name] = whole["components"][kind][name]
                pending.append(json.dumps(part))
    # Its text allows a range of times, its format a single one.
    del components["parameters"]["created"]["schema"]["format"]
    head = {"openapi": whole["openapi"], "info": whole["info"]}
    return {**head, "paths": paths, "components": components}

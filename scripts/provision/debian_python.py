"""Python 3.14 from Debian's packages, unpacked into a private prefix.

uv fetches interpreters from a code host. Where only package mirrors can be reached, Debian's
*forky* suite has Python 3.14, built against a newer libc than older releases carry. Unpacked with
its own libc and loader it runs on them without touching the system.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import os
from pathlib import Path
import platform
import re
import shutil
import tempfile

from scripts.provision.step import StepError, run

SUITE = "forky"
PACKAGES = (
    *("python3.14-minimal", "python3.14", "python3.14-venv", "python3.14-dev"),
    *("libpython3.14-minimal", "libpython3.14-stdlib", "libpython3.14", "libpython3.14-dev"),
    *("libc6", "libssl3t64", "libffi8", "libexpat1", "zlib1g", "libsqlite3-0", "libbz2-1.0"),
    *("liblzma5", "libzstd1", "libreadline8t64", "libtinfo6", "libncursesw6", "libuuid1"),
)
LOADERS = {
    "x86_64": ("x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    "aarch64": ("aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
}
STEP = "Python 3.14 from Debian packages"
REMEDY = "install Python 3.14.2 or later so that `python3.14` is on PATH, then run this again"


@dataclass(frozen=True, slots=True)
class AptSource:
    """Where this machine's apt already gets Debian from, and the key it trusts for that."""

    uri: str
    signed_by: str


def install(prefix: Path, tools: Path) -> Path:
    """Unpack Python 3.14 into the prefix and return its interpreter."""
    if platform.machine() not in LOADERS or not shutil.which("apt-get"):
        raise StepError(STEP, "this is not a Debian-like system on x86_64 or aarch64", REMEDY)
    source = _machine_source()
    # Next to the prefix, so that the finished tree moves into place in one step.
    prefix.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=prefix.parent) as scratch:
        unpacked = Path(scratch) / "prefix"
        for package in _download(source, Path(scratch)):
            run(["dpkg-deb", "-x", package, unpacked], step=STEP, remedy=REMEDY)
        shutil.rmtree(prefix, ignore_errors=True)
        unpacked.rename(prefix)
    interpreter = prefix / "usr/bin/python3.14"
    _use_own_libc(interpreter, prefix, tools)
    return interpreter


def _download(source: AptSource, scratch: Path) -> list[Path]:
    """Fetch the packages with folders of our own, so that the system's apt state stays as it is."""
    sources, packages = scratch / "sources.list", scratch / "packages"
    signed_by = f"[signed-by={source.signed_by}] " if source.signed_by else ""
    sources.write_text(f"deb {signed_by}{source.uri} {SUITE} main\n", encoding="utf-8")
    packages.mkdir()
    folders = {
        "Dir::State::lists": scratch / "lists",
        "Dir::Cache": scratch / "cache",
        "Dir::State::status": scratch / "status",
    }
    (scratch / "lists/partial").mkdir(parents=True)
    (scratch / "cache/archives/partial").mkdir(parents=True)
    (scratch / "status").touch()
    options = [f"-oDir::Etc::sourcelist={sources}", "-oDir::Etc::sourceparts=-"]
    options += [f"-o{key}={folder}" for key, folder in folders.items()]
    # apt drops to its own user for downloads, who cannot enter a private temporary folder.
    options += ["-oAPT::Sandbox::User=root"] if os.geteuid() == 0 else []
    # Without this, apt-get update succeeds with whatever it could not fetch.
    options += ["-oAPT::Update::Error-Mode=any"]
    run(["apt-get", *options, "-q", "update"], step=STEP, remedy=REMEDY)
    run(["apt-get", *options, "-q", "download", *PACKAGES], step=STEP, remedy=REMEDY, cwd=packages)
    return sorted(packages.glob("*.deb"))


def _use_own_libc(interpreter: Path, prefix: Path, tools: Path) -> None:
    """Point the interpreter at the loader and libraries it was built for."""
    triplet, loader = LOADERS[platform.machine()]
    libraries = prefix / "usr/lib" / triplet
    # An rpath, unlike a runpath, also holds for the libraries that extension modules load. The
    # system's folder follows for wheels that expect a library of the host, such as libgcc_s.
    rpath = f"{libraries}:/usr/lib/{triplet}:/lib/{triplet}"
    patchelf: list[str | Path] = [tools / "bin/patchelf", "--set-interpreter", libraries / loader]
    run([*patchelf, "--force-rpath", "--set-rpath", rpath, interpreter], step=STEP, remedy=REMEDY)


def _machine_source(etc: Path = Path("/etc/apt")) -> AptSource:
    """Return the Debian mirror in this machine's own apt configuration."""
    stanzas = sorted((etc / "sources.list.d").glob("*.sources"))
    lists = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*.list"))]
    for path in stanzas:
        for source in _from_stanzas(path.read_text(encoding="utf-8", errors="replace")):
            return source
    for path in filter(Path.is_file, lists):
        for source in _from_lines(path.read_text(encoding="utf-8", errors="replace")):
            return source
    raise StepError(STEP, "no Debian mirror in this machine's apt sources", REMEDY)


def _from_stanzas(text: str) -> Iterator[AptSource]:
    """Debian mirrors in the deb822 style, the default since Debian 12."""
    for stanza in re.split(r"\n\s*\n", text):
        fields = dict(re.findall(r"^([\w-]+):[ \t]*(.*)$", stanza, re.MULTILINE))
        uri = fields.get("URIs", "").split()
        if uri and _is_debian(uri[0], fields.get("Components", "")):
            key = fields.get("Signed-By", "")
            yield AptSource(uri[0], key if key.startswith("/") else "")


def _from_lines(text: str) -> Iterator[AptSource]:
    """Debian mirrors in the one-line style."""
    line = re.compile(r"^deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+\S+\s+(?P<parts>.*)$")
    for match in filter(None, map(line.match, text.splitlines())):
        if _is_debian(match["uri"], match["parts"]):
            key = re.search(r"signed-by=(\S+)", match["options"] or "")
            yield AptSource(match["uri"], key[1] if key else "")


def _is_debian(uri: str, components: str) -> bool:
    """Whether a source is a mirror of the main Debian archive; forky is in no other."""
    return uri.rstrip("/").endswith("/debian") and "main" in components.split()

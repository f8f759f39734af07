"""Writing to a real folder: whatever is there, nothing that a person wrote is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
import os
from pathlib import Path, PurePosixPath
import resource
import subprocess
import tempfile

import pytest

from custom_components.ha_mcp_sre.files import FileFailure, WriteResult, write
from custom_components.ha_mcp_sre.report.document import Document, Retirement

TODAY = date(2026, 11, 23)
REPORT = PurePosixPath("reports/2026-11-16.md")
LOG = PurePosixPath("deliverables/incident-log.md")
ARCHIVE = PurePosixPath("archive/incidents-2026.md")
OVER = Retirement(frozenset({"incident.home.i1"}), ARCHIVE, title="Incidents of 2026", intro="")


def report(content: str = "# SRE Report", path: PurePosixPath = REPORT) -> Document:
    return Document(path, "", "", (("report", content),))


def log(*blocks: str, over: bool = False) -> Document:
    written = tuple((name, "What happened.") for name in blocks)
    return Document(LOG, "Incident log", "", written, retirements=(OVER,) if over else ())


def written(root: Path) -> dict[str, bytes]:
    """Return every file in a folder, by its path."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "config/ha_mcp_sre"


def test_all_documents_are_written_into_folders_of_their_own(root: Path) -> None:
    result = write(root, [report(), log("overview")], TODAY)
    assert result == WriteResult((REPORT, LOG))
    assert set(written(root)) == {str(REPORT), str(LOG)}


def test_what_a_person_wrote_stays_byte_for_byte(root: Path) -> None:
    write(root, [log("a")], TODAY)
    mine = b"\xef\xbb\xbf# Mine\r\n\r\n" + (root / LOG).read_bytes() + b"no end of line"
    (root / LOG).write_bytes(mine)
    assert write(root, [log("a")], TODAY).failure is None
    after = (root / LOG).read_bytes()
    assert after.startswith(b"\xef\xbb\xbf# Mine\r\n\r\n# Incident log\n")
    assert after.endswith(b"\nno end of line")


def test_a_file_that_needs_no_change_is_not_touched(root: Path) -> None:
    write(root, [report()], TODAY)
    before = (root / REPORT).stat()
    assert write(root, [report()], TODAY) == WriteResult((REPORT,))
    after = (root / REPORT).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_reports_of_other_weeks_are_not_touched(root: Path) -> None:
    last = root / "reports/2026-11-09.md"
    last.parent.mkdir(parents=True)
    last.write_text("mine")
    write(root, [report()], TODAY)
    assert last.read_text() == "mine"


def test_who_could_edit_a_file_still_can(root: Path) -> None:
    write(root, [report()], TODAY)
    (root / REPORT).chmod(0o664)
    write(root, [report("another")], TODAY)
    assert (root / REPORT).stat().st_mode & 0o777 == 0o664


def test_half_a_surrogate_pair_is_no_reason_not_to_write(root: Path) -> None:
    assert write(root, [report("a \ud800 tool")], TODAY) == WriteResult((REPORT,))
    assert b"a ? tool" in (root / REPORT).read_bytes()


def test_a_file_that_is_no_utf8_is_kept_aside(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    (root / "reports").mkdir(parents=True)
    for number in (1, 2):
        (root / REPORT).write_bytes(b"caf\xe9 %d" % number)
        assert write(root, [report()], TODAY) == WriteResult((REPORT,))
        assert (root / f"{REPORT}.unreadable-{number}").read_bytes() == b"caf\xe9 %d" % number
    assert "reports/2026-11-16.md could not be read" in caplog.text
    assert str(root) not in caplog.text


def test_an_incident_that_is_over_goes_to_the_archive_with_what_was_learnt(root: Path) -> None:
    write(root, [log("overview", "incident.home.i1")], TODAY)
    with (root / LOG).open("a") as file:
        file.write("\nLearnt: nothing.\n")
    assert write(root, [log("overview", over=True)], TODAY) == WriteResult((LOG,))
    assert "Learnt" not in (root / LOG).read_text()
    assert (root / ARCHIVE).read_text().endswith("end incident.home.i1 -->\n\nLearnt: nothing.\n")


def test_an_incident_stays_in_the_log_while_the_archive_cannot_be_written(root: Path) -> None:
    write(root, [log("overview", "incident.home.i1")], TODAY)
    before = (root / LOG).read_bytes()
    (root / "archive").write_text("mine")
    result = write(root, [log("overview", over=True), report()], TODAY)
    assert result == WriteResult((REPORT,), FileFailure.IN_THE_WAY)
    assert (root / LOG).read_bytes() == before


def test_a_file_that_is_too_old_goes_to_the_archive_as_it_is(root: Path) -> None:
    old = root / "reports/2026-08-24.md"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"mine \xe9\r\n")
    assert write(root, [report()], TODAY).failure is None
    assert (root / "archive/reports/2026-08-24.md").read_bytes() == b"mine \xe9\r\n"
    assert not old.exists()


def test_nothing_in_the_archive_is_overwritten(root: Path) -> None:
    for number in range(3):
        (root / "notes").mkdir(parents=True, exist_ok=True)
        (root / "notes/2026-01-01-slow-i1.md").write_text(str(number))
        write(root, [], TODAY)
    assert written(root / "archive/notes") == {
        "2026-01-01-slow-i1.md": b"0",
        "2026-01-01-slow-i1-2.md": b"1",
        "2026-01-01-slow-i1-3.md": b"2",
    }


def test_a_link_that_leads_out_of_the_folder_is_not_followed(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "secrets.yaml"
    outside.write_text("mine")
    (root / "reports").mkdir(parents=True)
    (root / REPORT).symlink_to(outside)
    result = write(root, [report(), log("a")], TODAY)
    assert result == WriteResult((LOG,), FileFailure.IN_THE_WAY)
    assert outside.read_text() == "mine"
    assert (root / REPORT).is_symlink()


def test_a_folder_that_is_a_link_out_is_not_written_to(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "2020-01-06.md").write_text("mine")
    root.mkdir(parents=True)
    (root / "reports").symlink_to(outside)
    assert write(root, [report()], TODAY) == WriteResult((), FileFailure.IN_THE_WAY)
    assert written(outside) == {"2020-01-06.md": b"mine"}


def test_the_folder_itself_may_be_a_link_and_so_may_a_file_within_it(
    root: Path, tmp_path: Path
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    root.parent.mkdir()
    root.symlink_to(share)
    (share / "reports").mkdir()
    (share / REPORT).symlink_to("latest.md")
    assert write(root, [report()], TODAY) == WriteResult((REPORT,))
    assert (share / "reports/latest.md").is_file()


def test_links_that_lead_in_a_circle_end_nothing(root: Path) -> None:
    (root / "reports").mkdir(parents=True)
    (root / REPORT).symlink_to(REPORT.name)
    assert write(root, [report(), log("a")], TODAY) == WriteResult((LOG,), FileFailure.IN_THE_WAY)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_left_alone(root: Path, make: object) -> None:
    (root / "reports").mkdir(parents=True)
    assert callable(make)
    make(root / REPORT)
    assert write(root, [report(), log("a")], TODAY) == WriteResult((LOG,), FileFailure.IN_THE_WAY)
    assert (root / REPORT).exists()
    assert not (root / REPORT).is_file()


def test_a_file_where_the_folder_should_be_is_left_alone(root: Path) -> None:
    root.parent.mkdir()
    root.write_text("mine")
    assert write(root, [report()], TODAY) == WriteResult((), FileFailure.IN_THE_WAY)
    assert root.read_text() == "mine"


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as a quota would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_where_nothing_more_fits_everything_stays_as_it_was(root: Path) -> None:
    write(root, [report(), log("a")], TODAY)
    before = written(root)
    with largest_file(4096):
        result = write(root, [report("long " * 5000), log("a", "b")], TODAY)
    assert result == WriteResult((), FileFailure.DISK_FULL)
    assert written(root) == before


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """Give a disk of 64 kB, where this machine lets us mount one."""
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("cannot mount a disk here")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        write(disk, [report(), log("a")], TODAY)
        before = written(disk)
        result = write(disk, [report("long " * 20_000), log("a", "b")], TODAY)
        assert result == WriteResult((), FileFailure.DISK_FULL)
        assert written(disk) == before


def test_a_disk_that_became_read_only_leaves_everything_as_it_was(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        write(disk, [report(), log("a")], TODAY)
        before = written(disk)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        result = write(disk, [log("a"), report("another"), log("b")], TODAY)
        assert result == WriteResult((LOG,), FileFailure.READ_ONLY)
        assert written(disk) == before


@contextmanager
def own_folder() -> Iterator[Path]:
    """Give a folder to somebody whom permissions bind, and be that one meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        place, nobody = Path(name), 65534
        if os.geteuid() != 0:
            yield place
            return
        os.chown(place, nobody, nobody)
        try:
            os.seteuid(nobody)
        except OSError:
            pytest.skip("there is nobody else here")
        try:
            yield place
        finally:
            os.seteuid(0)


def test_a_folder_that_is_not_ours_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    with own_folder() as place:
        write(place, [report(), log("a")], TODAY)
        (place / "reports").chmod(0o500)
        result = write(place, [report("another"), log("a", "b")], TODAY)
        (place / "reports").chmod(0o700)
    assert result == WriteResult((LOG,), FileFailure.NOT_ALLOWED)


def test_a_file_that_may_not_be_read_is_kept_aside() -> None:
    with own_folder() as place:
        write(place, [report("mine")], TODAY)
        (place / REPORT).chmod(0o000)
        assert write(place, [report()], TODAY) == WriteResult((REPORT,))
        aside = place / f"{REPORT}.unreadable-1"
        aside.chmod(0o600)
        assert b"mine" in aside.read_bytes()

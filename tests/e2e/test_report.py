"""The weekly report on a real ha-mcp: what it says, what is written, and what really happened."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
import re
import subprocess
from typing import Any

import pytest
import pytest_socket

from custom_components.ha_mcp_sre.report.blocks import pieces
from scripts.lab.integration import DOMAIN
from scripts.lab.traffic import Traffic, scripted, send
from scripts.lab.waiting import wait_for
from scripts.provision.step import LAB
from tests.e2e.a_demo import left_behind, run_demo
from tests.e2e.course import SOON, Course, IncidentLab

CALLS, FAILURES = 40, 9

INCIDENT_LOG = "deliverables/incident-log.md"
UNITS = {"h": 3600, "min": 60, "s": 1}
LEARNT = "\nThe cable was loose.\n"


@dataclass(frozen=True, slots=True)
class Story:
    """Known calls, a killed server, and a report before and after.

    `incident` and `mttr`, which is in seconds, are what `get_incidents` tells.
    """

    folder: Path
    before: dict[str, Any]
    sent: Traffic
    course: Course
    report: dict[str, Any]
    incident: dict[str, Any]
    mttr: float

    @property
    def data(self) -> dict[str, Any]:
        """Everything that the report says."""
        data: dict[str, Any] = self.report["data"]
        return data

    def block(self, file: str, name: str) -> str:
        """Return a generated block of a file."""
        (text,) = [
            piece.text
            for piece in pieces((self.folder / file).read_text(encoding="utf-8"))
            if piece.name is not None and re.fullmatch(name, piece.name)
        ]
        return text


@pytest.fixture(scope="module")
def story(incident_lab: IncidentLab) -> Story:
    """Use ha-mcp, kill it, start it again, and have the report written."""
    pytest_socket.enable_socket()
    lab, server = incident_lab, incident_lab.server
    sent = Traffic()

    async def tell() -> Story:
        await server.probe_now()
        before = (await server.report(write_file=False))["data"]
        expected = await server.number("tool_calls") + CALLS
        await send(lab.parts.ha_mcp.url, scripted(CALLS, FAILURES), into=sent)

        async def read() -> bool:
            await server.probe_now()
            return await server.number("tool_calls") == expected

        # What is not read by then is lost with the process.
        await wait_for(read, what="the calls were read", timeout=SOON)
        course = await lab.suffer("kill")
        report = await server.report()
        found = await lab.parts.client.ask_action(DOMAIN, "get_incidents")
        return Story(
            folder=lab.parts.home_assistant.config / DOMAIN,
            before=before,
            sent=sent,
            course=course,
            report=report,
            incident=found["incidents"][0],
            mttr=found["mean_time_to_repair"],
        )

    return lab.run(tell())


def calls_by_tool(data: dict[str, Any]) -> Counter[str]:
    """Return how often each tool was called."""
    (server,) = data["performance"]["servers"]
    return Counter({each["tool"]: each["calls"] for each in server["tools"]})


def errors(data: dict[str, Any]) -> int:
    """Return how many calls failed."""
    (server,) = data["error_analysis"]
    count: int | None = server["errors"]
    return count or 0


def contents(folder: Path) -> dict[Path, tuple[bytes, int]]:
    """Return every file with when it was written."""
    return {
        path: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_tool_calls_are_those_that_were_sent(story: Story) -> None:
    added = calls_by_tool(story.data)
    added.subtract(calls_by_tool(story.before))
    assert +added == story.sent.by_tool
    assert errors(story.data) - errors(story.before) == story.sent.errors == FAILURES


def test_the_text_has_the_counts_of_the_data(story: Story) -> None:
    for tool, calls in calls_by_tool(story.data).items():
        assert f"| {tool} | {calls} |" in story.report["markdown"]


def test_it_is_on_this_week_so_far_while_no_week_is_over(story: Story) -> None:
    assert story.data["week"]["so_far"] is True
    assert story.report["markdown"].startswith(f"# {story.data['title']}\n\nSo far: ")


def test_the_file_has_what_was_returned(story: Story) -> None:
    monday = story.data["week"]["of"]
    assert story.report["path"] == f"{DOMAIN}/reports/{monday}.md"
    assert story.report["markdown"].strip() in story.block(f"reports/{monday}.md", "report")


def test_the_incident_in_the_report_is_the_one_that_people_are_told_of(story: Story) -> None:
    (row,) = [
        each
        for each in story.data["incidents"]
        if each["id"] == story.course.incidents[0]["incident_id"]
    ]
    told = story.incident
    assert (row["id"], row["rule"], row["severity"]) == (told["incident_id"], "server_down", "p0")
    assert (row["began"], row["ended"]) == (told["since"], told["resolved_at"])
    assert row["duration_minutes"] == pytest.approx(told["duration"] / 60, abs=0.06)
    assert row["paged"] is told["paged"] is True
    shown = [(each["at"], each["kind"]) for each in row["timeline"]]
    assert shown == [(each["at"], each["kind"]) for each in told["timeline"]]
    assert f"### P0 {row['id']}: {row['what']}" in story.report["markdown"]


def test_the_incident_log_has_the_same_incident(story: Story) -> None:
    told = story.incident
    block = story.block(INCIDENT_LOG, rf"incident\..*\.{told['incident_id']}")
    assert f"## {shown(told['since'])} P0: {told['summary']}" in block
    over = re.search(rf"Over at {shown(told['resolved_at'])}, after (.+)", block)
    assert over is not None
    assert seconds(over[1]) == pytest.approx(told["duration"], abs=0.6)
    assert f"Paged at {shown(told['paged_at'])}" in block


def test_the_mean_time_to_repair_is_the_same_everywhere(story: Story) -> None:
    assert story.data["reliability_summary"]["mttr"]["hours"] == pytest.approx(
        story.mttr / 3600, rel=0.02
    )
    over = re.search(r"Mean time to repair: (.+?), of", story.block(INCIDENT_LOG, "overview"))
    assert over is not None
    assert seconds(over[1]) == pytest.approx(story.mttr, abs=0.6)


def test_a_page_leaves_a_note(story: Story) -> None:
    incident_id = story.incident["incident_id"]
    day = story.incident["since"].partition("T")[0]
    note = f"notes/{day}-server-down-{incident_id}.md"
    assert shown(story.incident["paged_at"]) in story.block(note, rf"known\..*\.{incident_id}")


def test_no_file_holds_the_secret_path(story: Story, incident_lab: IncidentLab) -> None:
    secret = incident_lab.parts.ha_mcp.address.path.lstrip("/")
    files = [content.decode() for content, _ in contents(story.folder).values()]
    assert files
    assert secret not in str([files, story.report])


def test_without_a_file_everything_stays_as_it_is(story: Story, incident_lab: IncidentLab) -> None:
    before = contents(story.folder)
    report = incident_lab.run(incident_lab.server.report(write_file=False))
    assert report["path"] is None
    assert report["data"]["incidents"] == story.data["incidents"]
    assert contents(story.folder) == before


def test_what_a_person_wrote_survives_the_next_report(
    story: Story, incident_lab: IncidentLab
) -> None:
    files = sorted(contents(story.folder))
    for file in files:
        with file.open("a", encoding="utf-8") as text:
            text.write(LEARNT)
    before = {file: own(file) for file in files}
    incident_lab.run(incident_lab.server.report())
    assert sorted(contents(story.folder)) == files
    assert {file: own(file) for file in files} == before
    assert all(file.read_text(encoding="utf-8").count(LEARNT) == 1 for file in files)


def own(file: Path) -> list[str]:
    """Return what a person can write in a file: what is in no generated block."""
    parts = pieces(file.read_text(encoding="utf-8"))
    return [part.text for part in parts if part.name is None]


def seconds(span: str) -> float:
    """Return a duration as the documents show it, in seconds."""
    parts = re.findall(r"([\d.]+) (\w+)", span)
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def shown(told: str) -> str:
    """Return a time as the documents show it."""
    return f"{datetime.fromisoformat(told):%Y-%m-%d %H:%M:%S}"


@pytest.fixture(scope="module")
def demo() -> subprocess.CompletedProcess[str]:
    """Return what the demo said, which ran once."""
    return run_demo("--report")


def test_the_demo_prints_the_report_and_nothing_else(
    demo: subprocess.CompletedProcess[str],
) -> None:
    assert demo.returncode == 0, demo.stderr
    assert re.match(r"# SRE Report - Week of \d{4}-\d\d-\d\d\n\nSo far: ", demo.stdout)
    assert "\n==> " not in demo.stdout
    (report,) = (LAB / f"demo/config/{DOMAIN}/reports").iterdir()
    assert demo.stdout in report.read_text(encoding="utf-8")


def test_the_demo_has_one_incident_to_report(demo: subprocess.CompletedProcess[str]) -> None:
    assert len(re.findall(r"^### P0 \w+: ha-mcp is down$", demo.stdout, re.MULTILINE)) == 1


def test_the_demo_of_a_report_leaves_no_process_behind(
    demo: subprocess.CompletedProcess[str],
) -> None:
    assert left_behind() == []

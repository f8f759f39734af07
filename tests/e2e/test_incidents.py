"""What goes wrong with a real server, and the incident that a real Home Assistant makes of it."""

from datetime import datetime
import time
from typing import Any

import pytest
import pytest_socket

from scripts.lab.waiting import wait_for
from tests.e2e.course import SOON, Course, IncidentLab

# What is slow comes first: for a while after an outage it would be taken for a consequence.
FAULTS = ("slow", "kill", "hang", "token", "link")

NOTICED_WITHIN = {"slow": 180, "kill": 15, "hang": 40, "token": 30, "link": 30}
"""Seconds after which each fault has been seen even by a busy machine."""

ENDED_WITHIN = 60
"""Seconds from the mending to the first look that finds nothing wrong, on a busy machine."""


@pytest.fixture(scope="module", params=FAULTS)
def course(request: pytest.FixtureRequest, incident_lab: IncidentLab) -> Course:
    """Return what came of a fault."""
    pytest_socket.enable_socket()
    return incident_lab.run(incident_lab.suffer(request.param))


def test_it_is_exactly_one_incident_of_the_right_kind(course: Course) -> None:
    shown = [(each["rule"], each["severity"], each["status"]) for each in course.at_its_worst]
    assert shown == [(course.fault.rule, course.fault.severity, "open")]
    assert len(course.incidents) == 1


def test_it_has_one_repair_and_one_notification_if_it_pages(course: Course) -> None:
    incident_id = course.incidents[0]["incident_id"]
    repairs = [each["translation_key"] for each in course.page.issues]
    told = [n for n in course.page.notifications if incident_id in n["notification_id"]]
    assert repairs == [course.fault.rule] * course.fault.pages
    assert len(told) == course.fault.pages
    assert course.events("repair").count("create") == course.fault.pages
    assert course.events().count("paged") == course.fault.pages
    assert course.incidents[0]["paged"] is course.fault.pages


def test_the_entities_show_it_from_the_beginning_to_the_end(course: Course) -> None:
    assert course.events("severity")[0] == course.fault.severity
    assert course.events("severity")[-1] == "none"
    assert course.events("open_incidents") == ["1", "0"]
    assert (course.events()[0], course.events()[-1]) == ("opened", "resolved")


def test_it_began_when_it_went_wrong(course: Course) -> None:
    since = _at(course.incidents[0]["since"])
    noticed = NOTICED_WITHIN[course.name]
    # Times are told in whole seconds.
    assert course.broken_at - 1 <= since <= course.broken_at + noticed


def test_it_ended_when_it_was_mended(course: Course) -> None:
    incident = course.incidents[0]
    assert incident["status"] == "resolved"
    resolved_at = _at(incident["resolved_at"])
    assert course.mending_at - 1 <= resolved_at <= course.mended_at + ENDED_WITHIN
    assert course.left.issues == []


def test_nothing_that_people_are_told_is_secret(course: Course, incident_lab: IncidentLab) -> None:
    secret = incident_lab.parts.ha_mcp.address.path
    assert secret not in str([course.page, course.left, course.incidents, course.seen])


def test_a_restart_of_home_assistant_in_the_middle_loses_nothing(
    incident_lab: IncidentLab,
) -> None:
    lab = incident_lab

    async def newest(status: str) -> dict[str, Any] | None:
        found = [each for each in await lab.server.incidents() if each["paged"]]
        return found[0] if found and found[0]["status"] == status else None

    async def story() -> None:
        known = len(await lab.server.incidents())
        await lab.parts.ha_mcp.kill()
        before = await wait_for(lambda: newest("open"), what="it was paged", timeout=SOON)
        await lab.parts.home_assistant.restart()
        after = await wait_for(lambda: newest("open"), what="it was known", timeout=SOON)
        for field in ("incident_id", "rule", "severity", "since", "paged_at"):
            assert after[field] == before[field]
        assert len((await lab.page()).issues) == 1
        started_at = time.time()
        await lab.parts.ha_mcp.start()
        end = await wait_for(lambda: newest("resolved"), what="it was resolved", timeout=SOON)
        assert end["incident_id"] == before["incident_id"]
        assert started_at - 1 <= _at(end["resolved_at"])
        assert len(await lab.server.incidents()) == known + 1
        assert (await lab.page()).issues == []

    lab.run(story())


def test_home_assistant_logs_no_error_of_ours(incident_lab: IncidentLab) -> None:
    log = incident_lab.parts.home_assistant.process.log.read_text(encoding="utf-8")
    ours = [line for line in log.splitlines() if "ha_mcp_sre" in line]
    assert [line for line in ours if "ERROR" in line or "Traceback" in line] == []


def _at(told: str) -> float:
    return datetime.fromisoformat(told).timestamp()

"""The files that go with a report, from the evidence of a week."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
import re
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.ha_mcp_sre.assess.diary import Diary
from custom_components.ha_mcp_sre.assess.history import Hint
from custom_components.ha_mcp_sre.assess.incident import Incident
from custom_components.ha_mcp_sre.report.blocks import pieces, slug
from custom_components.ha_mcp_sre.report.deliverables import documents
from custom_components.ha_mcp_sre.report.document import Document
from custom_components.ha_mcp_sre.report.material import Material, ServerMaterial

from . import materials
from .homes import FIRST_DAY, home
from .parts import DAY, MB, diary_day, week

RUDE = "x |\n# <b>y</b> [z](http://a.example) <!-- ha-mcp-sre: end gaps -->"


def files(material: Material) -> dict[str, Document]:
    return {str(each.path): each for each in documents(material, (), "# SRE Report\n")}


def texts(material: Material) -> dict[str, str]:
    return {path: document.updated("") for path, document in files(material).items()}


def names_in(text: str) -> list[str]:
    return [piece.name for piece in pieces(text) if piece.name]


def with_server(material: Material, **changes: Any) -> Material:
    first, *others = material.servers
    return replace(material, servers=(replace(first, **changes), *others))


def incidents_of(material: Material) -> tuple[Incident, ...]:
    return material.servers[0].incidents


def later(material: Material, days: float) -> Material:
    """Return what is known so many days later, if nothing more happened."""
    as_of = material.week.as_of + days * DAY
    monday = date.fromordinal(material.week.local(as_of).toordinal())
    now = week(date.fromordinal(monday.toordinal() - monday.weekday()), as_of)
    return replace(material, week=now)


def test_the_files_of_a_bad_week(snapshot: SnapshotAssertion) -> None:
    found = texts(materials.bad_week())
    del found["beliefs.md"]
    for path, text in found.items():
        assert text == snapshot(name=path)


@pytest.mark.parametrize(
    "material",
    [materials.first_hour, materials.three_days_off, materials.upstream_unreachable],
    ids=["first_hour", "three_days_off", "upstream_unreachable"],
)
def test_the_files_of_a_week_with_holes(
    material: Callable[[], Material], snapshot: SnapshotAssertion
) -> None:
    found = texts(material())
    for path in ("incident-log", "monitoring-gaps", "performance-baselines"):
        assert found[f"deliverables/{path}.md"] == snapshot(name=path)


def test_nothing_is_written_anew_if_nothing_changed() -> None:
    for document in files(materials.bad_week()).values():
        text = document.updated("")
        assert document.updated(text) == text


def test_a_home_without_a_server_has_files_as_well() -> None:
    empty = replace(materials.quiet_week(), servers=())
    assert "No server is watched." in texts(empty)["deliverables/monitoring-gaps.md"]


def test_a_report_on_one_server_has_a_file_of_its_own_and_no_others() -> None:
    whole = materials.bad_week()
    part = replace(whole, servers=(replace(whole.servers[1], name="Küche / 2"),), whole=False)
    assert list(files(part)) == ["reports/2026-11-16-kuche-2.md"]


def test_two_servers_of_one_name_share_a_file_with_a_block_each() -> None:
    whole = materials.bad_week()
    parts = [
        replace(whole, servers=(replace(server, name="Home"),), whole=False)
        for server in whole.servers
    ]
    first, second = (next(iter(files(part).values())) for part in parts)
    assert first.path == second.path
    assert len(names_in(second.updated(first.updated("")))) == 2


def test_the_report_of_a_week_long_ago_leaves_the_other_files_as_they_are_now() -> None:
    old = replace(materials.quiet_week(), week=week(date(2026, 11, 9), week().as_of))
    assert list(files(old)) == ["reports/2026-11-09.md"]


def test_a_server_that_is_told_sooner_than_another_is_named() -> None:
    whole = materials.bad_week()
    policy = whole.servers[0].policy
    quick = replace(policy, grace=dict.fromkeys(policy.grace, 0.0))
    text = texts(with_server(whole, policy=quick))["deliverables/reliability-standards.md"]
    assert "| Home: paged at once; Workshop: paged after 1 min |" in text


def test_an_incident_is_in_the_log_until_twelve_weeks_after_its_end() -> None:
    bad = materials.bad_week()
    over = [each for each in incidents_of(bad) if each.resolved_at is not None]
    last = max(each.resolved_at or 0 for each in over)
    days = (last - bad.week.as_of) / DAY + 84
    before, after = (files(later(bad, days + more)) for more in (-0.001, 0.001))
    path = "deliverables/incident-log.md"
    assert len(before[path].blocks) == len(after[path].blocks) + 1
    *of_years, _ = after[path].retirements
    assert [len(each.families) for each in of_years] == [len(over)]


@pytest.mark.parametrize(("days", "is_young"), [(83, True), (84, False)])
def test_a_server_that_was_watched_for_less_than_the_log_is_named_in_it(
    days: int, *, is_young: bool
) -> None:
    quiet = materials.quiet_week()
    watched = with_server(quiet, watched_since=quiet.week.as_of - days * DAY)
    text = texts(watched)["deliverables/incident-log.md"]
    assert ("ha-mcp has been watched only since " in text) is is_young


def test_an_incident_goes_to_the_archive_of_the_year_in_which_it_began() -> None:
    past = files(later(materials.bad_week(), 200))["deliverables/incident-log.md"]
    *of_years, _ = past.retirements
    assert [str(each.path) for each in of_years] == ["archive/incidents-2026.md"]


def test_open_incidents_stay_in_the_log_and_keep_their_notes() -> None:
    past = files(later(materials.bad_week(), 200))
    assert [path for path in past if path.startswith("notes/")] == [
        "notes/2026-11-23-server-down-i5f106b2.md"
    ]
    assert len(past["deliverables/incident-log.md"].blocks) == 1 + 3


def test_a_note_keeps_its_name_when_its_incident_becomes_another() -> None:
    bad = materials.bad_week()
    down = bad.servers[1].incidents[0]
    assert down.rule == "server_down"
    turned = replace(down, rule=bad.servers[0].incidents[-1].rule)
    assert turned.rule == "link_broken"
    server = replace(bad.servers[1], incidents=(turned,))
    assert "notes/2026-11-23-server-down-i5f106b2.md" in files(replace(bad, servers=(server,)))


def test_another_version_supersedes_the_baseline() -> None:
    quiet = materials.quiet_week()
    server = quiet.servers[0]
    newer = replace(server.current.server, version="8.8.0")
    about = replace(server.current.about, running_version="8.8.0")
    updated = with_server(quiet, current=replace(server.current, server=newer, about=about))
    path = "deliverables/performance-baselines.md"
    before, document = texts(quiet)[path], files(updated)[path]
    retirement, _ = document.retirements
    text, archive = retirement.retired(before, "", document)
    assert names_in(archive) == names_in(before)
    assert names_in(document.updated(text)) == [names_in(before)[0].replace("8-7-0", "8-8-0")]


def test_the_lowest_memory_is_that_of_the_lowest_day() -> None:
    days = tuple(diary_day(FIRST_DAY - n, memory=(200 + n) * MB) for n in range(28, 0, -1))
    page = texts(home(diary=Diary(days)))["deliverables/performance-baselines.md"]
    assert "| Memory, lowest | 204.5 MB | 28 days |" in page


def test_while_the_version_is_unknown_the_last_that_ran_is_meant() -> None:
    quiet = materials.quiet_week()
    silent = replace(
        quiet.servers[0].current,
        server=replace(quiet.servers[0].current.server, version=None),
        about=replace(quiet.servers[0].current.about, running_version=None),
    )
    path = "deliverables/performance-baselines.md"
    assert texts(with_server(quiet, current=silent))[path] == texts(quiet)[path]


def rude(server: ServerMaterial) -> ServerMaterial:
    """Return a server that is named, changed and failed in words which are Markdown."""
    calls = replace(server.calls, usual={RUDE: next(iter(server.calls.usual.values()))})
    found = tuple(replace(each, subject=RUDE, evidence={RUDE: RUDE}) for each in server.incidents)
    began = found[0].started_at
    diary = replace(server.diary, changes=((began, Hint.VERSION.value, RUDE),))
    return replace(server, name=RUDE, calls=calls, incidents=found, diary=diary)


def test_no_word_from_outside_becomes_markdown() -> None:
    bad = materials.bad_week()
    found = texts(replace(bad, servers=tuple(rude(each) for each in bad.servers)))
    del found["beliefs.md"]
    for path, text in found.items():
        lines = text.splitlines()
        assert not [line for line in lines if line.startswith(("# <", "# y", "# \\<"))], path
        assert not re.search(r"(?<!\\)(<b|\]\()", text), path
        assert len(re.findall(r"(?<!\\)<!--", text)) == 2 * len(names_in(text)), path


def without_the_second(days: float) -> Material:
    """Return a bad week's home so many days later: its second server was removed at once."""
    late = later(materials.bad_week(), days)
    return replace(late, servers=late.servers[:1])


def retired(before: str, document: Document) -> tuple[str, dict[str, str]]:
    """Return a file's text after what is to go went, and the archives by path."""
    text, archives = before, dict[str, str]()
    for each in document.retirements:
        text, archive = each.retired(text, archives.get(str(each.path), ""), document)
        archives |= {str(each.path): archive} if archive else {}
    return text, archives


@pytest.mark.parametrize(
    ("name", "archive"),
    [
        ("incident-log", "incidents-of-removed-servers"),
        ("performance-baselines", "performance-baselines"),
    ],
)
def test_what_is_of_a_removed_server_goes_after_twelve_weeks(name: str, archive: str) -> None:
    path, gone = f"deliverables/{name}.md", slug(materials.bad_week().servers[1].id)
    before = texts(materials.bad_week())[path]
    own = {each for each in names_in(before) if gone in each}
    assert own
    assert own <= set(names_in(retired(before, files(without_the_second(70))[path])[0]))
    text, archives = retired(before, files(without_the_second(92))[path])
    assert not own & set(names_in(text))
    assert own <= set(names_in(archives[f"archive/{archive}.md"]))


def test_what_a_person_wrote_of_a_removed_server_goes_with_it() -> None:
    path = "deliverables/incident-log.md"
    gone = slug(materials.bad_week().servers[1].id)
    before = texts(materials.bad_week())[path]
    (last,) = [each for each in names_in(before) if gone in each][-1:]
    end = before.index("-->\n", before.index(f"end {last}")) + 4
    noted = f"{before[:end]}A cable.\n{before[end:]}"
    text, archives = retired(noted, files(without_the_second(92))[path])
    assert "A cable." not in text
    assert "A cable." in archives["archive/incidents-of-removed-servers.md"]


def test_a_baseline_of_a_server_that_is_still_there_is_never_one_of_a_removed_one() -> None:
    path = "deliverables/performance-baselines.md"
    before = texts(materials.bad_week())[path]
    document = files(later(materials.bad_week(), 200))[path]
    assert retired(before, document) == (before, {})

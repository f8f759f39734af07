"""What is shipped beside the code says the same as the code: texts, icons, manifests, README."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import re
import struct
import sys
import tomllib
from typing import Any

from awesomeversion import AwesomeVersion
import homeassistant
from homeassistant.components.sensor import SensorEntityDescription
from homeassistant.data_entry_flow import section
from homeassistant.helpers.entity import EntityDescription
from homeassistant.util import slugify
import probatio as vol
import pytest

from custom_components.ha_mcp_sre import (
    config_flow,
    options_flow,
    project_coordinator,
    project_flow,
)
from custom_components.ha_mcp_sre.assess import assessment
from custom_components.ha_mcp_sre.assess.assessment import Assessment
from custom_components.ha_mcp_sre.assess.faults import BUDGET_FAULTS, Fault, classify
from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.assess.health import Health
from custom_components.ha_mcp_sre.assess.objectives import Objective
from custom_components.ha_mcp_sre.assess.observation import FailureKind, Stage
from custom_components.ha_mcp_sre.assess.sessions import Cause
from custom_components.ha_mcp_sre.assess.signals import Gap, Mode, Signal
from custom_components.ha_mcp_sre.assess.sources import ALWAYS_MISSING
from custom_components.ha_mcp_sre.binary_sensor import BINARY_SENSORS
from custom_components.ha_mcp_sre.bound_sessions import REASONS as UNBOUND_REASONS
from custom_components.ha_mcp_sre.button import PROBE_NOW, WRITE_REPORT
from custom_components.ha_mcp_sre.detect import InstallState
from custom_components.ha_mcp_sre.event import INCIDENT
from custom_components.ha_mcp_sre.judgement_sensors import NO_INCIDENT
from custom_components.ha_mcp_sre.observe.process import Unseen
from custom_components.ha_mcp_sre.options import OBJECTIVES, PAGING, REPORT
from custom_components.ha_mcp_sre.project_sensors import PROJECT_SENSORS
from custom_components.ha_mcp_sre.sensor import SENSORS
from custom_components.ha_mcp_sre.switch import MAINTENANCE
from custom_components.ha_mcp_sre.tool_sensor import ToolErrorRate
from custom_components.ha_mcp_sre.trial import Doubt
from scripts.matrix import matrix, updated

ROOT = Path(__file__).parents[1]
COMPONENT = ROOT / "custom_components/ha_mcp_sre"
CODE = sorted(COMPONENT.rglob("*.py"))
README = (ROOT / "README.md").read_text(encoding="utf-8")

ENTITIES: dict[tuple[str, str], EntityDescription] = {
    **{("sensor", each.key): each for each in SENSORS},
    **{("binary_sensor", each.key): each for each in BINARY_SENSORS},
    **{("button", each.key): each for each in (PROBE_NOW, WRITE_REPORT)},
    ("event", INCIDENT.key): INCIDENT,
    ("switch", MAINTENANCE.key): MAINTENANCE,
}
TOOL_SENSOR = ("sensor", "error_rate_of_tool")
PROJECT_ENTITIES = {("sensor", each.key): each for each in PROJECT_SENSORS}

# A cause is a failure of the server: what proved nothing is none, nor is a file.
REASONS = frozenset(FailureKind) - {
    FailureKind.STALLED,
    FailureKind.TOOL_REFUSED,
    FailureKind.UNREADABLE,
    FailureKind.STARTING,
}
# What only the one who runs a server knows.
FATES = frozenset(
    {
        FailureKind.NOT_INSTALLED,
        FailureKind.DISABLED,
        FailureKind.NOT_LOADED,
        FailureKind.STOPPED,
        FailureKind.CRASHED,
    }
)
# Before a server is added only its endpoint can refuse it; a failing tool is a doubt.
TRIAL_FAILURES = REASONS - FATES - {FailureKind.TOOL_ERROR}

TOKENLESS = set(UNBOUND_REASONS.values()) | {"credential_gone", "not_named"}
GAPS: dict[Signal, set[str]] = {
    Signal.HOME_ASSISTANT_LINK: {"stalled", "tool_refused"},
    Signal.STARTED: {"not_reported"},
    Signal.STARTUP_TIME: {"not_in_log"},
    Signal.TOOL_CALLS: {
        *("clock_skew", "no_answer", "no_file", "token_rejected", "too_slow", "tool_refused"),
    },
    Signal.SESSION: TOKENLESS | {"before_listening", "log_unread", "shared_credential"},
    Signal.MEMORY: {*Unseen, "supervisor_silent"},
    Signal.CPU: {*Unseen, "supervisor_silent"},
    Signal.NETWORK: {"host_network", "supervisor_silent"},
    Signal.CREDENTIAL: {"stalled", "tool_refused"},
    Signal.CREDENTIAL_EXPIRY: TOKENLESS | {"start_unknown"},
    Signal.VERSIONS: {"no_answer", "not_reported", "token_rejected", "tool_refused"},
    Signal.SETTINGS: {"no_answer", "not_reported", "token_rejected", "tool_refused"},
    Signal.USAGE_LOG_SIZE: {"no_file", *ALWAYS_MISSING.values()},
}
"""Every reason for which a signal can be missing."""


def read_json(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


STRINGS = read_json(COMPONENT / "strings.json")
ICONS = read_json(COMPONENT / "icons.json")
MANIFEST = read_json(COMPONENT / "manifest.json")
HACS = read_json(ROOT / "hacs.json")


def keys_of(section: dict[str, Any]) -> set[tuple[str, str]]:
    return {(platform, key) for platform, entities in section.items() for key in entities}


def translation_keys() -> set[tuple[str, str]]:
    return {*ENTITIES, *PROJECT_ENTITIES}


def unit_of(platform: str, description: EntityDescription) -> str | None:
    """Return the unit that a person sees, from the code or, for counts, from the texts."""
    text: str | None = STRINGS["entity"][platform][description.key].get("unit_of_measurement")
    if isinstance(description, SensorEntityDescription):
        return description.native_unit_of_measurement or text
    return text


class TestTexts:
    def test_english_is_a_copy_of_the_strings(self) -> None:
        assert read_json(COMPONENT / "translations/en.json") == STRINGS

    def test_every_entity_has_a_name_and_no_name_is_left_over(self) -> None:
        assert keys_of(STRINGS["entity"]) == translation_keys() | {TOOL_SENSOR}
        assert all(each["name"] for group in STRINGS["entity"].values() for each in group.values())

    def test_every_entity_has_an_icon_and_no_icon_is_left_over(self) -> None:
        assert keys_of(ICONS["entity"]) == translation_keys() | {TOOL_SENSOR}

    def test_the_name_of_an_entity_gives_its_entity_id(self) -> None:
        for platform, key in translation_keys():
            name = STRINGS["entity"][platform][key]["name"]
            assert slugify(name) == key

    def test_every_health_has_a_text(self) -> None:
        assert set(STRINGS["entity"]["sensor"]["health"]["state"]) == set(Health)

    def test_icons_are_of_healths_that_exist(self) -> None:
        assert set(ICONS["entity"]["sensor"]["health"]["state"]) <= set(Health)

    def test_every_attribute_of_health_has_a_name(self) -> None:
        attributes = {each.key: each.attributes for each in SENSORS}["health"]
        assert attributes is not None
        texts = STRINGS["entity"]["sensor"]["health"]["state_attributes"]
        down = Assessment(
            cause=assessment.Cause("rest", FailureKind.TOOL_ERROR, "AUTH_INVALID_TOKEN")
        )
        assert set(texts) == set(attributes(down))

    def test_every_attribute_of_a_tool_has_a_name(self) -> None:
        texts = STRINGS["entity"]["sensor"]["error_rate_of_tool"]["state_attributes"]
        assert set(texts) == set(ToolErrorRate._unrecorded_attributes)

    def test_every_stage_that_can_fail_has_a_text(self) -> None:
        texts = STRINGS["entity"]["sensor"]["health"]["state_attributes"]["failed_stage"]
        assert set(texts["state"]) == set(Stage)

    def test_every_reason_has_a_text(self) -> None:
        texts = STRINGS["entity"]["sensor"]["health"]["state_attributes"]["reason"]
        assert set(texts["state"]) == REASONS

    def test_every_failure_of_a_trial_has_an_error_text(self) -> None:
        of_project = {project_flow.MALFORMED, *(error for _, error in project_flow.ERRORS.values())}
        of_server = TRIAL_FAILURES | {"malformed", "not_installed"}
        assert set(STRINGS["config"]["error"]) == of_server | of_project

    def test_every_doubt_has_a_step(self) -> None:
        steps = {"user", "http", "reconfigure", "discovered"}
        of_project = {"project", "project_discovered", "reauth_confirm", "reconfigure_project"}
        assert set(STRINGS["config"]["step"]) == steps | of_project | set(Doubt)

    def test_every_gap_has_a_text_and_no_text_is_left_over(self) -> None:
        attributes = STRINGS["entity"]["sensor"]["monitoring_gaps"]["state_attributes"]
        keys = {Gap(signal, reason).key for signal, reasons in GAPS.items() for reason in reasons}
        assert set(attributes["gaps"]["state"]) == keys

    def test_the_text_of_a_gap_says_what_why_and_what_then(self) -> None:
        attributes = STRINGS["entity"]["sensor"]["monitoring_gaps"]["state_attributes"]
        for text in attributes["gaps"]["state"].values():
            # Home Assistant shows a list with commas between its items.
            assert re.fullmatch("[A-Z][^:]+: .+ \N{EN DASH} .+[^.]", text), text

    def test_every_install_mode_and_state_has_a_text(self) -> None:
        assert set(STRINGS["selector"]["mode"]["options"]) == set(Mode)
        assert set(STRINGS["selector"]["state"]["options"]) == set(InstallState)

    def test_every_cause_of_a_disconnect_has_a_text(self) -> None:
        texts = STRINGS["entity"]["sensor"]["last_disconnect"]["state_attributes"]["cause"]
        assert set(texts["state"]) == set(Cause)

    @pytest.mark.parametrize(
        ("flow", "step", "schema"),
        [
            ("config", "http", config_flow._ADD),
            ("config", "reconfigure", config_flow._RECONFIGURE),
            ("config", "project", project_flow.ADD),
            ("config", "reconfigure_project", project_flow.RECONFIGURE),
            ("config", "reauth_confirm", project_flow.REAUTH),
            ("options", "init", options_flow.options_schema(report=True)),
        ],
    )
    def test_every_field_has_a_label_and_a_description(
        self, flow: str, step: str, schema: vol.Schema
    ) -> None:
        texts = STRINGS[flow]["step"][step]
        sections = {str(key): each for key, each in schema.schema.items() if type(each) is section}
        assert set(texts.get("sections", {})) == set(sections)
        for name, each in sections.items():
            within = texts["sections"][name]
            fields = {str(key) for key in each.schema.schema}
            assert set(within["data"]) == set(within["data_description"]) == fields
            assert within["name"]
        fields = {str(each) for each in schema.schema} - set(sections)
        assert set(texts["data"]) == set(texts["data_description"]) == fields

    def test_every_number_that_can_be_chosen_has_an_error_with_its_bounds(self) -> None:
        texts = STRINGS["options"]["error"]
        numbers = {**PAGING, **OBJECTIVES, **REPORT}
        assert set(texts) == set(numbers)
        for key, number in numbers.items():
            assert f"{number.lowest:g} to {number.highest:g}" in texts[key]

    def test_the_error_of_a_number_begins_with_the_label_of_its_field(self) -> None:
        sections = STRINGS["options"]["step"]["init"]["sections"].values()
        labels = {key: label for each in sections for key, label in each["data"].items()}
        for key, text in STRINGS["options"]["error"].items():
            assert text.startswith(f"{labels[key]}: ")

    def test_the_description_of_a_number_names_its_bounds(self) -> None:
        sections = STRINGS["options"]["step"]["init"]["sections"].values()
        texts = {key: text for each in sections for key, text in each["data_description"].items()}
        for key, number in {**PAGING, **OBJECTIVES, **REPORT}.items():
            assert f"{number.lowest:g} to {number.highest:g}" in texts[key]

    def test_every_severity_has_a_text_wherever_it_is_shown(self) -> None:
        sensor = STRINGS["entity"]["sensor"]["severity"]["state"]
        event = STRINGS["entity"]["event"]["incident"]["state_attributes"]["severity"]["state"]
        chosen = STRINGS["selector"]["least_severity"]["options"]
        assert set(sensor) - {NO_INCIDENT} == set(event) == set(chosen) == set(Severity)
        assert NO_INCIDENT in sensor

    def test_every_event_of_an_incident_has_a_text(self) -> None:
        texts = STRINGS["entity"]["event"]["incident"]["state_attributes"]["event_type"]["state"]
        assert set(texts) == set(INCIDENT.event_types or ())

    def test_the_texts_of_rules_are_the_same_everywhere(self) -> None:
        rules = STRINGS["selector"]["rule"]["options"]
        assert set(rules) == set(RuleKey)
        for entity in (
            STRINGS["entity"]["sensor"]["severity"],
            STRINGS["entity"]["event"]["incident"],
        ):
            assert entity["state_attributes"]["rule"]["state"] == rules

    def test_every_objective_has_a_text(self) -> None:
        texts = STRINGS["entity"]["sensor"]["error_budget_remaining"]["state_attributes"]
        assert set(texts["objective"]["state"]) == set(Objective)


class TestReadme:
    def rows(self) -> Iterator[tuple[str, str, str, str, str]]:
        """Yield name, platform, key, unit and whether enabled of each row of the entity table."""
        row = re.compile(
            r"^\| (?P<name>[^|]+) \| `(?P<platform>\w+)\.ha_mcp_(?P<key>[\w<>]+)` "
            r"\| (?P<unit>[^|]*)\| (?P<enabled>yes|no) \| [^|]+ \|[^|]*\|$",
            re.MULTILINE,
        )
        for found in row.finditer(README):
            name, platform, key, unit, enabled = found.groups()
            yield name, platform, key, unit.strip(), enabled

    def test_the_table_lists_every_entity_as_it_is(self) -> None:
        expected = {
            (
                STRINGS["entity"][platform][key]["name"],
                platform,
                f"{device}{key}",
                unit_of(platform, description) or "",
                "yes" if description.entity_registry_enabled_default else "no",
            )
            for device, entities in (("", ENTITIES), ("project_", PROJECT_ENTITIES))
            for (platform, key), description in entities.items()
        }
        name = STRINGS["entity"]["sensor"]["error_rate_of_tool"]["name"]
        key = name.format(tool="<tool>").lower().replace(" ", "_")
        tool = (name.format(tool="*tool*"), "sensor", key, "%", "yes")
        rows = list(self.rows())
        assert len(rows) == len(set(rows))
        assert set(rows) == expected | {tool}

    def test_the_table_of_what_can_be_seen_is_that_of_the_code(self) -> None:
        assert matrix() in README
        assert updated(README) == README

    def test_the_table_of_faults_agrees_with_the_code(self) -> None:
        names = {
            "server": Fault.SERVER,
            "link": Fault.LINK,
            "caller": Fault.CALLER,
            "policy": Fault.POLICY,
        }
        listed = 0
        for name, fault in names.items():
            found = re.search(rf"^\| {name}\b[^|]*\| ([^|]+) \| (yes|no) \|$", README, re.MULTILINE)
            assert found is not None
            codes = re.findall(r"`([A-Z_*]+)`", found[1])
            assert {classify(code.replace("*", "ANYTHING")) for code in codes} == {fault}
            assert (found[2] == "yes") == (fault in BUDGET_FAULTS)
            listed += len(codes)
        assert listed > 0

    def test_every_file_it_points_to_exists(self) -> None:
        targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
        # `scripts/screenshot` makes this one.
        missing = [each for each in targets if not (ROOT / each).exists()]
        assert missing in ([], ["docs/images/device.png"])

    def test_it_names_the_oldest_home_assistant_that_works(self) -> None:
        year, month, _ = HACS["homeassistant"].split(".")
        assert f"Home Assistant {year}.{month} or newer" in README


class TestArchitecture:
    TEXT = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")

    def test_it_names_every_file_of_the_component_and_no_other(self) -> None:
        rooms = self.TEXT.split("## Rooms")[1].split("## The cycle")[0]
        files = {path.name for path in CODE if path.name != "__init__.py"}
        assert set(re.findall(r"`(\w+\.py)`", rooms)) - {"__init__.py"} == files


class TestManifests:
    def test_the_manifest_has_what_hacs_needs(self) -> None:
        needed = {"domain", "documentation", "issue_tracker", "codeowners", "name", "version"}
        assert needed <= set(MANIFEST)
        assert MANIFEST["domain"] == COMPONENT.name

    def test_the_manifest_is_sorted_as_hassfest_wants_it(self) -> None:
        keys = list(MANIFEST)
        assert keys == ["domain", "name", *sorted(set(keys) - {"domain", "name"})]

    def test_the_manifest_has_the_version_of_the_project(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        assert MANIFEST["version"] == project["project"]["version"]
        assert AwesomeVersion(MANIFEST["version"]).simple

    def test_the_manifest_requires_nothing_that_home_assistant_does_not_pin(self) -> None:
        pins = Path(homeassistant.__file__).parent / "package_constraints.txt"
        assert set(MANIFEST["requirements"]) <= set(pins.read_text(encoding="utf-8").splitlines())

    def test_hacs_json_has_only_keys_that_hacs_knows(self) -> None:
        known = {
            "name",
            "content_in_root",
            "zip_release",
            "filename",
            "hide_default_branch",
            "country",
            "homeassistant",
            "hacs",
            "persistent_directory",
        }
        assert set(HACS) <= known
        assert HACS["name"] == MANIFEST["name"]

    def test_the_release_makes_the_file_that_hacs_looks_for(self) -> None:
        release = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
        assert HACS["zip_release"] is True
        assert f"$GITHUB_WORKSPACE/{HACS['filename']}" in release
        assert f'gh release upload "$TAG" {HACS["filename"]}' in release

    def test_there_is_one_component(self) -> None:
        folders = [each for each in COMPONENT.parent.iterdir() if (each / "manifest.json").exists()]
        assert folders == [COMPONENT]

    @pytest.mark.parametrize(("name", "side"), [("icon.png", 256), ("icon@2x.png", 512)])
    def test_the_icon_has_the_size_that_home_assistant_wants(self, name: str, side: int) -> None:
        header = (COMPONENT / "brand" / name).read_bytes()[:26]
        signature, width, height, _, colour = struct.unpack(">8s8xIIBB", header)
        assert signature == b"\x89PNG\r\n\x1a\n"
        assert (width, height) == (side, side)
        assert colour == 6, "with transparency"

    @pytest.mark.parametrize(
        "workflow", sorted((ROOT / ".github/workflows").iterdir()), ids=lambda path: path.name
    )
    def test_workflows_pin_every_action_and_limit_their_rights(self, workflow: Path) -> None:
        text = workflow.read_text(encoding="utf-8")
        uses = re.findall(r"uses: (.+)", text)
        assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # \S+", each) for each in uses)
        assert re.search(r"^permissions:", text, re.MULTILINE)


class TestCode:
    def test_no_file_shows_an_address_with_a_secret(self) -> None:
        shown = {
            url
            for path in COMPONENT.rglob("*")
            if path.suffix in {".py", ".json"}
            for url in re.findall(r"https?://[^\s\"'`)]+", path.read_text(encoding="utf-8"))
        }
        example = "http://192.168.1.10:8086/private_…"
        of_an_app = "http://127.0.0.1:{APP_PORT}{path}"
        of_project = {project_coordinator.GITHUB, project_coordinator.REGISTRY}
        ours = {MANIFEST["documentation"], MANIFEST["issue_tracker"]}
        assert shown <= {*ours, *of_project, example, of_an_app}

    @pytest.mark.parametrize(
        "path", sorted((COMPONENT / "assess").rglob("*.py")), ids=lambda path: path.name
    )
    def test_assess_imports_only_itself_and_what_is_pure(self, path: Path) -> None:
        impure = {
            *("asyncio", "http", "io", "logging", "os", "pathlib", "random", "socket"),
            *("subprocess", "threading", "time", "urllib"),
        }
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                assert node.level == 1
                continue
            names = {
                *([each.name for each in node.names] if isinstance(node, ast.Import) else []),
                *([node.module or ""] if isinstance(node, ast.ImportFrom) else []),
            }
            modules = {name.split(".")[0] for name in names}
            assert modules <= sys.stdlib_module_names - impure

    @pytest.mark.parametrize("path", CODE, ids=[str(path.relative_to(COMPONENT)) for path in CODE])
    def test_no_file_is_longer_than_300_lines(self, path: Path) -> None:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300

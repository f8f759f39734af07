"""The texts and icons of entities, forms and incidents say the same as the code."""

import re
from typing import Any

from homeassistant.data_entry_flow import section
from homeassistant.util import slugify
import probatio as vol
import pytest

from custom_components.ha_mcp_sre import (
    config_flow,
    options_flow,
    project_flow,
)
from custom_components.ha_mcp_sre.assess import assessment
from custom_components.ha_mcp_sre.assess.assessment import Assessment
from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.assess.health import Health
from custom_components.ha_mcp_sre.assess.objectives import Objective
from custom_components.ha_mcp_sre.assess.observation import FailureKind, Stage
from custom_components.ha_mcp_sre.assess.sessions import Cause
from custom_components.ha_mcp_sre.assess.signals import Gap, Mode, Signal
from custom_components.ha_mcp_sre.assess.sources import ALWAYS_MISSING
from custom_components.ha_mcp_sre.bound_sessions import REASONS as UNBOUND_REASONS
from custom_components.ha_mcp_sre.detect import InstallState
from custom_components.ha_mcp_sre.event import INCIDENT
from custom_components.ha_mcp_sre.judgement_sensors import NO_INCIDENT
from custom_components.ha_mcp_sre.observe.process import Unseen
from custom_components.ha_mcp_sre.options import OBJECTIVES, PAGING, REPORT
from custom_components.ha_mcp_sre.sensor import SENSORS
from custom_components.ha_mcp_sre.tool_sensor import ToolErrorRate
from custom_components.ha_mcp_sre.trial import Doubt
from tests.shipped import COMPONENT, ENTITIES, ICONS, PROJECT_ENTITIES, STRINGS, read_json

TOOL_SENSOR = ("sensor", "error_rate_of_tool")

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


def keys_of(section: dict[str, Any]) -> set[tuple[str, str]]:
    return {(platform, key) for platform, entities in section.items() for key in entities}


def translation_keys() -> set[tuple[str, str]]:
    return {*ENTITIES, *PROJECT_ENTITIES}


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
        assert set(STRINGS["selector"]["link_advice"]["options"]) == set(Mode)
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

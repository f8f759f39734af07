"""Whose fault a failed call is."""

import pytest

from custom_components.ha_mcp_sre.assess.faults import BUDGET_FAULTS, Fault, classify

from .builders import call

# Every error code of ha-mcp 8.7.0.
BY_FAULT = {
    Fault.SERVER: """
        INTERNAL_ERROR INTERNAL_UNEXPECTED
        TIMEOUT_API_REQUEST TIMEOUT_OPERATION TIMEOUT_WEBSOCKET
    """,
    Fault.LINK: """
        CONNECTION_FAILED CONNECTION_TIMEOUT WEBSOCKET_DISCONNECTED WEBSOCKET_NOT_AUTHENTICATED
        AUTH_EXPIRED AUTH_INSUFFICIENT_PERMISSIONS AUTH_INVALID_TOKEN
    """,
    Fault.CALLER: """
        CONFIG_INVALID CONFIG_MISSING_REQUIRED_FIELDS CONFIG_NOT_FOUND CONFIG_VALIDATION_FAILED
        ENTITY_DOMAIN_MISMATCH ENTITY_INVALID_ID ENTITY_NOT_FOUND ENTITY_UNAVAILABLE
        IMAGE_PAYLOAD_TOO_LARGE RESOURCE_ALREADY_EXISTS RESOURCE_NOT_FOUND
        SANDBOX_LIMIT_EXCEEDED SANDBOX_RUNTIME_ERROR SANDBOX_SYNTAX_UNSUPPORTED
        SERVICE_INVALID_ACTION SERVICE_INVALID_DOMAIN SERVICE_NOT_FOUND
        VALIDATION_FAILED VALIDATION_INVALID_JSON VALIDATION_INVALID_PARAMETER
        VALIDATION_MISSING_PARAMETER
    """,
    Fault.POLICY: """
        BPS_ACKNOWLEDGMENT_REQUIRED ENTITY_VISIBILITY_ENFORCED POLICY_ARGS_TOO_DEEPLY_NESTED
        POLICY_LOAD_FAILED READ_ONLY_MODE USER_APPROVAL_REQUIRED USER_DENIED
    """,
    Fault.UNCLASSIFIED: """
        BACKUP_CAPTURE_FAILED COMPONENT_NOT_INSTALLED IMAGE_SERIALIZATION_FAILED RESOURCE_LOCKED
        SERVICE_CALL_FAILED
    """,
}
CODES = [(code, fault) for fault, codes in BY_FAULT.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "fault"), CODES)
def test_every_error_code_of_ha_mcp_has_a_fault(code: str, fault: Fault) -> None:
    assert classify(code) is fault


@pytest.mark.parametrize("code", [None, "", "SOMETHING_NEW", "other", "ENTITY", "internal_error"])
def test_a_failure_that_no_rule_names_is_unclassified(code: str | None) -> None:
    assert classify(code) is Fault.UNCLASSIFIED


def test_only_faults_of_the_server_and_its_link_burn_the_budget() -> None:
    assert {Fault.SERVER, Fault.LINK} == BUDGET_FAULTS


def test_the_stored_numbers_of_faults_never_change() -> None:
    assert {fault.name: fault.value for fault in Fault} == {
        "NONE": 0,
        "SERVER": 1,
        "LINK": 2,
        "CALLER": 3,
        "POLICY": 4,
        "UNCLASSIFIED": 5,
    }


def test_a_call_that_succeeded_is_nobodys_fault() -> None:
    assert call().fault is Fault.NONE


def test_a_failed_call_has_the_fault_of_its_code() -> None:
    assert call(code="AUTH_EXPIRED").fault is Fault.LINK
    assert call(failed=True).fault is Fault.UNCLASSIFIED

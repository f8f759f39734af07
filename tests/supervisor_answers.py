"""The smallest answers of Supervisor that Home Assistant's integration `hassio` takes."""

from collections.abc import Iterable
from typing import Any

_VERSION = "2026.10.1"


def container(**known: float) -> dict[str, Any]:
    """Return what a container uses; zero for what is not given, as Supervisor does."""
    nothing = dict.fromkeys(
        (
            *("cpu_percent", "memory_usage", "memory_limit", "memory_percent"),
            *("network_rx", "network_tx", "blk_read", "blk_write"),
        ),
        0,
    )
    return {**nothing, **known}


def listed(slug: str, name: str, state: str, version: str) -> dict[str, Any]:
    """Return what the list of apps says of one."""
    return {
        **_no("advanced", "build", "detached", "icon", "logo", "update_available"),
        **dict.fromkeys(("homeassistant", "url")),
        "available": True,
        "description": "AI assistant integration for Home Assistant",
        "name": name,
        "repository": slug.split("_", maxsplit=1)[0],
        "slug": slug,
        "stage": "stable",
        "state": state,
        "version": version,
        "version_latest": version,
    }


def details(slug: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return what Supervisor says of an app alone, besides what the list says."""
    return {
        **_no("auth_api", "docker_api", "full_access", "host_pid", "host_ipc", "host_uts"),
        **_no("host_dbus", "changelog", "documentation", "stdin", "gpio", "usb", "uart"),
        **_no("kernel_modules", "devicetree", "udev", "video", "audio", "signed", "watchdog"),
        **_no("auto_update", "system_managed", "ingress_panel"),
        **dict.fromkeys(("schema", "long_description", "network", "network_description")),
        **dict.fromkeys(("webui", "audio_input", "audio_output", "system_managed_config_entry")),
        **_none_of("dns", "machine", "privileged", "services", "discovery", "devices"),
        "apparmor": "default",
        "arch": ["aarch64", "amd64"],
        "boot": "manual",
        "boot_config": "manual",
        "hassio_api": True,
        "hassio_role": "manager",
        "homeassistant_api": True,
        "host_network": True,
        "hostname": slug.replace("_", "-"),
        "ingress": True,
        "ingress_entry": "/api/hassio_ingress/entry",
        "ingress_port": 9583,
        "ingress_url": "/api/hassio_ingress/entry/",
        "ip_address": "172.30.32.1",
        "options": options,
        "protected": True,
        "rating": 5,
        "startup": "application",
        "translations": {},
    }


def _no(*names: str) -> dict[str, bool]:
    return dict.fromkeys(names, False)


def _none_of(*names: str) -> dict[str, Iterable[Any]]:
    return {name: [] for name in names}


SYSTEM: dict[str, dict[str, Any]] = {
    "core/info": {
        **dict.fromkeys(("audio_input", "audio_output")),
        **_no("backups_exclude_database", "duplicate_log_file", "ssl", "update_available"),
        "arch": "amd64",
        "boot": True,
        "image": "ghcr.io/home-assistant/generic-x86-64-homeassistant",
        "ip_address": "172.30.32.1",
        "machine": "generic-x86-64",
        "port": 8123,
        "version": _VERSION,
        "version_latest": _VERSION,
        "watchdog": True,
    },
    "core/stats": container(),
    "discovery": {"discovery": []},
    "host/info": {
        **dict.fromkeys(("agent_version", "apparmor_version", "chassis", "virtualization", "cpe")),
        **dict.fromkeys(("deployment", "disk_life_time", "llmnr_hostname", "kernel", "dt_utc")),
        **dict.fromkeys(("dt_synchronized", "use_ntp", "startup_time", "boot_timestamp")),
        **dict.fromkeys(("broadcast_llmnr", "broadcast_mdns")),
        "disk_free": 20.0,
        "disk_total": 30.0,
        "disk_used": 10.0,
        "features": ["haos", "journal", "reboot", "shutdown"],
        "hostname": "homeassistant",
        "operating_system": "Home Assistant OS 16.2",
        "timezone": "Etc/UTC",
    },
    "info": {
        "arch": "amd64",
        "channel": "stable",
        "docker": "28.3.3",
        "features": ["haos", "journal", "reboot", "shutdown"],
        "hassos": "16.2",
        "homeassistant": _VERSION,
        "hostname": "homeassistant",
        "logging": "info",
        "machine": "generic-x86-64",
        "machine_id": None,
        "operating_system": "Home Assistant OS 16.2",
        "state": "running",
        "supervisor": _VERSION,
        "supported": True,
        "supported_arch": ["amd64"],
        "timezone": "Etc/UTC",
    },
    "ingress/panels": {"panels": {}},
    "jobs/info": _none_of("ignore_conditions", "jobs"),
    "mounts": {"default_backup_mount": None, "mounts": []},
    "network/info": {
        "docker": {
            "address": "172.30.32.0/23",
            "dns": "172.30.32.3",
            "gateway": "172.30.32.1",
            "interface": "hassio",
        },
        "host_internet": False,
        "interfaces": [],
        "supervisor_internet": False,
    },
    "os/info": {
        **dict.fromkeys(("data_disk", "version_pending")),
        "board": "generic-x86-64",
        "boot": "A",
        "boot_slots": {},
        "update_available": False,
        "version": "16.2",
        "version_latest": "16.2",
    },
    "resolution/info": _none_of("unsupported", "unhealthy", "issues", "suggestions", "checks"),
    "store": _none_of("addons", "repositories"),
    "supervisor/info": {
        **dict.fromkeys(("country", "timezone")),
        **_no("debug", "debug_block", "diagnostics", "detect_blocking_io", "update_available"),
        "arch": "amd64",
        "auto_update": True,
        "channel": "stable",
        "feature_flags": {},
        "healthy": True,
        "ip_address": "172.30.32.2",
        "logging": "info",
        "supported": True,
        "version": _VERSION,
        "version_latest": _VERSION,
    },
    "supervisor/ping": {},
    "supervisor/stats": container(),
}

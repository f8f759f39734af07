"""What is shipped beside the code says the same as the code: manifests, README, architecture."""

import ast
from collections.abc import Iterator
from pathlib import Path
import re
import struct
import sys
import tomllib

from awesomeversion import AwesomeVersion
import homeassistant
from homeassistant.components.sensor import SensorEntityDescription
from homeassistant.helpers.entity import EntityDescription
import pytest

from custom_components.ha_mcp_sre.assess.faults import BUDGET_FAULTS, Fault, classify
from custom_components.ha_mcp_sre.observe.github import BASE_URL
from custom_components.ha_mcp_sre.observe.registry import GHCR
from scripts.matrix import matrix, updated
from tests.shipped import COMPONENT, ENTITIES, PROJECT_ENTITIES, ROOT, STRINGS, read_json

CODE = sorted(COMPONENT.rglob("*.py"))
README = (ROOT / "README.md").read_text(encoding="utf-8")


MANIFEST = read_json(COMPONENT / "manifest.json")
HACS = read_json(ROOT / "hacs.json")


def unit_of(platform: str, description: EntityDescription) -> str | None:
    """Return the unit that a person sees, from the code or, for counts, from the texts."""
    text: str | None = STRINGS["entity"][platform][description.key].get("unit_of_measurement")
    if isinstance(description, SensorEntityDescription):
        return description.native_unit_of_measurement or text
    return text


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
        of_project = {BASE_URL, GHCR}
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

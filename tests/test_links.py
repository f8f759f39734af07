"""Every link from one page of the project to another leads somewhere."""

import re

import pytest

from scripts.provision.step import ROOT
from tests.corpus.test_pages import slug

PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))
}


def prose(page: str) -> str:
    """Return a page without its blocks of code, in which a `#` begins no heading."""
    return re.sub(r"^```.*?^```$", "", PAGES[page], flags=re.DOTALL | re.MULTILINE)


def anchors(page: str) -> set[str]:
    """Return what can be linked to within a page."""
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)}


def links() -> list[tuple[str, str]]:
    """Return each page with each link in it that stays in the project."""
    link = re.compile(r"\]\((?!https?:)([^)\s]+)\)")
    return [(page, target) for page in PAGES for target in link.findall(prose(page))]


@pytest.mark.parametrize(("page", "target"), sorted(set(links())))
def test_a_link_leads_to_a_file_and_to_a_heading_in_it(page: str, target: str) -> None:
    file, _, anchor = target.partition("#")
    path = (ROOT / page).parent / file if file else ROOT / page
    assert path.exists()
    if anchor:
        assert anchor in anchors(str(path.resolve().relative_to(ROOT)))


def test_the_readme_leads_to_every_page() -> None:
    found = {target.partition("#")[0] for page, target in links() if page == "README.md"}
    assert PAGES.keys() - found == {"README.md"}

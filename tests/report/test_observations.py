"""What is worth a remark in a week, and what comes first."""

from dataclasses import replace

from custom_components.ha_mcp_sre.assess.diary import Diary
from custom_components.ha_mcp_sre.assess.objectives import Objective
from custom_components.ha_mcp_sre.assess.tally import Tally
from custom_components.ha_mcp_sre.report.material import Material

from .homes import FIRST_DAY, LAST_DAY, home, the_server
from .parts import MB, diary_day
from .reports import report


def remarks(material: Material) -> list[str]:
    """Return the keys of what is remarked of a week, the weightiest first."""
    return [each["key"] for each in report(material)["key_observations"]]


def test_fewer_restarts_than_last_week_come_after_a_budget_that_is_used_up() -> None:
    days = (diary_day(FIRST_DAY - 1, restarts=3), diary_day(LAST_DAY, restarts=1))
    budget = replace(the_server().budgets[Objective.STARTUP], tally=Tally(0, 9), remaining=-900)
    found = remarks(home(diary=Diary(days), budgets={Objective.STARTUP: budget}))
    assert found.index("budget:startup") < found.index("restarts")


def test_memory_that_grew_by_what_is_allowed_is_worth_no_remark() -> None:
    allowed = the_server().policy.memory_growth_bytes

    def grown(by: float) -> list[str]:
        last = diary_day(LAST_DAY, memory=200 * MB + round(by))
        return remarks(home(diary=Diary((diary_day(FIRST_DAY - 1, memory=200 * MB), last))))

    assert "memory" not in grown(allowed)
    assert "memory" in grown(allowed + 1)

"""Predictions: what the trends say aloud, kept until the numbers confirm or refute it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil

from .material import Material, ServerMaterial
from .phrases import percent, span, times
from .risk import Prediction
from .risk_budgets import OBJECTIVES, foreseeable
from .trend import FIGURES, HORIZON, crossing, lately, points

JUDGED_KEPT = timedelta(weeks=12)
OVERDUE_KEPT = timedelta(weeks=4)
"""For so long after it was due a prediction waits for a number that tells."""

PREDICTIONS_KEPT = 200


@dataclass(frozen=True, slots=True)
class PredictionMemory:
    """What is remembered from report to report; all of it is plain, to be stored as JSON.

    `until` is the last day that a report knew of: days before it are told already.
    """

    until: str | None = None
    predictions: tuple[Prediction, ...] = ()

    def by(self, today: date) -> PredictionMemory:
        """Return what can be known on a day."""
        if self.until is None or self.until <= today.isoformat():
            return self
        possible = (
            each
            for each in self.predictions
            if max(each.made, each.judged or each.made) <= today.isoformat()
        )
        return PredictionMemory(predictions=tuple(possible))


def predictions(
    material: Material, memory: PredictionMemory
) -> tuple[tuple[Prediction, ...], PredictionMemory]:
    """Return all predictions at the end of what is known of a week, and what to remember.

    The oldest come first. One is made when a trend will cross its limit within four weeks, unless
    the same is predicted already. It is confirmed as soon as the limit is crossed, and refuted if
    it was not when the prediction was due. What was once said is kept, also if the trend is gone.
    A week older than the newest one changes nothing, and shows what had been said by then.
    """
    day = material.week.local(material.week.until).date()
    if memory.until is not None and day.isoformat() < memory.until:
        return tuple(each for each in memory.predictions if each.made <= day.isoformat()), memory
    known = [_judged(each, material, day) for each in memory.predictions]
    still_open = {each.key for each in known if each.confirmed is None}
    # What was just judged is not said again at once: a rerun would judge that as well.
    settled = {each.key for each in known if each.judged == day.isoformat()}
    made = [
        each
        for server in material.servers
        for each in _made(server, material, day)
        if each.key not in still_open | settled
    ]
    kept = sorted(
        (each for each in (*known, *made) if _is_kept(each, day)),
        key=lambda each: (each.made, each.key),
    )[-PREDICTIONS_KEPT:]
    return tuple(kept), PredictionMemory(day.isoformat(), tuple(kept))


def _made(server: ServerMaterial, material: Material, day: date) -> Iterator[Prediction]:
    for key, figure in FIGURES.items():
        found = crossing(server, key, material.week)
        if found is None:
            continue
        due = day + timedelta(days=HORIZON)
        told = figure.told
        yield Prediction(
            key=f"{key}:{server.id}",
            server=server.name,
            statement=(
                f"The {figure.of} of {server.name} will reach {told(found.limit)} by {due}: it is "
                f"{told(found.trend.level)} and grows by {told(7 * found.trend.a_day)} a week, by "
                f"{times(found.trend.days, 'day')}."
            ),
            unit=figure.unit,
            threshold=float(found.limit),
            value=found.trend.level,
            made=day.isoformat(),
            due=due.isoformat(),
            measured=lately(figure, points(server, figure, material.week)),
        )
    for objective, budget in server.budgets.items() if foreseeable(server) else ():
        if budget.remaining is None or budget.remaining <= 0 or budget.exhausted_in is None:
            continue
        if budget.exhausted_in > HORIZON:
            continue
        due = day + timedelta(days=ceil(budget.exhausted_in))
        yield Prediction(
            key=f"error_budget:{server.id}:{objective.value}",
            server=server.name,
            statement=(
                f"The error budget of {OBJECTIVES[objective][0]} of {server.name} will be used up "
                f"by {due}: {percent(budget.remaining)} of it is left, which at the rate of the "
                f"last three days lasts {span(86_400 * budget.exhausted_in)}."
            ),
            unit="%",
            threshold=0.0,
            value=budget.remaining,
            made=day.isoformat(),
            due=due.isoformat(),
            measured=budget.remaining,
        )


def _judged(prediction: Prediction, material: Material, day: date) -> Prediction:
    if prediction.confirmed is not None:
        return prediction
    now = _measured(prediction, material)
    if now is None:
        return prediction
    falls = prediction.threshold < prediction.value
    crossed = now <= prediction.threshold if falls else now >= prediction.threshold
    if crossed or day >= date.fromisoformat(prediction.due):
        return replace(prediction, confirmed=crossed, measured=now, judged=day.isoformat())
    return replace(prediction, measured=now)


def _measured(prediction: Prediction, material: Material) -> float | None:
    """Return what a prediction is about, as measured on later days; None if nobody could."""
    name, _, rest = prediction.key.partition(":")
    server_id, _, objective = rest.partition(":")
    server = next((each for each in material.servers if each.id == server_id), None)
    if server is None:
        return None
    if name in FIGURES:
        made = date.fromisoformat(prediction.made).toordinal()
        figure = FIGURES[name]
        return lately(figure, points(server, figure, material.week, after=made))
    known = {each.value: budget for each, budget in server.budgets.items()}
    return known[objective].remaining if objective in known else None


def _is_kept(prediction: Prediction, day: date) -> bool:
    if prediction.judged is not None:
        return day - date.fromisoformat(prediction.judged) < JUDGED_KEPT
    return day - date.fromisoformat(prediction.due) < OVERDUE_KEPT

"""Which week a report is about. Weeks are local: a person's, with a change of clocks in some."""

from datetime import date, datetime, time, timedelta, tzinfo

from .material import Week

_DAYS = timedelta(days=7)
_MOST_MISSED = 4


def week_of(day: date, as_of: float, zone: tzinfo) -> Week:
    """Return the week that a day is in, as it is known at a time in Unix seconds."""
    monday = day - timedelta(days=day.weekday())
    return Week(
        monday=monday,
        start=_midnight(monday, zone),
        end=_midnight(monday + _DAYS, zone),
        as_of=as_of,
        zone=zone,
    )


def last_week(as_of: float, zone: tzinfo) -> Week:
    """Return the last week that is over."""
    return week_of(datetime.fromtimestamp(as_of, zone).date() - _DAYS, as_of, zone)


def this_week(as_of: float, zone: tzinfo) -> Week:
    """Return the week that is not over yet."""
    return week_of(datetime.fromtimestamp(as_of, zone).date(), as_of, zone)


def weeks_due(
    reported: date | None, weekday: int, hour: int, now: float, zone: tzinfo
) -> list[Week]:
    """Return the weeks after the one `reported` last whose reports are due, the oldest first.

    A report is due on a day of the following week, Monday being 0, at a full hour. Of weeks long
    ago the counts are not kept: only the last few are written later. What was reported while
    a clock was ahead is not.
    """
    today = datetime.fromtimestamp(now, zone).date()
    weeks = [week_of(today - ago * _DAYS, now, zone) for ago in range(_MOST_MISSED, 0, -1)]
    return [
        week
        for week in weeks
        if (reported is None or week.monday > reported or reported > today)
        and _moment(week.monday + _DAYS + timedelta(days=weekday), hour, zone) <= now
    ]


def _midnight(day: date, zone: tzinfo) -> float:
    return _moment(day, 0, zone)


def _moment(day: date, hour: int, zone: tzinfo) -> float:
    return datetime.combine(day, time(hour), zone).timestamp()

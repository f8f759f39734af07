"""When the rules hold that judge the server itself, its host and its versions."""

from statistics import median

from .answer import CLEAR, Answer, holds
from .assessment import Cause
from .finding import RuleKey
from .history import DAY, STARTS_KEPT
from .situation import Situation
from .trends import theil_sen


def server_down(situation: Situation) -> Answer:
    """Tell whether the endpoint is gone though nobody wanted that."""
    return _away(situation, on_purpose=False)


def server_stopped(situation: Situation) -> Answer:
    """Tell whether a person stopped the server."""
    return _away(situation, on_purpose=True)


def link_broken(situation: Situation) -> Answer:
    """Tell whether the server lives but could not reach Home Assistant several times in a row."""
    current = situation.current
    if not current.reachable or current.home_assistant_link is None:
        return None
    if current.home_assistant_link:
        return CLEAR
    if current.link_failures < situation.policy.link_failures:
        return None
    stage = None if current.cause is None else current.cause.stage
    return holds(stage=stage, **_how(current.cause), looks=current.link_failures)


def token_rejected(situation: Situation) -> Answer:
    """Tell whether Home Assistant turns the server's token away."""
    match situation.current.credential.accepted:
        case None:
            return None
        case True:
            return CLEAR
        case False if situation.current.home_assistant_link:
            # It works all the same: by another token, or the next look tells.
            return None
        case False:
            return holds(**_how(situation.current.cause))


def restart_loop(situation: Situation) -> Answer:
    """Tell whether the server restarts again and again."""
    least = situation.policy.restart_loop * situation.easing(RuleKey.RESTART_LOOP)
    return _often(situation.history.restarts, least, "restarts")


def reconnect_storm(situation: Situation) -> Answer:
    """Tell whether the connection to Home Assistant is lost again and again."""
    if situation.current.session.reconnects is None:
        return None
    least = situation.policy.reconnect_storm * situation.easing(RuleKey.RECONNECT_STORM)
    return _often(situation.history.reconnects, least, "reconnects")


def memory_growing(situation: Situation) -> Answer:
    """Tell whether the memory of the server grew all day."""
    samples, policy = situation.history.memory, situation.policy
    host = situation.current.host
    if (
        host is None
        or host.memory is None
        or situation.history.memory_life != situation.current.server.life
    ):
        return None
    if len(samples) < policy.memory_samples or situation.now - samples[0][0] < DAY:
        # Also after a restart: what had grown before is gone.
        return CLEAR
    a_day, usual = _growth(samples), median(memory for _, memory in samples)
    most = max(policy.memory_growth / 100 * usual, policy.memory_growth_bytes)
    if a_day <= most * situation.easing(RuleKey.MEMORY_GROWING):
        return CLEAR
    middle = len(samples) // 2
    is_known = RuleKey.MEMORY_GROWING in situation.open
    if not is_known and min(_growth(samples[:middle]), _growth(samples[middle:])) <= most:
        # One leap, or what goes down again: over a whole day the leap looks like a slope.
        return CLEAR
    return holds(bytes_a_day=round(a_day), percent_a_day=round(100 * a_day / usual, 1))


def slow_start(situation: Situation) -> Answer:
    """Tell whether the last start took much longer than those before."""
    if not situation.history.startups:
        return None
    *before, (_, seconds, at, source) = situation.history.startups
    # One source measures more of a start than another.
    usual = [other for _, other, _, shown_by in before if shown_by == source]
    if len(usual) < STARTS_KEPT - 1 or situation.now - at > situation.policy.slow_start_told:
        return CLEAR
    if seconds <= situation.policy.slow_start_factor * median(usual):
        return CLEAR
    return holds(seconds=round(seconds, 1), usual_seconds=round(median(usual), 1))


def token_expiring(situation: Situation) -> Answer:
    """Tell whether the token expires soon, and is none that is renewed all the time."""
    expires_at, started_at = (
        situation.current.credential.expires_at,
        situation.current.server.started_at,
    )
    if expires_at is None:
        return None
    left = expires_at - situation.now
    renewed = started_at is not None and expires_at - started_at <= situation.policy.token_renewal
    if renewed or not 0 < left <= situation.policy.token_expiry:
        return CLEAR
    return holds(days=int(left // DAY))


def restart_needed(situation: Situation) -> Answer:
    """Tell whether another version is installed than the one that runs."""
    needed, about = situation.current.restart_needed, situation.current.about
    if needed is None or not situation.current.reachable:
        return None
    if not needed:
        return CLEAR
    return holds(running=about.running_version, installed=about.installed_version)


def usage_log_large(situation: Situation) -> Answer:
    """Tell whether the usage log takes a lot of space."""
    if (log := situation.current.usage_log) is None:
        return None
    return CLEAR if log.size <= situation.policy.usage_log_limit else holds(bytes=log.size)


def update_waiting(situation: Situation) -> Answer:
    """Tell whether an update has been waiting for long."""
    since, version = situation.history.update_since, situation.current.update_available
    if since is None:
        return CLEAR
    if version is None:
        return None
    waiting = situation.now - since
    if waiting <= situation.policy.update_patience:
        return CLEAR
    return holds(version=version, days=int(waiting // DAY))


def upstream_red(situation: Situation) -> Answer:
    """Tell whether the default branch of ha-mcp's own project has been red for long."""
    branch = situation.upstream
    if branch is None or branch.known_until is None or situation.now > branch.known_until:
        return None
    if branch.failing_since is None:
        return CLEAR
    red = situation.now - branch.failing_since
    if red <= situation.policy.red_patience:
        return CLEAR
    return holds(days=int(red // DAY), workflows=len(branch.failing))


def _away(situation: Situation, *, on_purpose: bool) -> Answer:
    if situation.current.reachable is None:
        return None
    cause = situation.current.cause
    if situation.current.reachable or situation.current.is_away_on_purpose != on_purpose:
        return CLEAR
    return holds(**_how(cause))


def _growth(samples: tuple[tuple[float, int], ...]) -> float:
    """Return by how many bytes a day the memory grows."""
    return DAY * (theil_sen(samples) or 0)


def _often(times: tuple[float, ...], least: float, name: str) -> Answer:
    return holds(**{name: len(times)}) if len(times) >= least else CLEAR


def _how(cause: Cause | None) -> dict[str, str | None]:
    if cause is None:
        return {}
    return {"kind": cause.kind and cause.kind.value, "code": cause.code}

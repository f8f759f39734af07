"""What holds for the memory of every server, whatever happens to it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from custom_components.ha_mcp_sre.assess.assessment import Assessment, Credential, SessionFacts
from custom_components.ha_mcp_sre.assess.history import History
from custom_components.ha_mcp_sre.assess.observation import About, HostReading
from custom_components.ha_mcp_sre.assess.server import Server
from custom_components.ha_mcp_sre.assess.signals import Source

from .builders import DAY
from .situations import NOW
from .situations import remembered as after

histories = st.lists(
    st.tuples(
        st.floats(-2 * DAY, 2 * DAY),
        st.builds(
            Assessment,
            server=st.builds(
                Server,
                version=st.sampled_from([None, "1", "2"]),
                instance=st.sampled_from([None, "a", "b"]),
                startup_time=st.none() | st.floats(0, 600),
                restarts=st.integers(0, 100),
            ),
            session=st.builds(SessionFacts, reconnects=st.none() | st.integers(0, 100)),
            host=st.none()
            | st.builds(
                HostReading,
                st.floats(NOW - DAY, NOW + DAY),
                st.sampled_from([Source.PROCESS, Source.SHARED_PROCESS]),
                st.none() | st.integers(0, 10**9),
            ),
            about=st.builds(About, *[st.sampled_from([None, "1", "2"])] * 3),
            credential=st.builds(Credential, st.sampled_from([None, True, False])),
            update_available=st.sampled_from([None, "2", "3"]),
        ),
    ),
    max_size=30,
)


@given(histories)
def test_whatever_is_seen_it_is_remembered_in_little_plain_data(
    looks: Sequence[tuple[float, Assessment]],
) -> None:
    known = after(*looks)
    assert all(len(each) <= 60 for each in asdict(known).values() if isinstance(each, tuple))
    stored: dict[str, Any] = json.loads(json.dumps(asdict(known)))
    assert History(**{name: _tuples(value) for name, value in stored.items()}) == known


@given(histories)
def test_to_look_twice_is_to_look_once(looks: Sequence[tuple[float, Assessment]]) -> None:
    twice: Iterable[tuple[float, Assessment]] = (each for each in looks for _ in range(2))
    assert after(*twice) == after(*looks)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value

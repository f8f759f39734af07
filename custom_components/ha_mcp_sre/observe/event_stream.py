"""Server-sent events: from the bytes of a stream to the data of its events."""

from codecs import BOM_UTF8
from collections.abc import AsyncGenerator, AsyncIterable


async def read_events(chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes]:
    """Yield the data of each event that has any, as soon as it is complete."""
    data: list[bytes] = []
    rest, cut = b"", False
    async for chunk in chunks:
        # The end of a line may come in two parts, of which the first is end enough.
        fresh = chunk.removeprefix(b"\n") if cut else chunk
        cut = fresh.endswith(b"\r")
        *lines, rest = (rest + fresh.replace(b"\r\n", b"\n").replace(b"\r", b"\n")).split(b"\n")
        for each in lines:
            line = each.removeprefix(BOM_UTF8)
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif not line:
                event = b"\n".join(data)
                data.clear()
                if event.strip():
                    yield event

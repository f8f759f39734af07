"""Take the picture of the device page that the README shows."""

import argparse
import asyncio
from pathlib import Path
import sys
import tempfile

from scripts.lab.browser import logged_in_page, save, visit_device
from scripts.lab.ha_mcp import LATEST
from scripts.lab.integration import watch
from scripts.lab.processes import LabError
from scripts.lab.real_parts import real_parts
from scripts.lab.traffic import MODEST, Traffic, send
from scripts.provision.step import ROOT, say


async def take(target: Path) -> None:
    """Bring up the real parts with some traffic and photograph the device."""
    with tempfile.TemporaryDirectory() as folder:
        say("Starting Home Assistant and ha-mcp")
        async with real_parts(Path(folder)) as parts:
            server = await watch(parts.client, parts.ha_mcp.url)
            await send(parts.ha_mcp.url, 3 * MODEST, into=Traffic())
            await server.probe_now()
            device = (await parts.client.devices(server.entry_id))[0]["id"]
            say("Opening the device page")
            url = parts.home_assistant.url
            async with logged_in_page(url, parts.token) as page:
                save(await visit_device(page, url, device, shows=LATEST), target)
    say(f"Written: {target}")


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="scripts/screenshot", description=__doc__)
    default = ROOT / "docs/images/device.png"
    parser.add_argument("target", type=Path, nargs="?", default=default)
    try:
        asyncio.run(take(parser.parse_args().target))
    except LabError as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

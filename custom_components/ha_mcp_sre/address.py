"""The address of a server: a credential, so it is compared by its hash."""

import hashlib

from yarl import URL


def normalised(text: str) -> str:
    """Return the address in the one form under which it is stored.

    Raises ValueError, without the address in it, if the text cannot be the address of an
    ha-mcp server.
    """
    try:
        url = URL(text.strip())
        host, port = url.host, url.port
    except ValueError:
        raise ValueError("not a URL") from None
    if url.scheme not in ("http", "https") or not host or not port:
        raise ValueError("not an http or https URL with a host")
    if url.user or url.password or url.query_string or url.fragment:
        raise ValueError("more than scheme, host, port and path")
    return str(url.with_path(url.path.rstrip("/")))


def unique_id(address: str) -> str:
    """Return what tells servers apart without telling where they are."""
    return hashlib.sha256(address.encode()).hexdigest()

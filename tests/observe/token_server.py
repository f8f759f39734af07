"""A server that gives anybody a token for a registry, as ghcr.io and Docker Hub do."""

import base64
import datetime as dt
from pathlib import Path
import time
from typing import Self

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
import jwt

ISSUER, SERVICE = "token server", "images"


class TokenServer:
    """Signs tokens to pull one image; `asked` are the questions that came."""

    def __init__(self, folder: Path, image: str) -> None:
        self.asked: list[dict[str, str]] = []
        self._image = image
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._sign_certificate()
        self._trusted = folder / "trusted.pem"
        self._trusted.write_bytes(self._certificate.public_bytes(Encoding.PEM))
        app = web.Application()
        app.router.add_get("/token", self._token)
        self._server = TestServer(app, host="127.0.0.1")

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    @property
    def settings(self) -> dict[str, str]:
        """What a registry needs to know to trust these tokens."""
        return {
            "realm": str(self._server.make_url("/token")),
            "service": SERVICE,
            "issuer": ISSUER,
            "rootcertbundle": str(self._trusted),
        }

    async def _token(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": SERVICE,
            "sub": "",
            "nbf": now - 60,
            "iat": now,
            "exp": now + 300,
            "access": [{"type": "repository", "name": self._image, "actions": ["pull"]}],
        }
        chain = [base64.b64encode(self._certificate.public_bytes(Encoding.DER)).decode()]
        token = jwt.encode(claims, self._key, algorithm="ES256", headers={"x5c": chain})
        return web.json_response({"token": token})

    def _sign_certificate(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ISSUER)])
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

"""Container images made by hand, in the layout of the Open Container Initiative."""

from dataclasses import dataclass
import gzip
import hashlib
import io
import json
from pathlib import Path
import tarfile
from typing import Any

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CREATED = "2026-11-18T10:20:30.123456789Z"

type Descriptor = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """A folder of blobs, each named after what it holds."""

    folder: Path

    def blob(self, content: bytes, media_type: str) -> Descriptor:
        """Keep a blob, and return what points to it."""
        sha256 = hashlib.sha256(content).hexdigest()
        blobs = self.folder / "blobs/sha256"
        blobs.mkdir(parents=True, exist_ok=True)
        (blobs / sha256).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{sha256}", "size": len(content)}

    def document(self, content: object, media_type: str) -> Descriptor:
        """Keep a JSON document."""
        return self.blob(json.dumps(content).encode(), media_type)

    def image(self, architecture: str, *files: bytes, created: str = CREATED) -> Descriptor:
        """Keep an image with a layer for each file."""
        tars = [_tar(file) for file in files]
        config = {
            "created": created,
            "architecture": architecture,
            "os": "linux",
            "config": {"Cmd": ["/ha-mcp"]},
            "rootfs": {"type": "layers", "diff_ids": [_digest(tar) for tar in tars]},
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.document(config, CONFIG),
            "layers": [self.blob(gzip.compress(tar, mtime=0), LAYER) for tar in tars],
        }
        platform = {"architecture": architecture, "os": "linux"}
        return {**self.document(manifest, MANIFEST), "platform": platform}

    def tag(self, tag: str, *images: Descriptor) -> None:
        """Name an index of images; it is the only one that the layout then has."""
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(images)}
        named = self.document(index, INDEX)
        named["annotations"] = {"org.opencontainers.image.ref.name": tag}
        top = {"schemaVersion": 2, "manifests": [named]}
        (self.folder / "index.json").write_text(json.dumps(top))
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def size(self, image: Descriptor) -> int:
        """Return the bytes on disk of an image's configuration and layers."""
        manifest = json.loads(self._file(image).read_bytes())
        parts = [manifest["config"], *manifest["layers"]]
        return sum(self._file(part).stat().st_size for part in parts)

    def _file(self, descriptor: Descriptor) -> Path:
        algorithm, _, name = str(descriptor["digest"]).partition(":")
        return self.folder / "blobs" / algorithm / name


def _tar(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        member = tarfile.TarInfo("ha-mcp")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"

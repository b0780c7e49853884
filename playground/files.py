"""Files: announced, uploaded, shared."""

import time
from dataclasses import dataclass, field
from typing import Any

from .people import BOT_USER

_KINDS = {
    "txt": ("text", "Plain Text", "text/plain"),
    "md": ("markdown", "Markdown (raw)", "text/plain"),
    "csv": ("csv", "CSV", "text/csv"),
    "json": ("json", "JSON", "text/plain"),
    "pdf": ("pdf", "PDF", "application/pdf"),
    "png": ("png", "PNG", "image/png"),
    "jpg": ("jpg", "JPEG", "image/jpeg"),
    "svg": ("svg", "SVG", "image/svg+xml"),
    "html": ("html", "HTML", "text/html"),
    "zip": ("zip", "Zip", "application/zip"),
}


@dataclass(slots=True)
class File:
    """A file from `files.getUploadURLExternal` on; `shared` once `files.completeUploadExternal` was called."""

    id: str
    name: str
    length: int
    base_url: str
    title: str = ""
    alt_text: str = ""
    user: str = BOT_USER
    created: int = field(default_factory=lambda: int(time.time()))
    content: bytes | None = None
    completed: bool = False
    shares: dict[str, list[str]] = field(default_factory=dict)

    @property
    def mimetype(self) -> str:
        """By the name's ending, as Slack does it."""
        return _KINDS.get(self.name.rpartition(".")[2].lower(), ("", "", "application/octet-stream"))[2]

    def json(self) -> dict[str, Any]:
        """Slack's file object."""
        ending = self.name.rpartition(".")[2].lower()
        filetype, pretty, mimetype = _KINDS.get(ending, ("binary", "Binary", "application/octet-stream"))
        url = f"{self.base_url}/files/{self.id}/{self.name}"
        channels = list(self.shares)
        return {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": mimetype,
            "filetype": filetype,
            "pretty_type": pretty,
            "user": self.user,
            "editable": False,
            "size": len(self.content or b""),
            "mode": "hosted",
            "is_external": False,
            "external_type": "",
            "is_public": any(channel.startswith("C") for channel in channels),
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "url_private": url,
            "url_private_download": f"{url}?download=1",
            "permalink": url,
            "alt_txt": self.alt_text,
            "channels": [channel for channel in channels if channel.startswith("C")],
            "groups": [],
            "ims": [channel for channel in channels if channel.startswith("D")],
            "comments_count": 0,
            "has_rich_preview": False,
            "file_access": "visible",
        }

"""What a device said while it was being identified. Gathered once, weighed by every family."""

from collections.abc import Mapping
from typing import Any

from collectors.bitmain import kind
from collectors.cgminer import is_refusal, section
from collectors.digest import realm
from collectors.value import text
from collectors.web import Answer


class Evidence:
    """Answers by request text (`rpc version`, `GET /`, `framed get.device.info`); nothing is asked twice."""

    __slots__ = ("_words", "failures", "pages", "replies")

    def __init__(self) -> None:
        self.replies: dict[str, dict[str, Any]] = {}
        self.pages: dict[str, Answer] = {}
        self.failures: dict[str, Exception] = {}
        self._words: dict[str, str] = {}

    def reply(self, command: str) -> Mapping[str, Any]:
        """Give the answer to a 4028 command; an empty one when it was refused, failed or not asked."""
        reply = self.replies.get(f"rpc {command}", {})
        return {} if is_refusal(reply) else reply

    def framed(self, command: str) -> Mapping[str, Any]:
        """Give the answer to a 4433 command; an empty one when there is none."""
        return self.replies.get(f"framed {command}", {})

    def says(self, command: str) -> str:
        """Give everything a 4028 command answered as one upper-case text, to look for marks in; also refusals."""
        key = f"rpc {command}"
        if key not in self._words:
            if key not in self.replies:
                return ""  # not kept: it may still be asked
            self._words[key] = str(self.replies[key]).upper()
        return self._words[key]

    @property
    def speaks_cgminer(self) -> bool:
        """Any 4028 command was answered in the form of the cgminer API."""
        return any(key.startswith("rpc ") for key in self.replies)

    @property
    def has_page(self) -> bool:
        """Any page was served with 2xx."""
        return any(answer.is_fine for answer in self.pages.values())

    @property
    def kind(self) -> str:
        """Give the model text of `version` or `stats` (`Antminer S19 Pro`); empty when neither has one."""
        return text(section(self.reply("version"), "VERSION").get("Type")) or kind(self.reply("stats")) or ""

    def page(self, path: str = "/") -> str:
        """Give the text of a page that was served with 2xx; empty otherwise."""
        answer = self.pages.get(f"GET {path}")
        return answer.text() if answer is not None and answer.is_fine else ""

    def document(self, path: str) -> Mapping[str, Any]:
        """Give the JSON object that a page served with 2xx holds; an empty one otherwise."""
        return self.replies.get(f"GET {path}", {})

    def status(self, path: str = "/") -> int | None:
        """Give the HTTP status of a page; None when it was not asked for or nothing came."""
        answer = self.pages.get(f"GET {path}")
        return None if answer is None else answer.status

    def location(self, path: str = "/") -> str:
        """Give where a page redirects to; empty when it does not."""
        answer = self.pages.get(f"GET {path}")
        return "" if answer is None else answer.headers.get("location", "")

    @property
    def realm(self) -> str:
        """Give the realm of the first page that wanted credentials; empty when none did."""
        for answer in self.pages.values():
            if answer.status == 401:
                return realm(answer.headers.get("www-authenticate")) or ""
        return ""

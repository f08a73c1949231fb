"""Parts of a poll that may be missing: a reading is made of what the others say."""

from collections.abc import Awaitable
from typing import Any

from collectors.errors import CollectError, Garbled
from collectors.target import Ask


async def main(ask: Ask, page: Awaitable[Any]) -> Any:
    """Give the page that tells most; None where it is not there or is something else.

    What is wrong with it becomes the poll's error when nothing else says anything either. A page that wants
    credentials or does not come in time is still an error of its own: then the others are not worth asking.
    """
    try:
        return await page
    except Garbled as error:
        ask.failure = ask.failure or error
        return None


async def optional(ask: Ask, key: str, page: Awaitable[Any]) -> Any:
    """Give a page without which there is still a reading; None where it failed, which becomes a warning."""
    try:
        found = await page
    except CollectError as error:
        ask.warn(key, f"{key}: {error}")
        ask.failure = ask.failure or error
        return None
    ask.warn(key, None)
    return found

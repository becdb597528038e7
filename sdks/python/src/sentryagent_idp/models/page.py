"""Lists."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list. Beyond the end ``data`` is empty and ``total`` still true.

    Attributes:
        data: Entries of this page, newest first.
        total: Number of all matches, on all pages.
        page: Number of this page, from 1 on.
        limit: Most entries that a page has.
    """

    data: list[T]
    total: int
    page: int
    limit: int

"""Contacts from a CSV file: type, provider, order, contact."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict

CHUNK = 10_000
"""The most that one request may carry."""


class Contact(TypedDict):
    """As the API takes it."""

    type: str
    provider: str
    order: str
    contact: str


def read_contacts(path: Path) -> list[Contact]:
    """All rows of the file. Raises KeyError for a file without the four columns."""
    with path.open(newline="") as file:
        return [
            Contact(type=row["type"], provider=row["provider"], order=row["order"], contact=row["contact"])
            for row in csv.DictReader(file)
        ]


def chunks(contacts: Sequence[Contact]) -> Iterator[Sequence[Contact]]:
    """In the order given, each as much as a request may carry."""
    for start in range(0, len(contacts), CHUNK):
        yield contacts[start : start + CHUNK]

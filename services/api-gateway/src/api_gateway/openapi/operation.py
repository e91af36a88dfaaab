"""What the reference says of one route."""

from dataclasses import dataclass

from pydantic import BaseModel

from api_gateway.openapi import answers


@dataclass(frozen=True, slots=True)
class Operation:
    """`body`: of `Credentials`, each provider has its own; `or_body`: it may have that shape instead; `codes`: the
    errors that not every such route has; `filters`: of `parameters.FILTERS`; `timed`: it takes `at`; `makes`: the path
    parameter of other routes that the answer's id fills."""

    id: str
    summary: str
    about: str
    answer: type[answers.Answer]
    body: type[BaseModel] | None = None
    or_body: type[BaseModel] | None = None
    codes: tuple[str, ...] = ()
    may_be_empty: bool = False
    paged: bool = False
    filters: tuple[str, ...] = ()
    stored: bool = True
    timed: bool = False
    makes: str | None = None

"""The simulator for people: figures, the last submissions, what was posted, and how to script it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape

from simulator.examples import EXAMPLES
from simulator.ledger import Ledger
from simulator.posted import PostLog

SHOWN = 50
_COLUMNS = ("seq", "at", "provider", "channel", "to", "from", "outcome", "status", "id", "client_ref")
_POSTED = (
    "n",
    "at",
    "provider",
    "purpose",
    "status",
    "message",
    "method",
    "url",
    "attempt",
    "answered",
    "answer",
    "remark",
)
_REFRESH = '<meta http-equiv="refresh" content="2">\n'
_LIVE = 'Refreshed every two seconds. <a href="/?still">Hold still</a>'
_STILL = 'Held still. <a href="/">Refresh every two seconds</a>'
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
{refresh}<title>Provider simulator</title>
<style>
body {{ font: 14px/1.4 system-ui, sans-serif; margin: 2rem; }}
section {{ overflow-x: auto; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .2rem .8rem .2rem 0; text-align: left; border-bottom: 1px solid #ddd; white-space: nowrap; }}
td {{ font-variant-numeric: tabular-nums; }}
pre {{ background: #f4f4f4; padding: .6rem; white-space: pre-wrap; overflow-wrap: anywhere; }}
</style>
</head>
<body>
<h1>Provider simulator</h1>
<p>{mode} &middot; <a href="/?still#how">How to script</a> &middot; <a href="/_ledger">Ledger</a> &middot;
<a href="/_receipts">Posts</a></p>
<table>{figures}</table>
<h2>The last {shown} submissions</h2>
<section><table><thead>{head}</thead><tbody>{entries}</tbody></table></section>
<h2>The last {made} posts: receipts, inbound messages, documents fetched</h2>
<section><table><thead>{post_head}</thead><tbody>{posts}</tbody></table></section>
<h2 id="how">How to script</h2>
<p>A script has a step for each of the next submissions to its recipient (a number, an address, a token; * is
everybody). A step's <code>outcome</code> is one of <code>accept</code>, <code>error</code>, <code>throttle</code>,
<code>http</code>, <code>error-after-accepting</code>, <code>cut</code>, <code>hang</code>; one that takes the message
may have <code>receipts</code>. A receipt goes to the URL that the message brought, else to its account's
<code>webhook_url</code>; <code>status</code> is accepted, sent, delivered, undelivered, or the provider's own word.</p>
{examples}
</body>
</html>
"""


def render(ledger: Ledger, log: PostLog, host: str, *, is_live: bool = True) -> str:
    entries, posts = ledger.latest(SHOWN), log.latest(SHOWN)
    return _PAGE.format(
        refresh=_REFRESH if is_live else "",
        mode=_LIVE if is_live else _STILL,
        figures="".join(_row("th", name, value) for name, value in _figures(ledger.summary(), log)),
        shown=len(entries),
        head=_row("th", *_COLUMNS),
        entries=_rows(_COLUMNS, entries),
        made=len(posts),
        post_head=_row("th", *_POSTED),
        posts=_rows(_POSTED, posts),
        examples="".join(f"<p>{escape(one.title)}</p>\n<pre>{escape(one.curl(host))}</pre>\n" for one in EXAMPLES),
    )


def _figures(summary: Mapping[str, object], log: PostLog) -> list[tuple[str, object]]:
    figures = [(name.replace("_", " "), value) for name, value in summary.items() if not isinstance(value, dict)]
    outcomes = summary["by_outcome"]
    assert isinstance(outcomes, dict)
    return [*figures, *outcomes.items(), *((f"posts {name}", count) for name, count in log.figures.items())]


def _rows(columns: Sequence[str], lines: Sequence[Mapping[str, object]]) -> str:
    return "".join(_row("td", *(_shown(column, line[column]) for column in columns)) for line in lines)


def _shown(column: str, value: object) -> object:
    """Times of day, UTC."""
    if column == "at" and isinstance(value, float | int):
        return datetime.fromtimestamp(value, UTC).strftime("%H:%M:%S.%f")[:-3]
    return value


def _row(cell: str, *values: object) -> str:
    return "<tr>" + "".join(f"<{cell}>{escape(str(value))}</{cell}>" for value in values) + "</tr>\n"

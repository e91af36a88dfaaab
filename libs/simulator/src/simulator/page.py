"""The ledger for people: its figures and its last entries, refreshed every two seconds."""

from html import escape

from simulator.ledger import Ledger

SHOWN = 50
_COLUMNS = ("seq", "at", "provider", "to", "from", "outcome", "status", "id", "client_ref")
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="2">
<title>Provider simulator</title>
<style>
body {{ font: 14px/1.4 system-ui, sans-serif; margin: 2rem; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .2rem .8rem .2rem 0; text-align: left; border-bottom: 1px solid #ddd; }}
td {{ font-variant-numeric: tabular-nums; }}
</style>
</head>
<body>
<h1>Provider simulator</h1>
<table>{figures}</table>
<h2>The last {shown} submissions</h2>
<table><thead>{head}</thead><tbody>{entries}</tbody></table>
</body>
</html>
"""


def render(ledger: Ledger) -> str:
    entries = ledger.latest(SHOWN)
    return _PAGE.format(
        figures="".join(_row("th", name, value) for name, value in _figures(ledger.summary())),
        shown=len(entries),
        head=_row("th", *_COLUMNS),
        entries="".join(_row("td", *(entry[column] for column in _COLUMNS)) for entry in entries),
    )


def _figures(summary: dict[str, object]) -> list[tuple[str, object]]:
    figures = [(name.replace("_", " "), value) for name, value in summary.items() if not isinstance(value, dict)]
    outcomes = summary["by_outcome"]
    assert isinstance(outcomes, dict)
    return [*figures, *outcomes.items()]


def _row(cell: str, *values: object) -> str:
    return "<tr>" + "".join(f"<{cell}>{escape(str(value))}</{cell}>" for value in values) + "</tr>\n"

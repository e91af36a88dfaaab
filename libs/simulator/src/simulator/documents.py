"""Documents that a vendor fetches when a call connects: XML with a <Response>, or the call ends there."""

from xml.parsers import expat

from simulator.posts import Answer

LARGEST = 100 * 1024


def problem(answer: Answer) -> str:
    """What is wrong with it, "" if nothing is."""
    if answer.status == 0:
        return "no answer"
    if not 200 <= answer.status < 300:
        return f"HTTP {answer.status}"
    if len(answer.body) > LARGEST:
        return "longer than 100 KB"
    return "" if _root(answer.body) == "Response" else "no XML document with a <Response>"


def remark(answer: Answer) -> str:
    """For people."""
    return f"the document is broken: {found}" if (found := problem(answer)) else "a good document"


def _root(body: bytes) -> str:
    """The name of the outermost element; "" when it is no XML, or declares entities: nothing is expanded."""
    names: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: names.append(name)
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError):
        return ""
    return names[0]


def _refuse(*_: object) -> None:
    raise ValueError("a document that declares entities")

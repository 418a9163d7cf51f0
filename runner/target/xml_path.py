"""Makes the elements and attributes that an XPath expression of the simple kind names, where it matches nothing yet.

The simple kind: steps of names, an @attribute as the last one, and conditions in brackets that can be made true: `[@id='1']`,
`[@id]`, `[text()='x']`, `[child/@id='1' and other]`. Source: XML Path Language 1.0, section 2.5 (abbreviated syntax).
"""

import re
from typing import Any, Dict, List, Optional, Tuple

from runner.target.decision import ModuleFailed

# A name with or without a prefix, and nothing of XPath's functions, axes and wildcards.
NAME = re.compile(r"(?:([\w.-]+):)?([^\W\d][\w.-]*)\Z")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
CONDITION = re.compile(r"(.+?)\s*=\s*('[^']*'|\"[^\"]*\")\Z", re.DOTALL)


def found(context: Any, path: str, namespaces: Dict[str, str]) -> List[Any]:
    """Return what an expression selects, always as a list. Raises ModuleFailed for one that is no XPath."""
    try:
        answer = context.xpath(path, namespaces=namespaces)
    except Exception as error:
        # XPathSyntaxError and XPathEvalError of lxml, which is there only once it was imported
        if type(error).__name__ == "XPathSyntaxError" or str(error) == "Invalid expression":
            raise ModuleFailed("Syntax error in xpath expression: %s (%s)" % (path, error))
        raise ModuleFailed("Xpath %s causes a failure: %s" % (path, error))
    return answer if isinstance(answer, list) else [answer]


def ensure(context: Any, path: str, namespaces: Dict[str, str]) -> Tuple[List[Any], bool]:
    """Return (what the path selects, whether something was made for it). Raises ModuleFailed where that cannot be done."""
    nodes = found(context, path, namespaces) if path not in ("", ".") else [context]
    if nodes or path == "":
        return nodes, False
    before, step = _last_step(path)
    if path.startswith("/") and before == "":
        raise ModuleFailed(_no_root(context, path))
    parents = ensure(context, before or ".", namespaces)[0]
    parent = parents[-1]
    if step.startswith("@"):
        parent.set(_tag(step[1:], namespaces, path), "")
    else:
        name, conditions = _taken_apart(step, path)
        node = parent.makeelement(_tag(name, namespaces, path))
        parent.append(node)
        for inner, value in conditions:
            _make_true(node, inner, value, namespaces)
    return found(context, path, namespaces), True


def put(node: Any, value: Optional[str]) -> bool:
    """Set the text of an element, or the value of an attribute that an expression gave; return whether it changed."""
    if not hasattr(node, "is_attribute"):
        if node.text == value:
            return False
        node.text = value
        return True
    parent = node.getparent()
    if not node.is_attribute or parent.get(node.attrname) == (value or ""):
        return False
    parent.set(node.attrname, value or "")
    return True


def _make_true(node: Any, inner: str, value: Optional[str], namespaces: Dict[str, str]) -> None:
    if inner in ("text()", ".") and value is not None:
        node.text = value
        return
    for each in ensure(node, inner, namespaces)[0]:
        if value is not None:
            put(each, value)


def _masked(path: str) -> str:
    """Return the path with the text of quotes and brackets blotted out, so that / and `and` in it are not seen."""
    text = QUOTED.sub(lambda quote: "'" + "_" * (len(quote.group(0)) - 2) + "'", path)
    depth, signs = 0, []
    for sign in text:
        depth -= sign == "]"
        signs.append("_" if depth else sign)
        depth += sign == "["
    return "".join(signs)


def _last_step(path: str) -> Tuple[str, str]:
    at = _masked(path).rfind("/")
    before, step = path[: max(at, 0)], path[at + 1 :]
    if not step or before.endswith("/"):
        raise _impossible(path)
    return before, step


def _taken_apart(step: str, path: str) -> Tuple[str, List[Tuple[str, Optional[str]]]]:
    """Return (name, conditions as (path, value or None)) of a step such as `b[@x='1' and c][d]`."""
    name, _bracket, _rest = step.partition("[")
    conditions: List[Tuple[str, Optional[str]]] = []
    mask = _masked(step)
    starts = [number + 1 for number, sign in enumerate(mask) if sign == "["]
    ends = [number for number, sign in enumerate(mask) if sign == "]"]
    for start, end in zip(starts, ends):
        for each in _split_and(step[start:end]):
            equal = CONDITION.match(each)
            inner, value = (equal.group(1).strip(), equal.group(2)[1:-1]) if equal else (each, None)
            if not _makeable(inner):
                raise _impossible("./" + each)
            conditions.append((inner, value))
    if not NAME.match(name):
        raise _impossible(path)
    return name, conditions


def _makeable(inner: str) -> bool:
    if inner in ("text()", "."):
        return True
    return all(NAME.match(step.lstrip("@").partition("[")[0]) for step in inner.split("/") if step != ".")


def _split_and(text: str) -> List[str]:
    mask = QUOTED.sub(lambda quote: "_" * len(quote.group(0)), text)
    places = [(match.start(), match.end()) for match in re.finditer(r"\s+and\s+", mask)]
    pieces, at = [], 0
    for start, end in places:
        pieces.append(text[at:start].strip())
        at = end
    return pieces + [text[at:].strip()]


def _tag(name: str, namespaces: Dict[str, str], path: str) -> str:
    match = NAME.match(name)
    if not match:
        raise _impossible(path)
    prefix, local = match.groups()
    if prefix is None:
        return str(local)
    if prefix not in namespaces:
        raise ModuleFailed("Xpath %s causes a failure: Undefined namespace prefix %s; name it in `namespaces`" % (path, prefix))
    return "{%s}%s" % (namespaces[prefix], local)


def _no_root(context: Any, path: str) -> str:
    root = context.getroottree().getroot()
    text = "Xpath %s does not reference a node! The document's root is %s, and a second one cannot be made" % (path, root.tag)
    if "}" in str(root.tag) and ":" not in path:
        text = "XML document has namespace(s) defined, but no namespace prefix(es) used in xpath!\n" + text
    return text


def _impossible(path: str) -> ModuleFailed:
    return ModuleFailed("Can't process Xpath %s in order to spawn nodes!" % path)

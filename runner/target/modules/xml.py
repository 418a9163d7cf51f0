"""Ensures elements, attributes and texts of an XML document, or reads them. Source: XML Path Language 1.0; lxml does the work."""

import copy
import importlib
import json
import site
from typing import Any, Dict, List, Optional

from runner.target.attributes import FILE_ARGUMENTS
from runner.target.decision import ModuleFailed
from runner.target.option import option
from runner.target.replace_file import put_content
from runner.target.xml_path import ensure, found, put

ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": dict(
        FILE_ARGUMENTS,
        path=option("path", "The file; it must be there.", aliases=["dest", "file"]),
        xmlstring=option("str", "A document as text, instead of a file; the result comes back as `xmlstring`."),
        xpath=option("str", "Which elements or attributes."),
        namespaces=option("dict", "Prefixes that `xpath` uses, and their URIs.", {}),
        state=option("str", "Whether what `xpath` names is there.", "present", enum=["absent", "present"], aliases=["ensure"]),
        attribute=option("raw", "The attribute that `value` is for."),
        value=option("raw", "Text of the elements, or of their attribute."),
        add_children=option("list", "Elements to add at the end of the (last) element: names, or one-key mappings of name to text."),
        set_children=option("list", "The same, instead of all children the elements have."),
        input_type=option("str", "How children are written.", "yaml", enum=["xml", "yaml"]),
        insertbefore=option("bool", "Put `add_children` before the first element that `xpath` selects.", False),
        insertafter=option("bool", "Put them after the last one.", False),
        count=option("bool", "Count what `xpath` selects.", False),
        print_match=option("bool", "Give the paths of what it selects.", False),
        content=option("str", "Give the attributes or the text of what it selects.", enum=["attribute", "text"]),
        pretty_print=option("bool", "Indent the document.", False),
        strip_cdata_tags=option("bool", "Write CDATA sections as plain text.", False),
        backup=option("bool", "Keep a copy of the old file beside it.", False),
    ),
    "mutually_exclusive": [
        ["add_children", "content", "count", "print_match", "set_children", "value"],
        ["path", "xmlstring"],
        ["insertbefore", "insertafter"],
    ],
    "required_one_of": [["path", "xmlstring"]],
    "required_by": {
        "add_children": ["xpath"],
        "attribute": ["value"],
        "content": ["xpath"],
        "set_children": ["xpath"],
        "value": ["xpath"],
    },
    "required_if": [
        ["count", True, ["xpath"]],
        ["print_match", True, ["xpath"]],
        ["insertbefore", True, ["xpath"]],
        ["insertafter", True, ["xpath"]],
    ],
}
RETURNS = {
    "actions": "xpath, namespaces and state",
    "count": "how many it selects",
    "matches": "what it selects: paths, or {name: text or attributes}",
    "xmlstring": "the document, where one was given",
    "backup_file": "copy of the old file",
}
EXAMPLES = """
- name: The service listens on one address
  xml: {path: /opt/app/server.xml, xpath: "/Server/Service/Connector[@port='8080']", attribute: address, value: 127.0.0.1}
"""


def run(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Read the document, do what is asked, write it back where that changed it. Raises ModuleFailed."""
    etree = _lxml(system)
    given = _given(args, system)
    parser = etree.XMLParser(
        remove_blank_text=args["pretty_print"], strip_cdata=args["strip_cdata_tags"], resolve_entities=False, no_network=True
    )
    try:
        root = etree.fromstring(given, parser)
    except etree.XMLSyntaxError as error:
        raise ModuleFailed("Error while parsing document: %s (%s)" % (args["path"] or "xml_string", error))
    if args["xpath"] is None and (args["state"] == "absent" or not args["pretty_print"]):
        raise ModuleFailed("Don't know what to do: give xpath, or pretty_print")
    before = _pretty(root, etree)
    result: Dict[str, Any] = {"actions": {key: args[key] for key in ("xpath", "namespaces", "state")}}
    answer = _read(root, args)
    changed = False if answer is not None else _change(root, args, etree)
    result.update(answer or {})
    data = etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8", pretty_print=args["pretty_print"])
    data += b"\n" if args["path"] and given.endswith(b"\n") and not data.endswith(b"\n") else b""
    result["changed"] = changed or (args["pretty_print"] and answer is None and data != given)
    if system.diff and result["changed"]:
        head = args["path"] or "xmlstring"
        result["diff"] = {"before": before, "after": _pretty(root, etree), "before_header": head, "after_header": head}
    if args["path"] is None:
        result["xmlstring"] = data.decode("utf-8")
    elif result["changed"] and not system.check:
        backup = put_content(system.realpath(args["path"]), data, args, system)[0]
        result.update({"backup_file": backup} if backup else {})
    return result


def _lxml(system: Any) -> Any:
    try:
        # an earlier task of this run may have installed it
        importlib.invalidate_caches()
        # the agent runs without the folders of installed libraries
        site.main()
        return importlib.import_module("lxml.etree")
    except ImportError:
        raise ModuleFailed(
            "The module xml needs the Python library lxml on this host: install the package python3-lxml (Debian, Fedora, openSUSE), "
            "python-lxml (Arch) or py3-lxml (Alpine), or lxml with pip, for the Python that runs the modules"
        )


def _given(args: Dict[str, Any], system: Any) -> bytes:
    if args["path"] is None:
        # text is no longer in the encoding that its first line may name
        text = str(args["xmlstring"])
        head, end, rest = text.partition("?>")
        return (rest if end and head.lstrip().startswith("<?xml ") else text).encode("utf-8")
    if not system.exists(args["path"]):
        raise ModuleFailed("The target XML source '%s' does not exist." % args["path"])
    return bytes(system.read(args["path"]))


def _pretty(root: Any, etree: Any) -> str:
    text = etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return str(text.decode("utf-8"))


def _read(root: Any, args: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    """Return what `count`, `print_match` or `content` ask for; None when nothing is asked."""
    if not (args["count"] or args["print_match"] or args["content"]):
        return None
    nodes = found(root, args["xpath"], args["namespaces"])
    if args["count"]:
        # count(//x) is a number by itself
        number = int(nodes[0]) if nodes and isinstance(nodes[0], float) else len(nodes)
        return {"count": number, "msg": "found %d nodes" % number}
    if args["print_match"]:
        paths = [_path(node) for node in nodes]
        return {"matches": paths, "msg": "selector '%s' match: %s" % (args["xpath"], json.dumps(paths))}
    elements = [node for node in nodes if hasattr(node, "tag")]
    if not elements:
        raise ModuleFailed("Xpath %s does not reference a node!" % args["xpath"])
    matches: List[Dict[str, Any]]
    if args["content"] == "text":
        matches = [{str(node.tag): node.text} for node in elements]
    else:
        matches = [{str(node.tag): {str(name): str(value) for name, value in node.attrib.items()}} for node in elements]
    return {"matches": matches, "count": len(matches), "msg": len(matches)}


def _path(node: Any) -> str:
    if hasattr(node, "tag"):
        return str(node.getroottree().getpath(node))
    if not hasattr(node, "getparent"):
        return str(node)
    return "%s/%s" % (_path(node.getparent()), "@" + node.attrname if node.is_attribute else "text()")


def _change(root: Any, args: Dict[str, Any], etree: Any) -> bool:
    """Do to the document what is asked and return whether it changed."""
    xpath, namespaces = args["xpath"], args["namespaces"]
    if xpath is None:
        return False
    if args["state"] == "absent":
        return _delete(root, args)
    if args["set_children"] is not None or args["add_children"]:
        children = [_child(each, args["input_type"], etree) for each in args["set_children"] or args["add_children"] or []]
        nodes = [node for node in found(root, xpath, namespaces) if hasattr(node, "tag")]
        if args["set_children"] is not None:
            return True in [_set_children(node, children, etree) for node in nodes]
        return bool(nodes) and _add(nodes, children, args)
    nodes, made = ensure(root, xpath, namespaces)
    if args["attribute"] is not None:
        return True in [_set_attribute(node, args) for node in nodes] or made
    value = None if args["value"] is None else _text(args["value"])
    if value is None:
        # an attribute that only shall be there is empty
        return True in [put(node, "") for node in nodes if hasattr(node, "is_attribute")] or made
    if not all(hasattr(node, "tag") or node.is_attribute for node in nodes if hasattr(node, "getparent")):
        raise ModuleFailed("Can't process Xpath %s in order to spawn nodes! Name the element, not its text()" % xpath)
    return True in [put(node, value) for node in nodes] or made


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _set_attribute(node: Any, args: Dict[str, Any]) -> bool:
    prefix, colon, local = str(args["attribute"]).partition(":")
    name = "{%s}%s" % (args["namespaces"].get(prefix, prefix), local) if colon else prefix
    if not hasattr(node, "tag"):
        raise ModuleFailed("Xpath %s does not reference a node!" % args["xpath"])
    if node.get(name) == _text(args["value"]):
        return False
    node.set(name, _text(args["value"]))
    return True


def _delete(root: Any, args: Dict[str, Any]) -> bool:
    nodes = found(root, args["xpath"], args["namespaces"])
    for node in nodes:
        parent = node.getparent() if hasattr(node, "getparent") else None
        if parent is None:
            raise ModuleFailed("Couldn't delete xpath target: %s (the root of a document stays)" % args["xpath"])
        if not hasattr(node, "tag"):
            if node.is_attribute:
                del parent.attrib[node.attrname]
            elif node.is_tail:
                parent.tail = None
            else:
                parent.text = None
            continue
        _keep_tail(node, parent)
        parent.remove(node)
    return bool(nodes)


def _keep_tail(node: Any, parent: Any) -> None:
    """Leave the words behind an element where they are; blanks go with it."""
    if not (node.tail or "").strip():
        return
    before = node.getprevious()
    if before is None:
        parent.text = (parent.text or "") + node.tail
    else:
        before.tail = (before.tail or "") + node.tail


def _set_children(node: Any, children: List[Any], etree: Any) -> bool:
    def shown(each: Any) -> bytes:
        return bytes(etree.tostring(each, with_tail=False))

    if [shown(each) for each in node] == [shown(each) for each in children]:
        return False
    for each in list(node):
        node.remove(each)
    node.extend([copy.deepcopy(each) for each in children])
    return True


def _add(nodes: List[Any], children: List[Any], args: Dict[str, Any]) -> bool:
    if not (args["insertbefore"] or args["insertafter"]):
        nodes[-1].extend(children)
        return True
    place = nodes[0] if args["insertbefore"] else nodes[-1]
    parent = place.getparent()
    if parent is None:
        raise ModuleFailed("Nothing can stand before or after the root of a document: %s" % args["xpath"])
    at = parent.index(place) + (1 if args["insertafter"] else 0)
    parent[at:at] = children
    return True


def _child(given: Any, kind: str, etree: Any) -> Any:
    """Return the element that a child of `add_children` describes. Raises ModuleFailed."""
    if kind == "xml":
        try:
            return etree.fromstring(str(given), etree.XMLParser(resolve_entities=False, no_network=True))
        except etree.XMLSyntaxError as error:
            raise ModuleFailed("Error while parsing child element: %s" % error)
    if isinstance(given, str):
        given = {given: None}
    if not isinstance(given, dict):
        raise ModuleFailed("Invalid child type: %s. Children must be either strings or hashes." % type(given).__name__)
    if len(given) != 1:
        raise ModuleFailed("Can only create children from hashes with one key")
    (name, value), *_ = given.items()
    try:
        node = etree.Element(str(name))
        for key, inner in value.items() if isinstance(value, dict) else []:
            if key == "_":
                node.extend([_child(each, kind, etree) for each in inner])
            else:
                node.set(str(key), _text(inner))
    except ValueError as error:
        raise ModuleFailed("The child %s cannot be made: %s" % (name, error))
    if value is not None and not isinstance(value, (dict, list)):
        node.text = _text(value)
    elif isinstance(value, list):
        raise ModuleFailed("The child %s is a list; its children stand under the key _ of a mapping" % name)
    return node

"""The kind of value that an expression gives, as far as its syntax tells (pure)."""

from jinja2 import nodes

FILTERS = {
    **dict.fromkeys("length count wordcount int float abs round sum checksum_size".split(), "number"),
    **dict.fromkeys("bool truthy falsy".split(), "boolean"),
    **dict.fromkeys(
        "string join upper lower title capitalize trim replace basename dirname realpath expanduser b64encode b64decode hash md5 sha1 "
        "checksum password_hash quote regex_replace regex_escape to_json to_nice_json to_yaml to_nice_yaml to_uuid comment format "
        "center indent truncate urlencode strftime win_basename win_dirname human_readable".split(),
        "string",
    ),
    **dict.fromkeys(
        "list map select reject selectattr rejectattr sort unique union intersect difference symmetric_difference flatten batch "
        "dict2items product permutations combinations zip zip_longest regex_findall subelements splitext split".split(),
        "list",
    ),
    **dict.fromkeys("combine items2dict dict".split(), "mapping"),
}
ARITHMETIC = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.Neg, nodes.Pos)


def kind_of(node: nodes.Node) -> str:
    """Return boolean, string, number, list, mapping or nothing (None); `name` for a bare variable; "" where it cannot be told.

    Of `and` and `or`, which give one of their sides, it is the first side that is known not to be a boolean.
    """
    if isinstance(node, (nodes.And, nodes.Or)):
        sides = [kind_of(node.left), kind_of(node.right)]
        wrong = [each for each in sides if each not in ("boolean", "", "name")]
        return wrong[0] if wrong else "boolean" if sides == ["boolean", "boolean"] else ""
    if isinstance(node, nodes.Const):
        return _constant(node.value)
    if isinstance(node, (nodes.Compare, nodes.Not, nodes.Test)):
        return "boolean"
    if isinstance(node, nodes.Name):
        return "name"
    if isinstance(node, nodes.Filter):
        return _filtered(node)
    if isinstance(node, nodes.CondExpr):
        sides = [kind_of(node.expr1), kind_of(node.expr2) if node.expr2 is not None else ""]
        return sides[0] if sides[0] == sides[1] != "name" else ""
    if isinstance(node, ARITHMETIC):
        return "number" if not isinstance(node, (nodes.Add, nodes.Mod)) else ""
    literals: dict[type[nodes.Node], str] = {nodes.Concat: "string", nodes.List: "list", nodes.Tuple: "list", nodes.Dict: "mapping"}
    return literals.get(type(node), "")


def _constant(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, (int, float)) else "string"


def _filtered(node: nodes.Filter) -> str:
    name = node.name.rpartition(".")[2]
    if name in ("default", "d"):
        given = kind_of(node.args[0]) if node.args else "string"
        # `x | default(false)` may be anything, but a text as default is not meant as a truth
        return given if given in ("string", "list", "mapping", "number", "nothing") else ""
    return FILTERS.get(name, "")

"""From the YAML parser's complaint to words that name the mistake and the remedy. Long: one small check a mistake."""

import re
from typing import Any

from yaml.error import MarkedYAMLError
from yaml.reader import ReaderError

from runner.errors import ParseError
from runner.position import Position

OPEN_QUOTE = "a quote is never closed"
PROBLEMS = {
    "mapping values are not allowed in this context": "a colon stands where no key can be",
    "mapping values are not allowed here": "a colon stands where no key can be",
    "could not find expected ':'": "a key has no colon",
    "did not find expected key": "the indentation does not fit the lines above, or a key is missing",
    "did not find expected '-' indicator": "the indentation of the list does not fit the lines above",
    "found character that cannot start any token": "a character that cannot begin a value",
    "found unexpected end of stream": OPEN_QUOTE,
    "did not find expected ',' or '}'": "a { is never closed, or a comma is missing",
    "did not find expected ',' or ']'": "a [ is never closed, or a comma is missing",
    "did not find expected node content": "a value is missing",
    "block sequence entries are not allowed in this context": "a list item (-) stands where a list cannot be",
}
UNQUOTED_BRACES = re.compile(r"^(?P<head>[^'\"#]*?(?:[:-]\s+))(?P<value>\{\{.*)$")
TWO_COLONS = re.compile(r"^(?P<head>\s*(?:- +)*[^\s'\"#:][^:'\"]*:\s+)(?P<value>[^\s'\"|>\[{&*!].*?: .*|[^\s'\"|>\[{&*!].*:)$")
AFTER_QUOTE = re.compile(r"""^\s*(?:- +)*[^\s'"#][^:]*:\s+(?P<quote>['"])(?:(?!(?P=quote)).)*(?P=quote)\s*(?P<rest>[^\s#].*)$""")
NO_SPACE = re.compile(r"^\s*(?:- +)*(?P<key>[A-Za-z_][\w.]*):(?P<value>[^\s/:].*)$")
KEY_LINE = re.compile(r"^(?P<indent> *)(?P<dashes>(?:- +)*)(?P<key>[^\s#'\"{\[][^:]*|'[^']*'|\"[^\"]*\"):(?:\s|$)")


def explain(problem: Exception | None, text: str, file: str, at: Position | None = None) -> ParseError:
    """Return the ParseError for a complaint of the YAML parser about `text`.

    problem: the parser's exception, or None for a mapping key that is itself a list or mapping, which stands `at`.
    """
    lines = text.split("\n")
    if isinstance(problem, ReaderError):
        return _unreadable(problem, text, file)
    words = "a list or mapping cannot be a key"
    position = at or Position(file, 1)
    start = None
    if isinstance(problem, MarkedYAMLError):
        words = PROBLEMS.get(problem.problem or "", problem.problem or "")
        mark = problem.problem_mark or problem.context_mark
        start = problem.context_mark
        if mark:
            position = Position(file, min(mark.line + 1, max(len(lines), 1)), mark.column + 1)
    elif problem is not None:
        words = str(problem)
    hint = _hint(lines, position, start) or (_to_the_end(lines, file, start) if words == OPEN_QUOTE and start else {})
    place = hint.pop("position", position)
    return ParseError(f"YAML syntax: {hint.pop('message', words)}", position=place, **hint)


def _unreadable(problem: ReaderError, text: str, file: str) -> ParseError:
    before = text.encode("utf-8", "surrogatepass")[: problem.position].decode("utf-8", "ignore")
    column = len(before) - before.rfind("\n")
    return ParseError(
        "YAML syntax: a character that text may not hold",
        position=Position(file, before.count("\n") + 1, column),
        expected="printable characters",
        found=f"character number {problem.character}",
        remedy="remove the character, or write it as an escape in double quotes",
    )


def _hint(lines: list[str], position: Position, start: Any) -> dict[str, Any]:
    """Return expected, found, remedy (and a better position) for the first classic mistake that fits, else an empty dict.

    The parser often complains a line after the mistake, so the lines it stood on and the last one with text before it are tried.
    """
    here = position.line - 1
    numbers = [here, _previous(lines, here)]
    if start is not None and start.line not in numbers:
        numbers.append(start.line)
    checks = (_escape, _tab, _braces, _after_quote, _open_quote, _no_space, _reserved, _second_colon, _indent, _two_colons)
    for check in (*checks, _open_bracket, _no_colon):
        for number in numbers:
            if 0 <= number < len(lines):
                hint = check(lines, number, position)
                if hint:
                    column = hint.pop("column", None)
                    if column:
                        hint["position"] = Position(position.file, number + 1, column)
                    return hint
    return {}


def _previous(lines: list[str], number: int) -> int:
    """Return the number of the last line above that is neither blank nor a comment, or -1."""
    number -= 1
    while number >= 0 and (not lines[number].strip() or lines[number].lstrip().startswith("#")):
        number -= 1
    return number


def _escape(lines: list[str], number: int, position: Position) -> dict[str, Any] | None:
    """A backslash in double quotes that begins no escape: paths of Windows, regular expressions."""
    match = re.match(r'[^"]*"(?:[^"\\]|\\[0abt\tnvfre "/\\N_LPxuU])*(?P<bad>\\.)', lines[number])
    if number != position.line - 1 or not match or not match.start("bad") <= position.column - 1 <= match.end("bad"):
        return None
    return {
        "message": f"{match['bad']} is no escape of a text in double quotes",
        "column": match.start("bad") + 1,
        "expected": 'an escape such as \\n, \\t, \\" or \\\\',
        "found": match["bad"],
        "remedy": "use single quotes, in which a backslash is a plain character, or write it twice",
    }


def _second_colon(lines: list[str], number: int, position: Position) -> dict[str, Any] | None:
    """The parser stopped at the second colon of a line: it is the value that needs quotes, not the key that needs another place."""
    match = TWO_COLONS.match(lines[number].rstrip())
    if number != position.line - 1 or not match or position.column - 1 <= match.start("value"):
        return None
    return _two_colons(lines, number, position)


def _tab(lines: list[str], number: int, position: Position) -> dict[str, Any] | None:
    indent = re.match(r"\s*", lines[number])
    if indent is None or "\t" not in indent.group():
        return None
    return {
        "message": "a tab in the indentation",
        "column": indent.group().index("\t") + 1,
        "expected": "spaces",
        "found": "a tab character in the indentation",
        "remedy": "replace the tab by spaces",
    }


def _braces(lines: list[str], number: int, position: Position) -> dict[str, Any] | None:
    match = UNQUOTED_BRACES.match(lines[number].rstrip())
    if not match:
        return None
    value = match["value"]
    quote = "'" if '"' in value else '"'
    return {
        "message": "an unquoted value starts with {{",
        "column": match.start("value") + 1,
        "expected": "a quoted value",
        "found": "a value that starts with {{, which YAML takes for a mapping",
        "remedy": f"quote the whole value: {match['head'].strip()} {quote}{value}{quote}",
    }


def _after_quote(lines: list[str], number: int, position: Position) -> dict[str, Any] | None:
    match = AFTER_QUOTE.match(lines[number].rstrip())
    if not match:
        return None
    other = "'" if match["quote"] == '"' else '"'
    return {
        "message": "text after a closing quote",
        "column": match.start("rest") + 1,
        "expected": "nothing after the closing quote",
        "found": match["rest"],
        "remedy": f"put the whole value in {other} quotes, or write the quotes inside it {_escaped(match['quote'])}",
    }


def _escaped(quote: str) -> str:
    return "twice ('')" if quote == "'" else 'with a backslash (\\")'


def _open_quote(lines: list[str], number: int, position: Position) -> dict[str, Any] | None:
    match = re.match(r"""^\s*(?:- +)*(?:[^\s'"#][^:]*:\s+)?(?P<quote>['"])(?P<rest>.*)$""", lines[number])
    if not match or match["quote"] in match["rest"].replace('\\"', ""):
        return None
    return {
        "message": OPEN_QUOTE,
        "column": match.start("quote") + 1,
        "expected": f"a closing {match['quote']}",
        "found": "a quote that this line does not close",
        "remedy": f"add {match['quote']} at the end of the value",
    }


def _to_the_end(lines: list[str], file: str, start: Any) -> dict[str, Any]:
    """A quote inside a line that runs to the end of the file; start: the parser's mark of it."""
    quote = lines[start.line][start.column : start.column + 1]
    return {
        "position": Position(file, start.line + 1, start.column + 1),
        "expected": f"a closing {quote}",
        "found": "a text that goes on to the end of the file",
        "remedy": f"add {quote} at the end of the value",
    }


def _no_space(lines: list[str], number: int, position: Position) -> dict[str, Any] | None:
    match = NO_SPACE.match(lines[number].rstrip())
    if not match:
        return None
    return {
        "message": "no space after a colon",
        "column": match.end("key") + 1,
        "expected": "a space after the colon",
        "found": f"{match['key']}:{match['value']}",
        "remedy": f"write {match['key']}: {match['value']}",
    }


def _indent(lines: list[str], number: int, position: Position) -> dict[str, Any] | None:
    """A key off the column of its neighbours, a key under a key that has its value already, or an item without its dash."""
    above = _previous(lines, number)
    this, other = KEY_LINE.match(lines[number]), KEY_LINE.match(lines[above]) if above >= 0 else None
    if number != position.line - 1 or not this:
        return None
    mine = len(this["indent"] + this["dashes"])
    if not this["dashes"] and _item_column(lines, number, mine) == mine:
        return {
            "message": "a key stands where a list item is expected",
            "expected": f"a list item, like those above it in column {mine + 1}",
            "found": f"the key {this['key']}",
            "remedy": "put '- ' before it if it begins an item, indent it by two more spaces if it belongs to the item above",
        }
    if not other:
        return None
    its = len(other["indent"] + other["dashes"])
    has_value = bool(lines[above][other.end() :].strip().strip("|>+-"))
    columns = sorted(_open_columns(lines, number))
    if mine > its and has_value:
        return _misplaced(this["key"], mine, its, f"or take the value away from {other['key']} if {this['key']} belongs under it")
    if columns and mine not in columns:
        nearest = min(columns, key=lambda column: abs(column - mine))
        return _misplaced(this["key"], mine, nearest, "so that it lines up with the keys above it")
    return None


def _misplaced(key: str, column: int, right: int, why: str) -> dict[str, Any]:
    return {
        "message": f"the indentation of the key {key} does not fit the lines above",
        "expected": f"column {right + 1}",
        "found": f"column {column + 1}",
        "remedy": f"start {key} in column {right + 1}, {why}",
    }


def _open_columns(lines: list[str], number: int) -> set[int]:
    """Return the columns, from 0, in which a key may follow at this line: those of the mappings that are still open."""
    columns: set[int] = set()
    limit = 1 << 30
    for line in reversed(lines[:number]):
        match = KEY_LINE.match(line)
        if not match or line.lstrip().startswith("#"):
            continue
        column = len(match["indent"] + match["dashes"])
        if column < limit:
            columns.add(column)
            limit = len(match["indent"]) if match["dashes"] else column
    return columns


def _item_column(lines: list[str], number: int, column: int) -> int | None:
    """Return the column of the nearest list item above that is not deeper than `column`, both from 0."""
    for line in reversed(lines[:number]):
        match = re.match(r"^( *)-(?: |$)", line)
        if match and len(match.group(1)) <= column:
            return len(match.group(1))
        if line.strip() and len(line) - len(line.lstrip(" ")) < column:
            return None
    return None


def _two_colons(lines: list[str], number: int, position: Position) -> dict[str, Any] | None:
    match = TWO_COLONS.match(lines[number].rstrip())
    if not match:
        return None
    value = match["value"]
    quote = "'" if '"' in value else '"'
    return {
        "message": "a colon inside an unquoted value",
        "expected": "one key on the line",
        "found": f"a second colon inside the value {value}",
        "remedy": f"quote the value: {match['head'].strip()} {quote}{value}{quote}",
    }


def _no_colon(lines: list[str], number: int, position: Position) -> dict[str, Any] | None:
    match = re.match(r"^ *(?:- +)*(?P<word>[A-Za-z_][\w.]*)(?: +(?P<rest>\S.*))?$", lines[number].rstrip())
    if not match or (number == position.line - 1 and position.column > len(lines[number])):
        return None
    written = f"{match['word']}: {match['rest'] or '...'}"
    return {
        "message": "a key has no colon",
        "column": match.end("word") + 1,
        "expected": "a colon after the key",
        "found": lines[number].strip(),
        "remedy": f"write {written}; or, if this is the next line of a text above, indent it deeper than its key",
    }


def _reserved(lines: list[str], number: int, position: Position) -> dict[str, Any] | None:
    column = position.column - 1
    if number != position.line - 1 or lines[number][column : column + 1] not in ("@", "`", "%"):
        return None
    value = lines[number][column:].rstrip()
    return {
        "message": f"an unquoted value starts with {value[0]}",
        "expected": "a quoted value",
        "found": value,
        "remedy": f'quote it: "{value}"',
    }


def _open_bracket(lines: list[str], number: int, position: Position) -> dict[str, Any] | None:
    for opening, closing in ("[]", "{}"):
        if lines[number].count(opening) > lines[number].count(closing):
            return {
                "message": f"a {opening} is never closed",
                "column": lines[number].rindex(opening) + 1,
                "expected": f"a closing {closing}",
                "remedy": f"add {closing} at the end of the list, or quote the value if the {opening} is part of a text",
            }
    return None

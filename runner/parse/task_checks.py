"""What can be said of a task's keywords and arguments before a run: kinds of values, names of variables, words of includes."""

import keyword
from typing import Any

from runner import find
from runner.errors import ParseError, nearest_names
from runner.model.keywords import LOOP_CONTROL, type_word
from runner.model.text import Map, Template, Text
from runner.position import Position, position_of

# what an include takes; everything else belongs under its `apply`
INCLUDE_KEYWORDS = frozenset(
    "action args collections debugger ignore_errors loop loop_control name no_log register run_once tags timeout vars when listen".split()
)
TEXTS = ("name", "delegate_to", "become_user", "become_method", "become_flags", "become_exe", "remote_user", "connection")
INCLUDE_ARGUMENTS = {
    "include_tasks": frozenset({"file", "apply", "_raw_params"}),
    "import_tasks": frozenset({"file", "_raw_params"}),
}
ROLE_FILES = ("tasks_from", "vars_from", "defaults_from", "handlers_from")
INCLUDE_CLASS = {"include_tasks": "TaskInclude", "include_role": "IncludeRole"}


def check_task(action: Text, args: Any, keywords: Map, position: Position) -> None:
    """Raise ParseError for the first thing in a task that cannot be right."""
    short = find.short_name(str(action))
    # an unknown module is told when it is reached: it may be one of a collection, and the task may never run
    _check_internal(short, args, position)
    _check_include(action, args, keywords, position)
    if short in ("include_role", "import_role"):
        _check_role_files(short, args, position)
    _check_register(keywords, position)
    for word in ("vars", "loop_control"):
        _check_mapping(word, keywords.get(word), position)
    for word in TEXTS:
        _check_text(word, keywords, position)
    check_variable_names(keywords.get("vars"), "Task", position)
    check_tags(keywords.get("tags"), position)
    check_module_defaults(keywords.get("module_defaults"), position)
    _check_loop_control(keywords.get("loop_control"), position)


def _check_internal(short: str, args: Any, position: Position) -> None:
    for key in args if isinstance(args, dict) else ():
        if str(key).startswith("_ansible_"):
            raise ParseError(
                f"Invalid parameter specified beginning with keyword '_ansible_' for action '{short}': '{key}'. "
                "The prefix '_ansible_' is reserved for internal use only.",
                position=position_of(key) or position,
                found=f"'{key}'",
                expected="a name that does not begin with _ansible_",
                remedy="give it another name",
            )


def _check_include(action: Text, args: Any, keywords: Map, position: Position) -> None:
    short = find.short_name(str(action))
    allowed = INCLUDE_ARGUMENTS.get(short)
    wrong = [key for key in args if key not in allowed] if allowed else []
    if allowed and wrong:
        raise ParseError(
            f"Invalid options for {short}: {', '.join(map(str, wrong))}",
            position=position_of(wrong[0]) or position,
            expected=" or ".join(sorted(allowed - {"_raw_params"})),
            found=f"'{wrong[0]}'",
            nearest=nearest_names(str(wrong[0]), allowed),
            remedy="correct the spelling, or pass variables with the task's 'vars' keyword",
        )
    kind = INCLUDE_CLASS.get(short)
    if kind is None:
        return
    if not any(args.get(word) for word in ("file", "_raw_params", "name", "role", "_variable_params")):
        what = "file" if short == "include_tasks" else "name"
        raise ParseError(
            f"No file specified for {action}" if what == "file" else "'name' is a required field for include_role.",
            position=position,
            expected=f"'{what}: ...' under {short}",
            found=", ".join(map(str, args)) or "nothing",
            remedy=f"write '{short}: {'tasks.yml' if what == 'file' else '{name: <role>}'}'",
        )
    for key in keywords:
        if key not in INCLUDE_KEYWORDS:
            raise ParseError(
                f"'{key}' is not a valid attribute for a {kind}",
                position=position_of(key) or position,
                expected=f"a keyword that {short} takes: {', '.join(sorted(INCLUDE_KEYWORDS - {'listen'}))}",
                found=f"'{key}'",
                remedy=f"give it to the included tasks: 'apply: {{{key}: ...}}' under {short}, or use import_{short.partition('_')[2]}",
            )


def _check_role_files(short: str, args: Any, position: Position) -> None:
    for word in ROLE_FILES:
        value = args.get(word) if isinstance(args, dict) else None
        if value is not None and not isinstance(value, str):
            raise ParseError(
                f"Expected a string for {word} but got {type_word(value)} instead",
                position=position_of(value) or position,
                exit_code=1,
                expected=f"{word}: the name of one file",
                found=f"a {type_word(value)}",
                remedy=f"name one file; for several write {short} more than once",
            )


def _check_register(keywords: Map, position: Position) -> None:
    register = keywords.get("register")
    if register is not None and not (can_be_variable(register) or isinstance(register, Template)):
        raise ParseError(
            f"Invalid variable name in 'register' specified: '{register}'",
            position=position_of(register) or position,
            expected="a name of letters, digits and underscores that does not start with a digit",
            found=f"'{register}'",
            remedy="give the result another name",
        )


def _check_mapping(word: str, value: Any, position: Position) -> None:
    if value is not None and not isinstance(value, (dict, Template)):
        raise ParseError(
            f"'{word}' must be a mapping",
            position=position_of(value) or position,
            found=f"a {type_word(value)}",
            expected="key: value lines",
            remedy=f"indent 'name: value' lines under '{word}:'",
        )


def _check_text(word: str, keywords: Map, position: Position) -> None:
    value = keywords.get(word)
    if isinstance(value, (dict, list)):
        raise ParseError(
            f"the field '{word}' is supposed to be a string type, however the incoming data structure is a {type_word(value)}",
            position=position_of(value) or position,
            expected="one text",
            found=f"a {type_word(value)}",
            remedy=f"write '{word}: text'; for several hosts write a task for each" if word == "delegate_to" else f"write '{word}: text'",
        )


def check_variables(variables: Any, what: str, position: Position) -> None:
    """Raise ParseError where `vars` is no mapping, or has a name that no variable can have. what: the statement, for the message."""
    if variables is not None and not isinstance(variables, dict):
        raise ParseError(
            f"Vars in a {what} must be specified as a dictionary",
            position=position_of(variables) or position,
            expected="name: value lines",
            found=f"a {type_word(variables)}",
            remedy="take the dashes away" if isinstance(variables, list) else "indent 'name: value' lines under 'vars:'",
        )
    check_variable_names(variables, what, position)


def check_variable_names(variables: Any, what: str, position: Position) -> None:
    """Raise ParseError for a name in a `vars` mapping that no variable can have. what: the statement, for the message."""
    for name in variables if isinstance(variables, dict) else ():
        if not can_be_variable(name):
            raise ParseError(
                f"Invalid variable name in vars specified for {what}: '{name}' is not a valid variable name",
                position=position_of(name) or position_of(variables) or position,
                expected="a name of letters, digits and underscores that does not start with a digit",
                found=f"'{name}'",
                remedy=better_name(name),
            )


def can_be_variable(name: Any) -> bool:
    """Tell whether a key can be the name of a variable; `on` and `yes` without quotes are booleans of YAML, which are none."""
    return isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name)


def better_name(name: Any) -> str:
    """Return what to do about a name that no variable can have."""
    if isinstance(name, bool):
        return "on, off, yes and no are booleans in YAML: give the variable another name"
    if keyword.iskeyword(str(name)):
        return f"give the variable another name: '{name}' is a word of Python, in which expressions are written"
    letters = "".join(each if each.isalnum() else "_" for each in str(name))
    return f"write '{letters if not letters[:1].isdigit() else '_' + letters}'"


def check_tags(tags: Any, position: Position) -> None:
    """Raise ParseError when tags are neither words nor a list of them."""
    if isinstance(tags, dict):
        raise ParseError(
            "tags must be specified as a list",
            exit_code=1,
            position=position_of(tags) or position,
            expected="a word, words with commas, or a list",
            found="a mapping",
            remedy="write 'tags: [one, two]'",
        )


def check_module_defaults(value: Any, position: Position) -> None:
    """Raise ParseError when module_defaults do not give a mapping of arguments for each module."""
    for layer in value if isinstance(value, list) else [value]:
        wrong = layer
        if isinstance(layer, dict):
            wrong = next((each for each in layer.values() if not isinstance(each, dict)), None)
        if wrong is not None and not isinstance(wrong, Template):
            raise ParseError(
                "The field 'module_defaults' is supposed to be a dictionary or list of dictionaries of the arguments of modules",
                position=position_of(wrong, value) or position,
                expected="'module: {argument: value}'",
                found=f"a {type_word(wrong)}",
                remedy="write the module's name, and 'argument: value' lines under it",
            )


def _check_loop_control(control: Any, position: Position) -> None:
    for key, value in control.items() if isinstance(control, dict) else ():
        if key not in LOOP_CONTROL:
            raise ParseError(
                f"'{key}' is not a valid attribute for a LoopControl",
                position=position_of(key) or position,
                expected=", ".join(sorted(LOOP_CONTROL)),
                found=f"'{key}'",
                nearest=nearest_names(str(key), LOOP_CONTROL),
                remedy="correct the spelling or remove the key",
            )
        if key in ("loop_var", "index_var") and not isinstance(value, Template) and not str(value).isidentifier():
            raise ParseError(
                f"'{value}' is not a valid variable name for {key}",
                position=position_of(value, key) or position,
                expected="a name of letters, digits and underscores that does not start with a digit",
                found=f"'{value}'",
                remedy="give the variable another name",
            )

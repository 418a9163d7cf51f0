"""Statements as read -> statements ready to run: inheritance, keys of order, roles with their frames (pure)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runner.model.plan import Frame, PlanBlock, PlanPlay, PlanStatement, PlanTask
from runner.model.play import Block, Play, Role, Statement, Task
from runner.plan.inherit import enter, mappings, without_own
from runner.record import replace


def compile_statements(
    statements: Iterable[Statement], frame: Frame, key: tuple[int, ...] = (), *, handler: bool = False
) -> tuple[PlanStatement, ...]:
    """Return the plan of a list of statements that stand inside `frame`; `key` is the place of the list in the play."""
    return tuple(_compile(each, frame, (*key, at), handler=handler) for at, each in enumerate(statements))


def _compile(statement: Statement, frame: Frame, key: tuple[int, ...], *, handler: bool) -> PlanStatement:
    if isinstance(statement, Task):
        own = enter(frame, statement.keywords)
        return PlanTask(statement, own, frame, key, handler=handler)
    inner = enter_block(frame, statement)
    body = tuple(
        _compile(each, within, (*key, 0, at), handler=handler) for at, (each, within) in enumerate(body_frames(statement, inner))
    )
    rescue, always = (
        compile_statements(part, inner, (*key, at), handler=handler) for at, part in ((1, statement.rescue), (2, statement.always))
    )
    return PlanBlock(statement.position, inner, key, body, rescue, always, role=statement.role)


def enter_block(frame: Frame, block: Block) -> Frame:
    """Return the frame inside a block, which may be a role's."""
    inner = without_own(enter(frame, block.keywords))
    return enter_role(inner, block.role) if block.role is not None else inner


def body_frames(block: Block, inner: Frame) -> list[tuple[Statement, Frame]]:
    """Return the statements of a block's body, each with the frame it stands in; a dependency sees the role that depends on it."""
    last = block.body[-1] if block.kind == "use" else None
    if not isinstance(last, Block) or last.role is None:
        return [(each, inner) for each in block.body]
    below = replace(inner, chain=(last.role, *inner.chain))
    return [(each, inner if each is last else below) for each in block.body]


def enter_role(frame: Frame, role: Role) -> Frame:
    """Return the frame inside a role."""
    parents = (frame.role, *frame.parents) if frame.role else frame.parents
    return replace(frame, role=role, parents=parents, base=f"{role.path}/tasks")


def play_frame(play: Play, base: str) -> Frame:
    """Return the frame of a play's statements: its keywords, without its variables (they are a layer of their own)."""
    keywords = {key: value for key, value in play.keywords.items() if key not in ("vars", "name")}
    return without_own(enter(Frame(base=base), keywords))


def compile_play(play: Play, base: str, index: int, gather: tuple[Statement, ...] = ()) -> PlanPlay:
    """Return the plan of one play. base: the playbook's folder; gather: the implicit tasks in front of all others."""
    frame = play_frame(play, base)
    sections = []
    given = (("gather", gather), ("pre_tasks", play.pre_tasks), ("tasks", (*play.roles, *play.tasks)), ("post_tasks", play.post_tasks))
    for at, (name, statements) in enumerate(given):
        compiled = compile_statements(statements, frame, (at,))
        if name == "gather":
            compiled = tuple(replace(each, implicit=True) if isinstance(each, PlanTask) else each for each in compiled)
        sections.append((name, compiled))
    roles = tuple(roles_of(play))
    return PlanPlay(
        position=play.position,
        path=play.path,
        name=play.keywords.get("name") or play.keywords.get("hosts"),
        frame=frame,
        keywords=play.keywords,
        sections=tuple(sections),
        handlers=tuple(handlers_of(play, frame)),
        roles=tuple(roles),
        mentioned=tuple(mentioned_roles(play)),
        index=index,
    )


def handlers_of(play: Play, frame: Frame) -> list[PlanTask]:
    """Return the handlers of a play: those of its roles in order, then its own."""
    found: list[PlanTask] = []
    seen: set[str] = set()
    for at, statements in enumerate((play.pre_tasks, play.roles, play.tasks, play.post_tasks)):
        found += role_handlers(statements, frame, (100, at), seen)
    found += flat(compile_statements(play.handlers, replace(frame, section="handlers"), (101,), handler=True))
    return found


def role_handlers(statements: Iterable[Statement], frame: Frame, key: tuple[int, ...], seen: set[str]) -> list[PlanTask]:
    """Return the handlers of every role that stands in some statements, each inside its role's frame.

    Of roles that share their handlers only the first one's are returned; their keys are added to `seen`.
    """
    found: list[PlanTask] = []
    for at, statement in enumerate(statements):
        if isinstance(statement, Task):
            continue
        inner = enter_block(frame, statement)
        here = (*key, at)
        if statement.role is not None and statement.role.handlers_key not in seen:
            seen.add(statement.role.handlers_key)
            within = replace(inner, section="handlers", base=f"{statement.role.path}/handlers")
            found += flat(compile_statements(statement.role.handlers, within, (*here, 9), handler=True))
        for number, (each, outer) in enumerate(body_frames(statement, inner)):
            found += role_handlers((each,), outer, (*here, 0, number), seen)
        for part_at, part in ((1, statement.rescue), (2, statement.always)):
            found += role_handlers(part, inner, (*here, part_at), seen)
    return found


def flat(statements: Iterable[PlanStatement]) -> list[PlanTask]:
    """Return every task in some statements, in order; blocks are opened."""
    found: list[PlanTask] = []
    for statement in statements:
        if isinstance(statement, PlanTask):
            found.append(statement)
        else:
            found += flat((*statement.body, *statement.rescue, *statement.always))
    return found


def roles_of(play: Play) -> list[Role]:
    """Return the roles of a play in order of their run, dependencies first."""
    found: list[Role] = []

    def visit(statements: Iterable[Statement]) -> None:
        for statement in statements:
            if isinstance(statement, Block):
                for part in (statement.body, statement.rescue, statement.always):
                    visit(part)
                if statement.role is not None:
                    found.append(statement.role)

    for section in (play.pre_tasks, play.roles, play.tasks, play.post_tasks):
        visit(section)
    return found


def mentioned_roles(play: Play) -> list[Role]:
    """Return the roles that a play names, each as often as it is named, in the order of Ansible's `role_names`.

    First those of its `roles`, then what is imported: in those roles, before the play's tasks, after them, and in them.
    """
    uses = list(_uses(play.roles))
    found = [role for use in uses if (role := _used(use)) is not None]
    for use in uses:
        found += _imported(use, dependency=True)
    return [*found, *imported_roles((*play.pre_tasks, *play.post_tasks, *play.tasks))]


def imported_roles(statements: Iterable[Statement]) -> list[Role]:
    """Return the roles that are imported in some statements, each after those imported inside it; not what they depend on."""
    return [role for each in statements if isinstance(each, Block) for role in _imported(each, dependency=False)]


def _uses(statements: Iterable[Statement]) -> Iterator[Block]:
    for each in statements:
        if isinstance(each, Block):
            yield from (each,) if each.kind == "use" else _uses(each.body)


def _used(block: Block) -> Role | None:
    """Return the role whose use a block is, None for any other block."""
    own = block.body[-1] if block.kind == "use" else None
    return own.role if isinstance(own, Block) else None


def _imported(block: Block, *, dependency: bool) -> Iterator[Role]:
    for each in (*block.body, *block.rescue, *block.always):
        if isinstance(each, Block):
            # what is used right inside a use are the role's dependencies
            yield from _imported(each, dependency=block.kind == "use" and each.kind == "use")
    if not dependency and (role := _used(block)) is not None:
        yield role


def variable_layers(frame: Frame, roles: Iterable[Role]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the layers a task's place gives: role defaults and vars, block and task vars, role and include parameters."""
    public = [role for role in roles if role.public]
    above = [*reversed(frame.parents), *reversed(frame.chain)]
    self = [frame.role] if frame.role else []
    own = [*above, *self]
    below = dependency_roles(frame.role) if frame.role else []
    return {
        "role_defaults": [role.defaults for role in (*public, *below, *own)],
        "role_vars": [role.vars for role in (*public, *above, *below, *self)],
        "block_vars": list(frame.vars),
        "role_params": [role.params for role in own],
        "include_params": list(frame.include_params),
    }


def dependency_roles(role: Role) -> list[Role]:
    """Return the roles a role depends on, deepest first."""
    found: list[Role] = []
    for block in role.dependencies:
        for each in block.body:
            if isinstance(each, Block) and each.role is not None:
                found += [*dependency_roles(each.role), each.role]
    return found


def play_vars(keywords: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the mappings of a play's `vars`."""
    return list(mappings(keywords.get("vars")))

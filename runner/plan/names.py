"""How a task is called: its own name or its action's, with the role in front (pure)."""

from runner import find
from runner.model.plan import PlanTask


def full_name(task: PlanTask, given: str) -> str:
    """Return the name people see. given: the task's name, empty when it has none. An include_role stands without its role."""
    action = str(task.task.action)
    short = given if given.strip() else ""
    if find.short_name(action) == "include_role":
        args = task.task.args
        return short or f"{action} : {args.get('name', args.get('role', ''))}"
    role = task.frame.role
    return f"{role.name} : {short or action}" if role else short or action

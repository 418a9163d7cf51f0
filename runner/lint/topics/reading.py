"""What is found while files are read: YAML, forms, keywords, duplicate keys, descriptions of drills, labs and inventories."""

from runner.lint.rule import Rule

RULES = (
    Rule("yaml", "error", "file", "A file that is no YAML."),
    Rule("duplicate-key", "warning", "file", "A key that stands twice in a mapping; the last one wins in silence."),
    Rule("form", "error", "file", "A play, block or task that cannot be read."),
    Rule("keyword", "error", "file", "A key that no keyword of its statement is, or two modules in a task."),
    Rule("include", "error", "file", "The removed action `include`."),
    Rule("inventory", "error", "file", "An inventory that cannot be read in full."),
    Rule("drill", "error", "file", "A drill that its schema does not allow."),
    Rule("lab", "error", "file", "A lab that its schema does not allow."),
    Rule("connection-variable", "warning", "file", "A variable of an inventory that is nearly one of connections, and that nothing reads."),
    Rule("group-vars", "warning", "file", "A file of group_vars or host_vars whose group or host is in no inventory."),
)

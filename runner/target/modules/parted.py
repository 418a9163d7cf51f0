"""Ensures a partition of a disk: where it lies, its name and flags; or only reads the table. Source: parted(8)."""

import re
from typing import Any, Dict, List, Optional, Sequence, Tuple

from runner.target.decision import Decision, ModuleFailed
from runner.target.option import option
from runner.target.programs import program
from runner.target.state_diff import state_diff

UNITS = ["s", "B", "KB", "KiB", "MB", "MiB", "GB", "GiB", "TB", "TiB", "%", "cyl", "chs", "compact"]
LABELS = ["aix", "amiga", "bsd", "dvh", "gpt", "loop", "mac", "msdos", "pc98", "sun"]
ARGUMENTS: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "device": option("str", "The disk, or a file."),
        "number": option("int", "Number of the partition."),
        "state": option("str", "info only reads.", "info", enum=["absent", "present", "info"]),
        "label": option("str", "The partition table. Another one takes its place and all partitions go.", "msdos", enum=LABELS),
        "part_type": option("str", "Of msdos and dvh tables.", "primary", enum=["extended", "logical", "primary"]),
        "part_start": option("str", "Where it begins, with a unit; from the end when negative.", "0%"),
        "part_end": option("str", "Where it ends.", "100%"),
        "name": option("str", "Its name (gpt and others)."),
        "flags": option("strs", "Its flags; others that it has go."),
        "fs_type": option("str", "Type of file system that a new partition is marked for."),
        "align": option("str", "Alignment of a new one.", "optimal", enum=["cylinder", "minimal", "none", "optimal", "undefined"]),
        "resize": option("bool", "It takes the end given, also when it is there already.", False),
        "unit": option("str", "Unit of what is told, and of positions without one.", "KiB", enum=UNITS),
    },
    "required": ["device"],
    "required_if": [["state", "present", ["number"]], ["state", "absent", ["number"]]],
}
RETURNS = {
    "disk": "dev, size, unit, table, model, blocks",
    "partitions": "num, begin, end, size, fstype, name, flags of each",
    "script": "what parted was told",
}
EXAMPLES = """
- parted: {device: /dev/vdb, label: gpt, number: 1, name: data, state: present, flags: [lvm]}
"""
INTERRUPT = "finish"
_CHS = re.compile(r"^(\d+),(\d+),(\d+)$")
_SIZE = re.compile(r"^(-?\d+(?:\.\d+)?) *([a-zA-Z%]*)$")


def number_of(text: str) -> Tuple[Any, str]:
    """Return (number, unit) of a size as parted prints it; what is no number stays text."""
    found = _SIZE.match(text)
    if found is not None:
        return float(found.group(1)), found.group(2)
    chs = _CHS.match(text)
    return ({"cylinder": int(chs.group(1)), "head": int(chs.group(2)), "sector": int(chs.group(3))} if chs else text), ""


def parse(text: str, unit: str) -> Dict[str, Any]:
    """Return the disk and its partitions of what `parted -m print` says. Source: parted's machine output."""
    lines = [line.rstrip(";") for line in text.splitlines() if line.strip()]
    lines = lines[1:] if lines and lines[0] in ("BYT", "CHS", "CYL") else lines
    words = lines[0].split(":")
    size, told = number_of(words[1])
    disk = {"dev": words[0], "size": size, "unit": (told or unit).lower() if unit != "chs" else "chs", "table": words[5]}
    disk.update(model=words[6], logical_block=int(words[3]), physical_block=int(words[4]))
    geometry = lines[1].split(":") if unit in ("cyl", "chs") and len(lines) > 1 else []
    if geometry:
        cylinder, told = number_of(geometry[3])
        disk["chs_info"] = {"cylinders": int(geometry[0]), "heads": int(geometry[1]), "sectors": int(geometry[2])}
        disk["chs_info"].update(cyl_size=cylinder, cyl_size_unit=told.lower())
    return {"disk": disk, "partitions": [_partition(line.split(":"), disk["unit"]) for line in lines[2 if geometry else 1 :]]}


def _partition(words: List[str], unit: str) -> Dict[str, Any]:
    found: Dict[str, Any] = {"num": int(words[0]), "unit": unit}
    found.update(begin=number_of(words[1])[0], end=number_of(words[2])[0])
    # chs has no sizes
    rest = words[3:] if unit == "chs" else words[4:]
    found["size"] = "" if unit == "chs" else number_of(words[3])[0]
    rest += [""] * (3 - len(rest))
    found.update(fstype=rest[0], name=rest[1], flags=[flag.strip() for flag in rest[2].split(",") if flag.strip()])
    return found


def _call(args: Dict[str, Any], script: List[str], system: Any, fails: bool = True, words: Sequence[str] = ()) -> str:
    ran = system.run([program(system, "parted"), "-s", "-m"] + list(words) + [args["device"], "--"] + script)
    if ran.rc != 0 and fails:
        said = (ran.err or ran.out).strip()
        raise ModuleFailed("Error while running parted script: %s: %s" % (" ".join(script), said), rc=ran.rc, out=ran.out, err=ran.err)
    return str(ran.out)


def table(args: Dict[str, Any], unit: str, system: Any) -> Dict[str, Any]:
    """Return the disk and its partitions, in a unit; a disk without a table has the table "unknown" and none."""
    text = _call(args, ["unit", unit, "print"], system, fails=False)
    if not any(":" in line for line in text.splitlines()):
        text = _call(args, ["unit", unit, "print"], system)
    return parse(text, unit)


def look(args: Dict[str, Any], system: Any) -> Dict[str, Any]:
    """Return the table in the unit asked for, and in bytes."""
    if args["part_type"] != "primary" and args["label"] not in ("msdos", "dvh"):
        raise ModuleFailed("Partition type can only be specified with label=msdos or label=dvh, not %s" % args["label"])
    for key in ("part_start", "part_end"):
        if not re.match(r"^-?\d+(?:\.\d+)? *[a-zA-Z%]*$", args[key]):
            raise ModuleFailed("The argument '%s' must respect required format: a number, with a unit or without" % key)
    if args["number"] is not None and args["number"] < 1:
        raise ModuleFailed("The partition number must be greater then 0.")
    if not system.exists(args["device"]):
        raise ModuleFailed("Device %s not found." % args["device"])
    return dict(table(args, args["unit"], system), bytes=table(args, "B", system))


def decide(args: Dict[str, Any], state: Dict[str, Any]) -> Decision:
    """Return parted's script (pure)."""
    there = next((each for each in state["partitions"] if each["num"] == args["number"]), None)
    script: List[str] = []
    if args["state"] == "absent" and there is not None:
        script = ["rm", str(args["number"])]
    elif args["state"] == "present":
        script = _present(args, state, there)
    before = {key: there[key] for key in ("begin", "end", "name", "flags")} if there else None
    told = {"disk": state["disk"], "partitions": state["partitions"], "script": _shown(args, script)}
    after = None if args["state"] == "absent" else {"script": told["script"]}
    return Decision(bool(script), told, state_diff(before, after, args["device"]) if script else None, script)


def _shown(args: Dict[str, Any], script: List[str]) -> str:
    if args["state"] == "info":
        return "unit '%s' print" % args["unit"]
    return " ".join(_with_unit(args, script)) if script else ""


def _with_unit(args: Dict[str, Any], script: List[str]) -> List[str]:
    return ["unit", args["unit"]] + script


def _present(args: Dict[str, Any], state: Dict[str, Any], there: Optional[Dict[str, Any]]) -> List[str]:
    script: List[str] = []
    number = str(args["number"])
    if state["disk"]["table"] != args["label"]:
        script += ["mklabel", args["label"]]
        there = None
    if there is None:
        # where tables have no types of partitions, that word is the name
        first = args["part_type"] if args["label"] in ("msdos", "dvh") else '"%s"' % (args["name"] or "primary")
        script += ["mkpart", first] + ([args["fs_type"]] if args["fs_type"] else []) + [args["part_start"], args["part_end"]]
    elif args["resize"] and not _ends_there(args, state):
        script += ["resizepart", number, args["part_end"]]
    if args["name"] is not None and there is not None and there["name"] != args["name"]:
        script += ["name", number, '"%s"' % args["name"]]
    have = set(there["flags"]) if there else set()
    wanted = set(args["flags"] or [])
    if args["flags"] is not None:
        # esp and boot are one flag on gpt
        script += [word for flag in sorted(wanted - have) for word in ("set", number, flag, "on")]
        gone = have - wanted - ({"boot", "esp", "legacy_boot"} if wanted & {"boot", "esp"} else set())
        script += [word for flag in sorted(gone) for word in ("set", number, flag, "off")]
    return script


_FACTORS = {"": 1, "b": 1, "s": 512, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_FACTORS.update({"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40})


def _ends_there(args: Dict[str, Any], state: Dict[str, Any]) -> bool:
    """Tell whether the partition ends where it shall, to within a mebibyte (tables and alignment round)."""
    whole = state["bytes"]["disk"]["size"]
    have = next(each["end"] for each in state["bytes"]["partitions"] if each["num"] == args["number"])
    number, unit = number_of(args["part_end"])
    unit = (unit or args["unit"]).lower()
    if unit != "%" and unit not in _FACTORS:
        return False
    wanted = number * whole / 100 if unit == "%" else number * _FACTORS[unit]
    wanted += whole if number < 0 else 0
    return bool(abs(wanted - have) <= 1 << 20)


def apply(args: Dict[str, Any], decision: Decision, system: Any) -> Dict[str, Any]:
    """Run the script; the table afterwards is the result."""
    version = re.search(r"(\d+)\.(\d+)", system.run([program(system, "parted"), "--version"]).out)
    # a table that a grown disk has left behind its end is put right; parted can since 3.5
    words = ["-f"] if version is not None and (int(version.group(1)), int(version.group(2))) >= (3, 5) else []
    words += [] if args["align"] == "undefined" else ["-a", args["align"]]
    _call(args, _with_unit(args, decision.plan), system, words=words)
    return dict(table(args, args["unit"], system))

"""The most memory that this process ever held (Linux).

Not `resource.getrusage`: its peak counts what the parent held when it forked.
"""


def megabytes() -> float:
    """Megabytes at the highest."""
    with open("/proc/self/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024

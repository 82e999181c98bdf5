"""What a process and its children use, from /proc."""
import os
import re

TICK = os.sysconf("SC_CLK_TCK")


def _numbers():
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def _descendants(pid, parents):
    family = {pid}
    while True:
        more = {p for p, parent in parents.items() if parent in family} - family
        if not more:
            return family
        family |= more


def cpu_seconds(pid):
    """Processor time of pid and all its descendants; dead children that were reaped are included."""
    parents, used = {}, {}
    for p in _numbers():
        try:
            with open(f"/proc/{p}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents[p] = int(fields[1])
        used[p] = sum(map(int, fields[11:15])) / TICK
    return sum(used.get(p, 0) for p in _descendants(pid, parents))


def resident_mib(pid):
    """Anonymous resident memory of pid and its descendants: a mapped database file does not count."""
    parents, held = {}, {}
    for p in _numbers():
        try:
            with open(f"/proc/{p}/status") as file:
                text = file.read()
        except OSError:
            continue
        parents[p] = int(re.search(r"PPid:\s+(\d+)", text)[1])
        found = re.search(r"RssAnon:\s+(\d+)", text)
        held[p] = int(found[1]) if found else 0
    return sum(held.get(p, 0) for p in _descendants(pid, parents)) / 1024

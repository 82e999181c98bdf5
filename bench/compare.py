"""Side-by-side load: compare.py [-k one,page] [-c 64] [-d 4] [-r 5] [-g one=0.75] NAME=DIALECT=BASE[=PID[=TOKEN]] ...

Each BASE is a URL with an optional path prefix. All targets are loaded in turn, r rounds over, so that a slow spell of
the machine falls on all of them; the median of the rounds counts and every ratio is against the first target. With a
PID the processor time of that process (and its children) and of PostgreSQL (PGPID) is charged per request. Prints one
table in Markdown for each kind of load; the rounds themselves are appended to the file -o as JSON. Exits with 1 when a
target failed or answered with errors.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
from urllib.parse import urlsplit

from processes import cpu_seconds, resident_mib

HERE = os.path.dirname(os.path.abspath(__file__))
PGPID = int(os.environ.get("PGPID", 0))


def load(target, kind, connections, seconds):
    """One round on one target, or None when it did not answer."""
    url = urlsplit(target["base"])
    env = dict(os.environ, KIND=kind, PATHS=target["dialect"], PREFIX=url.path, TOKEN=target["token"])
    server, postgres = cpu_of(target["pid"]), cpu_of(PGPID)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", f"{HERE}/lua/mix.lua", f"{url.scheme}://{url.netloc}"]
    out = subprocess.run(command, env=env, capture_output=True, text=True)
    server, postgres = cpu_of(target["pid"]) - server, cpu_of(PGPID) - postgres
    found = re.search(r"RESULT (\d+) ([\d.]+) ([\d.]+) ([\d.]+) (\d+) (\d+)", out.stdout)
    if not found or not int(found[1]):
        print(out.stdout, out.stderr, file=sys.stderr)
        return None
    requests = int(found[1])
    return {
        "rate": requests / float(found[2]), "p50": float(found[3]), "p99": float(found[4]),
        "errors": int(found[5]) + int(found[6]),
        "server_us": 1e6 * server / requests, "postgres_us": 1e6 * postgres / requests,
    }


def cpu_of(pid):
    return cpu_seconds(pid) if pid else 0


def measure(kind, targets, options):
    """The rounds of every target."""
    rounds = {target["name"]: [] for target in targets}
    for target in targets:
        load(target, kind, options.c, 1)  # warm-up
    for _ in range(options.r):
        for target in targets:
            rounds[target["name"]].append(load(target, kind, options.c, options.d))
    return rounds


def median(rounds):
    rounds = [one for one in rounds if one]
    return {key: statistics.median(one[key] for one in rounds) for key in rounds[0]} if rounds else None


def table(kind, targets, rounds, options, goals):
    """Prints the table; gives whether every target answered without errors."""
    first, sound = targets[0]["name"], True
    medians = {name: median(list_) for name, list_ in rounds.items()}
    base = medians[first]
    print(f"\n**{kind}**, {options.c} connections, median of {options.r} x {options.d} s, ratios against {first}\n")
    print("| target | req/s | ratio | goal | min..max | p50 ms | p99 ms | server us/req | PostgreSQL us/req | CPU ratio "
          "| errors | RssAnon MiB |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for target in targets:
        name, goal = target["name"], ""
        m = medians[name]
        if not m or not base:
            print(f"| {name} | failed |" + " |" * 10)
            sound = False
            continue
        sound = sound and not m["errors"]
        ratio = m["rate"] / base["rate"]
        if target["dialect"] in ("portcullis", "tenant-user") and kind in goals:
            goal = f"{goals[kind]:.2f} {'met' if ratio >= goals[kind] else 'missed'}"
        rates = [one["rate"] for one in rounds[name] if one]
        cpu, base_cpu = m["server_us"] + m["postgres_us"], base["server_us"] + base["postgres_us"]
        resident = f"{resident_mib(target['pid']):.0f}" if target["pid"] else ""
        print(f"| {name} | {m['rate']:.0f} | {ratio:.2f} | {goal} | {min(rates):.0f}..{max(rates):.0f} | {m['p50']:.1f} "
              f"| {m['p99']:.1f} | {m['server_us']:.1f} | {m['postgres_us']:.1f} | {cpu / base_cpu if base_cpu else 0:.2f} "
              f"| {m['errors']:.0f} | {resident} |")
    sys.stdout.flush()
    return sound


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-k", default="one,page,nested,insert")
    parser.add_argument("-c", type=int, default=64)
    parser.add_argument("-d", type=int, default=4)
    parser.add_argument("-r", type=int, default=5)
    parser.add_argument("-g", default="")
    parser.add_argument("-o")
    parser.add_argument("targets", nargs="+")
    options = parser.parse_args()
    goals = {kind: float(ratio) for kind, ratio in (pair.split("=") for pair in options.g.split(",") if pair)}
    targets = []
    for text in options.targets:
        name, dialect, base, pid, token = (text.split("=", 4) + ["", ""])[:5]
        targets.append({"name": name, "dialect": dialect, "base": base, "pid": int(pid or 0), "token": token})
    sound = True
    for kind in options.k.split(","):
        rounds = measure(kind, targets, options)
        sound = table(kind, targets, rounds, options, goals) and sound
        if options.o:
            with open(options.o, "a") as file:
                file.write(json.dumps({"kind": kind, "connections": options.c, "rounds": rounds}) + "\n")
    sys.exit(0 if sound else 1)


main()

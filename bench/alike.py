"""alike.py BASE [SAMPLES]: whether the time of an answer tells who has an account. SEC-4, SEC-5, SEC-22.

Asks the node at BASE (such as http://127.0.0.1:8080/p/shop) for people of bench/sql/people.sql and for people nobody has
heard of, in a random order, so that a slow spell of the machine falls on all of them, and compares medians. Each address
is asked for once; every eighty requests come from another source, as there are only so many mails for each.

Prints one table in Markdown. `noise` is what two halves of the first line differ by: below it nothing can be told.
Exits with 1 when two answers of one kind differ in status or body, since then no clock is needed, and when one is no answer
to what was asked, such as a busy node's.
"""
import base64
import http.client
import itertools
import json
import random
import statistics
import sys
import time
from urllib.parse import urlsplit

GOAL = 0.10
# Requests of one source, below what one source may ask for.
OF_SOURCE = 80
PASSWORD = "a password for measurements"


class Stranger:
    """Sends requests, each from a source that has sent few."""

    def __init__(self, base):
        url = urlsplit(base)
        self.host, self.port, self.prefix = url.hostname, url.port, url.path
        self.sources = itertools.count(1)
        self.left = 0

    def connect(self):
        number = next(self.sources)
        source = f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"
        self.line = http.client.HTTPConnection(self.host, self.port, timeout=60, source_address=(source, 0))
        # The limits' first look at a source is not what is measured.
        for _ in range(2):
            self.line.request("GET", f"{self.prefix}/auth/me")
            self.line.getresponse().read()
        self.left = OF_SOURCE

    def ask(self, method, path, body, headers):
        """Status, body and milliseconds of one request."""
        if not self.left:
            self.connect()
        self.left -= 1
        body = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"} | headers
        begun = time.perf_counter_ns()
        self.line.request(method, self.prefix + path, body, headers)
        answer = self.line.getresponse()
        text = answer.read()
        took = (time.perf_counter_ns() - begun) / 1e6
        text = json.loads(text) if text else None
        if isinstance(text, dict):
            text.pop("request_id", None)
        return answer.status, text, took


def login(address, password="a wrong one"):
    return "POST", "/auth/login", {"email": address, "password": password}, {}


def basic(address):
    pair = base64.b64encode(f"{address}:a wrong one".encode()).decode()
    return "GET", "/auth/me", None, {"Authorization": f"Basic {pair}"}


def mail(path):
    return lambda address: ("POST", f"/auth/{path}", {"email": address}, {})


def signup(address):
    return "POST", "/auth/signup", {"email": address, "password": PASSWORD}, {}


# The people of people.sql, by what they are, and those who are not there.
known = "known{}@example.com".format
unknown = "stranger{}@example.com".format
inactive = "inactive{}@example.com".format
social = "social{}@example.com".format

# What is asked, how many times as often as the dearest, and of whom: the first line of each is what others are held to.
KINDS = [
    ("login", 1, {
        "wrong password": lambda i: login(known(i)),
        "unknown address": lambda i: login(unknown(i)),
        "switched off, right password": lambda i: login(inactive(i), PASSWORD),
        "without a password": lambda i: login(social(i)),
    }),
    ("HTTP Basic", 1, {"wrong password": lambda i: basic(known(i)), "unknown address": lambda i: basic(unknown(i))}),
    ("reset", 5, {
        "known address": lambda i: mail("password_reset")(known(i)),
        "unknown address": lambda i: mail("password_reset")(unknown(i)),
        "switched off": lambda i: mail("password_reset")(inactive(i)),
    }),
    ("link by mail", 5, {
        "known address": lambda i: mail("magic-link")(known(i)),
        "unknown address": lambda i: mail("magic-link")(unknown(i)),
    }),
    ("code by mail", 5, {
        "known address": lambda i: mail("otp")(known(i)),
        "unknown address": lambda i: mail("otp")(unknown(i)),
    }),
    ("verification again", 5, {
        "known address": lambda i: mail("resend-verification")(known(i)),
        "unknown address": lambda i: mail("resend-verification")(unknown(i)),
    }),
    ("signup, addresses verified", 1, {
        "new address": lambda i: signup(unknown(i)),
        "taken address": lambda i: signup(known(i)),
    }),
]


def measure(stranger, groups, samples, first):
    """Milliseconds of every group; addresses from number `first` on."""
    order = [(name, i) for name in groups for i in range(samples)]
    random.shuffle(order)
    times, answers = {name: [] for name in groups}, {}
    for name, i in order:
        status, body, took = stranger.ask(*groups[name](first + i))
        if status not in (200, 202, 401):
            sys.exit(f"This is not what was to be measured: {status} {body}")
        answers.setdefault((status, json.dumps(body, sort_keys=True)), set()).add(name)
        times[name].append(took)
    if any(names != set(groups) for names in answers.values()):
        sys.exit(f"The answers differ: {answers}")
    return times, next(iter(answers))


def main():
    random.seed(1)
    stranger = Stranger(sys.argv[1])
    samples = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    print(f"\nMedians of {samples} requests a line, of {5 * samples} where only a mail is asked for; goal: less than "
          f"{GOAL:.0%} apart.\n")
    print("| request | of whom | median ms | quartiles | difference | goal | noise |")
    print("|---|---|---|---|---|---|---|")
    first = 1
    for kind, often, groups in KINDS:
        times, _ = measure(stranger, groups, samples * often, first)
        # Once more for the same person would be another case: the second mail, the second failure.
        first += samples * often
        base = next(iter(groups))
        halves = [statistics.median(times[base][half::2]) for half in (0, 1)]
        for name in groups:
            own = statistics.median(times[name])
            low, _, high = statistics.quantiles(times[name], n=4)
            line = f"| {kind if name == base else ''} | {name} | {own:.2f} | {low:.2f}..{high:.2f} |"
            if name == base:
                print(f"{line} | | {abs(halves[0] / halves[1] - 1):.1%} |")
            else:
                off = own / statistics.median(times[base]) - 1
                print(f"{line} {off:+.1%} | {'met' if abs(off) < GOAL else 'missed'} | |")
        sys.stdout.flush()


main()

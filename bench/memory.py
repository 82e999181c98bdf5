"""Anonymous resident memory: memory.py rest PID | memory.py stream PID URL TOKEN

`rest` prints what the process holds now. `stream` reads URL to its end as NDJSON and prints the rows, the seconds and
the most the process held meanwhile.
"""
import sys
import threading
import time
import urllib.request

from processes import resident_mib


def stream(pid, url, token):
    """Rows, seconds and the peak."""
    headers = {"Accept": "application/x-ndjson", "Authorization": f"Bearer {token}"}
    peak, done = [resident_mib(pid)], threading.Event()

    def watch():
        while not done.wait(0.05):
            peak.append(resident_mib(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    rows, start = 0, time.monotonic()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
            while chunk := answer.read(1 << 20):
                rows += chunk.count(b"\n")
    finally:
        done.set()
        watcher.join()
    return rows, time.monotonic() - start, max(peak)


if sys.argv[1] == "rest":
    print(f"{resident_mib(int(sys.argv[2])):.1f}")
else:
    rows, seconds, peak = stream(int(sys.argv[2]), sys.argv[3], sys.argv[4])
    print(f"{rows} {seconds:.1f} {peak:.1f}")

"""people.py FILE COUNT: the people of people.sql in an SQLite file."""
import sqlite3
import sys

file, count = sys.argv[1], int(sys.argv[2])
HASH = "$2b$10$qLXfKYAZLxuNf2KWABluW.3K4NIUxC7Rfa6dlWdl1mTi36IQGJNj2"
with sqlite3.connect(file) as db:
    db.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, username TEXT UNIQUE, "
               "name TEXT, password_hash TEXT, active BOOLEAN NOT NULL DEFAULT 1)")
    for kind in ("known", "inactive", "social"):
        db.executemany(
            "INSERT INTO users (email, username, name, password_hash, active) VALUES (?, ?, ?, ?, ?)",
            ((f"{kind}{n}@example.com", f"{kind}{n}", f"{kind.title()} {n}", None if kind == "social" else HASH,
              kind != "inactive") for n in range(1, count + 1)))

"""Old users of a Django and of a Laravel application sign in to Portcullis, and go on signing in there."""

import json
import os
import re
import secrets
import signal
import sqlite3
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import bcrypt

BINARY = sys.argv[1]
OLD, NEW = "lovelace-1843", "analytical-engine"
LARAVEL = """
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name VARCHAR NOT NULL, email VARCHAR NOT NULL,
    email_verified_at DATETIME, password VARCHAR NOT NULL, remember_token VARCHAR, created_at DATETIME, updated_at DATETIME);
CREATE UNIQUE INDEX users_email_unique ON users (email);
CREATE TABLE password_reset_tokens (email VARCHAR NOT NULL, token VARCHAR NOT NULL, created_at DATETIME, PRIMARY KEY (email));
CREATE TABLE sessions (id VARCHAR NOT NULL, user_id INTEGER, ip_address VARCHAR, user_agent TEXT, payload TEXT NOT NULL,
    last_activity INTEGER NOT NULL, PRIMARY KEY (id));
CREATE INDEX sessions_user_id_index ON sessions (user_id);
CREATE TABLE personal_access_tokens (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, tokenable_type VARCHAR NOT NULL,
    tokenable_id INTEGER NOT NULL, name TEXT NOT NULL, token VARCHAR NOT NULL, abilities TEXT, last_used_at DATETIME,
    expires_at DATETIME, created_at DATETIME, updated_at DATETIME);
CREATE TABLE cache ("key" VARCHAR NOT NULL PRIMARY KEY, value TEXT NOT NULL, expiration INTEGER NOT NULL);
CREATE TABLE cache_locks ("key" VARCHAR NOT NULL PRIMARY KEY, owner VARCHAR NOT NULL, expiration INTEGER NOT NULL);
CREATE TABLE jobs (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, queue VARCHAR NOT NULL, payload TEXT NOT NULL,
    attempts INTEGER NOT NULL, reserved_at INTEGER, available_at INTEGER NOT NULL, created_at INTEGER NOT NULL);
CREATE TABLE job_batches (id VARCHAR NOT NULL PRIMARY KEY, name VARCHAR NOT NULL, total_jobs INTEGER NOT NULL,
    pending_jobs INTEGER NOT NULL, failed_jobs INTEGER NOT NULL, failed_job_ids TEXT NOT NULL, options TEXT,
    cancelled_at INTEGER, created_at INTEGER NOT NULL, finished_at INTEGER);
CREATE TABLE failed_jobs (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, uuid VARCHAR NOT NULL, connection TEXT NOT NULL,
    queue TEXT NOT NULL, payload TEXT NOT NULL, exception TEXT NOT NULL,
    failed_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE migrations (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, migration VARCHAR NOT NULL, batch INTEGER NOT NULL);
CREATE TABLE posts (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, user_id INTEGER NOT NULL, title VARCHAR NOT NULL,
    created_at DATETIME, updated_at DATETIME, FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE);
"""


def run(*command, folder, **more):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=clean(), **more)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def clean():
    return {name: value for name, value in os.environ.items() if not name.startswith("PORTCULLIS_")}


def ask(url, body=None, token=None):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def dump(file):
    with sqlite3.connect(file) as database:
        return database.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name").fetchall()


def sign_in_and_change_the_password(folder, file, closed):
    """The three minutes: init, serve, log in, change the password; the structure stays as it was."""
    before = dump(folder / file)
    made = json.loads(run(BINARY, "init", f"sqlite:{file}", "--name", "shop", "--yes", "--json", folder=folder))
    user = made["mapping"]["user"]
    assert user["accepted"] and user["confidence"] > 0.8, user
    exposed = {table["name"] for table in made["tables"] if table["exposed"]}
    assert not exposed & closed, exposed & closed
    command = [BINARY, "serve", "--listen", "127.0.0.1:0"]
    with open(folder / "log.txt", "w") as log, subprocess.Popen(
        command, cwd=folder, env=clean(), stdout=subprocess.PIPE, stderr=log, text=True
    ) as node:
        try:
            root = re.search(r"http://[0-9.:]+", node.stdout.readline()).group()
            auth = f"{root}/p/shop/auth"
            assert ask(f"{auth}/login", {"email": "ada@example.com", "password": NEW})[0] == 401
            status, result = ask(f"{auth}/login", {"email": "ada@example.com", "password": OLD})
            assert status == 200, result
            status, me = ask(f"{auth}/me", token=result["token"])
            assert (status, me["email"], me["name"]) == (200, "ada@example.com", "Ada"), me
            change = {"current_password": OLD, "new_password": NEW}
            status, result = ask(f"{auth}/change-password", change, result["token"])
            assert status == 200, result
            assert ask(f"{auth}/login", {"email": "ada@example.com", "password": OLD})[0] == 401
            assert ask(f"{auth}/login", {"email": "ada@example.com", "password": NEW})[0] == 200
        finally:
            node.send_signal(signal.SIGTERM)
        assert node.wait(30) == 0
    assert dump(folder / file) == before, "the structure of the database has changed"
    return user["table"]


def django(folder):
    manage = [sys.executable, "manage.py"]
    run(sys.executable, "-m", "django", "startproject", "mysite", ".", folder=folder)
    run(*manage, "migrate", folder=folder)
    make = "from django.contrib.auth.models import User; "
    make += f"User.objects.create_user('ada', 'ada@example.com', '{OLD}', first_name='Ada')"
    run(*manage, "shell", "-c", make, folder=folder)
    closed = {"django_session", "auth_permission", "auth_group_permissions", "auth_user_user_permissions"}
    assert sign_in_and_change_the_password(folder, "db.sqlite3", closed) == "auth_user"
    # Django itself: its own login with the new password, and no longer with the old one.
    test = "from django.contrib.auth import authenticate; from django.contrib.auth.models import User; "
    test += "user = User.objects.get(username='ada'); "
    test += f"print(user.check_password('{NEW}'), authenticate(username='ada', password='{OLD}'), user.password[:14])"
    said = run(*manage, "shell", "-v", "0", "-c", test, folder=folder).strip()
    assert said == "True None pbkdf2_sha256$", said


def laravel(folder):
    # PHP writes $2y$, which is $2b$ by another name.
    php = bcrypt.hashpw(OLD.encode(), bcrypt.gensalt(12)).decode().replace("$2b$", "$2y$", 1)
    file = folder / "database.sqlite"
    with sqlite3.connect(file) as database:
        database.executescript(LARAVEL)
        database.execute(
            "INSERT INTO users (name, email, password, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
            ("Ada", "ada@example.com", php, "2024-01-08 09:20:00", "2024-01-08 09:20:00"),
        )
        session = (secrets.token_urlsafe(30), 1, "e30=", 1)
        database.execute("INSERT INTO sessions (id, user_id, payload, last_activity) VALUES (?, ?, ?, ?)", session)
    closed = {"sessions", "password_reset_tokens", "personal_access_tokens", "cache", "cache_locks", "jobs", "job_batches",
              "failed_jobs", "migrations"}
    assert sign_in_and_change_the_password(folder, file.name, closed) == "users"
    with sqlite3.connect(file) as database:
        (stored,) = database.execute("SELECT password FROM users").fetchone()
    # Laravel refuses what does not begin with $2y$ (`hashing.bcrypt.verify`).
    assert re.match(r"^\$2y\$1[2-9]\$", stored), stored
    assert bcrypt.checkpw(NEW.encode(), stored.encode()) and not bcrypt.checkpw(OLD.encode(), stored.encode())


for application in (django, laravel):
    with tempfile.TemporaryDirectory() as place:
        application(Path(place))
    print(f"{application.__name__}: the old password opens, the new one opens there too")

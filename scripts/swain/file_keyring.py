"""A keyring in a file that the test throws away: the machine's own is neither needed nor touched."""

import json
import os
import pathlib

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class FileKeyring(KeyringBackend):
    """Keeps what `swain_cli auth login` keeps in the system's keyring in $SWAIN_KEYRING."""

    priority = 1

    def _read(self):
        path = pathlib.Path(os.environ["SWAIN_KEYRING"])
        return json.loads(path.read_text()) if path.exists() else {}

    def _write(self, entries):
        pathlib.Path(os.environ["SWAIN_KEYRING"]).write_text(json.dumps(entries))

    def get_password(self, service, username):
        return self._read().get(f"{service} {username}")

    def set_password(self, service, username, password):
        self._write({**self._read(), f"{service} {username}": password})

    def delete_password(self, service, username):
        # The client deletes the parts of a long token until there is none.
        if self.get_password(service, username) is None:
            raise PasswordDeleteError("there is no such entry")
        self._write({name: value for name, value in self._read().items() if name != f"{service} {username}"})

"""Checks the hashes on standard input with the libraries of the frameworks that would read them."""

import base64
import collections
import hashlib
import hmac
import json
import logging
import struct
import subprocess
import sys
import warnings

import argon2
import bcrypt
import django
from django.conf import settings
from passlib import hash as passlib
from passlib.utils.binary import h64
from werkzeug.security import check_password_hash

warnings.simplefilter("ignore")
logging.disable()
try:
    import crypt
except ImportError:  # gone since Python 3.13
    crypt = None

settings.configure(
    PASSWORD_HASHERS=[
        f"django.contrib.auth.hashers.{name}PasswordHasher"
        for name in ["PBKDF2", "PBKDF2SHA1", "Argon2", "BCryptSHA256", "BCrypt", "Scrypt"]
    ]
)
django.setup()
from django.contrib.auth.hashers import check_password  # noqa: E402


def read_argon2(stored, password):
    try:
        return argon2.PasswordHasher().verify(stored, password)
    except argon2.exceptions.VerifyMismatchError:
        return False


def read_bcrypt(stored, password):
    ours = bcrypt.checkpw(password.encode(), stored.encode())
    theirs = crypt is None or crypt.crypt(password, stored) == stored
    return ours and theirs


def read_crypt(scheme):
    def read(stored, password):
        return scheme.verify(password, stored) and (crypt is None or crypt.crypt(password, stored) == stored)

    return read


def read_wordpress(stored, password):
    # Source: WordPress 6.8, wp-includes/pluggable.php, wp_check_password.
    before = base64.b64encode(hmac.digest(b"wp-sha384", password.encode(), "sha384"))
    return stored.startswith("$wp$2y$") and bcrypt.checkpw(before, stored.removeprefix("$wp").encode())


def read_scrypt(stored, password):
    if "$n=" not in stored:
        return passlib.scrypt.verify(password, stored)
    # AdonisJS: the number itself, and 64 bytes.
    _, _, costs, salt, key = stored.split("$")
    n, r, p = (int(cost.split("=")[1]) for cost in costs.split(","))
    salt, key = (base64.b64decode(part + "=" * (-len(part) % 4)) for part in (salt, key))
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, dklen=len(key), maxmem=2**29) == key


def read_spring_scrypt(stored, password):
    _, cost, salt, key = stored.split("$")
    cost = int(cost, 16)
    n, r, p = 2 ** (cost >> 16), cost >> 8 & 255, cost & 255
    salt, key = base64.b64decode(salt, validate=True), base64.b64decode(key, validate=True)
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, dklen=len(key), maxmem=2**29) == key


def read_firebase(stored, password):
    _, _, costs, salt, digest = stored.split("$")
    cost = dict(part.split("=", 1) for part in costs.split(","))
    decode = base64.b64decode
    key = hashlib.scrypt(
        password.encode(), salt=decode(salt) + decode(cost["ss"]), n=2 ** int(cost["n"]), r=int(cost["r"]), p=1,
        dklen=32, maxmem=2**28,
    )
    command = ["openssl", "enc", "-aes-256-ctr", "-K", key.hex(), "-iv", "00" * 16]
    made = subprocess.run(command, input=decode(cost["sk"]), capture_output=True, check=True).stdout
    return made == decode(digest)


def read_asp_net(stored, password):
    # Source: ASP.NET Core Identity, PasswordHasher.VerifyHashedPasswordV2 and V3.
    block = base64.b64decode(stored, validate=True)
    if block[0] == 0:
        name, rounds, salt, key = "sha1", 1000, block[1:17], block[17:]
        if len(block) != 49:
            return False
    else:
        prf, rounds, length = struct.unpack(">III", block[1:13])
        name, salt, key = ["sha1", "sha256", "sha512"][prf], block[13 : 13 + length], block[13 + length :]
        if length < 16 or len(key) < 16:
            return False
    return hashlib.pbkdf2_hmac(name, password.encode(), salt, rounds, len(key)) == key


def read_spring_pbkdf2(stored, password):
    lead, block = stored.split("}")
    name, rounds, length = ("sha1", 185000, 8) if lead == "{pbkdf2" else ("sha256", 310000, 16)
    block = bytes.fromhex(block)
    return hashlib.pbkdf2_hmac(name, password.encode(), block[:length], rounds, 32) == block[length:]


def read_phc_pbkdf2(stored, password):
    _, name, costs, salt, key = stored.split("$")
    rounds = int(costs.split(",")[0].removeprefix("i="))
    salt, key = (base64.b64decode(part + "=" * (-len(part) % 4)) for part in (salt, key))
    return hashlib.pbkdf2_hmac(name.removeprefix("pbkdf2-"), password.encode(), salt, rounds, len(key)) == key


def read_drupal(stored, password):
    # Source: Drupal 7, includes/password.inc, _password_crypt.
    digest = hashlib.sha512((stored[4:12] + password).encode()).digest()
    for _ in range(1 << h64.decode_int6(stored[3].encode())):
        digest = hashlib.sha512(digest + password.encode()).digest()
    return (stored[:12] + h64.encode_bytes(digest).decode())[:55] == stored


def from_passlib(scheme):
    return lambda stored, password: scheme.verify(password, stored)


def without_prefix(read):
    return lambda stored, password: read(stored.split("}", 1)[1], password)


def read_passlib_pbkdf2(stored, password):
    scheme = {"$pbkdf2": passlib.pbkdf2_sha1, "$pbkdf2-sha256": passlib.pbkdf2_sha256}
    name = "$" + stored.split("$")[1]
    return scheme.get(name, passlib.pbkdf2_sha512).verify(password, stored)


def read_django(stored, password):
    return check_password(password, stored)


READERS = {
    "bcrypt": read_bcrypt,
    "wordpress_bcrypt": read_wordpress,
    "django_bcrypt": read_django,
    "django_bcrypt_sha256": read_django,
    "passlib_bcrypt_sha256": from_passlib(passlib.bcrypt_sha256),
    "spring_bcrypt": without_prefix(read_bcrypt),
    "argon2": read_argon2,
    "django_argon2": read_django,
    "spring_argon2": without_prefix(read_argon2),
    "scrypt": read_scrypt,
    "django_scrypt": read_django,
    "werkzeug_scrypt": check_password_hash,
    "spring_scrypt": read_spring_scrypt,
    "firebase_scrypt": read_firebase,
    "django_pbkdf2": read_django,
    "passlib_pbkdf2": read_passlib_pbkdf2,
    "phc_pbkdf2": read_phc_pbkdf2,
    "werkzeug_pbkdf2": check_password_hash,
    "aspnet_v2": read_asp_net,
    "aspnet_v3": read_asp_net,
    "spring_pbkdf2": read_spring_pbkdf2,
    "phpass": from_passlib(passlib.phpass),
    "drupal7": read_drupal,
    "sha256_crypt": read_crypt(passlib.sha256_crypt),
    "sha512_crypt": read_crypt(passlib.sha512_crypt),
}

counts, failed = collections.Counter(), 0
for line in sys.stdin:
    row = json.loads(line)
    format, stored, password = row["format"], row["stored"], row["password"]
    read = READERS[format]
    try:
        right, wrong = read(stored, password), read(stored, password + "x")
    except Exception as error:  # any library's own
        right, wrong = f"{type(error).__name__}: {error}", None
    if right is not True or wrong is not False:
        failed += 1
        print(f"{format}: {stored} for {password!r}: right password {right}, wrong password {wrong}", file=sys.stderr)
    counts[format] += 1
missing = [format for format in READERS if not counts[format]]
if missing:
    print(f"none was made of {', '.join(missing)}", file=sys.stderr)
opened = counts.total() - failed
print(f"{counts.total()} hashes of {len(counts)} formats made here, {opened} opened by their own libraries")
sys.exit(bool(failed or missing))

"""Opens what Twinlock stores, by docs/format.md alone. Needs python3-cryptography, and python3-bcrypt for passwords.

Every function here that opens something raises WrongSecret where a key commitment differs from a wrap's, and Integrity
where anything else is not as the format has it. Ids are ULIDs as texts, all else is bytes and numbers.
"""

import base64
import hashlib
import hmac
import re
import struct
import unicodedata

import bcrypt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

CHUNK, TAG, HEADER = 16_384, 16, 56
SEALED_CHUNK = CHUNK + TAG
MAX_NUMBER = 2**53 - 1
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECKED = CROCKFORD + "*~$=U"
ULID = re.compile("[0-7][%s]{25}" % CROCKFORD)


class Integrity(Exception):
    """Stored bytes are not what the format says, or were changed."""


class WrongSecret(Exception):
    """A commitment is another secret's."""


def need(holds, what):
    if not holds:
        raise Integrity(what)


def field(value):
    data = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(data)) + data


def n8(number):
    return struct.pack(">B", number)


def n32(number):
    return struct.pack(">I", number)


def n64(number):
    return struct.pack(">Q", number)


def hkdf(ikm, salt, info, length):
    # An empty salt is as many zero bytes as the hash has.
    return HKDF(hashes.SHA512(), length, salt or bytes(64), info).derive(ikm)


def expand(key, info, length, algorithm=hashes.SHA512):
    return HKDFExpand(algorithm(), length, info).derive(key)


def mac_of(key, message):
    return hmac.digest(key, message, hashlib.sha256)


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


# From password to key


def password_bytes(text):
    """A password in its prepared form. Raises ValueError for one that is refused."""
    typed = text.encode()  # UnicodeEncodeError, a ValueError, for a lone surrogate
    if not typed or len(typed) > 1024:
        raise ValueError("empty, or over 1,024 bytes")
    if any(unicodedata.category(c) == "Cc" for c in text):
        raise ValueError("a control character")
    spaced = "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)
    return unicodedata.normalize("NFC", spaced).encode()


def stretch_salt(service, email):
    return b"twinlock/stretch/v1\0" + field(service) + field(email)


def stretch(prepared, salt):
    """The secret of a password in its prepared form, 32 bytes."""
    return hashlib.pbkdf2_hmac("sha256", prepared, salt, 600_000, 32)


def stretched_bytes(text):
    """A stretched password in its prepared form. Raises ValueError for what is none."""
    if not text.isascii() or len(text) != 43:
        raise ValueError("length")
    secret = base64.b64decode(text + "=", altchars=b"-_", validate=True)
    if base64url(secret) != text or len(set(secret)) == 1:
        raise ValueError("spelling, or not derived")
    return text.encode()


LABELS = {"plain": b"twinlock/password/v1\0", "stretched-v1": b"twinlock/password/stretched-v1\0"}


def prehash(prepared, pre_salt, kind="plain"):
    """64 ASCII characters."""
    return base64.b64encode(hmac.digest(pre_salt, LABELS[kind] + prepared, hashlib.sha384))


def bcrypt_tail(pre_hashed, cost, salt):
    """31 ASCII characters."""
    plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    own = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    encoded = base64.b64encode(salt).rstrip(b"=").translate(bytes.maketrans(plain, own))
    return bcrypt.hashpw(pre_hashed, b"$2b$%02d$" % cost + encoded)[29:]


def pepper_message(account, tail):
    return b"twinlock/pepper/v1\0" + field(account) + tail


def email_message(email):
    return b"twinlock/email/v1\0" + email.encode()


def rewrap_message(part, account, version, before, after):
    tag = {"password": 1, "recovery": 2}[part]
    hashes = hashlib.sha256(before).digest() + hashlib.sha256(after).digest()
    return b"twinlock/rewrap/v1\0" + n8(tag) + field(account) + n64(version) + hashes


# The inner wrap


def open_wrap(inner, ikm, binding):
    """The DEK, 32 bytes. binding: format, accountId, dekVersion, and for a session sessionId and epoch."""
    need(len(inner) == 176, "length")
    form, suite, cost, pepper = inner[:4]
    need(form == binding["format"], "format")
    need(suite in (1, 2), "suite")
    if form == 1:
        need(10 <= cost <= 14, "cost")
        need(pepper >= 1, "pepper")
    else:
        need(not any(inner[2:52]), "zeros")
    info = b"twinlock/kek/v1\0" + n8(form) + n8(suite) + field(binding["accountId"]) + n32(binding["dekVersion"])
    if form == 2:
        info += field(binding["sessionId"]) + n64(binding["epoch"])
    size = 16 if suite == 1 else 32
    derived = hkdf(ikm, inner[52:84], info, size + 32)
    if not hmac.compare_digest(derived[size:], inner[84:116]):
        raise WrongSecret("commitment")
    return open_gcm(derived[:size], inner[116:128], inner[128:], inner[:116] + info)


def open_gcm(key, iv, sealed, aad=None):
    need(len(sealed) >= TAG, "tag")
    try:
        return AESGCM(key).decrypt(iv, sealed, aad)
    except InvalidTag:
        raise Integrity("tag") from None


# Tokens and recovery codes


def parse_token(token):
    """Account id, session id and secret. Raises ValueError for what is no token."""
    found = re.fullmatch(r"tw1\.(%s)\.(%s)\.([\w-]{43})" % (ULID.pattern, ULID.pattern), token, re.ASCII)
    if found is None:
        raise ValueError("no token")
    secret = base64.urlsafe_b64decode(found[3] + "=")
    if base64url(secret) != found[3]:
        raise ValueError("another spelling")
    return found[1], found[2], secret


def secret_hash(secret):
    return hkdf(secret, b"", b"twinlock/session-id/v1\0", 32)


def write_code(code):
    number = int.from_bytes(code, "big")
    digits = "".join(CROCKFORD[number >> 5 * i & 31] for i in reversed(range(32)))
    text = "-".join(digits[i : i + 4] for i in range(0, 32, 4))
    return text + CHECKED[number % 37]


def read_code(text):
    """20 bytes. Raises ValueError for what is no code."""
    kept = "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Pd")
    # Upper case by ASCII alone: another alphabet's letters are none of these.
    bare = "".join(c.upper() if c.isascii() else c for c in kept).translate(str.maketrans("ILO", "110"))
    if len(bare) != 33 or any(c not in CROCKFORD for c in bare[:32]) or bare[32] not in CHECKED:
        raise ValueError("no code")
    number = 0
    for c in bare[:32]:
        number = number << 5 | CROCKFORD.index(c)
    if CHECKED[number % 37] != bare[32]:
        raise ValueError("another check character")
    return number.to_bytes(20, "big")


def recovery_key(code, salt, account):
    return hkdf(code, salt, b"twinlock/recovery/v1\0" + field(account), 32)


# Sealed messages


def context_of(kind, account, ident, version, dek_version):
    return field(kind) + field(account) + field(ident) + n64(version) + n32(dek_version)


class Message:
    """A Cobblestone message's key. A header of another key raises Integrity."""

    def __init__(self, input_key, context, header):
        need(len(header) == HEADER, "header")
        need(len(input_key) in (16, 32), "key")
        name = b"AEAD_AES_%d_GCM" % (8 * len(input_key))
        info = b"c2sp.org/chunked-encryption@v1+" + name + b"\0" + header[:24] + context
        derived = expand(input_key, info, len(input_key) + 44)
        self.key, self.nonce = derived[:-44], int.from_bytes(derived[-44:-32], "big")
        need(hmac.compare_digest(derived[-32:], header[24:]), "commitment")

    def chunk(self, index, sealed):
        return open_gcm(self.key, (self.nonce ^ index).to_bytes(12, "big"), sealed)


def data_key(dek, kind):
    return expand(dek, b"twinlock/" + kind.encode() + b"/v1", 32)


def stream(input_key, context, message):
    """Yields the plaintext chunk by chunk, each when its tag was checked; raises Integrity at the first fault."""
    opened = Message(input_key, context, message[:HEADER])
    body = message[HEADER:]
    for index in range(len(body) // SEALED_CHUNK + 1):
        sealed = body[index * SEALED_CHUNK : (index + 1) * SEALED_CHUNK]
        yield opened.chunk(index, sealed)  # A short last one that is missing has no tag.


def open_sealed(dek, kind, account, ident, version, dek_version, message):
    context = context_of(kind, account, ident, version, dek_version)
    return b"".join(stream(data_key(dek, kind), context, message))


def open_range(dek, kind, account, ident, version, dek_version, message, first, last):
    """The plaintext's bytes first to last, of the whole chunks that hold them."""
    context = context_of(kind, account, ident, version, dek_version)
    opened = Message(data_key(dek, kind), context, message[:HEADER])
    chunks = range(first // CHUNK, last // CHUNK + 1)
    at = [HEADER + SEALED_CHUNK * i for i in chunks]
    plain = b"".join(opened.chunk(i, message[a : a + SEALED_CHUNK]) for i, a in zip(chunks, at))
    return plain[first - CHUNK * chunks[0] : last + 1 - CHUNK * chunks[0]]


# The manifest


def ulid(data):
    number = int.from_bytes(data, "big")
    return "".join(CROCKFORD[number >> 5 * i & 31] for i in reversed(range(26)))


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        need(self.at + size <= len(self.data), "missing bytes")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size):
        number = int.from_bytes(self.take(size), "big")
        need(number <= MAX_NUMBER, "a number over 2^53 - 1")
        return number


def read_manifest(data):
    r = Reader(data)
    need(r.number(1) == 1, "format")
    manifest = {"revision": r.number(8)}
    account = {"epoch": r.number(8), "version": r.number(8), "dekVersion": r.number(4), "hashes": {}}
    last = 0
    for _ in range(r.number(1)):
        tag = r.number(1)
        need(last < tag <= 7, "tag")
        account["hashes"][str(tag)] = r.take(32).hex()
        last = tag
    count = r.number(4)
    need(count <= 2000, "entries")
    entries, order = [], (0, b"")
    for _ in range(count):
        byte = r.number(1)
        kind, previous = byte & 0x7F, byte >= 0x80
        need(kind in (1, 2), "kind of entry")
        need(not previous or "3" in account["hashes"], "no previous DEK")
        ident = r.take(16)
        need((kind, ident) > order, "order of entries")
        order = (kind, ident)
        entry = {"kind": "item" if kind == 1 else "document", "id": ulid(ident), "version": r.number(8)}
        entry["commitment"] = r.take(16).hex()
        entry["dekVersion"] = account["dekVersion"] - previous
        if kind == 2:
            entry["expiresAt"] = r.number(8)
        entries.append(entry)
    sessions, last_id = [], b""
    for _ in range(r.number(4)):
        byte = r.number(1)
        need(byte in (3, 4), "kind of session")
        ident = r.take(16)
        need(ident > last_id, "order of sessions")
        last_id = ident
        sessions.append({"id": ulid(ident), "count": r.number(8), "head": r.take(16).hex(), "ended": byte == 4})
    need(r.at == len(data), "trailing bytes")
    return {**manifest, "account": account, "entries": entries, "sessions": sessions}


# Activity, idempotency, rotation


def activity_mac(key, account, ident, plaintext):
    return mac_of(key, b"twinlock/activity/v1\0" + field(account) + field(ident) + plaintext)


def request_mac(key, account, key_hash, parts):
    hashed = b"".join(hashlib.sha256(part.encode()).digest() for part in parts)
    return mac_of(key, b"twinlock/idempotency/v1\0" + n8(1) + field(account) + field(key_hash) + hashed)


def idempotency_mac(key, row):
    state = {"BEGUN": 1, "DONE": 2}[row["state"]]
    message = n8(2) + field(row["accountId"]) + field(row["keyHash"]) + n8(state) + field(row["resourceId"])
    message += n64(row["createdAt"]) + bytes.fromhex(row["request"])
    return mac_of(key, b"twinlock/idempotency/v1\0" + message)


def moved_object(dek, account, document, part):
    """Name and salt of an object that a rotation makes."""
    key = expand(dek, b"twinlock/rotation/v1", 32)
    of = field(account) + field(document) + n64(part)
    return base64url(mac_of(key, field("name") + of)[:16]), mac_of(key, field("salt") + of)[:24]

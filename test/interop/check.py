#!/usr/bin/python3
"""Runs the vectors of test/vectors, and the public ones of ../shared/vectors where they are, against twinlock.py.

Prints how many opened and how many were refused as they must be; leaves with 1 where one differs.
"""

import base64
import hashlib
import json
import sys
import zlib
from collections import Counter
from pathlib import Path

import twinlock as t

ROOT = Path(__file__).resolve().parents[2]
counts, faults = Counter(), []


def load(name):
    return json.loads((ROOT / "test/vectors" / name).read_text(encoding="utf-8"))


def check(name, expected, work):
    """work gives a value; expected is that value, or the exception that must come in its place."""
    refused = isinstance(expected, type)
    try:
        got = work()
        right = not refused and got == expected
    except (t.Integrity, t.WrongSecret, ValueError) as error:
        got = error
        # UnicodeEncodeError is a ValueError.
        right = refused and isinstance(error, expected)
    counts["refused" if refused else "opened"] += 1
    if not right:
        faults.append(f"{name}: {got!r} in place of {expected!r}")


def unhex(text):
    return bytes.fromhex(text)


REFUSAL = {"integrity": t.Integrity, "wrong-secret": t.WrongSecret}


def messages():
    file = load("messages.json")
    for v in file["passwords"]:
        check("password", unhex(v["prepared"]), lambda: t.password_bytes(v["text"]))
        check("pre-hash", v["prehash"].encode(), lambda: t.prehash(unhex(v["prepared"]), unhex(v["preSalt"])))
    for v in file["refusedPasswords"]:
        check(v["reason"], ValueError, lambda: t.password_bytes(v["text"]))
    for v in file["pepper"]:
        check("pepper", unhex(v["message"]), lambda: t.pepper_message(v["accountId"], v["bcryptTail"].encode()))
    for v in file["email"]:
        check("e-mail", unhex(v["message"]), lambda: t.email_message(v["email"]))
    for v in file["rewrap"]:
        before, after = v["before"].encode(), v["after"].encode()
        check("moved wrap", unhex(v["message"]), lambda: t.rewrap_message(v["part"], v["accountId"], v["version"], before, after))


def wraps():
    file = load("wraps.json")
    for v in file["cases"]:
        inner = unhex(v["inner"])
        if "password" in v:
            # From the text on; the mac key stands in for KMS.
            p = v["password"]
            hashed = t.prehash(t.password_bytes(p["text"]), inner[20:52])
            check(v["name"], p["prehash"].encode(), lambda: hashed)
            tail = t.bcrypt_tail(hashed, inner[2], inner[4:20])
            check(v["name"], p["bcryptTail"].encode(), lambda: tail)
            mac = t.mac_of(unhex(file["macKey"]), t.pepper_message(v["binding"]["accountId"], tail))
            check(v["name"], unhex(v["ikm"]), lambda: tail + mac)
        expected = unhex(v["dek"]) if v["expect"] == "opens" else REFUSAL[v["expect"]]
        check(v["name"], expected, lambda: t.open_wrap(inner, unhex(v["ikm"]), v["binding"]))


def stretched():
    file = load("stretched.json")
    for v in file["derivations"]:
        salt = t.stretch_salt(v["service"], v["email"])
        check("salt", unhex(v["salt"]), lambda: salt)
        secret = t.stretch(t.password_bytes(v["password"]), salt)
        check("secret", (unhex(v["secret"]), v["text"]), lambda: (secret, t.base64url(secret)))
        hashed = t.prehash(t.stretched_bytes(v["text"]), unhex(v["preSalt"]), "stretched-v1")
        check("pre-hash", v["prehash"].encode(), lambda: hashed)
    for v in file["refused"]:
        check(v["reason"], ValueError, lambda: t.stretched_bytes(v["text"]))
    read = {"plain": t.password_bytes, "stretched-v1": t.stretched_bytes}
    for v in file["cases"]:
        inner = unhex(v["inner"])
        hashed = t.prehash(read[v["kind"]](v["text"]), inner[20:52], v["kind"])
        check(v["name"], v["prehash"].encode(), lambda: hashed)
        tail = t.bcrypt_tail(hashed, inner[2], inner[4:20])
        ikm = tail + t.mac_of(unhex(file["macKey"]), t.pepper_message(v["binding"]["accountId"], tail))
        check(v["name"], unhex(v["ikm"]), lambda: ikm)
        expected = unhex(v["dek"]) if v["expect"] == "opens" else REFUSAL[v["expect"]]
        check(v["name"], expected, lambda: t.open_wrap(inner, ikm, v["binding"]))


def tokens_and_codes():
    file = load("sessions.json")
    for v in file["tokens"]:
        parsed = (v["accountId"], v["sessionId"], unhex(v["secret"]))
        check("token", parsed, lambda: t.parse_token(v["token"]))
        check("hash", unhex(v["hash"]), lambda: t.secret_hash(unhex(v["secret"])))
    for v in file["malformed"]:
        check(v["reason"], ValueError, lambda: t.parse_token(v["token"]))
    file = load("recovery.json")
    for v in file["codes"]:
        code = unhex(v["bytes"])
        check("code", v["text"], lambda: t.write_code(code))
        for text in [v["text"], *v["typed"]]:
            check("code", code, lambda: t.read_code(text))
        check("recovery key", unhex(v["key"]), lambda: t.recovery_key(code, unhex(v["salt"]), v["accountId"]))
    for v in file["refused"]:
        check(v["reason"], ValueError, lambda: t.read_code(v["text"]))
    for v in file["records"]:
        check("record", unhex(v["bytes"]), lambda: unhex(v["key"]) + t.n64(v["createdAt"]))


def sealed():
    file = load("sealed.json")
    dek = unhex(file["dek"])
    for v in file["cases"]:
        place = (v["kind"], v["accountId"], v["id"], v["version"], v["dekVersion"], unhex(v["message"]))
        expected = unhex(v["plaintext"]) if v["expect"] == "opens" else t.Integrity
        check(v["name"], expected, lambda: t.open_sealed(dek, *place))


def content():
    file = load("content.json")
    dek = unhex(file["dek"])
    place = (dek, "content", file["accountId"], file["id"], file["version"], file["dekVersion"])
    known = {}
    for v in file["opens"]:
        message = known[v["name"]] = base64.b64decode(v["message"])
        plain = bytes((7 * i + i // 251) % 256 for i in range(v["size"]))
        check(v["name"], plain, lambda: t.open_sealed(*place, message))
        check(v["name"], v["sha256"], lambda: hashlib.sha256(plain).hexdigest())
        for r in v["ranges"]:
            check("range", r["sha256"], lambda: digest(t.open_range(*place, message, r["first"], r["last"])))
    for v in file["integrity"]:
        whole = known[v["of"]]
        message = b"".join(unhex(p) if isinstance(p, str) else whole[p[0] : p[1]] for p in v["pieces"])
        given = []

        def read():
            context = t.context_of(*place[1:])
            for piece in t.stream(t.data_key(dek, "content"), context, message):
                given.append(piece)

        check(v["name"], t.Integrity, read)
        check(v["name"], v["authentic"], lambda: len(b"".join(given)))


def digest(data):
    return hashlib.sha256(data).hexdigest()


def manifests():
    file = load("manifests.json")
    dek, account = unhex(file["dek"]), file["accountId"]
    for v in file["opens"]:
        value = {key: v[key] for key in ("revision", "account", "entries", "sessions")}
        value["entries"] = sorted(v["entries"], key=lambda e: (e["kind"] != "item", e["id"]))
        check(v["name"], value, lambda: t.read_manifest(unhex(v["bytes"])))
        place = ("manifest", account, account, v["revision"], v["account"]["dekVersion"], unhex(v["sealed"]))
        check(v["name"], unhex(v["bytes"]), lambda: t.open_sealed(dek, *place))
    for v in file["integrity"]:
        check(v["name"], t.Integrity, lambda: t.read_manifest(unhex(v["bytes"])))


def activity():
    file = load("activity.json")
    dek, key, account = unhex(file["dek"]), unhex(file["activityKey"]), file["accountId"]

    def walk(v):
        """The texts of a chain. Raises Integrity where one is not the next of its session, or the end is another."""
        texts, previous = [], bytes(32)
        for number, entry in enumerate(v["entries"], 1):
            plain = t.open_sealed(dek, "activity", account, entry["id"], 1, file["dekVersion"], unhex(entry["sealed"]))
            said = json.loads(plain)
            t.need(said["session"] == file["session"], "session")
            t.need(said["number"] == number, "number")
            t.need(base64.b64decode(said["previous"]) == previous, "previous")
            previous = t.activity_mac(key, account, entry["id"], plain)
            texts.append((plain.decode(), previous.hex()))
        t.need(len(texts) == v["count"] and previous.hex() == v["head"], "end")
        return texts

    for v in file["opens"]:
        check(v["name"], [(e["text"], e["mac"]) for e in v["entries"]], lambda: walk(v))
    for v in file["integrity"]:
        check(v["name"], t.Integrity, lambda: walk(v))


def rotation_and_idempotency():
    file = load("rotation.json")
    dek, account = unhex(file["dek"]), file["accountId"]
    for v in file["objects"]:
        check("name and salt", (v["name"], unhex(v["salt"])), lambda: t.moved_object(dek, account, v["id"], v["part"]))
        plain = bytes((7 * i + i // 251) % 256 for i in range(v["size"]))
        place = ("content", account, v["id"], v["part"], file["dekVersion"], unhex(v["message"]))
        check("moved", plain, lambda: t.open_sealed(dek, *place))
    file = load("idempotency.json")
    key = unhex(file["activityKey"])
    for v in file["requests"]:
        check("key", v["keyHash"], lambda: t.base64url(hashlib.sha256(v["key"].encode()).digest()))
        check("request", v["mac"], lambda: t.request_mac(key, v["accountId"], v["keyHash"], v["parts"]).hex())
    for v in file["rows"]:

        def verify():
            t.need(t.idempotency_mac(key, v) == unhex(v["mac"]), "HMAC")
            return True

        check(v["name"], True if v["expect"] == "authentic" else t.Integrity, verify)


def public():
    folder = ROOT.parent / "shared/vectors"
    if not folder.exists():
        print(f"skipped: {folder.name} of the public vectors is absent")
        return
    for size in (128, 256):
        file = json.loads((folder / f"cobblestone-{size}.json").read_text())
        for group in file["testGroups"]:
            for v in group["tests"]:
                key, context = unhex(v["key"]), unhex(v["ctx"])
                message = zlib.decompress(unhex(v["ct"]))

                def whole():
                    t.need(len(key) * 8 == size, "key")
                    return hashlib.sha512(b"".join(t.stream(key, context, message))).hexdigest()

                expected = v["msgSha512"] if v["result"] == "valid" else t.Integrity
                check(f"cobblestone-{size} {v['tcId']}", expected, whole)


for suite in (messages, wraps, stretched, tokens_and_codes, sealed, content, manifests, activity, rotation_and_idempotency, public):
    suite()
print(f"{counts['opened']} opened, {counts['refused']} refused, {len(faults)} wrong")
for fault in faults:
    print(fault)
sys.exit(1 if faults or counts["opened"] < 80 or counts["refused"] < 80 else 0)

"""Brings InfluxDB 1.x to what is wanted: an administrator, a database with its retention, users with one privilege each.

Standard input: a JSON object with url, authority, admin, database, hours, users. Prints a line for each change.
The argument "look" only tells what would be changed.
"""

import base64
import json
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def name(word):
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def text(word):
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Influx:
    """InfluxDB as one user sees it."""

    def __init__(self, wanted, user):
        self.url = wanted["url"] + "/query"
        self.user = user
        self.context = ssl.create_default_context(cafile=wanted["authority"]) if wanted.get("authority") else None

    def ask(self, statement):
        """Return (status, rows). The statement is in the body and the password in a header, so that no log has them."""
        request = urllib.request.Request(self.url, urllib.parse.urlencode({"q": statement}).encode())
        words = self.user["name"] + ":" + self.user["password"]
        request.add_header("Authorization", "Basic " + base64.b64encode(words.encode()).decode())
        try:
            with urllib.request.urlopen(request, timeout=20, context=self.context) as answer:
                found = json.loads(answer.read().decode())
        except urllib.error.HTTPError as error:
            return error.code, [[error.read().decode().strip()]]
        result = found.get("results", [{}])[0]
        if "error" in result:
            return 500, [[result["error"]]]
        return 200, [row for series in result.get("series", []) for row in series.get("values", [])]

    def need(self, statement):
        status, rows = self.ask(statement)
        if status != 200:
            sys.exit(f"InfluxDB refuses {statement.split(' WITH PASSWORD')[0].split(' = ')[0]}: {rows[0][0]}")
        return rows


def wait_for(influx):
    """Return what an answering server says to its administrator: 200, 401 (a wrong password) or 403 (nobody is there yet)."""
    for _each in range(60):
        try:
            return influx.ask("SHOW USERS")[0]
        except (OSError, ValueError):
            time.sleep(0.5)
    sys.exit(f"InfluxDB does not answer at {influx.url}")


def changes(wanted):
    """Yield (what, statement) for what is missing. Each is asked for when the one before was carried out."""
    admin = Influx(wanted, wanted["admin"])
    status = wait_for(admin)
    if status == 403:
        first = wanted["admin"]
        yield "user admin", f"CREATE USER {name(first['name'])} WITH PASSWORD {text(first['password'])} WITH ALL PRIVILEGES"
    elif status != 200:
        sys.exit(f"InfluxDB does not take the password of {wanted['admin']['name']} ({status})")
    database, hours = wanted["database"], int(wanted["hours"])
    if [database] not in admin.need("SHOW DATABASES"):
        yield "database " + database, f"CREATE DATABASE {name(database)} WITH DURATION {hours}h NAME autogen"
    elif [row[1] for row in admin.need("SHOW RETENTION POLICIES ON " + name(database)) if row[0] == "autogen"] != [f"{hours}h0m0s"]:
        yield "retention", f"ALTER RETENTION POLICY autogen ON {name(database)} DURATION {hours}h DEFAULT"
    there = [row[0] for row in admin.need("SHOW USERS")]
    for user in wanted["users"]:
        known = user["name"] in there
        if not known:
            yield "user " + user["name"], f"CREATE USER {name(user['name'])} WITH PASSWORD {text(user['password'])}"
        elif Influx(wanted, user).ask("SHOW DATABASES")[0] == 401:
            yield "password of " + user["name"], f"SET PASSWORD FOR {name(user['name'])} = {text(user['password'])}"
        if not known or [database, user["privilege"]] not in admin.need("SHOW GRANTS FOR " + name(user["name"])):
            yield "privilege of " + user["name"], f"GRANT {user['privilege']} ON {name(database)} TO {name(user['name'])}"


def main():
    wanted, look = json.load(sys.stdin), sys.argv[1:] == ["look"]
    for what, statement in changes(wanted):
        if not look:
            Influx(wanted, wanted["admin"]).need(statement)
        sys.stdout.write(what + "\n")
        if look and what == "user admin":
            return


if __name__ == "__main__":
    main()

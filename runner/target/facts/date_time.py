"""The host's clock and time zone."""

import datetime
import time


def collect(system):
    """Return date_time."""
    return {"date_time": described(system.now())}


def described(now):
    """Return the facts for a moment, seconds since 1970, in the time zone of the process."""
    local = datetime.datetime.fromtimestamp(now)
    utc = datetime.datetime.fromtimestamp(now, datetime.timezone.utc).replace(tzinfo=None)
    zone = time.localtime(now)
    facts = {
        "year": "%Y",
        "month": "%m",
        "weekday": "%A",
        "weekday_number": "%w",
        "weeknumber": "%W",
        "day": "%d",
        "hour": "%H",
        "minute": "%M",
        "second": "%S",
        "date": "%Y-%m-%d",
        "time": "%H:%M:%S",
        "iso8601_basic": "%Y%m%dT%H%M%S%f",
        "iso8601_basic_short": "%Y%m%dT%H%M%S",
    }
    facts = {key: local.strftime(form) for key, form in facts.items()}
    facts.update(
        epoch=str(int(now)),
        epoch_int=str(int(now)),
        iso8601=utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        iso8601_micro=utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        tz=time.strftime("%Z", zone),
        tz_dst=time.tzname[1],
        tz_offset=time.strftime("%z", zone),
    )
    return facts

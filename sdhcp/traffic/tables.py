"""The frames as CSV and JSON, in the columns and names that programs of a site read."""

import csv
import io
import json
from time import localtime, strftime

from .counts import METHODS
from .frames import Report


def as_csv(report: Report) -> str:
    """One line for each frame, the newest first, below a line of names; times are those of this machine's zone."""
    output = io.StringIO()
    writer = csv.writer(output)
    discarded = [f"{method} discarded" for method in METHODS]
    writer.writerow(["time", *METHODS, *discarded, "other packets", "processing time"])
    for frame in reversed(report.frames):
        counts = frame.counts
        when = strftime("%Y-%m-%d %H:%M:%S", localtime(frame.time))
        writer.writerow([when, *counts.answered, *counts.discarded, counts.other, counts.busy])
    return output.getvalue()


def as_json(report: Report) -> str:
    """A list with an object for each frame, the oldest first; times are seconds since the epoch."""
    return json.dumps(
        [
            {
                "time": frame.time,
                "other_packets": frame.counts.other,
                "processing_time": frame.counts.busy,
                "methods": dict(zip(METHODS, frame.counts.answered, strict=True)),
                "methods_discarded": dict(zip(METHODS, frame.counts.discarded, strict=True)),
            }
            for frame in report.frames
        ]
    )

"""docs/messages.md: every kind of log line, with what it means and what to do.

``python -m tests.messages_document`` writes it anew.
"""

from pathlib import Path

from sdhcp.lines.fields import FIELDS
from sdhcp.messages import MESSAGES

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "messages.md"
HEAD = """# Messages

Every line of the log is of one kind, whose name never changes, whatever its words become. `LOG_FORMAT = "ids"` or
`"json"`, syslog and the journal have it ([configuration.md](configuration.md#the-log)); the journal has `MESSAGE_ID` as
well, so that

    journalctl MESSAGE_ID={example}

finds what was declined. What stands in a line for `...` depends on the case.

In JSON and in the journal a line has what it is about as fields besides, those that apply of {fields}. In the journal
their names are in capitals behind `SDHCP_`, so that `journalctl SDHCP_MAC=02:00:5e:00:01:01` finds what befell one
client. `seconds` is how long something took, or is to last.

| Kind | Severity | Line | What it means, what to do | `MESSAGE_ID` |
|---|---|---|---|---|
"""
END = """
This file is written by `python -m tests.messages_document`; a test fails if it is not what the server has.
"""


def document() -> str:
    """The text of the document."""
    rows = []
    for one in MESSAGES:
        about = f"{one.about} {one.advice}".strip()
        rows.append(f"| {one.id} | {one.severity} | `{one.line}` | {about} | `{one.uuid}` |")
    example = next(one.uuid for one in MESSAGES if one.id == "SDHCP-302")
    fields = ", ".join(f"`{name}`" for name in FIELDS)
    return HEAD.replace("{example}", example).replace("{fields}", fields) + "\n".join(rows) + "\n" + END


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")

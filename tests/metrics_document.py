"""docs/metrics.md: every metric, with what it says.

``python -m tests.metrics_document`` writes it anew.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from sdhcp.metrics.table import METRICS, PROCESS, Metric

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "metrics.md"
HEAD = """# Metrics

`/metrics` on the [console](console.md)'s port gives every number that the server keeps, for Prometheus and what reads
the same: in its text format 0.0.4, and as OpenMetrics for who asks for that. Numbers are gathered when somebody asks;
between two times it costs nothing.

Where there is a password or a token of `WEB_API_TOKENS`, readers need one of both, as for the
[API](console.md#the-api); `WEB_METRICS_PUBLIC = True` lets everybody read. Without a password the console is on
127.0.0.1 alone unless conf.py says otherwise. With a token `"prometheus"` of a "viewer":

    scrape_configs:
      - job_name: sdhcp
        authorization:
          credentials_file: /etc/prometheus/sdhcp.token
        static_configs:
          - targets: ["dhcp.example.org:30880"]

`packaging/prometheus/sdhcp.rules.yml` has alerts that are worth waking somebody for, and `packaging/grafana/sdhcp.json`
a dashboard. Both go by the job's name `sdhcp`.

Counters begin at 0 with the process. Values of labels are chosen by the code and by conf.py, never by clients, so that
their number does not grow with traffic. A pool whose store cannot be asked within 2 s is left out.

"""
FOOT = """
## Of the process

"""
END = """
This file is written by `python -m tests.metrics_document`; a test fails if it is not what the server has.
"""


def document() -> str:
    """The text of the document."""
    rows = [*_rows(METRICS), "", FOOT.strip("\n"), "", *_rows(PROCESS)]
    return HEAD + "\n".join(rows) + "\n" + END


def _rows(metrics: Iterable[Metric]) -> Iterator[str]:
    yield "| Metric | Kind | Labels | What it says |"
    yield "|---|---|---|---|"
    for one in metrics:
        labels = ", ".join(f"`{label}`" for label in one.labels)
        yield f"| `{one.shown}` | {one.kind} | {labels} | {one.about} |"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")

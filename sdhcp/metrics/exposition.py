"""Metrics as text, by Prometheus's own library: its text format 0.0.4, and OpenMetrics for who asks for it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from .measuring import Measured, Value
from .table import COUNTER, GAUGE, SUMMARY

_PROCESS: Final = ProcessCollector(registry=None)


class _Given(Collector):
    """What was measured, and the process."""

    def __init__(self, measured: Iterable[Measured]) -> None:
        self._measured = measured

    def collect(self) -> Iterator[Family]:
        for metric, values in self._measured:
            yield _family(metric.name, metric.kind, metric.about, metric.labels, values)
        yield from _PROCESS.collect()

    def describe(self) -> list[Family]:
        """Nothing: what is registered nowhere else collides with nothing."""
        return []


def exposition(measured: Iterable[Measured], accept: str) -> tuple[str, bytes]:
    """The type and the octets of an answer.

    :param accept: the header of this name, "" for none.
    """
    write, mimetype = choose_encoder(accept)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(measured))
    return mimetype, write(registry)


def _family(name: str, kind: str, about: str, labels: Sequence[str], values: Sequence[Value]) -> Family:
    if kind == COUNTER:
        counter = CounterMetricFamily(name, about, labels=labels)
        for one in values:
            counter.add_metric(one.labels, one.value)
        return counter
    if kind == GAUGE:
        gauge = GaugeMetricFamily(name, about, labels=labels)
        for one in values:
            gauge.add_metric(one.labels, one.value)
        return gauge
    if kind == SUMMARY:
        summary = SummaryMetricFamily(name, about, labels=labels)
        for one in values:
            summary.add_metric(one.labels, one.number, one.value)
        return summary
    histogram = HistogramMetricFamily(name, about, labels=labels)
    for one in values:
        buckets = [*((str(edge), count) for edge, count in one.buckets), ("+Inf", one.number)]
        histogram.add_metric(one.labels, buckets, one.value)
    return histogram

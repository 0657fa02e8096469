"""The documents as one book, and that what they say by name is there."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from sdhcp.config.schema import PARAMETERS

from .documented_commands import documents
from .netns.yard import ROOT

DOCS = ROOT / "docs"
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ASSIGNED = re.compile(r"^(?:    )?((?:[A-Z][A-Z_]+(?:, | = ))*[A-Z][A-Z_]+ = )", re.MULTILINE)


def text(name):
    return (DOCS / name).read_text(encoding="utf-8")


def section(name, heading):
    """What stands below a heading, up to the next one."""
    return text(name).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def program():
    """All of the server's code."""
    return "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "sdhcp").rglob("*.py"))


class BookTests(SynchronousTestCase):
    def test_is_made_without_a_warning(self):
        if find_spec("sphinx") is None:
            raise SkipTest("Sphinx is not installed: pip install '.[docs]'")
        book = Path(self.mktemp()).absolute()
        done = subprocess.run(
            [sys.executable, "-m", "sphinx", "-W", "-n", "-q", str(DOCS), str(book)],
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for path in DOCS.glob("*.md"):
            self.assertTrue((book / f"{path.stem}.html").exists(), path)

    def test_every_document_is_in_the_index_for_readers_and_for_sphinx(self):
        index = text("index.md")
        tree = re.findall(r"^[a-z]+$", "\n".join(re.findall(r"```\{toctree\}(.*?)```", index, re.DOTALL)), re.MULTILINE)
        links = re.findall(r"\]\((\w+)\.md\)", index)
        there = sorted(path.stem for path in DOCS.glob("*.md") if path.stem != "index")
        self.assertEqual((sorted(tree), sorted(links)), (there, there))

    def test_every_heading_that_a_document_points_at_is_there(self):
        anchors = {}
        for path in documents():
            found = set()
            for heading in re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL), re.M):
                slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
                while slug in found:
                    slug += "-1"
                found.add(slug)
            anchors[path] = found
        for path in documents():
            for target, anchor in re.findall(r"\]\(([^)#:\s]*)#([^)\s]+)\)", path.read_text(encoding="utf-8")):
                other = (path.parent / target).resolve() if target else path
                self.assertIn(anchor, anchors[other], f"{path.name}: {target}#{anchor}")


class NamesTests(SynchronousTestCase):
    def test_outcomes_and_reasons_are_those_of_the_server(self):
        code = program()
        rows = re.findall(r"^ *\| (`[a-z-]+`(?:, `[a-z-]+`)*) \|", text("troubleshooting.md"), re.MULTILINE)
        words = {word for row in rows for word in re.findall(r"`([a-z-]+)`", row)} - {"text"}
        self.assertTrue({"offered", "unknown-client", "blocked", "nak-unknown", "scripted"} <= words, words)
        for word in words:
            self.assertIn(f'"{word}"', code, word)

    def test_no_outcome_is_left_out(self):
        decided = (ROOT / "sdhcp" / "engine" / "decide.py").read_text(encoding="utf-8")
        for word in re.findall(r"Decision\(\w+, \"([a-z-]+)\"", decided):
            self.assertIn(f"`{word}`", text("troubleshooting.md"))

    def test_no_reason_of_a_refusal_is_left_out(self):
        guards = (ROOT / "sdhcp" / "engine" / "guards.py").read_text(encoding="utf-8")
        for word in re.findall(r"Drop\(\"([a-z-]+)\"", guards):
            self.assertIn(f"`{word}`", section("troubleshooting.md", "A client gets nothing"))

    def test_messages_and_metrics_are_listed(self):
        messages, metrics = text("messages.md"), text("metrics.md")
        for name in ("troubleshooting.md", "operations.md", "security.md"):
            for word in re.findall(r"SDHCP-\d+", text(name)):
                self.assertIn(f"| {word} |", messages)
            for word in re.findall(r"`((?:sdhcp|process)_[a-z_]+)`", text(name)):
                self.assertRegex(metrics, rf"`{word}(_total)?`", word)

    def test_figures_of_capacity_are_those_of_the_benchmarks(self):
        figures = re.findall(r"\| (\d[\d,.]*)(?: \w+)? \|", section("operations.md", "Capacity"))
        self.assertGreater(len(figures), 8)
        for figure in figures:
            self.assertIn(f" {figure} ", text("benchmarks.md"), figure)

    def test_settings_are_settings(self):
        known = set(re.findall(r"`([A-Z_]+)`", text("configuration.md"))) | {"HOOKS"}
        for name in ("troubleshooting.md", "operations.md", "security.md", "quickstart.md"):
            for word in re.findall(r"`([A-Z][A-Z]+_[A-Z_]+[A-Z])\b[^`]*`", text(name)):
                self.assertTrue(word in known or word.startswith(("CAP_", "X_")), f"{name}: {word}")

    def test_words_of_the_glossary_stand_in_their_order(self):
        words = [word.lower() for word in re.findall(r"^\| ([^|]+) \| ", text("glossary.md"), re.MULTILINE)[1:]]
        self.assertEqual(words, sorted(words))
        self.assertEqual(len(words), len(set(words)))


class ExampleTests(SynchronousTestCase):
    def test_every_piece_of_python_is_python(self):
        for path in documents():
            for block in PYTHON.findall(path.read_text(encoding="utf-8")):
                compile(block, str(path), "exec")

    def test_every_setting_that_an_example_sets_is_one(self):
        known = {name for one in PARAMETERS for name in (one.name, *one.aliases)}
        # Tests of a site have constants of their own.
        for path in [path for path in documents() if path.name != "testing.md"]:
            for names in ASSIGNED.findall(path.read_text(encoding="utf-8")):
                for name in re.findall(r"[A-Z_]+", names):
                    self.assertTrue(name in known or name.startswith("X_"), f"{path.name}: {name}")

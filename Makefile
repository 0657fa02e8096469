PYTHON ?= python3
BIN = .venv/bin

.PHONY: run test check bench docs deb clean

run: .venv/installed       ## start the example server
	$(BIN)/python examples/quickstart/run.py

test: .venv/tested         ## the whole suite; as root it installs the Debian packages it wants
	$(BIN)/python tests/wants.py
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/coverage erase
	$(BIN)/python -m tests.lanes
	$(BIN)/coverage report --fail-under=100

check: .venv/tested        ## linters and types alone
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/installed     ## cost per packet; docs/benchmarks.md has the others
	$(BIN)/python benchmarks/hotpath.py

docs: .venv/documented     ## the documents as one book, in build/docs
	$(BIN)/sphinx-build -W -n -q docs build/docs

deb:                       ## a Debian package in dist/, for the Debian that it is built on
	packaging/debian/build dist

clean:
	rm -rf .venv .trial .trial-screenshots .coverage build *.egg-info

.venv/bin/python:
	$(PYTHON) -m venv .venv || (rm -rf .venv; apt-get install -y python3-venv >/dev/null && $(PYTHON) -m venv .venv) || (echo "needs Python's venv module: apt-get install python3-venv"; exit 1)

.venv/installed: setup.cfg .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	touch $@

.venv/documented: setup.cfg .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[docs]'
	touch $@

.venv/tested: setup.cfg .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[all,docs,test]'
	touch $@

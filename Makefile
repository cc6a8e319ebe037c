# « make » lists the targets.
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
DIST   := dist
BASE   := $(or $(PLATEFORME_BASE),plateforme.db)
# What goes in the single file beside our own: pure Python only, so that one file serves every Python and processor.
define PAQUETS
from importlib.util import find_spec
from verbes.composants import epingles
print(*(find_spec(nom).origin.removesuffix("/__init__.py") for nom in epingles()))
endef
export PAQUETS
EXCLUS  := -name '*.so' -o -name '*.c' -o -name '*.pyi' -o -name py.typed

.DEFAULT_GOAL := help
.PHONY: help run test lint bench zip clean

help:           ## cette liste
	@grep -hE '^[a-z]+: .*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.service   ## installe ce qu'il faut, charge la démonstration s'il n'y a pas de base, et sert sur http://127.0.0.1:8080
	@test -e $(BASE) || $(PY) plateforme.py demonstration
	@$(PY) plateforme.py servir

test: $(VENV)/.tests    ## installe ce qu'il faut et lance toute la suite
	@$(PY) -m pytest -q -rs -n 2 --dist worksteal

lint: $(VENV)/.tests    ## ruff
	@$(PY) -m ruff check .

bench: $(VENV)/.tests   ## mesures (jamais dans les tests)
	@$(PY) tests/bench.py

zip: $(VENV)/.service   ## le fichier unique dist/plateforme.pyz
	@rm -rf $(DIST)/pyz && mkdir -p $(DIST)/pyz
	@paquets=$$($(PY) -c "$$PAQUETS") && cp -r plateforme.py models.py migrations.sql requirements.txt verbes views static $$paquets $(DIST)/pyz/
	@rm -rf $(DIST)/pyz/static/captures && find $(DIST)/pyz -name __pycache__ -prune -exec rm -rf {} + -o \( $(EXCLUS) \) -exec rm {} +
	@$(PY) plateforme.py exemples sbom > $(DIST)/pyz/sbom.cdx.json
	@echo 'import sys, plateforme; sys.exit(plateforme.main())' > $(DIST)/pyz/__main__.py
	@find $(DIST)/pyz -exec touch -d '2020-01-01 00:00 UTC' {} + -exec chmod u=rwX,go=rX {} +
	@TZ=UTC $(PY) -m zipapp -c -p '/usr/bin/env python3' -o $(DIST)/plateforme.pyz $(DIST)/pyz && rm -rf $(DIST)/pyz
	@ls -l $(DIST)/plateforme.pyz

clean:          ## enlève ce qui a été construit (jamais la base)
	rm -rf $(VENV) $(DIST) .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.service: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Il faut Python 3.11 ou plus récent : apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Il manque python3-venv : apt install python3-venv"; exit 1; }
	@$(PY) -m pip install -q --require-hashes --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.tests: $(VENV)/.service tests/requirements.txt
	@$(PY) -m pip install -q --require-hashes --disable-pip-version-check -r tests/requirements.txt
	@touch $@

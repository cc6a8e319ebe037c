# « make » lists the targets.
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
DIST   := dist
BASE   := $(or $(PLATEFORME_BASE),plateforme.db)
# What goes in the single file is pure Python only, so that one file serves every Python and processor.
EXCLUS  := -name '*.so' -o -name '*.c' -o -name '*.pyi' -o -name py.typed

.DEFAULT_GOAL := help
.PHONY: help run test lint docs captures mutants bench annee endurance securite zip signer clean

help:           ## cette liste
	@grep -hE '^[a-z]+: .*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.service   ## installe ce qu'il faut, charge la démonstration s'il n'y a pas de base, et sert sur http://127.0.0.1:8080
	@test -e $(BASE) || $(PY) plateforme.py demonstration
	@$(PY) plateforme.py servir

# Hundreds of processes start in it: the compiled sources are kept, whatever the machine says. One worker more than there
# are processors: some wait for a machine, a relay, a web server.
test: $(VENV)/.tests    ## installe ce qu'il faut et lance toute la suite
	@PYTHONDONTWRITEBYTECODE= $(PY) -m pytest -q -rs -n $$(($$(nproc) < 4 ? $$(nproc) + 1 : 5)) --dist worksteal

lint: $(VENV)/.tests    ## ruff, et ce que pèsent le produit et ses tests, à côté de ce qu'ils pesaient à 2027.03
	@$(PY) -m ruff check .
	@$(PY) tests/jetons.py

docs: $(VENV)/.tests    ## refait les tableaux de static/doc/ tirés du code, et les racines des mots du catalogue livré
	@$(PY) tests/chapitres.py

captures: $(VENV)/.tests ## refait les quatre images de la page du dépôt
	@$(PY) tests/captures.py

bench: $(VENV)/.tests zip ## une heure de pointe, puis ce qui l'explique (jamais dans les tests) ; AVANT=dossier d'une autre version, servie à côté
	@$(PY) tests/bench.py

mutants: $(VENV)/.tests ## des fautes tirées dans une pièce, une à une, contre ses tests : lesquelles vivent, quels tests ne voient rien ; PIECE=demande, GRAINE=1, MINUTES=30
	@PIECE=$(PIECE) GRAINE=$(or $(GRAINE),1) MINUTES=$(or $(MINUTES),30) $(PY) tests/mutants.py

annee: $(VENV)/.tests   ## une année simulée, jour par jour, et ce que chaque nuit doit tenir, les chiffres soustraits, dix mille réponses (une demi-heure)
	@$(PY) tests/annee.py
	@SOUSTRACTION=toutes $(PY) -m pytest -q -n 2 -k deux_mondes tests/pilotage/test_soustraction.py
	@REPONSES=10000 $(PY) -m pytest -q tests/demande/test_reponses_engendrees.py

endurance: $(VENV)/.tests ## dix jours de fautes en moins de deux heures, et ce qui doit rester à la fin
	@$(PY) tests/endurance.py

securite: $(VENV)/.tests $(VENV)/.outils ## dix mille requêtes hostiles, les droits, la mémoire, les coupures, bandit et pip-audit (dix minutes)
	@$(PY) tests/securite.py

zip: $(VENV)/.service   ## le fichier unique dist/plateforme.pyz, et son empreinte
	@rm -rf $(DIST)/pyz && mkdir -p $(DIST)/pyz
	@paquets=$$($(PY) -m verbes.exploitation.assemblage paquets) && cp -r plateforme.py service.py models.py langue.py migrations.sql requirements.txt verbes views static $$paquets $(DIST)/pyz/
	@rm -rf $(DIST)/pyz/static/captures && find $(DIST)/pyz -name __pycache__ -prune -exec rm -rf {} + -o \( $(EXCLUS) \) -exec rm {} +
	@rm $$(ls $(DIST)/pyz/snowballstemmer/*_stemmer.py | grep -v /french_) && : > $(DIST)/pyz/snowballstemmer/__init__.py  # it imports every language
	@cd $(DIST)/pyz/mistune && rm -r directives __main__.py toc.py renderers/markdown.py renderers/rst.py
	@etat=$$($(PY) -m verbes.exploitation.assemblage etat) && sed -i "s/^VERSION = '\([^']*\)'/VERSION = '\1$$etat'/" $(DIST)/pyz/plateforme.py
	@$(PY) plateforme.py exemples licences > $(DIST)/pyz/LICENCES.txt
	@PYTHONDONTWRITEBYTECODE=1 $(abspath $(PY)) $(DIST)/pyz/plateforme.py exemples sbom > $(DIST)/sbom && mv $(DIST)/sbom $(DIST)/pyz/sbom.cdx.json
	@echo 'import os, sys; sys.path[0] = os.path.realpath(sys.path[0]); import plateforme; sys.exit(plateforme.main())' > $(DIST)/pyz/__main__.py
	@$(PY) -m verbes.exploitation.assemblage assembler $(DIST)/pyz $(DIST)/plateforme.pyz && rm -rf $(DIST)/pyz
	@ls -l $(DIST)/plateforme.pyz
	@cd $(DIST) && sha256sum plateforme.pyz | tee plateforme.pyz.sha256

signer:         ## la signature du fichier unique, par votre clé SSH : make signer CLE=~/.ssh/id_ed25519
	@command -v ssh-keygen >/dev/null || { echo "Il manque ssh-keygen : apt install openssh-client"; exit 1; }
	@test -e "$(CLE)" || { echo "Donnez la clé qui signe : make signer CLE=~/.ssh/id_ed25519"; exit 1; }
	@rm -f $(DIST)/plateforme.pyz.sig && ssh-keygen -q -Y sign -n plateforme -f "$(CLE)" $(DIST)/plateforme.pyz && ls $(DIST)/plateforme.pyz.sig

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

# What reads the sources and the packages has its own place: thirty packages that no test needs.
$(VENV)/.outils: $(VENV)/.service tests/securite.txt
	@$(PYTHON) -m venv $(VENV)/outils
	@$(VENV)/outils/bin/python -m pip install -q --require-hashes --disable-pip-version-check -r tests/securite.txt
	@touch $@

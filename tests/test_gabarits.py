"""Les gabarits compilés d'avance (views/gabarits.py) : jamais plus vieux que leur texte, jamais nécessaires."""
import os
import sys

import jinja2
import pytest

from views import gabarits, rendu


@pytest.fixture
def dossier(tmp_path, monkeypatch):
    """The folder of a program that starts, which writes what it compiles."""
    monkeypatch.setattr(sys, 'dont_write_bytecode', False)
    monkeypatch.setattr(gabarits, '__spec__', type('Spec', (), {'cached': str(tmp_path / 'gabarits.pyc')}))
    return tmp_path


@pytest.fixture
def compilations(monkeypatch):
    """The texts that Jinja2 has compiled."""
    faites, compiler = [], jinja2.Environment._parse

    def noter(self, source, *autres):
        faites.append(source)
        return compiler(self, source, *autres)
    monkeypatch.setattr(jinja2.Environment, '_parse', noter)
    return faites


def montrer(texte, **filtres):
    """What a new process shows of a template of this text."""
    neuf = jinja2.Environment(loader=jinja2.DictLoader({'x.html': texte}), bytecode_cache=gabarits.Compiles())
    neuf.filters.update(filtres)
    return neuf.get_template('x.html').render(nom='Rieumes')


def test_un_gabarit_ne_se_compile_qu_une_fois_pour_tous_les_demarrages(dossier, compilations):
    assert montrer('{{ nom }}.') == montrer('{{ nom }}.') == 'Rieumes.' and compilations == ['{{ nom }}.']
    assert len(os.listdir(dossier)) == 1


def test_un_gabarit_change_ou_une_autre_version_du_programme_se_recompilent(dossier, compilations, monkeypatch):
    assert montrer('{{ nom }}.') == 'Rieumes.' and montrer('{{ nom }} !') == 'Rieumes !'
    monkeypatch.setattr(gabarits, 'MOULE', 'autre')
    assert montrer("{{ 'a'|sens }}", sens=str.upper) == 'A'
    monkeypatch.setattr(gabarits, 'MOULE', 'encore autre')          # what was compiled holds the result of a filter
    assert montrer("{{ 'a'|sens }}", sens=str.title) == 'A' and len(compilations) == 4


@pytest.mark.parametrize('reste', [b'', b'x', None])
def test_un_fichier_coupe_se_refait(dossier, compilations, reste):
    montrer('{{ nom }}.')
    [fichier] = dossier.iterdir()
    fichier.write_bytes(fichier.read_bytes()[:-8] if reste is None else reste)
    assert montrer('{{ nom }}.') == montrer('{{ nom }}.') == 'Rieumes.' and len(compilations) == 2


def test_sans_dossier_ou_ecrire_les_pages_se_montrent_quand_meme(dossier, compilations, monkeypatch):
    ici = os.path.join(dossier, 'plateforme.pyz')
    open(ici, 'w').close()                                          # a single file: nothing is written in it
    for cache in (f'{ici}/views/gabarits.pyc', f'{dossier}/nulle-part/gabarits.pyc'):
        monkeypatch.setattr(gabarits.__spec__, 'cached', cache)
        assert montrer('{{ nom }}.') == 'Rieumes.'
    assert len(compilations) == 2 and os.listdir(dossier) == ['plateforme.pyz']


def test_rien_n_est_ecrit_quand_python_n_ecrit_rien(dossier, monkeypatch):
    monkeypatch.setattr(sys, 'dont_write_bytecode', True)
    assert montrer('{{ nom }}.') == 'Rieumes.' and os.listdir(dossier) == []


def test_les_pages_du_site_se_gardent_ainsi():
    assert isinstance(rendu.bytecode_cache, gabarits.Compiles)

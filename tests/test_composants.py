"""The packages, pinned to the byte, and their list for whoever watches vulnerabilities
(static/doc/mettre-a-jour.md, static/doc/changer.md)."""
import json
import re
import tomllib
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from serveur import ICI, lancer

from plateforme import VERSION
from verbes.exploitation import composants

FICHIERS = {'service': 'requirements.txt', 'tests': 'tests/requirements.txt'}
# What the classifiers of a package call the licence that COMPOSANTS names; « BSD » is read in its own text.
DITES = {'MIT': ('MIT License',), 'BSD-3-Clause': ('BSD License', 'BSD-3-Clause'), 'ZPL-2.1': ('Zope Public License',)}


def lignes(fichier):
    """[(package, version, marker or None, sha256 of its files)] of a requirements file: nothing else is in it."""
    with open(f'{ICI}/{fichier}', encoding='utf-8') as ouvert:
        texte = re.sub(r'^ *#.*\n', '', ouvert.read(), flags=re.MULTILINE)
    for ligne in texte.replace(' \\\n', ' ').splitlines():
        epingle, *empreintes = re.split(r'\s+--hash=sha256:', ligne)
        voulu = Requirement(epingle)
        assert re.fullmatch(r'==[\w.]+', str(voulu.specifier)), ligne
        assert empreintes and all(re.fullmatch('[0-9a-f]{64}', e) for e in empreintes), ligne
        yield voulu.name, str(voulu.specifier)[2:], voulu.marker, empreintes


def retenues(fichier):
    """{package: version} of what this Python installs from a requirements file."""
    return {nom: version for nom, version, marque, _ in lignes(fichier) if marque is None or marque.evaluate()}


def besoins(nom):
    """The packages that an installed one says it needs here, without its options."""
    voulus = map(Requirement, metadata.requires(nom) or ())
    return {canonicalize_name(v.name) for v in voulus if v.marker is None or v.marker.evaluate({'extra': ''})}


# --- pinned ---

@pytest.mark.parametrize('groupe', FICHIERS)
def test_chaque_paquet_demande_ou_tire_par_un_autre_est_epingle_avec_ses_empreintes(groupe):
    with open(f'{ICI}/pyproject.toml', 'rb') as fichier:
        demandes = tomllib.load(fichier)['dependency-groups'][groupe]
    epingles = retenues(FICHIERS[groupe])
    assert set(demandes) <= set(epingles)
    assert {besoin for nom in epingles for besoin in besoins(nom)} <= set(epingles)
    inutiles = set(epingles) - {*demandes, *(besoin for nom in epingles for besoin in besoins(nom))}
    assert inutiles == set()


def test_ce_qui_est_installe_est_ce_qui_est_epingle():
    for fichier in FICHIERS.values():
        assert {nom: metadata.version(nom) for nom in retenues(fichier)} == retenues(fichier)


def test_un_paquet_compile_a_ses_fichiers_pour_chaque_processeur():
    nombres = {nom: len(empreintes) for nom, _, _, empreintes in lignes('requirements.txt')}
    assert min(nombres.values()) == 2                               # one for every Python, and the source
    assert nombres['markupsafe'] > 16                               # 3.11 to 3.14, x86_64 and arm64, glibc and musl


# --- listed ---

def test_la_liste_des_composants_dit_chaque_paquet_sa_version_sa_licence_et_ses_empreintes():
    sbom = json.loads(composants.dire_sbom('2031.04'))
    assert (sbom['bomFormat'], sbom['specVersion'], sbom['version']) == ('CycloneDX', '1.5', 1)
    moi = sbom['metadata']['component']
    assert (moi['type'], moi['name'], moi['version']) == ('application', 'plateforme', '2031.04')
    assert moi['licenses'] == [{'license': {'id': 'EUPL-1.2'}}]
    attendus = [(nom, version, f'pkg:pypi/{nom}@{version}', sorted(empreintes))
                for nom, version, _, empreintes in lignes('requirements.txt')]
    assert attendus == [
        (c['name'], c['version'], c['purl'], sorted(h['content'] for h in c['hashes']))
        for c in sbom['components']]
    assert all(c['type'] == 'library' and c['licenses'][0]['license']['id'] in DITES for c in sbom['components'])
    assert {h['alg'] for c in sbom['components'] for h in c['hashes']} == {'SHA-256'}
    assert re.findall(r'https?://[^"]*', json.dumps(sbom)) == [sbom['$schema']]


def test_la_liste_des_composants_dit_qui_a_besoin_de_qui():
    sbom = json.loads(composants.dire_sbom('2031.04'))
    refs = [sbom['metadata']['component']['bom-ref'], *(c['bom-ref'] for c in sbom['components'])]
    assert len(set(refs)) == len(refs) and [d['ref'] for d in sbom['dependencies']] == refs
    qui = {d['ref']: d['dependsOn'] for d in sbom['dependencies']}
    assert qui[refs[0]] == refs[1:]
    assert {besoin for autres in qui.values() for besoin in autres} == set(refs[1:])


def test_la_liste_des_composants_n_a_ni_heure_ni_hasard():
    sbom = composants.dire_sbom('2031.04')
    assert sbom == composants.dire_sbom('2031.04')
    assert 'serialNumber' not in sbom and 'timestamp' not in sbom


@pytest.mark.parametrize('nom', composants.COMPOSANTS)
def test_la_licence_et_les_besoins_d_un_paquet_sont_ceux_qu_il_dit(nom):
    licence, autres = composants.COMPOSANTS[nom]
    assert set(autres) == besoins(nom)
    entetes = metadata.metadata(nom)
    dit = ' '.join([entetes.get('License-Expression') or entetes.get('License') or '',
                    *(entetes.get_all('Classifier') or ())])
    textes = ' '.join(f.read_text() for f in metadata.files(nom) if re.search('licen[cs]e', str(f), re.I))
    assert any(mot in dit for mot in DITES[licence]) or 'Permission is hereby granted, free of charge' in textes
    if licence == 'BSD-3-Clause':
        qui = 'copyright holder|creator|Snowball project'
        assert re.search(f'Neither the name of the ({qui})', ' '.join(textes.split()))


def test_la_table_des_composants_est_celle_des_paquets_epingles():
    assert list(composants.COMPOSANTS) == list(composants.epingles())


def test_exemples_donne_la_liste_des_composants_de_cette_version(tmp_path):
    sortie = lancer('exemples', 'sbom', base=tmp_path / 'absente.db')
    assert sortie.returncode == 0 and sortie.stdout == composants.dire_sbom(VERSION)

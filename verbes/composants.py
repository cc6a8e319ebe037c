"""What the single file is made of: the packages of requirements.txt, and their list (SBOM) for whoever watches
vulnerabilities. Neither clock nor chance in it: `make zip` puts it in the file, which stays the same byte for byte.
"""
import json
import pkgutil
import re

# package: its licence (SPDX), the packages it needs. A test holds them equal to what each one says of itself.
COMPOSANTS = {
    'bottle':          ('MIT', ()),
    'jinja2':          ('BSD-3-Clause', ('markupsafe',)),
    'markupsafe':      ('BSD-3-Clause', ()),
    'mistune':         ('BSD-3-Clause', ()),
    'peewee':          ('MIT', ()),
    'segno':           ('BSD-3-Clause', ()),
    'snowballstemmer': ('BSD-3-Clause', ()),
    'waitress':        ('ZPL-2.1', ()),
}


def epingles():
    """{package: (version, the sha256 of each file it may be taken from)}, as requirements.txt has them."""
    texte = pkgutil.get_data('models', 'requirements.txt').decode()
    _, *morceaux = re.split(r'^([\w.-]+)==([\w.]+)', texte, flags=re.MULTILINE)
    return {nom: (version, re.findall(r'--hash=sha256:([0-9a-f]{64})', suite))
            for nom, version, suite in zip(morceaux[::3], morceaux[1::3], morceaux[2::3])}


def dire_sbom(version):
    """The SBOM of this version of the Plateforme: CycloneDX 1.5, JSON."""
    paquets = epingles()
    purls = {nom: f'pkg:pypi/{nom}@{paquets[nom][0]}' for nom in paquets}
    moi = f'pkg:generic/plateforme@{version}'
    sbom = {
        '$schema': 'http://cyclonedx.org/schema/bom-1.5.schema.json',
        'bomFormat': 'CycloneDX',
        'specVersion': '1.5',
        'version': 1,
        'metadata': {
            'lifecycles': [{'phase': 'build'}],
            'component': {'type': 'application', **_identite('plateforme', version, moi, 'EUPL-1.2'),
                          'description': 'Plateforme d\'appui aux territoires'},
        },
        'components': [
            {'type': 'library', **_identite(nom, paquets[nom][0], purls[nom], COMPOSANTS[nom][0]),
             'externalReferences': [_fichiers(nom, *paquets[nom])]} for nom in paquets],
        'dependencies': [{'ref': moi, 'dependsOn': [*purls.values()]}] + [
            {'ref': purls[nom], 'dependsOn': [purls[besoin] for besoin in COMPOSANTS[nom][1]]} for nom in paquets],
    }
    return json.dumps(sbom, indent=1, ensure_ascii=False) + '\n'


def _identite(nom, version, purl, licence):
    return {'bom-ref': purl, 'name': nom, 'version': version, 'purl': purl,
            'licenses': [{'license': {'id': licence}}]}


def _fichiers(nom, version, empreintes):
    """Where a package is taken from: PyPI has a file for each Python and processor, any of which would do."""
    return {'type': 'distribution', 'url': f'https://pypi.org/project/{nom}/{version}/#files',
            'hashes': [{'alg': 'SHA-256', 'content': empreinte} for empreinte in empreintes]}

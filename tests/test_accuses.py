"""The accusés de réception that the Président·e signs: prepared, printed, signed, sent, undone, printed again."""

import pytest
from conftest import courriels, fixer, texte

import models
from verbes.demande import courrier, lettres

PAGE = '/espace/admin/lettres'
BLOC = 'Le Président du Conseil départemental,\nDominique Exemple'
PDF = b'%PDF-1.7\n\xff\xfe signee'


@pytest.fixture
def signe(monde):
    with models.ecriture():
        fixer('signataire_1', BLOC)
        fixer('lettres_lieu', 'Toulouse')


def ecrire(verbe, *arguments, **options):
    with models.ecriture():
        return verbe(*arguments, **options)


def pretes():
    with models.lecture():
        return lettres.a_preparer()


def imprimer(monde, *cles, **options):
    basket, a_part = pretes()
    vues = {p.cle: p.vue for p in (*basket, *a_part) if not cles or p.cle in map(str, cles)}
    return ecrire(courrier.imprimer, vues, 'signataire_1', monde.admin, **options)


def vues(*ids):
    with models.lecture():
        return {s.lettre.id: s.marque for s in lettres.suivies('1') if not ids or s.lettre.id in ids}


def avancer(monde, jusqu_a='envoyee', le='2026-11-24', **options):
    for etape in ('signature', 'signee', 'envoyee'):
        fin = {'voie': 'poste'} | options if etape == 'envoyee' else {}
        ecrire(courrier.noter, vues(), etape, le, monde.admin, **fin)
        if etape == jusqu_a:
            return


def lettre():
    with models.lecture():
        return lettres.suivies('1')[0]


def corps(suivie):
    return suivie.texte['corps'].replace('\xa0', ' ')


# ======================================================================================
# The thin line
# ======================================================================================

def test_une_demande_recue_a_sa_lettre_preparee_imprimee_signee_envoyee_et_dite(monde, creer, signe, entrer, site):
    demande = creer()
    admin = entrer(monde.admin)
    page = admin.get(PAGE)
    assert f'n° {demande.numero} , Revitalisation de bourg-centre' in texte(page) and 'Madame le Maire' in page
    form = next(f for f in page.forms.values() if f.action == PAGE and f.method == 'post')
    feuilles = form.submit().follow()
    assert 'J\'ai bien reçu, le 24 novembre 2026' in texte(feuilles)
    form = next(f for f in feuilles.forms.values() if f.action == f'{PAGE}/signature')
    page = form.submit().follow()
    for etape in ('signee', 'envoyee'):
        form = next(f for f in page.forms.values() if f.action == f'{PAGE}/{etape}')
        if etape == 'envoyee':
            form['voie'] = 'poste'
        page = form.submit().follow()
    assert 'Envoyées en 2026 : 1 lettre' in texte(page)
    dossier = texte(entrer(monde.chef).get(f'/espace/demandes/{demande.numero}'))
    assert 'Lettre d\'accusé de réception envoyée le 24 novembre 2026, par la poste.' in dossier
    assert 'J\'ai bien reçu, le 24 novembre 2026' in dossier
    suivi = texte(site.get(f'/suivi/{demande.jeton}'))
    assert 'Lettre d\'accusé de réception envoyée le 24 novembre 2026' in suivi
    assert 'J\'ai bien reçu, le 24 novembre 2026' in suivi
    assert courriels(modele='lettre') == [('lettre', 'mairie@rieumes.example')]

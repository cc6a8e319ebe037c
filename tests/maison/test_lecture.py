"""What a screen reader says of four pages, in its order, in tests/maison/lectures: a change of it shows in review.

Landmarks, headings with their level, links, buttons, fields with their name, hint and state, as the accessibility tree
of Chromium has them. LECTURES=reecrire pytest tests/maison/test_lecture.py writes the files again.
"""
import os
from pathlib import Path

import pytest
from conftest import changer_demande
from navigateur import entrer

import models
from verbes import journal
from verbes.demande import actes

DOSSIER = Path(__file__).parent / 'lectures'
REECRIRE = os.environ.get('LECTURES') == 'reecrire'
# role of the tree: how it is said. What is within a landmark or a group is written under it.
REPERES = {'banner': 'en-tête', 'main': 'contenu principal', 'contentinfo': 'pied de page',
           'navigation': 'navigation', 'complementary': 'complément', 'region': 'région', 'search': 'recherche',
           'form': 'formulaire', 'group': 'groupe', 'radiogroup': 'groupe', 'table': 'tableau',
           'status': 'état', 'alert': 'alerte'}
CHAMPS = {'textbox': 'champ', 'searchbox': 'champ de recherche', 'combobox': 'liste', 'checkbox': 'case',
          'radio': 'choix', 'Date': 'date', 'DateTime': 'date et heure', 'spinbutton': 'nombre'}
ACTES = {'link': 'lien', 'button': 'bouton', 'DisclosureTriangle': 'dépliant', 'image': 'image', **CHAMPS}
OPTIONS = {'option', 'menuitem'}
ETATS = {'required': {True: 'obligatoire'}, 'invalid': {'true': 'en erreur'}, 'disabled': {True: 'désactivé'},
         'expanded': {True: 'déplié', False: 'replié'}, 'checked': {'true': 'coché', 'false': 'non coché'}}


# ---- Reading the tree ----

def lire(page):
    """The lines that are said of a page, in order."""
    arbre = page.context.new_cdp_session(page).send('Accessibility.getFullAXTree')['nodes']
    return list(dire(arbre[0], {noeud['nodeId']: noeud for noeud in arbre}))


def dire(noeud, noeuds, retrait=''):
    role = valeur_de(noeud, 'role')
    enfants = [noeuds[id_] for id_ in noeud.get('childIds', ())]
    if not noeud['ignored'] and role == 'heading':
        yield f'{retrait}titre {proprietes(noeud)["level"]} : {nom_de(noeud)}'
        enfants = []
    elif not noeud['ignored'] and role in ACTES:
        yield retrait + ', '.join([f'{ACTES[role]} : {nom_de(noeud)}', *etats(noeud, role, noeuds)])
        enfants = []
    elif not noeud['ignored'] and role in REPERES and (nom_de(noeud) or role not in ('status', 'group', 'form')):
        yield f'{retrait}{REPERES[role]} {f"« {nom_de(noeud)} »" if nom_de(noeud) else ""}'.rstrip()
        retrait += '  '
    for enfant in enfants:
        yield from dire(enfant, noeuds, retrait)


def etats(noeud, role, noeuds):
    """What is said after the name: what it holds, its state, its hint."""
    lues = proprietes(noeud)
    if valeur_de(noeud, 'value') and role in CHAMPS:
        yield f'« {valeur_de(noeud, "value")} »'
    choix = sum(valeur_de(n, 'role') in OPTIONS for n in descendants(noeud, noeuds))
    if choix:
        yield f'{choix} choix'
    yield from (mots[lues[nom]] for nom, mots in ETATS.items() if lues.get(nom) in mots)
    if valeur_de(noeud, 'description'):
        yield f'aide « {valeur_de(noeud, "description")} »'


def descendants(noeud, noeuds):
    for id_ in noeud.get('childIds', ()):
        yield noeuds[id_]
        yield from descendants(noeuds[id_], noeuds)


def proprietes(noeud):
    return {propriete['name']: propriete['value'].get('value') for propriete in noeud.get('properties', ())}


def valeur_de(noeud, champ):
    return noeud.get(champ, {}).get('value', '')


def nom_de(noeud):
    """Without the places where a long word may be cut."""
    return ' '.join(valeur_de(noeud, 'name').replace('\u200b', '').split())


# ---- The four pages ----

@pytest.fixture
def suivie(connus, creer):
    """A demande that its référent is to answer; another to be received, one that is late, for her day."""
    creer('attribue_expert', message='Le toit de l\'école fuit.')
    changer_demande(creer('receptionne_expert', message='La place du village.'), echeance='2026-11-20')
    demande = creer('en_cours', message='Réaménager la place.')
    journal.ajouter_au_journal(demande, connus.referent, 'note', 'Vu avec la secrétaire de mairie.')
    actes.message_du_demandeur(demande, 'Le conseil se réunit le 8.')
    return models.Demande.get_by_id(demande.numero)


PAGES = {
    'formulaire': ('', lambda m, d: f'/demande?fiche={m.fiche.id}'),
    'suivi':      ('', lambda m, d: f'/suivi/{d.jeton}'),
    'journee':    ('referent', lambda m, d: '/espace'),
    'demande':    ('referent', lambda m, d: f'/espace/demandes/{d.numero}'),
}


@pytest.mark.parametrize('nom', PAGES)
def test_ce_que_lit_un_lecteur_d_ecran_est_dans_son_fichier(ouvrir, suivie, connus, nom):
    qui, adresse = PAGES[nom]
    page = ouvrir()
    if qui:
        entrer(page, getattr(connus, qui))
    page.goto(adresse(connus, suivie))
    page.wait_for_load_state()
    lu, fichier = '\n'.join(lire(page)) + '\n', DOSSIER / f'{nom}.txt'
    if REECRIRE:
        fichier.write_text(lu, 'utf-8')
    assert lu == fichier.read_text('utf-8')

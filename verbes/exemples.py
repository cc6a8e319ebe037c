"""The contents of the demonstration: written by the verbs, as agents would, and dated from the current week.

static/modeles/contenus/contenus.md holds them: « === kind name », lines « field : value », an empty line, the text in
Markdown. A day is a number of days from the Monday of this week; {15}, in a text, is such a day in words.
"""
import pkgutil
import re
from datetime import date, timedelta

from peewee import fn

import langue
from models import (
    Agent, Collectivite, Contenu, ContenuStructure, Courriel, Document, Fiche, Groupe, Structure, Theme, Version,
    relire)

from .contenus import contenus, documents, images, projets, relectures

DOSSIER = 'static/modeles/contenus'
ADMINISTRATEUR = 'maxime.exemple@haute-garonne.example'
# Nowhere in France: SIREN, INSEE code, name, inhabitants.
EPCI = ('200099992', None, 'CC des Coteaux fictifs', 0)
COMMUNES = (
    ('213109911', '31991', 'Montexemple', 1_140),
    ('213109929', '31992', 'Castelfictif', 1_860),
    ('213109937', '31993', 'Saint-Témoin-les-Bois', 640),
    ('213109945', '31994', 'Villefactice', 2_380),
)
GROUPES = {
    'Centres-bourgs et sobriété foncière': 'andrea.modele@caue.example',
    'Informatique des petites mairies':    'charlie.maquette@haute-garonne.example',
}
PROPOSE = '-2'                                                      # the day of what is not published
# Of the fields of the file: days, texts; rows that it names, one or several.
JOURS = {'publie': 'publie_le', 'verifie': 'verifie_le', 'a_revoir': 'a_revoir_le', 'seance': 'seance_le',
         'inscription_au': 'inscription_au'}
TEXTES = ('titre', 'resume', 'lieu', 'inscription', 'audience', 'classe', 'nature', 'a_qui', 'cout')
LIES = {'structure': (Structure, 'nom'), 'theme': (Theme, 'nom'), 'groupe': (Groupe, 'nom'),
        'collectivite': (Collectivite, 'nom')}
PLUSIEURS = {'fiches': (Fiche, 'titre'), 'collectivites': (Collectivite, 'nom'), 'structures': (Structure, 'nom')}
ACCORD = ('Accord de la commune de {commune} pour la publication du récit « {titre} » et de ses images sur le site de '
          'la Plateforme d\'appui aux territoires.\nDonné par {par}, le {jour}.\nDocument de démonstration.\n')


def charger_contenus():
    """Write the contents of the demonstration; no mail is left to be sent for them."""
    dernier = Courriel.select(fn.max(Courriel.id)).scalar() or 0
    epci = _collectivite('Communauté de communes', *EPCI)
    for commune in COMMUNES:
        _collectivite('Commune', *commune, epci=epci)
    agents = {agent.courriel: agent for agent in Agent}
    for nom, courriel in GROUPES.items():
        Groupe.create(nom=nom, animateur=agents[courriel])
    noms = {(table, colonne): dict(table.select(getattr(table, colonne), table.id).tuples())
            for table, colonne in {*LIES.values(), *PLUSIEURS.values()}}
    for genre, dits, corps in _lire():
        _charger(genre, dits, corps, agents, noms)
    Courriel.delete().where(Courriel.id > dernier).execute()


def _collectivite(type_, siren, insee, nom, population, epci=None):
    return Collectivite.create(type=type_, siren=siren, insee=insee, nom=nom, cherche=langue.normaliser(nom),
                               population=population, epci=epci)


# ======================================================================================
# The file
# ======================================================================================

def _lire():
    """Yield (kind, {field: [its lines]}, text)."""
    for morceau in fichier('contenus.md').decode().split('\n=== '):
        tete, _, corps = morceau.removeprefix('=== ').partition('\n\n')
        titre, *lignes = tete.split('\n')
        dits = {}
        for champ, valeur in (ligne.split(' : ', 1) for ligne in lignes):
            dits.setdefault(champ, []).append(valeur)
        yield titre.split()[0], dits, corps.strip()


def fichier(nom):
    """The bytes of one of its files."""
    return pkgutil.get_data('models', f'{DOSSIER}/{nom}')


def _jour(n):
    aujourdhui = date.fromisoformat(langue.aujourdhui())
    return (aujourdhui + timedelta(days=int(n) - aujourdhui.weekday())).isoformat()


def _dire_les_jours(texte):
    return re.sub(r'\{(-?\d+)\}', lambda jour: langue.dire_jour_long(_jour(jour[1])), texte)


# ======================================================================================
# One content
# ======================================================================================

def _charger(genre, dits, corps, agents, noms):
    seuls = {champ: '\n'.join(valeurs) for champ, valeurs in dits.items()}
    auteur, administrateur = agents[seuls.get('par', ADMINISTRATEUR)], agents[ADMINISTRATEUR]
    contenu = Contenu.get_by_id(contenus.creer(genre, auteur, _valeurs(seuls, corps, noms)))
    for nom, titre, accessible, *a_qui in (ligne.split(' | ') for ligne in dits.get('fichier', ())):
        documents.ajouter_document('contenu', contenu.id, titre, [(nom, fichier(nom))], auteur, accessible, *a_qui)
    for ligne in dits.get('image', ()):
        _illustrer(contenu, auteur, *ligne.split(' | '))
    if 'accord' in seuls:
        _accorder(contenu, auteur, *seuls['accord'].split(', '))
    etat = seuls.get('etat', 'publie')
    if etat != 'brouillon':
        acte, qui = ('publier', administrateur) if etat == 'publie' else ('soumettre', auteur)
        contenus.agir(contenu, acte, qui)
    _dater(relire(contenu), seuls)


def _valeurs(seuls, corps, noms):
    """What contenus.creer() takes, of what the file says."""
    valeurs = {champ: _dire_les_jours(seuls[champ]) for champ in TEXTES if champ in seuls} | {
        'corps': _dire_les_jours(corps)}
    valeurs |= {nom: _jour(seuls[champ]) for champ, nom in JOURS.items() if champ in seuls}
    valeurs |= {champ: noms[cle][seuls[champ]] for champ, cle in LIES.items() if champ in seuls}
    valeurs |= {champ: sorted(noms[cle][nom] for nom in seuls[champ].split(' | '))
                for champ, cle in PLUSIEURS.items() if champ in seuls}
    for champ in ('debut', 'fin'):
        if champ in seuls:
            jour, _, heure = seuls[champ].partition(', ')
            valeurs |= {f'{champ}_le': _jour(jour), f'{champ}_a': heure}
    if 'annee' in seuls:
        valeurs['annee'] = int(langue.aujourdhui()[:4]) + int(seuls['annee'])
    return valeurs


def _illustrer(contenu, auteur, nom, alternative, legende, credit, moment=''):
    images.ajouter_image(contenu, auteur, {
        'alternative': alternative, 'legende': legende, 'credit': credit, 'moment': moment,
        'droit': 'Dessin fait pour ce site, libre de droits.', 'personnes': 'aucune'}, [(nom, fichier(nom))])


def _accorder(contenu, auteur, jour, par):
    """The collectivité agrees; the author proposes the projet, and each other structure that it names reads it."""
    le, commune = _jour(jour), contenu.collectivite.nom
    texte = ACCORD.format(commune=commune, titre=contenu.titre, par=par, jour=langue.dire_jour_long(le))
    projets.noter_accord(contenu, auteur, par, le, [(f'accord-{langue.slug(commune)}.txt', texte.encode())])
    contenus.agir(contenu, 'soumettre', auteur)
    for lecture in relectures.lectures_de(contenu):
        if not lecture.lu_le:
            lecteur = relectures.lecteurs(lecture.structure_id)[0]
            relectures.repondre(contenu, lecture.structure_id, lecteur)


def _dater(contenu, seuls):
    """As if it had been written, then published, on those mornings; a projet is written before it is agreed to."""
    publie = _matin(_jour(seuls.get('publie', PROPOSE)))
    ecrit = _matin(langue.plus_jours(contenu.accord_le, -3)) if contenu.accord_le else publie
    Contenu.update(cree_le=ecrit, modifie_le=ecrit).where(Contenu.id == contenu.id).execute()
    Version.update(cree_le=ecrit).where(Version.genre == 'contenu', Version.objet == str(contenu.id)).execute()
    ContenuStructure.update(lu_le=publie).where(
        ContenuStructure.contenu == contenu.id, ContenuStructure.lu_le.is_null(False)).execute()
    Document.update(ajoute_le=publie).where(
        Document.genre != 'fiche', Document.objet == str(contenu.id)).execute()


def _matin(jour):
    return langue.en_utc(langue.a_paris(jour) + timedelta(hours=9, minutes=10))

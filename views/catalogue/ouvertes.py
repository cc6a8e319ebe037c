"""« Données ouvertes »: the catalogue as a file that anybody may take, the counts of the years that were added, their
dictionaries, their licence. Nobody is in them. An administrateur adds a year, once seen as everybody will.
"""
from collections import namedtuple

from bottle import HTTPResponse

import models
import langue
from verbes.catalogue.catalogue import ASSOCIEES
from verbes.contenus import electorale
from verbes.pilotage import ouvertes
from views import aller, annoncer, app, essayer, page, request
from views.champs import RELU, Champ, lire
from views.exports import ecrire_en_memoire
from views.vitrine import noms_d_associees

PAGE, ADMIN = '/donnees-ouvertes', '/espace/admin/donnees-ouvertes'
annoncer(ADMIN, ouverte='L\'année est diffusée.', refermee='L\'année n\'est plus diffusée.')

# A column: its name; genre, as the dictionary says it; what it says, in a sentence; an example.
Colonne = namedtuple('Colonne', 'nom genre dit exemple')
COLONNES = (
    Colonne('identifiant', 'nombre entier', 'Numéro de la fiche, le même tant qu\'elle existe.', '12'),
    Colonne('titre', 'texte', 'Titre de la fiche.', 'Conseil juridique'),
    Colonne('theme', 'texte', 'Thème du catalogue où elle est rangée.', 'Assistance juridique'),
    Colonne('resume', 'texte', 'L\'accompagnement en une ou deux phrases.', ''),
    Colonne('pour_qui', 'texte', 'À qui la fiche s\'adresse.', 'Les communes.'),
    Colonne('actions', 'liste', 'Ce que font les équipes\u00a0: points séparés par «\u00a0|\u00a0».',
            'une visite | une note'),
    Colonne('deroulement', 'liste', 'Les étapes, «\u00a0Titre\u00a0: phrase\u00a0», séparées par «\u00a0|\u00a0».',
            'Appel : nous rappelons.'),
    Colonne('a_preparer', 'liste', 'Ce que la collectivité prépare\u00a0: points séparés par «\u00a0|\u00a0».', ''),
    Colonne('gratuit', 'texte', '«\u00a0oui\u00a0», ou ce qui est gratuit.', ''),
    Colonne('adherents_de', 'texte', 'Structure aux adhérents de laquelle il est réservé.', ''),
    Colonne('par_convention', 'texte', '«\u00a0oui\u00a0», ou qui y a droit, sous condition d\'éligibilité.', ''),
    Colonne('payant', 'texte', 'Ordre de grandeur du prix.', ''),
    Colonne('conditions', 'texte', 'Le reste du coût et des conditions. Ces cinq colonnes vides\u00a0: fixées par la '
            'structure, précisées au premier contact.', ''),
    Colonne('delai_jours', 'nombre entier', 'Jours promis pour le premier rappel\u00a0: {delai_urgente} ou '
            '{delai_complexe}, reporté au premier jour ouvré.', '10'),
    Colonne('structure', 'texte', 'Structure qui pilote la fiche.', 'Agence d\'ingénierie'),
    Colonne('structure_sigle', 'texte', 'Son sigle.', 'AI'),
    Colonne('structure_site', 'adresse', 'Son site internet, s\'il est connu.', ''),
    Colonne('direction', 'texte', 'Direction qui pilote la fiche.', ''),
    Colonne('associees', 'liste', 'Structures ou directions qui peuvent être associées, séparées par '
            '«\u00a0|\u00a0».', ''),
    Colonne('mots', 'liste', 'Mots que les mairies emploient pour ce besoin, entre virgules.', ''),
    Colonne('mise_a_jour', 'date', 'Dernière mise à jour de la fiche, AAAA-MM-JJ.', '2026-09-14'),
    Colonne('adresse', 'adresse', 'Page de la fiche sur ce site.', ''),
)
LISTES = {colonne.nom for colonne in COLONNES if colonne.genre == 'liste'} - {'mots'}
DICTIONNAIRE = ('colonne', 'type', 'description', 'exemple')
COMPTES = (
    Colonne('annee', 'nombre entier', 'Année civile, finie.', '2026'),
    Colonne('mesure', 'texte', ' '.join(f'«\u00a0{code}\u00a0»\u00a0: {dit}' for code, dit in ouvertes.MESURES.items()),
            'recues'),
    Colonne('theme', 'texte', f'Thème du catalogue, «\u00a0Sans thème\u00a0» ou «\u00a0{ouvertes.ENSEMBLE}\u00a0».',
            'Assistance juridique'),
    Colonne('genre', 'texte', f'{", ".join(ouvertes.GENRES)} ou «\u00a0{ouvertes.ENSEMBLE}\u00a0».', 'Communes'),
    Colonne('precision', 'texte', '«\u00a0exacte\u00a0», «\u00a0au moins\u00a0», «\u00a0au plus\u00a0», ou '
            '«\u00a0secret\u00a0»\u00a0: un nombre inférieur à dix, ou celui qui le laisserait calculer.', 'exacte'),
    Colonne('valeur', 'nombre entier', 'Le nombre\u00a0; vide quand il est secret.', '24'),
)
FICHES = f"""
    SELECT fiche.id AS identifiant, titre, theme.nom AS theme, resume, pour_qui, actions, deroulement, a_preparer,
           gratuit, coalesce((SELECT nom FROM structure WHERE id = adherents_de_id), '') AS adherents_de,
           par_convention, payant, conditions,
           promesse, structure.nom AS structure, sigle AS structure_sigle,
           site AS structure_site, direction.nom AS direction, {ASSOCIEES} AS associees, mots, maj_le AS mise_a_jour
    FROM fiche JOIN theme ON theme.id = theme_id JOIN direction ON direction.id = direction_id
               JOIN structure ON structure.id = structure_id
    WHERE etat = 'publiee' ORDER BY theme.ordre, theme.nom, titre, fiche.id"""


@app.get(PAGE, qui='public', gardee=())
def montrer():
    fiches = _fiches()
    return page('catalogue/ouvertes/ouvertes.html', colonnes=_colonnes(), nombre=len(fiches), taille=len(_catalogue()),
                maj_le=max((fiche['mise_a_jour'] for fiche in fiches), default=''), comptes=COMPTES,
                annees=ouvertes.par_annee(ouvertes.lignes_publiees()), mesures=ouvertes.MESURES)


def _colonnes():
    """COLONNES, with the days that are promised."""
    return [colonne._replace(dit=colonne.dit.format_map(models.Reglage.tous())) for colonne in COLONNES]


@models.gardee
def _fiches():
    """The published fiches, {column: text}, in the order of the catalogue."""
    fiches = models.lignes(FICHES)
    for fiche in fiches:
        fiche['delai_jours'] = models.jours_promis(fiche['promesse'])
        fiche['associees'] = '\n'.join(noms_d_associees(fiche['associees']))
        fiche |= {nom: ' | '.join(fiche[nom].split('\n')) for nom in LISTES}
        fiche['adresse'] = f'{models.SITE["url"]}/fiches/{fiche["identifiant"]}-{langue.slug(fiche["titre"])}'
    return fiches


@models.gardee
def _catalogue():
    noms = [colonne.nom for colonne in COLONNES]
    return ecrire_en_memoire(noms, ([fiche[nom] for nom in noms] for fiche in _fiches()))


@app.get(f'{PAGE}/catalogue.csv', qui='public')
def catalogue():
    return _livrer('catalogue', _catalogue())


@app.get(f'{PAGE}/dictionnaire.csv', qui='public')
def dictionnaire():
    return _livrer('dictionnaire', ecrire_en_memoire(DICTIONNAIRE, _colonnes()))


@app.get(f'{PAGE}/demandes.csv', qui='public')
def demandes():
    return _livrer('demandes', ecrire_en_memoire([c.nom for c in COMPTES], ouvertes.lignes_publiees()))


@app.get(f'{PAGE}/dictionnaire-demandes.csv', qui='public')
def dictionnaire_des_demandes():
    return _livrer('dictionnaire-demandes', ecrire_en_memoire(DICTIONNAIRE, COMPTES))


def _livrer(nom, octets):
    demonstration = 'demonstration-' if request.contexte['demonstration'] else ''
    return HTTPResponse(octets, headers={
        'Content-Type': 'text/csv; charset=utf-8', 'Cache-Control': 'no-cache',
        'Content-Disposition': f'attachment; filename="{demonstration}{nom}.csv"'})


# ---- What an administrateur adds ----

VUE = Champ('vue', 'Ce qui a été relu', max=64)
UNE = f'{ADMIN}/<annee:re:[12][0-9]{{3}}>'


@app.get(ADMIN, qui='administrateur')
def lister():
    return page('catalogue/ouvertes/liste.html', annees=ouvertes.annees_finies(), publiees=ouvertes.publiees(),
                accord=ouvertes.accord())


@app.get(UNE, qui='administrateur')
def relire(annee):
    """The very table that everybody will read, or reads."""
    return _page_d_une_annee(annee)


def _page_d_une_annee(annee, status=200, valeurs=None, fautes=None):
    document = ouvertes.publiees().get(annee)
    if document:
        lignes = [ligne for ligne in ouvertes.lignes_publiees() if ligne.annee == annee]
    else:
        if not ouvertes.accord():                                   # the list says why
            aller(ADMIN)
        ouvertes.exiger_possible(annee)
        lignes = ouvertes.compter(request.agent, annee)
    return page('catalogue/ouvertes/annee.html', status, annee=annee, document=document,
                annees=ouvertes.par_annee(lignes), mesures=ouvertes.MESURES, valeurs=valeurs or {},
                fautes=fautes or {}, relu=[RELU] * electorale.a_relire('ouverte', ''),
                vue=ouvertes.empreinte(lignes), deja=ouvertes.deja_diffusee(annee))


@app.post(UNE, qui='administrateur')
def ajouter(annee):
    valeurs, fautes = lire([VUE, RELU])
    _, fautes, code = essayer(fautes, ouvertes.ajouter, annee, request.agent, *valeurs.values())
    return _page_d_une_annee(annee, code, valeurs, fautes) if fautes else aller(f'{ADMIN}?fait=ouverte')


@app.post(f'{UNE}/retirer', qui='administrateur')
def retirer(annee):
    ouvertes.retirer(annee, request.agent)
    aller(f'{ADMIN}?fait=refermee')

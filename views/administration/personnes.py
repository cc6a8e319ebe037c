"""Administration, « Comptes »: the list, its CSV, one account created or changed, its invitation.

A one-time link is shown once, by the answer to the POST that made it: the base only keeps its digest.
"""
import re
from collections import namedtuple

import models
import langue
from models import SITE, Agent, Refus
from langue import dire_jour
from verbes import comptes, etiquettes
from verbes.administration import departs, personnes
from verbes.regles import LIENS
from views import aller, annoncer, app, choix, page, parametre, redemander, request
from views.champs import Champ
from views.cookies import saisies_gardees
from views.criteres import adresse_de, oter_les_vides, une_page
from views.entrees import ID, trouver_agent
from views.exports import csv_a_relire
from views.tenue import Tenue, lire, objet, page_tenue, tenir

PAGE = '/espace/admin/comptes'
UN = f'{PAGE}/{ID}'

# ---- The list ----

FILTRES = (                                                         # choix: no choice, in words
    Champ('q', 'Nom, courriel ou fonction'),
    Champ('structure', 'Structure', 'choix', choix='Toutes'),
    Champ('direction', 'Direction', 'choix', choix='Toutes'),
    Champ('droits', 'Droits', 'choix', choix='Tous'),
)
TRIS = {
    'nom':       lambda c: langue.ordre_alphabetique(f'{c.prenom} {c.nom}'),
    'connexion': lambda c: c.connexion_le or '',
}
# A row as it is shown: direction, structure: (short name, whole one); etat: (ton, icon, word); details: small lines;
# geste: what the last column offers.
Ligne = namedtuple('Ligne', 'id nom courriel fonction structure direction droits etat details connexion geste')


@app.get(PAGE, qui='administrateur')
@app.get(f'{PAGE}/inviter', qui='administrateur')
def montrer_liste():
    """At the address of « Inviter les … » too: reloaded, or reached after sign-in, it is the list."""
    oter_les_vides(PAGE)
    return _page_liste()


def _page_liste(**annonce):
    """annonce: what the page says above the list, once."""
    criteres, tri = _lire_criteres()
    tous = personnes.lire_comptes()
    selection = _trier(personnes.filtrer(tous, criteres), tri)

    def lien(chemin=PAGE, **changes):
        return adresse_de(criteres | {'tri': tri}, chemin, **changes)

    montres, pages = une_page(selection, lien)
    return page(
        'administration/personnes/liste.html', lignes=_lignes(montres), lien=lien, **pages, criteres=criteres, tri=tri,
        vues=_vues(tous, criteres), filtres=_filtres(),
        actifs=_filtres_actifs(criteres, lien), export=lien(f'{PAGE}.csv'),
        attendus=len(personnes.filtrer(tous, {'vue': 'jamais_ouverts'})), sigles=_sigles(), annonce_de=annonce)


def _lire_criteres():
    """({filter: text}, sort) of the address; Refus 400 for what none of the lists offers."""
    saisis = {nom: parametre(nom).strip() for nom in personnes.FILTRES}
    criteres = {nom: valeur for nom, valeur in saisis.items() if valeur and (nom, valeur) != ('vue', 'tous')}
    tri = parametre('tri')
    offres = {'vue': personnes.VUES, 'droits': personnes.DROITS}
    libelles = etiquettes.libelles()
    offres |= {nom: {str(cle) for cle in libelles[nom]} for nom in ('structure', 'direction')}
    if any(nom in offres and valeur not in offres[nom] for nom, valeur in criteres.items()) or (
            tri.removeprefix('-') not in ('', *TRIS)):
        raise Refus('Un filtre de cette adresse n\'est pas valable. Revenez à la liste des comptes.', 400)
    return criteres, tri


def _trier(trouves, tri):
    return sorted(trouves, key=TRIS[tri.removeprefix('-') or 'nom'], reverse=tri.startswith('-'))


def _vues(tous, criteres):
    """[(label, address, how many, is it shown)]; a filter or a search narrows the view that is open."""
    courante = criteres.get('vue', 'tous')
    return [(libelle.format(personnes.mois_inactif()), adresse_de({} if vue == 'tous' else {'vue': vue}, PAGE),
             len(personnes.filtrer(tous, {'vue': vue})), vue == courante)
            for vue, (libelle, _) in personnes.VUES.items()]


def _filtres():
    libelles = etiquettes.libelles()
    listes = {'structure': choix.options(libelles['structure']), 'direction': choix.directions(),
              'droits': tuple((code, libelle) for code, (libelle, _) in personnes.DROITS.items())}
    return choix.remplir(FILTRES, listes)


def _filtres_actifs(criteres, lien):
    """[(words, address without it)] of each filter in force; the view says itself."""
    libelles = etiquettes.libelles()
    dits = {'q': lambda v: f'Recherche\u00a0: «\u00a0{v}\u00a0»',
            'droits': lambda v: f'Droits\u00a0: {personnes.DROITS[v][0]}',
            **{nom: lambda v, nom=nom: libelles[nom][int(v)].nom for nom in ('structure', 'direction')}}
    return [(dits[nom](valeur), lien(**{nom: None})) for nom, valeur in criteres.items() if nom in dits]


def _lignes(trouves):
    libelles, jour = etiquettes.libelles(), langue.aujourdhui()
    mois = int(models.Reglage.tous()['conservation_audit'])
    return [_montrer_compte(c, libelles, jour, mois) for c in trouves]


def _montrer_compte(c, libelles, jour, mois):
    structure, direction = libelles['structure'][c.structure_id], libelles['direction'][c.direction_id]
    etat, *details = _dire_etat(c, jour)
    return Ligne(
        c.id, f'{c.prenom} {c.nom}', c.courriel, c.fonction, (structure.court, structure.nom),
        ('', '') if direction.nom in (structure.nom, structure.court) else (direction.court, direction.nom),
        [libelle for libelle, tenu in personnes.DROITS.values() if tenu(c)], etat, [d for d in details if d],
        personnes.dire_connexion(c, mois) if c.ouvert_le or c.connexion_le else '',
        _geste(c))


def _geste(c):
    if c.lecteur_au and c.actif and c.ouvert_le:
        return 'clore'
    if c.a_confier or c.actif and c.ouvert_le:
        return 'depart'
    if not c.actif:
        return 'rouvrir'
    return 'reinviter' if c.expire_le else 'inviter'


def _dire_etat(c, jour):
    """((ton, icon, word), detail…) of an account."""
    if not c.actif:
        return ('neutre', 'croix', 'fermé'), 'ce qui lui était confié reste à confier' if c.a_confier else ''
    if c.lecteur_au and c.lecteur_au < jour:
        return ('neutre', 'croix', 'terminé'), f'lecteur jusqu\'au {dire_jour(c.lecteur_au, ce_jour=jour)}'
    suite = (f'lecteur jusqu\'au {dire_jour(c.lecteur_au, ce_jour=jour)}' if c.lecteur_au else '',
             f'départ prévu le {dire_jour(c.part_le, ce_jour=jour)}' if c.part_le else '',
             f'délégataire de {c.delegue}' if c.delegue else '')
    if not c.ouvert_le:
        return *_dire_invitation(c, jour), *suite
    if c.absence:
        fin = f' jusqu\'au {dire_jour(c.absence.au, ce_jour=jour)}' if c.absence.au else ', sans date de fin'
        return ('pastel', 'calendrier', f'absent·e{fin}'), _dire_suppleant(c.absence), *suite
    sans = 'sans second facteur' if c.administrateur and not c.double else ''
    if c.inactif:
        depuis = f'sans connexion depuis {personnes.mois_inactif()} mois'
        return ('attention', 'horloge', 'ouvert'), depuis, sans, *suite
    return ('neutre', 'coche', 'ouvert'), sans, *suite


def _ecrite_le(c):
    """When the invitation that still waits was written."""
    return langue.en_utc(langue.a_paris(c.expire_le) - LIENS['invitation'])


def _dire_invitation(c, jour):
    attente, manquee = ('attention', 'courriel', 'jamais ouvert'), ('erreur', '', 'jamais ouvert')
    if not c.expire_le:
        return attente, 'aucune invitation en cours'
    terme, ecrite_le = dire_jour(c.expire_le, ce_jour=jour), _ecrite_le(c)
    if c.refusee_le and c.refusee_le >= ecrite_le:
        return manquee, (f'invitation du {dire_jour(c.refusee_le, ce_jour=jour)} refusée par sa messagerie\u00a0: '
                         'corrigez l\'adresse, puis invitez de nouveau')
    if c.expire_le <= langue.maintenant():
        return manquee, f'invitation expirée le {terme}'
    return attente, f'invitation du {dire_jour(ecrite_le, ce_jour=jour)}, valable jusqu\'au {terme}'


def _dire_suppleant(absence):
    suppleant = etiquettes.libelles()['agent'].get(absence.suppleant_id)
    return f'suppléant\u00a0: {suppleant.nom}' if suppleant else 'sans suppléant'


def _sigles():
    """The short names of the list, whole: [(title, [(short, whole)])]."""
    libelles = etiquettes.libelles()
    return [(titre, [(un.court, un.nom) for un in libelles[genre].values() if un.court != un.nom])
            for titre, genre in (('Structures', 'structure'), ('Directions', 'direction'))]


@app.get(f'{PAGE}.csv', qui='administrateur', transaction=False)
def exporter():
    return csv_a_relire('agents', _chercher)


def _chercher():
    criteres, _ = _lire_criteres()
    return criteres, {c.id for c in personnes.filtrer(personnes.lire_comptes(), criteres)}


# ---- One account ----

IDENTITE = (
    Champ('prenom', 'Prénom', requis=True),
    Champ('nom', 'Nom', requis=True),
    Champ('courriel', 'Courriel', 'courriel', True),
    Champ('fonction', 'Fonction'),
    Champ('direction', 'Direction', 'choix', True),
    Champ('telephone_public', 'Téléphone communiqué aux collectivités', 'telephone',
          aide='Vide\u00a0: celui de la direction.'),
    Champ('telephone', 'Téléphone interne', 'telephone'),
    Champ('administrateur', 'Administrateur de la Plateforme', 'case'),
    Champ('pilote', 'Pilote de sa direction\u00a0: remplace les chefs de file absents', 'case'),
    Champ('lecteur_au', 'Lecteur des chiffres, jusqu\'au', 'date',
          aide='Pour un·e élu·e ou la direction générale\u00a0: «\u00a0Pilotage\u00a0» et rien d\'autre, jusqu\'à ce '
               'jour compris. Vide\u00a0: un agent.'),
    Champ('identifiant', 'Identifiant', max=80,
          aide='Celui du fichier des agents, s\'il en a un\u00a0: d\'un import à l\'autre, l\'adresse peut changer.'),
)
LIBELLES = {c.nom: c.libelle.partition('\u00a0:')[0] for c in IDENTITE}
ADRESSE = 'L\'adresse professionnelle\u00a0: elle sert à se connecter, et à recevoir les courriels.'
ADRESSE_CHANGEE = (f'{ADRESSE} La changer éteint les liens déjà envoyés\u00a0; à qui n\'a jamais ouvert son compte, '
                   'une invitation part à la nouvelle.')


@app.get(f'{PAGE}/nouveau', qui='administrateur')
def montrer_nouveau():
    return _page_compte(None)


@app.post(f'{PAGE}/nouveau', qui='administrateur')
def creer():
    valeurs, fautes = _lire_compte()
    if any(valeurs[droit] for droit in personnes.DROITS_DONNES) and (encore := redemander('donner ces droits')):
        return encore
    cree, fautes, code = tenir(_tenue(None), valeurs, fautes, _creer, valeurs, request.agent)
    if fautes:
        return _page_compte(None, code, valeurs, fautes)
    agent, jeton = cree
    return _donner_le_lien(agent, jeton, 'Compte créé')


def _creer(valeurs, par):
    personnes.controler(valeurs)
    return comptes.creer(personnes.en_colonnes(valeurs), par)


@app.get(UN, qui='administrateur')
@app.get(f'{UN}/acte', qui='administrateur')
def montrer_compte(id):
    return _page_compte(trouver_agent(id))


@app.post(UN, qui='administrateur')
def enregistrer(id):
    agent = trouver_agent(id)
    valeurs, fautes = _lire_compte(agent)
    if _touche_aux_droits(agent, valeurs) and (encore := redemander('changer des droits ou une adresse')):
        return encore
    vers, fautes, code = tenir(_tenue(agent), valeurs, fautes, personnes.modifier, agent, valeurs, request.agent)
    if fautes:
        return _page_compte(agent, code, valeurs, fautes)
    if vers:
        aller(f'{PAGE}/{id}/depart?direction={vers}')
    encore = agent.id != request.agent.id or valeurs['administrateur'] or not agent.administrateur
    aller(f'{PAGE}/{id}?fait=enregistre' if encore else '/espace?fait=enregistre')


def _touche_aux_droits(agent, valeurs):
    """A right, or the address that opens the account: a link for a lost password goes there."""
    avant = personnes.en_textes(agent)
    return any(valeurs[nom] != avant[nom] for nom in (*personnes.DROITS_DONNES, 'courriel'))


def _champs(agent=None):
    """{name: Champ} of those shown; agent: of whom, None for a new account. A direction that is closed is only left."""
    sienne = etiquettes.libelles()['direction'][agent.direction_id] if agent else None
    fermee = ((str(agent.direction_id), choix.dire(sienne)),) if sienne and sienne.fermee_le else ()
    remplis = {
        'courriel': {'aide': ADRESSE_CHANGEE if agent else ADRESSE},
        'direction': {'choix': (choix.A_CHOISIR, *fermee, *choix.directions())},
    }
    tus = () if agent is None else personnes.DROITS_DONNES if agent.lecteur_au else ('lecteur_au',)
    return {c.nom: c._replace(**remplis.get(c.nom, {})) for c in IDENTITE if c.nom not in tus}


def _tenue(agent):
    connues = personnes.en_textes(agent) if agent else {}
    return Tenue(objet('agent', agent), 'Ce compte', tuple(_champs(agent).values()), connues, libelles=LIBELLES)


def _lire_compte(agent=None):
    """(texts, faults) of the form."""
    valeurs, fautes = lire(_champs(agent).values())
    valeurs = (personnes.en_textes(agent) if agent else {}) | valeurs
    if valeurs['identifiant'] and not re.fullmatch(r'[\w.:/@+-]{1,80}', valeurs['identifiant']):
        fautes.setdefault('identifiant', 'Un identifiant est fait de lettres, de chiffres, et de . : / @ + - ou _.')
    return valeurs, fautes


def _page_compte(agent, *revenue):
    """The form, and what may be done beside it."""
    _, valeurs, fautes = revenue or (200, {}, {})
    titulaire = fautes.get('courriel') and Agent.get_or_none(Agent.courriel == valeurs['courriel'])
    a_refaire = {'annonce': A_REFAIRE, 'annonce_type': 'attention'} if 'acte' in saisies_gardees() else {}
    return page_tenue('administration/personnes/compte.html', _tenue(agent), *revenue, qui=agent, un=_champs(agent),
                      pris=titulaire or None, **_a_cote(agent), **a_refaire)


# Back from the page that asks again, which kept the button as a field: it is not pressed in anybody's place.
A_REFAIRE = 'Vous êtes reconnu, mais rien n\'est encore fait\u00a0: choisissez de nouveau ce que vous vouliez faire.'


def _a_cote(agent):
    """What the page says of an account beside its form; of what it holds, never its demandes."""
    if not agent:
        return {}
    compte = next(c for c in personnes.lire_comptes() if c.id == agent.id)
    etat, *details = _dire_etat(compte, langue.aujourdhui())
    charges = departs.ce_que_tient(agent)
    mois = int(models.Reglage.tous()['conservation_audit'])
    return {'etat': etat, 'details': [d for d in details if d], 'connexion': personnes.dire_connexion(compte, mois),
            'expire_le': compte.expire_le, 'a_confier': compte.a_confier, 'relais': charges.relais,
            'fiches': charges.fiches}


# ---- Its acts ----

# {act: (verb, the announcement that follows, or the title above the link it gives)}
ACTES = {
    'inviter':        (comptes.inviter_de_nouveau, 'Nouvelle invitation'),
    'rouvrir':        (departs.rouvrir, 'Compte rouvert'),
    'revoquer':       (comptes.revoquer_invitation, 'revoque'),
    'second_facteur': (personnes.lever_second_facteur, 'leve'),
    'sessions':       (comptes.terminer_sessions, 'fermees'),
    'clore':          (personnes.clore_lecteur, 'clos'),
}
annoncer(
    PAGE,
    revoque='Le lien d\'invitation est révoqué\u00a0: il n\'ouvre plus rien.',
    leve='Le second facteur est levé, les sessions sont fermées. Un courriel l\'annonce.',
    fermees='Ses sessions sont fermées, sur tous ses appareils.',
    clos='Le compte est fermé\u00a0: il n\'ouvre plus rien.')


@app.post(f'{UN}/acte', qui='administrateur')
def agir(id):
    agent, acte = trouver_agent(id), request.saisies.get('acte', '')
    if acte not in ACTES:
        raise Refus('Cet acte n\'existe pas. Revenez au compte, puis choisissez-le.', 404)
    if acte == 'second_facteur' and (encore := redemander('lever un second facteur')):
        return encore
    verbe, suite = ACTES[acte]
    jeton = verbe(agent, request.agent)
    if jeton:
        return _donner_le_lien(agent, jeton, suite)
    aller(f'{PAGE}/{id}?fait={suite}')


@app.post(f'{PAGE}/inviter', qui='administrateur')
def inviter_tous():
    invites, recents = departs.inviter_tous(request.agent)
    return _page_liste(invites=invites, recents=recents)


def _donner_le_lien(agent, jeton, titre):
    """The one answer with the link: a POST that is not followed by a redirection."""
    terme = langue.dire_jour_long(langue.en_utc(langue.horloge() + LIENS['invitation']))
    return _page_liste(qui=agent, titre=titre, lien=f'{SITE["url"]}/invitation/{jeton}', terme=terme)

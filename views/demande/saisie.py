"""Cas 2: a demande received directly, entered by an agent in half a minute (regles.md §3)."""
import langue
from models import Agent, Demande, Direction, Fiche, Structure
from verbes import questions, regles
from verbes.colonnes import DEMANDE
from verbes.demande import cycle
from views import aller, annoncer, app, choix, consigne, page, parametre, reprise, request
from views.champs import Champ, lire

HORS_LISTE = 'La collectivité n\'est pas dans la liste'
SUIVI = (('moi', 'Moi'), ('autre', 'Un autre agent'), ('chef', 'À désigner par le chef de file'))
DIRECTES = [colonne for colonne in DEMANDE if colonne.directe]
SAISIE = (                                                          # in the order of the page
    Champ('cle', '', 'cache'),                                      # the one-time key of this form
    Champ('collectivite', 'Collectivité'),
    Champ('hors_liste', HORS_LISTE, 'case'),
    Champ('type', 'Type de collectivité', 'choix', choix=(('', 'Choisir'), *((t, t) for t in regles.TYPES))),
    Champ('nom_collectivite', 'Nom de la collectivité'),
    Champ('fiche', "Fiche d'accompagnement", 'choix'),
    Champ('message', 'Le besoin en une phrase', 'long', True),
    *(Champ(c.nom, c.libelle, c.saisie) for c in DIRECTES),
    Champ('voie', 'Comment la demande est-elle arrivée\u00a0?', 'radio', True,
          choix=tuple((v, v.capitalize()) for v in regles.VOIES)),
    Champ('recue_le', 'Date de réception', 'date', True, classe='court'),
    Champ('confidentielle', 'La demande est confidentielle (agent, contentieux, personne mise en cause)', 'case',
          aide="Seules l'équipe de la demande et l'administration de la Plateforme pourront la lire."),
    Champ('nom', 'Nom', requis=True),
    Champ('prenom', 'Prénom'),
    Champ('fonction', 'Fonction'),
    Champ('courriel', 'Courriel', 'courriel', aide='Celui-ci ou le téléphone.'),
    Champ('telephone', 'Téléphone', 'telephone', aide='Celui-ci ou le courriel.'),
    Champ('accuse', "Envoyer un accusé d'enregistrement à la collectivité", 'case'),
    Champ('suivi', 'Qui suit cette demande\u00a0?', 'radio', True,
          "Sans fiche, l'administration de la Plateforme désigne le chef de file.", SUIVI),
    Champ('referent', 'Autre agent', 'choix', aide='Seulement si un autre agent suit la demande.'),
    Champ('contact_le', 'Date du premier contact', 'date', aide='Si vous la laissez vide\u00a0: la date de réception.'),
)
# Said « (obligatoire) », checked by _lire_collectivite.
REQUIS_SELON = ('collectivite', 'type', 'nom_collectivite')
annoncer('/espace/demandes', saisie='La demande est saisie.')


def _champs_saisie():
    """SAISIE with its choices: {name: Champ}."""
    moi = request.agent
    listes = {
        'collectivite': choix.noms_des_collectivites(),
        'fiche': (('', 'Aucune fiche'), *choix.fiches()),
        'referent': (choix.A_CHOISIR, *choix.agents(moi.direction.structure_id, sauf={moi.id})),
    }
    return {c.nom: c._replace(choix=listes.get(c.nom, c.choix)) for c in SAISIE}


@app.get('/espace/demandes/nouvelle', qui='agent')
def nouvelle():
    champs = reprise()
    valeurs = {c.nom: champs[c.nom] for c in SAISIE if c.nom in champs}
    if not champs:
        valeurs = {'recue_le': langue.aujourdhui(), 'voie': regles.VOIES[0], 'suivi': 'moi',
                   'collectivite': parametre('collectivite')[:200]}
    return _page_saisie(_champs_saisie(), valeurs, {})


@app.post('/espace/demandes/nouvelle', qui='agent')
def saisir():
    champs = _champs_saisie()
    valeurs, fautes = lire(champs.values())
    fautes.pop('cle', None)
    valeurs['cle'] = consigne.cle_de(valeurs['cle'])                # once used, a double click enters one demande
    liee, proches = _lire_collectivite(valeurs, fautes)
    _verifier_saisie(valeurs, fautes)
    if fautes:
        return _page_saisie(champs, valeurs, fautes, proches, 422)
    saisie = _saisie(valeurs, liee)
    demande = Demande.get_or_none(Demande.cle == valeurs['cle'])
    if demande and not _la_meme(demande, saisie):                   # sent, Back, another entry, sent
        dit = (
            f'Ce formulaire a déjà enregistré la demande n°\u00a0{demande.numero}. '
            'Pour en saisir une autre, enregistrez de nouveau.')
        return _page_saisie(champs, valeurs | {'cle': ''}, {'': dit}, status=409)
    demande = cycle.saisir_directe(saisie, request.agent, valeurs['cle'])
    suite = '/espace/demandes'
    if questions.roles(demande, request.agent):                        # not when confidential and followed by others
        suite = f'/espace/demandes/{demande.numero}'
    aller(f'{suite}?fait=saisie')


def _page_saisie(champs, valeurs, fautes, proches=(), status=200):
    """proches: the collectivités to choose from, when the name typed is not sure."""
    valeurs['cle'] = consigne.cle_de(valeurs.get('cle', ''))
    affiches = {nom: c._replace(requis=c.requis or nom in REQUIS_SELON) for nom, c in champs.items()}
    if proches:
        affiches |= {
            'collectivite_choix': Champ('collectivite_choix', 'Quelle collectivité', 'radio', True, choix=proches),
        }
    return page(
        'demande/saisie/nouvelle.html', status, champs=affiches, valeurs=valeurs, directes=DIRECTES,
        fautes={nom: fautes[nom] for nom in ('', 'collectivite_choix', *affiches) if nom in fautes},
        libelles={nom: c.libelle for nom, c in affiches.items()})


def _lire_collectivite(valeurs, fautes):
    """(Collectivite or None, the nearest to choose from); a fault when there is none, or several."""
    saisi = valeurs['collectivite']
    if valeurs['hors_liste']:
        if not valeurs['type']:
            fautes.setdefault('type', 'Choisissez le type de la collectivité')
        if not valeurs['nom_collectivite']:
            fautes.setdefault('nom_collectivite', 'Indiquez le nom de la collectivité')
        return None, ()
    if not saisi:
        fautes.setdefault('collectivite', 'Indiquez la collectivité')
    if 'collectivite' in fautes:
        return None, ()
    liee, phrase = choix.choisir_collectivite(
        saisi, request.saisies.get('collectivite_choix'), f'vérifiez-le, ou cochez «\u00a0{HORS_LISTE}\u00a0»')
    proches = () if liee else choix.proches(saisi)
    if phrase:
        fautes['collectivite_choix' if proches else 'collectivite'] = phrase
    return liee, proches


def _verifier_saisie(valeurs, fautes):
    """What depends on several fields, or on the day."""
    jour = langue.aujourdhui()
    deux_ans_avant = f'{int(jour[:4]) - 2}{jour[4:]}'
    reception = valeurs['recue_le']
    contact = valeurs['contact_le']
    a_tenir = valeurs['date_a_tenir']
    for nom in ('recue_le', 'contact_le'):
        if valeurs[nom] > jour:
            fautes.setdefault(nom, 'Indiquez une date passée, ou celle du jour')
    if reception and reception < deux_ans_avant:
        fautes.setdefault('recue_le', 'Cette date remonte à plus de deux ans\u00a0: vérifiez-la')
    if contact and contact < reception:
        fautes.setdefault('contact_le', 'Le premier contact ne peut pas précéder la réception')
    if a_tenir and a_tenir < jour:
        fautes.setdefault('date_a_tenir', 'Cette date est passée\u00a0: indiquez une date à venir')
    if valeurs['suivi'] == 'autre' and not valeurs['referent']:
        fautes.setdefault('referent', 'Choisissez l\'agent qui suit la demande')
    if not valeurs['courriel'] and not valeurs['telephone']:
        fautes['courriel'] = 'Indiquez un courriel ou un téléphone'
    elif valeurs['accuse'] and not valeurs['courriel']:
        fautes['courriel'] = 'Indiquez le courriel auquel envoyer l\'accusé d\'enregistrement'


def _saisie(valeurs, liee):
    """The checked form as cycle.saisir_directe takes it: who called is the person to call back, not the Maire."""
    return valeurs | {
        'collectivite': liee,
        'fiche': Fiche.get_by_id(valeurs['fiche']) if valeurs['fiche'] else None,
        'nom': '',
        'prenom': '',
        'rappel_nom': valeurs['nom'],
        'rappel_prenom': valeurs['prenom'],
        'rappel_fonction': valeurs['fonction'],
        'referent': _agent(valeurs['referent']) if valeurs['referent'] else None,
    }


def _agent(id):
    """With direction and structure loaded."""
    agents = Agent.select(Agent, Direction, Structure).join(Direction).join(Structure)
    return agents.where(Agent.id == id).get()


def _la_meme(demande, saisie):
    """Is this the entry that the key of the form made already?"""
    nom = saisie['collectivite'].nom if saisie['collectivite'] else saisie['nom_collectivite']
    champs = ('message', 'lieu', 'courriel', 'telephone', 'rappel_nom', 'fiche', 'recue_le')
    return demande.collectivite == nom and all(getattr(demande, c) == saisie[c] for c in champs)

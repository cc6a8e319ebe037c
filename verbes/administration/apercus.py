"""What a mail would say of three demandes that are nobody's: an urgent one, a free one, a restricted one. Nothing is
written, nothing leaves: what is typed is seen before it serves.
"""
from models import SITE, Reglage

from verbes.courriels import (
    ACCEPTATION, DE_UN_MESSAGE, DITS_SI_RESTREINTE, REPONDRE, de_la_plateforme, phrase_de_reponse, rediger)
from verbes.textes import COURRIELS, reperes

NB = '\u00a0'

# What any mail may say, but what the settings say.
COMMUNES = {
    'acceptation':        ACCEPTATION,
    'a_faire':            'confirmer la réception',
    'administrateur':     'Maxime Exemple',
    'agents':             'Camille Exemple et Andrea Modèle',
    'agents_et_roles':    'Camille Exemple, chef de file et Andrea Modèle, co-chef de file',
    'alerte':             'Trois courriels ne sont pas partis depuis hier.',
    'ancien':             'd\'Andrea Modèle',
    'ancien_role':        'chef de file',
    'appels':             'les 20 et 23 novembre 2026',
    'astreinte':          'La Plateforme n\'assure pas d\'astreinte.',
    'auteur':             'Claude Témoin',
    'avant':              f'Elle était prévue le mardi 8 décembre 2026, de 10{NB}h à 11{NB}h.',
    'autres':             'Deux fiches et une délégation',
    'changements':        f'Résumé{NB}: «{NB}Un conseil{NB}», puis «{NB}Un conseil et une visite{NB}».',
    'cloture':            'vendredi 27 novembre 2026',
    'aussi':              f'votre demande n°{NB}1043',
    'attente':            'le plan cadastral (avant le vendredi 11 décembre 2026)',
    'collectivite':       'Commune d\'Exemple',
    'compte':             f'2{NB}en retard, 5{NB}autres{NB}: ce qui vous attend',
    'contact':            'mercredi 25 novembre 2026',
    'correction':         'Le nom de la structure est à écrire en entier.',
    'date_a_tenir':       'vendredi 18 décembre 2026',
    'debut':              f'jeudi 10 décembre, 10{NB}h',
    'demandes':           f'n°{NB}1042 (Revitalisation de bourg-centre)\n{{url}}/espace/demandes/1042',
    'depot':              f'24 novembre 2026 à 10{NB}h',
    'dernier_jour':       '30 juin 2027',
    'doublon':            '1037',
    'echeance':           'vendredi 4 décembre 2026',
    'non_parti':          'un message n\'est pas parti',
    'a_rappeler':         f'À rappeler au plus tard le vendredi 4 décembre 2026{NB}: Jeanne Exemplaire, '
                          f'05{NB}36{NB}49{NB}00{NB}12',
    'presse':             '',
    'rappel':             'rappel au plus tard vendredi 4 décembre 2026',
    'ecrit':              f'24 novembre 2026 à 10{NB}h',
    'envoyee':            'vendredi 27 novembre 2026, par la poste',
    'evaluation':         '{url}/suivi/exemple/evaluation',
    'fermeture':          'jeudi 31 décembre 2026',
    'fiche':              'Revitalisation de bourg-centre',
    'interlocuteur':      'Camille Exemple',
    'interlocuteurs':     'Andrea Modèle suit désormais votre demande.',
    'intitule':           f'n°{NB}1042 (Revitalisation de bourg-centre)',
    'invite':             'Vous êtes invité·e',
    'etape':              'Plan de financement, par Claude Témoin, pour le 15/01/2027',
    'faite':              'Diagnostic du bâti',
    'joints':             f'1{NB}fichier à télécharger sur votre page de suivi.',
    'lieu':               'Mairie d\'Exemple',
    'liens':              f'Demande n°{NB}1042\n{{url}}/suivi/exemple',
    'limite':             'vendredi 11 décembre 2026',
    'message_laisse':     'jeudi 26 novembre 2026',
    'numero':             '1042',
    'objet_des_demandes': f'n°{NB}1042 (Revitalisation de bourg-centre)',
    'ordre_du_jour':      '{url}/espace/documents/12',
    'origine':            f'déposée le 24 novembre 2026 à 10{NB}h',
    'par':                'Claude Témoin',
    'points':             f'- n°{NB}1042, Commune d\'Exemple{NB}: à rappeler vendredi 4 décembre',
    'pourquoi':           'Revue annuelle.',
    'prenom':             'Camille',
    'promesse':           'vendredi 4 décembre 2026',
    'quand':              f'jeudi 10 décembre 2026, de 10{NB}h à 11{NB}h 30',
    'qui_appeler':        f'Camille Exemple, Agence technique, 06{NB}39{NB}98{NB}00{NB}30',
    'quoi':               'de publier l\'actualité',
    'raison':             'La demande a été close entre-temps.',
    'recue':              'lundi 23 novembre 2026',
    'relais':             'du lundi 7 au vendredi 18 décembre 2026',
    'repondre':           REPONDRE,
    'repris':             f'Andrea Modèle reprend la demande n°{NB}1042.',
    'restent':            '1039',
    'reste':              '4',
    'role':               'chef de file',
    'structure':          'Agence technique',
    'successeur':         'Andrea Modèle',
    'suite':              'Un rendez-vous a eu lieu sur place.',
    'telephone':          f'06{NB}39{NB}98{NB}00{NB}30',
    'texte':              'Le compte rendu vous est envoyé par la poste.',
    'titre':              'Revitalisation de bourg-centre',
    'titulaire':          'Andrea Modèle',
    'venir':              '{url}/rendez-vous/exemple',
}
# What some mails say otherwise.
LIENS = {'collectivite': '/suivi/exemple', 'agents': '/espace/demandes/1042', 'comptes': '/espace/compte',
         'contenus': '/espace/redaction'}
PROPRES = {
    'message_agent':     {'auteur': 'Claude Témoin (Agence technique)'},
    'droits_changes':    {'quoi': 'donnés'},
    'droits_d_un_autre': {'quoi': 'donnés'},
    'passation_annulee': {'suite': 'ce que vous teniez vous revient'},
    'passation_mairie':  {'demandes': f'n°{NB}1042 (Revitalisation de bourg-centre)\n{{url}}/suivi/exemple'},
    'projet_a_relire':   {'suite': ''},
    'relance':           {'lien': '{url}/espace'},
}
TUS_SI_RESTREINTE = {repere for sorte in COURRIELS.values() if 'numero' in sorte.reperes
                     for repere in sorte.reperes} - DITS_SI_RESTREINTE
DEMANDES = {
    'urgente': ('Une demande urgente', {
        'fiche': 'Conseil juridique', 'echeance': 'vendredi 27 novembre 2026',
        'intitule': f'n°{NB}1042 (Conseil juridique)', 'promesse': 'vendredi 27 novembre 2026'}),
    'libre': ('Une demande libre', {
        'fiche': f'Demande libre{NB}: Question sur le cimetière', 'date_a_tenir': '', 'interlocuteur': '',
        'intitule': f'n°{NB}1042 («{NB}Question sur le cimetière{NB}»)',
        'structure': '', 'qui_appeler': 'l\'équipe de la Plateforme'}),
    'restreinte': ('Une demande à diffusion restreinte', {
        **dict.fromkeys(TUS_SI_RESTREINTE, ''), 'intitule': f'n°{NB}1042',
        'qui_appeler': f'Camille Exemple, 06{NB}39{NB}98{NB}00{NB}30',
        'attente': 'une réponse (avant le vendredi 11 décembre 2026)'}),
}


def apercus(texte):
    """[(which demande, its subject, its text)] of a mail: a Texte, as it is typed."""
    service, redigees = de_la_plateforme(Reglage.tous()), []
    for nom, propres in DEMANDES.values():
        redige = rediger(texte, service | _valeurs(texte.cle, propres))
        redigees.append((nom, redige['objet'], redige['corps']))
    return redigees


def _valeurs(cle, propres):
    """What one mail says of one demande."""
    noms = reperes('courriel', cle)
    valeurs = COMMUNES | {'lien': f'{{url}}{LIENS[COURRIELS[cle].groupe]}'} | PROPRES.get(cle, {}) | propres
    if 'numero' in noms:                                            # of a demande, an act is told by who did it
        valeurs |= {'par': f'par {COMMUNES["par"]}'}
    if cle == 'message_agent' and propres is DEMANDES['restreinte'][1]:
        valeurs |= DE_UN_MESSAGE
    restreinte = propres is DEMANDES['restreinte'][1]
    repondre = phrase_de_reponse(cle, restreinte, 'lien' in noms) if COURRIELS[cle].groupe == 'collectivite' else ''
    dites = {nom: valeur.replace('{url}', SITE['url']) for nom, valeur in valeurs.items() if nom in noms}
    return {'numero': COMMUNES['numero']} | dites | {'repondre': repondre}

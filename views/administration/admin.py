"""Administration: the settings, the legal pages, the text of each mail and letter, what was searched in vain."""
import re
from collections import namedtuple

import langue
from models import Refus
from langue import dire_nombre
from verbes import reglages, textes, valeurs
from verbes.administration import apercus
from verbes.catalogue import besoins
from verbes.regles import JOURS_PROMIS_MAX
from verbes.versions import versions_de
from views import aller, app, espacer, page, parametre, request
from views.champs import Champ
from views.propositions import comparer
from views.tenue import Tenue, a_jour, formulaire, lire, marquer, page_tenue, tenir


@app.get('/espace/admin/recherches', qui='administrateur')
def recherches():
    return page('administration/admin/recherches.html', recherches=besoins.recherches_vaines(),
                mots=besoins.mots_frequents())


# ---- Settings ----

OUI_NON = (('', 'À décider'), ('oui', 'Oui'), ('non', 'Non'))

# How a setting is typed, when it is not a required line of text.
# verbes/valeurs.py says the rest (label, help, panel).
SAISIES = {
    'departement':       {'requis': False},
    'signataire':        {'genre': 'choix', 'requis': False, 'choix': (
        ('', 'À dire'), *((qui, qui) for qui in ('Président du Département', 'Présidente du Département')))},
    'telephone':         {'genre': 'telephone', 'requis': False},
    'telephone_urgence': {'genre': 'telephone', 'requis': False},
    'urgence_horaires':  {'requis': False},
    'courriel':          {'genre': 'courriel', 'requis': False},
    'horaires':          {'requis': False},
    'adresse':           {'requis': False},
    'dpd':               {'genre': 'courriel', 'requis': False},
    'hebergeur':         {'requis': False},
    'accessibilite':     {'genre': 'choix', 'aide': 'Selon le dernier audit, que disent les trois lignes suivantes.',
                          'choix': tuple((n, n.capitalize()) for n in ('non conforme', *reglages.SEUILS))},
    'audit':             {'genre': 'date', 'requis': False},
    'audit_par':         {'requis': False},
    'audit_taux':        {'requis': False},
    'jours':             {'genre': 'choix', 'requis': False, 'choix': (
        ('', 'À décider'), ('calendaires', 'Jours calendaires'), ('ouvres', 'Jours ouvrés'))},
    'saisine':           {'genre': 'choix', 'requis': False, 'choix': OUI_NON},
    'restreinte_d_office': {'genre': 'choix', 'requis': False, 'choix': OUI_NON},
    'lettres':           {'genre': 'choix', 'choix': OUI_NON[1:]},
    'second_facteur_exige': {'genre': 'choix', 'choix': (
        ('personne', 'De personne'), ('administrateurs', 'Des administrateurs'),
        ('administrateurs_sauf_sso',
         'Des administrateurs, et de personne par le compte du Département (SSO)'),
        ('tous_les_comptes', 'De tous les comptes à mot de passe, à la date ci-dessous'))},
    'second_facteur_le': {'genre': 'date', 'requis': False},
    'protection':        {'genre': 'choix', 'choix': (('ordinaire', 'Ordinaire'), ('renforcee', 'Renforcée'))},
    'conservation_motif': {'requis': False},
    'securite_contact':  {'genre': 'contact', 'requis': False},
}
# May be left empty, but « Reste à régler » asks for them before the opening.
ATTENDUS = ('departement', 'telephone', 'courriel', 'adresse', 'signataire', 'hebergeur', 'dpd', 'telephone_urgence',
            'jours', 'saisine', 'restreinte_d_office')
BORNES = {
    'delai_urgente':          (1, JOURS_PROMIS_MAX),
    'delai_complexe':         (1, JOURS_PROMIS_MAX),
    'audit_taux':             (0, 100),
    'conservation_audit':     (6, 36),
    'conservation_adresses':  (1, 36),
    'conservation_courriels': (1, 60),
}


def _lire_reglages(champs, _):
    saisies, fautes = lire(champs)
    return saisies, _hors_bornes(saisies) | fautes


def _tenue_des_reglages(lignes):
    return Tenue('reglages', '', [_champ(r) for r in lignes], {r.cle: r.valeur for r in lignes}, par_cle=str)


def _reglages():
    """Those of this page, in its order."""
    return [r for r in valeurs.lire().values() if r.groupe in valeurs.GROUPES],


def _champ(r):
    bornes = ''
    if r.cle in BORNES:
        mini, maxi = BORNES[r.cle]
        bornes = f'De {dire_nombre(mini)} à {dire_nombre(maxi)}. '
    champ = Champ(r.cle, r.libelle, requis=True, aide=bornes + espacer(r.aide))._replace(**SAISIES.get(r.cle, {}))
    if r.cle in ATTENDUS:
        champ = champ._replace(aide=f'{champ.aide} Nécessaire pour ouvrir.'.strip())
    if valeurs.perime(r):
        champ = champ._replace(aide=f'{champ.aide} {_dire_perime(r)}'.strip())
    if champ.genre == 'choix' and r.valeur not in dict(champ.choix):   # written before there was a choice
        champ = champ._replace(choix=(*champ.choix, (r.valeur, r.valeur)))
    return champ


def _dire_perime(r):
    dites = [f'«\u00a0{valeur}\u00a0»' if valeur else 'vide' for valeur in (r.origine, valeurs.REGLAGES[r.cle].defaut)]
    return (f'À relire\u00a0: une mise à jour a changé l\'origine, de {dites[0]} à {dites[1]}. '
            'Enregistrez pour garder votre valeur.')


def _hors_bornes(saisies):
    return {cle: f'Indiquez un nombre entier, de {mini} à {dire_nombre(maxi)}.'
            for cle, (mini, maxi) in BORNES.items()
            if saisies.get(cle) and not _est_entre(saisies[cle], mini, maxi)}


def _est_entre(texte, mini, maxi):
    entier = re.fullmatch('0|[1-9][0-9]{0,3}', texte)
    return entier and mini <= int(texte) <= maxi


def _page_formulaire(tenue, rubrique, titre, fil, groupes, revenue, adresse, texte=None, **reste):
    """groupes: [(title, Champs)]; texte: the Texte it is of, if it is one."""
    return page_tenue('administration/admin/formulaire.html', tenue, *revenue, rubrique=rubrique, titre=titre, fil=fil,
                      groupes=groupes, adresse=adresse, texte=texte, **reste)


def _page_reglages(lignes, *revenue):
    groupes = [(titre, [_champ(r) for r in lignes if r.groupe == groupe]) for groupe, titre in valeurs.GROUPES.items()]
    return _page_formulaire(_tenue_des_reglages(lignes), 'reglages', 'Réglages', [], groupes, revenue,
                            '/espace/admin/reglages')


formulaire('/espace/admin/reglages', 'administrateur', _reglages, _tenue_des_reglages, _page_reglages,
           lambda lignes, saisies: reglages.regler(a_jour(_tenue_des_reglages(lignes), saisies), request.agent),
           '/espace/admin/reglages?fait=enregistre', _lire_reglages)


# ---- The texts: the legal pages, the mails ----

POURQUOI = Champ('pourquoi', 'Pourquoi ce changement', requis=True, aide='Gardé avec la version.', max=500)
# Of each kind: the last folder of its address, how it is called, its fields.
Ecran = namedtuple('Ecran', 'rubrique quoi panneau champs')
ECRANS = {
    'page': Ecran('textes', 'Ce texte', 'La page',
                  (Champ('titre', 'Titre', requis=True), Champ('corps', 'Texte', 'long', True), POURQUOI)),
    'courriel': Ecran('courriels', 'Ce courriel', 'Le courriel',
                      (Champ('titre', 'Objet', requis=True), Champ('corps', 'Texte', 'long', True),
                       POURQUOI._replace(requis=False))),
    'lettre': Ecran('textes', 'Cette lettre', 'La lettre',
                    (Champ('titre', 'Objet', requis=True), Champ('corps', 'Texte', 'long', True), POURQUOI)),
}
LISTE = '/espace/admin/textes'


@app.get(LISTE, qui='administrateur')
def lister_les_textes():
    """All that the Plateforme writes, by who receives it; q: words of their names, their subjects or their texts."""
    mots = langue.normaliser(parametre('q')).split()
    lus = sorted((t for genre in textes.TEXTES for t in textes.lire_tous(genre)), key=textes.libelle)
    trouves = [t for t in lus if all(mot in _mots(t) for mot in mots)]
    return page('administration/admin/liste.html', q=parametre('q'), total=len(trouves), retires=textes.retires(),
                groupes=[
        (titre, [(_adresse(t), textes.libelle(t), _detail(t), t) for t in trouves if _groupe(t) == groupe])
        for groupe, titre in textes.GROUPES.items()])


@app.get('/espace/admin/courriels', qui='administrateur')
def liste_d_avant():
    aller(LISTE, 301)


def _mots(texte):
    return langue.normaliser(f'{textes.libelle(texte)} {texte.titre} {texte.corps}')


def _groupe(texte):
    return textes.TEXTES[texte.genre][texte.cle].groupe


def _detail(texte):
    return f'/{texte.cle}' if texte.genre == 'page' else espacer(texte.titre)


def _adresse(texte):
    return f'/espace/admin/{ECRANS[texte.genre].rubrique}/{texte.cle}'


@app.post('/espace/admin/textes/<cle>/origine', qui='administrateur')
def revenir_a_la_page(cle):
    return _revenir(_page_ou_lettre(cle))


@app.post('/espace/admin/courriels/<cle>/origine', qui='administrateur')
def revenir_au_courriel(cle):
    return _revenir(_texte('courriel', cle))


@app.post('/espace/admin/courriels/<cle>/apercu', qui='administrateur')
def apercu(cle):
    """What is typed, as three demandes would have it; nothing is written."""
    texte = _texte('courriel', cle)
    saisies, fautes = _lire_texte(texte)
    if fautes:
        return _page_texte(texte, 422, saisies, fautes)
    exemples = apercus.apercus(texte._replace(titre=saisies['titre'], corps=saisies['corps']))
    if len({exemple[1:] for exemple in exemples}) == 1:             # it speaks of no demande
        exemples = [('', *exemples[0][1:])]
    return page('administration/admin/apercu.html', titre=textes.libelle(texte), apercus=exemples,
                retour_au_texte=_adresse(texte))


def _texte(genre, cle):
    if cle not in textes.TEXTES[genre]:
        raise Refus('Ce texte n\'existe pas. Choisissez-le dans la liste, depuis «\u00a0Administration\u00a0».', 404)
    return textes.lire(genre, cle)


def _page_ou_lettre(cle):
    return _texte('lettre' if cle in textes.LETTRES else 'page', cle)


def _lire_texte(texte):
    """(what was typed, the faults): of a page, the title is shown as it is."""
    saisies, fautes = lire(ECRANS[texte.genre].champs)
    permis = textes.reperes(texte.genre, texte.cle)
    for nom in ('corps',) if texte.genre == 'page' else ('titre', 'corps'):
        faux = textes.inconnus(saisies[nom], permis)
        if faux:
            fautes[nom] = f'Remplacez {", ".join(faux[:5])} par un repère de la liste, écrit comme il y est.'
    return saisies, fautes


def _ecrire_texte(texte, saisies):
    neufs = {nom: saisies[nom] for nom in ('titre', 'corps')}
    reglages.ecrire_texte(texte, neufs, request.agent, saisies['pourquoi'])


def _revenir(texte):
    _, fautes, code = tenir(_tenue_du_retour(texte), {}, {}, reglages.revenir, texte, request.agent)
    if fautes:
        return _page_texte(texte, code, {}, fautes)
    aller(f'{_adresse(texte)}?fait=enregistre')


def _tenue(texte):
    ecran = ECRANS[texte.genre]
    return Tenue(f'{texte.genre}:{texte.cle}', ecran.quoi, ecran.champs, reglages.champs_de_texte(texte))


def _tenue_du_retour(texte):
    """Of « Revenir au texte d'origine »: no field, but what is said when it is pressed."""
    return Tenue(f'{texte.genre}:{texte.cle}/origine', ECRANS[texte.genre].quoi, (), {},
                 reglages.champs_de_texte(texte))


def _page_texte(texte, *revenue):
    tenue, titre = _tenue(texte), textes.libelle(texte)
    return _page_formulaire(
        tenue, 'textes', titre, [('Textes', LISTE)], [(ECRANS[texte.genre].panneau, tenue.champs)], revenue,
        _adresse(texte), texte=texte, reperes=_reperes(texte),
        versions=versions_de(texte.genre, texte.cle), **_a_l_origine(texte))


for rubrique, chercher in (('textes', lambda cle: (_page_ou_lettre(cle),)),
                           ('courriels', lambda cle: (_texte('courriel', cle),))):
    formulaire(f'/espace/admin/{rubrique}/<cle>', 'administrateur', chercher, _tenue, _page_texte, _ecrire_texte,
               lambda _, texte: f'{_adresse(texte)}?fait=enregistre', lambda _, texte: _lire_texte(texte))


def _a_l_origine(texte):
    """What the page shows beside a text that was written: the one that comes with the software, what it was when it was
    written over.
    """
    noms = reglages.CHAMPS_DE_TEXTE[texte.genre]
    livre, sien = (dict(zip(noms, dits)) for dits in (textes.origine(texte.genre, texte.cle), texte.origine))
    return {'noms': noms, 'compares': comparer(livre, reglages.champs_de_texte(texte), noms),
            'change': comparer(sien, livre, noms), 'vue_du_retour': marquer(_tenue_du_retour(texte))}


def _reperes(texte):
    """[(name, meaning)] of what it may say in braces: of a page, settings."""
    if texte.genre != 'page':
        return [(nom, SENS.get(nom, '')) for nom in textes.reperes(texte.genre, texte.cle)]
    connus = [(cle, sorte.libelle) for cle, sorte in valeurs.REGLAGES.items() if cle in textes.DE_PAGE]
    return [*connus, ('url', 'Adresse du site')]


SENS = {
    'avant':             'De la réunion déplacée, le jour où elle était prévue',
    'debut':             'Jour et heure de la réunion, «\u00a0déplacée au…\u00a0», dans un objet',
    'lieu':              'Lieu du rendez-vous, rien si la diffusion est restreinte',
    'ordre_du_jour':     'Adresses des ordres du jour de la séance',
    'quand':             'Jour et heures du rendez-vous',
    'venir':             'Adresse du bouton «\u00a0Je viens\u00a0», propre à chaque invité',
    'autres':            'Fiches, délégations et absences reprises',
    'appel':             '«\u00a0Madame le Maire\u00a0», «\u00a0Madame, Monsieur le Président\u00a0»…',
    'aussi':             'Les autres demandes de la même lettre',
    'de_quoi':           '«\u00a0Votre demande\u00a0», «\u00a0Vos 2 demandes\u00a0»',
    'demandes':          'Demandes reprises, une par une\u00a0; d\'une lettre, ce qu\'elle dit de chacune',
    'envoyee':           'Jour de l\'envoi de la lettre, et comment',
    'numeros':           'Numéro de la demande, ou de toutes celles de la lettre',
    'fermeture':         'Jour où le compte se ferme',
    'interlocuteurs':    'Nouvel interlocuteur, ou nouveaux interlocuteurs',
    'objet_des_demandes': 'Numéro et fiche, ou les numéros de plusieurs demandes',
    'repris':            'Qui reprend quoi',
    'restent':           'Numéros des demandes qui ne reviennent pas',
    'acceptation':       'Acceptez-vous cette demande\u00a0? Quand l\'accord du chef de file est à recueillir',
    'a_faire':           'Ce qui est à faire, selon le statut et le rôle de qui le lit',
    'agents':            'Agents de la direction',
    'agents_et_roles':   'Agents de la direction, avec leur rôle',
    'ancien':            'Qui suivait la demande, après «\u00a0à la place\u00a0»',
    'ancien_role':       'Rôle que l\'agent n\'a plus',
    'cloture':           'Date de clôture, ou jour où l\'accord est retiré',
    'correction':        'Correction demandée par une structure',
    'compte':            'Ce qui attend, compté\u00a0: le début de l\'objet',
    'contact':           'Date du premier contact',
    'invite':            'Qui est invité à participer',
    'etape':             'Étape, qui la tient, pour quand',
    'faite':             'Étape d\'avant, qui vient d\'être faite',
    'intitule':          'Numéro et fiche, ou le numéro seul si la diffusion est restreinte',
    'message_laisse':    'Date où un message a été laissé',
    'origine':           'Comment et quand la demande est arrivée',
    'par':               '«\u00a0par\u00a0» qui l\'a fait, ou «\u00a0depuis le lien de suivi\u00a0»',
    'promesse':          'Date limite de rappel, même passée',
    'qui_appeler':       'Qui appeler\u00a0: nom, structure, téléphone',
    'role':              'Rôle de l\'agent dans la demande',
    'administrateur':    'Administrateur qui se fait remplacer',
    'alerte':            'Ce dont il est averti',
    'bandeau':           'Bandeau daté, s\'il y en a un ce jour-là',
    'changements':       'Ce que disait chaque champ, et ce qu\'il dit',
    'pourquoi':          'Pourquoi ce changement',
    'quoi':              'Ce qui arrive au contenu, et son genre\u00a0; aux droits d\'un compte',
    'appels':            'Jours des appels restés sans réponse',
    'titre':             'Titre de la fiche, ou du contenu',
    'astreinte':         'D\'une assistance urgente\u00a0: quand personne ne lit, qui appeler alors',
    'auteur':            'Auteur du message, ou de la ligne au journal',
    'attente':           'Ce qui est attendu de la collectivité, et avant quel jour',
    'joints':            'Nombre de fichiers envoyés avec le message',
    'repondre':          'S\'il peut être répondu à ce courriel, quand une adresse reçoit les réponses',
    'raison':            'Pourquoi le message n\'est pas parti',
    'ecrit':             'Jour et heure où il a été écrit',
    'non_parti':         'Ce qui n\'est pas parti, un message ou la clôture',
    'collectivite':      'Collectivité',
    'contact_courriel':  'Courriel de l\'équipe de la Plateforme',
    'contact_telephone': 'Téléphone de l\'équipe de la Plateforme',
    'departement':       'Nom du Département',
    'depot':             'Date et heure du dépôt, de la connexion',
    'dernier_jour':      'Dernier jour d\'un lecteur des chiffres',
    'doublon':           'Numéro d\'une autre demande en cours',
    'echeance':          'Date limite de rappel',
    'a_rappeler':        'Date limite de rappel, ou le retard, et qui appeler',
    'presse':            '«\u00a0Urgent –\u00a0», d\'une assistance urgente à rappeler',
    'rappel':            'Date limite de rappel, ou le retard, dans un objet',
    'evaluation':        'Adresse des deux questions sur l\'accompagnement, quand elles sont posées',
    'fiche':             'Fiche d\'accompagnement',
    'interlocuteur':     'Référent, ou direction du chef de file',
    'lien':              'Lien à suivre',
    'liens':             'Demandes de la collectivité, et le lien de chacune',
    'limite':            'Date limite de réponse',
    'numero':            'Numéro de la demande',
    'recue':             'Jour où une demande reçue en direct est arrivée',
    'relais':            'Absence ou délégation, à qui et quand',
    'reste':             'Nombre de codes de secours restants',
    'plateforme':        'Nom de la Plateforme',
    'points':            'Liste des rappels',
    'prenom':            'Prénom de l\'agent',
    'saisine':           'Ce que vaut une demande, selon les réglages, et ce qu\'elle ne vaut pas',
    'signataire':        'Président ou Présidente',
    'structure':         'Structure en charge, ou nommée par le projet',
    'successeur':        'Qui suit désormais la demande',
    'suite':             'Ce qui est dit de la fin, ou de la suite donnée',
    'texte':             'Texte écrit par l\'agent',
    'telephone':         'Téléphone de l\'interlocuteur',
    'titulaire':         'Agent pour qui on agit',
    'date_a_tenir':      'Date à tenir par la collectivité',
}

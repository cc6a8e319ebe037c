"""Administration: the settings, the legal pages, the text of each mail, what was searched in vain. Everything here is
a row of the base.
"""
import re
from itertools import groupby

from models import PageLegale, Modele, Refus, Reglage
from langue import dire_nombre
from verbes import reglages
from verbes.catalogue import besoins
from verbes.versions import versions_de
from views import REPERES_DE_PAGE, aller, app, espacer, page, request
from views.champs import Champ
from views.tenue import Tenue, a_jour, lire, objet, page_tenue, tenir


@app.get('/espace/admin/recherches', qui='administrateur')
def recherches():
    return page('administration/admin/recherches.html', recherches=besoins.recherches_vaines(),
                mots=besoins.mots_frequents())


# ======================================================================================
# What the three forms share
# ======================================================================================

def _page_formulaire(tenue, rubrique, titre, fil, groupes, revenue, reperes=(), balisage=False, publique='', avant='',
                     versions=None):
    """groupes: [(title, Champs)]."""
    return page_tenue('administration/admin/formulaire.html', tenue, *revenue, rubrique=rubrique, titre=titre, fil=fil,
                      groupes=groupes, reperes=reperes, balisage=balisage, publique=publique, avant=avant,
                      versions=versions, noms=reglages.CHAMPS_DE_PAGE)


def _ligne(table, cle):
    ligne = table.get_or_none(table.cle == cle)
    if ligne is None:
        raise Refus('Ce texte n\'existe pas. Choisissez-le dans la liste, depuis «\u00a0Administration\u00a0».', 404)
    return ligne


def _fautes_de_reperes(valeurs, permis):
    """{name: sentence} of the texts with something in braces that is not allowed, or a lone brace:
    readers would see it.
    """
    admis = {f'{{{nom}}}' for nom in permis}
    inconnus = {nom: [m for m in re.findall(r'\{[^{}\s]{0,40}\}?|\}', texte) if m not in admis]
                for nom, texte in valeurs.items()}
    return {nom: f'Remplacez {", ".join(dict.fromkeys(faux[:5]))} par un repère de la liste, écrit comme il y est.'
            for nom, faux in inconnus.items() if faux}


# ======================================================================================
# Settings
# ======================================================================================

# ordre 1–9, 10–19…
GROUPES = ('Le Département et l\'équipe', 'Engagements', 'Sécurité et conservation', 'Protection contre les abus',
           'Connexion des agents')

OUI_NON = (('', 'À décider'), ('oui', 'Oui'), ('non', 'Non'))

# How a setting is typed, when it is not a required line of text.
# The rows of the base say the rest (libelle, aide, ordre).
SAISIES = {
    'departement':       {'requis': False},
    'signataire':        {'genre': 'choix', 'requis': False, 'choix': (
        ('', 'À dire'), *((qui, qui) for qui in ('Président du Département', 'Présidente du Département')))},
    'telephone':         {'genre': 'telephone', 'requis': False},
    'telephone_urgence': {'genre': 'telephone', 'requis': False},
    'courriel':          {'genre': 'courriel', 'requis': False},
    'horaires':          {'requis': False},
    'adresse':           {'requis': False},
    'dpd':               {'genre': 'courriel', 'requis': False},
    'hebergeur':         {'requis': False},
    'accessibilite':     {'genre': 'choix', 'aide': 'Selon le dernier audit.', 'choix': tuple(
        (degre, degre.capitalize()) for degre in ('non conforme', 'partiellement conforme', 'totalement conforme'))},
    'jours':             {'genre': 'choix', 'requis': False, 'choix': (
        ('', 'À décider'), ('calendaires', 'Jours calendaires'), ('ouvres', 'Jours ouvrés'))},
    'elections_le':      {'genre': 'date', 'requis': False},
    'saisine':           {'genre': 'choix', 'requis': False, 'choix': OUI_NON},
    'restreinte_d_office': {'genre': 'choix', 'requis': False, 'choix': OUI_NON},
    'second_facteur_exige': {'genre': 'choix', 'choix': (
        ('personne', 'De personne'), ('administrateurs', 'Des administrateurs'),
        ('administrateurs_sauf_sso',
         'Des administrateurs, et de personne par le compte du Département (SSO)'))},
    'journal_adresse':   {'genre': 'choix', 'choix': (('non', 'Non'), ('oui', 'Oui'))},
    'securite_contact':  {'genre': 'contact', 'requis': False},
}
BORNES = {
    'secondes_minimum':  (0, 60),
    'depots_adresse':    (1, 1000),
    'depots_reseau':     (1, 1000),
    'depots_courriel':   (1, 1000),
    'depots_alerte':     (1, 1000),
    'liens_heure':       (1, 1000),
    'liens_adresse':     (1, 1000),
    'liens_reseau':      (1, 1000),
    'pieces_demande':    (25, 9999),                                # 25: one sending is never too much by itself
    'pieces_heure':      (25, 1000),
    'pieces_total':      (25, 1000),
    'refus_adresse':     (1, 1000),
    'refus_reseau':      (1, 1000),
    'attente_connexion': (1, 60),
    'echecs_compte':     (1, 1000),
    'echecs_adresse':    (1, 1000),
    'echecs_reseau':     (1, 1000),
    'echecs_alerte':     (1, 1000),
    'codes_faux':        (1, 1000),
    'reseau_connu':      (1, 365),
    'conservation_audit':     (6, 60),
    'conservation_courriels': (1, 60),
}


@app.get('/espace/admin/reglages', qui='administrateur')
def montrer_reglages():
    return _page_reglages(_reglages())


@app.post('/espace/admin/reglages', qui='administrateur')
def enregistrer_reglages():
    lignes = _reglages()
    tenue = _tenue_des_reglages(lignes)
    valeurs, fautes = lire(tenue.champs)
    fautes = _hors_bornes(valeurs) | fautes
    _, fautes, code = tenir(tenue, valeurs, fautes, reglages.regler, a_jour(tenue, valeurs), request.agent)
    if fautes:
        return _page_reglages(lignes, code, valeurs, fautes)
    aller('/espace/admin/reglages?fait=enregistre')


def _tenue_des_reglages(lignes):
    return Tenue('reglages', '', [_champ(r) for r in lignes], {r.cle: r.valeur for r in lignes}, par_cle=str)


def _reglages():
    """Those an administrateur may change: ordre 0 is internal (the secret of the forms)."""
    return list(Reglage.select().where(Reglage.ordre > 0).order_by(Reglage.ordre, Reglage.cle))


def _champ(r):
    bornes = ''
    if r.cle in BORNES:
        mini, maxi = BORNES[r.cle]
        bornes = f'De {dire_nombre(mini)} à {dire_nombre(maxi)}. '
    champ = Champ(r.cle, r.libelle, requis=True, aide=bornes + espacer(r.aide))._replace(**SAISIES.get(r.cle, {}))
    if champ.genre == 'choix' and r.valeur not in dict(champ.choix):   # written before there was a choice
        champ = champ._replace(choix=(*champ.choix, (r.valeur, r.valeur)))
    return champ


def _hors_bornes(valeurs):
    return {cle: f'Indiquez un nombre entier, de {mini} à {dire_nombre(maxi)}.'
            for cle, (mini, maxi) in BORNES.items()
            if cle in valeurs and not _est_entre(valeurs[cle], mini, maxi)}


def _est_entre(texte, mini, maxi):
    entier = re.fullmatch('0|[1-9][0-9]{0,3}', texte)
    return entier and mini <= int(texte) <= maxi


def _page_reglages(lignes, *revenue):
    groupes = [(GROUPES[n], [_champ(r) for r in groupe])
               for n, groupe in groupby(lignes, key=lambda r: r.ordre // 10)]
    return _page_formulaire(_tenue_des_reglages(lignes), 'reglages', 'Réglages', [], groupes, revenue)


# ======================================================================================
# Legal pages
# ======================================================================================

POURQUOI = Champ('pourquoi', 'Pourquoi ce changement', requis=True, aide='Gardé avec la version.', max=500)
TEXTE = (Champ('titre', 'Titre', requis=True), Champ('corps', 'Texte', 'long', True))


@app.get('/espace/admin/textes', qui='administrateur')
def textes():
    lignes = [(f'/espace/admin/textes/{c.cle}', c.titre, f'/{c.cle}', c.modifie_le)
              for c in PageLegale.select().order_by(PageLegale.titre)]
    return page('administration/admin/liste.html', rubrique='textes', titre='Pages légales',
                colonnes=('Page', 'Adresse'),
                lignes=lignes,
                chapo='Les pages du site que la loi demande. '
                      'Relisez-les avec votre délégué à la protection des données.')


@app.get('/espace/admin/textes/<cle>', qui='administrateur')
def montrer_texte(cle):
    return _page_texte(_ligne(PageLegale, cle))


@app.post('/espace/admin/textes/<cle>', qui='administrateur')
def enregistrer_texte(cle):
    contenu = _ligne(PageLegale, cle)
    tenue = _tenue('page', contenu, (*TEXTE, POURQUOI), 'Ce texte')
    lues, fautes = lire(tenue.champs)
    # A title is shown as it is.
    fautes |= _fautes_de_reperes({'corps': lues['corps']}, (*REPERES_DE_PAGE, 'telephone', 'url'))
    valeurs = {c.nom: lues[c.nom] for c in TEXTE}
    _, fautes, code = tenir(tenue, lues, fautes, reglages.ecrire_page, contenu, valeurs, request.agent,
                            lues['pourquoi'])
    if fautes:
        return _page_texte(contenu, code, lues, fautes)
    aller(f'{request.path}?fait=enregistre')


def _tenue(nom, ligne, champs, quoi):
    connues = {c.nom: getattr(ligne, c.nom) for c in champs if c is not POURQUOI}
    return Tenue(objet(nom, ligne), quoi, champs, connues)


def _page_texte(contenu, *revenue):
    connus = (Reglage.select(Reglage.cle, Reglage.libelle)
              .where(Reglage.cle.in_([*REPERES_DE_PAGE, 'telephone']))
              .order_by(Reglage.ordre).tuples())
    champs = (*TEXTE, POURQUOI)
    return _page_formulaire(
        _tenue('page', contenu, champs, 'Ce texte'), 'textes', contenu.titre,
        [('Pages légales', '/espace/admin/textes')], [('La page', champs)], revenue,
        reperes=[*connus, ('url', 'Adresse du site')], balisage=True, publique=f'/{contenu.cle}',
        versions=versions_de('page', contenu.cle))


# ======================================================================================
# Mails
# ======================================================================================

COURRIEL = (Champ('objet', 'Objet', requis=True), Champ('corps', 'Texte', 'long', True))
SENS = {
    'autres':            'Fiches, délégations et absences reprises',
    'demandes':          'Demandes reprises, une par une',
    'fermeture':         'Jour où le compte se ferme',
    'interlocuteurs':    'Nouvel interlocuteur, ou nouveaux interlocuteurs',
    'objet_des_demandes': 'Votre demande n°…, ou vos demandes n°…',
    'repris':            'Qui reprend quoi',
    'restent':           'Numéros des demandes qui ne reviennent pas',
    'a_faire':           'Ce qui est à faire, selon le statut et le rôle de qui le lit',
    'agents':            'Agents de la direction',
    'agents_et_roles':   'Agents de la direction, avec leur rôle',
    'ancien_role':       'Rôle que l\'agent n\'a plus',
    'cloture':           'Date de clôture, ou jour où l\'accord est retiré',
    'correction':        'Correction demandée par une structure',
    'motif':             'Ce que la collectivité a demandé',
    'contact':           'Date du premier contact',
    'invite':            'Qui est invité à participer',
    'intitule':          'Numéro et fiche, ou le numéro seul si la diffusion est restreinte',
    'message_laisse':    'Date où un message a été laissé',
    'origine':           'Comment et quand la demande est arrivée',
    'par':               '«\u00a0par\u00a0» qui l\'a fait, ou «\u00a0depuis le lien de suivi\u00a0»',
    'promesse':          'Date limite de rappel, même passée',
    'qui_appeler':       'Qui appeler\u00a0: nom, structure, téléphone',
    'retire':            'Personne, direction ou structure retirée',
    'role':              'Rôle de l\'agent dans la demande',
    'administrateur':    'Administrateur qui se fait remplacer',
    'alerte':            'Ce dont il est averti',
    'bandeau':           'Bandeau daté, s\'il y en a un ce jour-là',
    'changements':       'Ce que disait chaque champ, et ce qu\'il dit',
    'pourquoi':          'Pourquoi ce changement',
    'reponse':           'Pourquoi la proposition n\'est pas retenue',
    'quoi':              'Ce qui arrive au contenu, et son genre',
    'sort':              'Ce que devient le contenu proposé',
    'jour':              'Premier jour de publication',
    'adresse':           'Adresse de la page publique',
    'titre':             'Titre de la fiche, ou du contenu',
    'auteur':            'Auteur de la ligne au journal',
    'collectivite':      'Collectivité',
    'contact_courriel':  'Courriel de l\'équipe de la Plateforme',
    'contact_telephone': 'Téléphone de l\'équipe de la Plateforme',
    'departement':       'Nom du Département',
    'depot':             'Date et heure du dépôt',
    'doublon':           'Numéro d\'une autre demande en cours',
    'echeance':          'Date limite de rappel',
    'evaluation':        'Adresse des deux questions sur l\'accompagnement, quand elles sont posées',
    'fiche':             'Fiche d\'accompagnement',
    'groupe':            'Groupe de travail',
    'interlocuteur':     'Référent, ou chef de file',
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


@app.get('/espace/admin/courriels', qui='administrateur')
def courriels():
    lignes = [(f'/espace/admin/courriels/{m.cle}', m.libelle, espacer(m.objet), None)
              for m in Modele.select().order_by(Modele.libelle)]
    return page('administration/admin/liste.html', rubrique='courriels',
                titre='Courriels', colonnes=('Courriel', 'Objet'), lignes=lignes,
                chapo='Le texte de chaque courriel que la Plateforme envoie. '
                      'Un changement vaut pour les prochains envois.')


@app.get('/espace/admin/courriels/<cle>', qui='administrateur')
def montrer_courriel(cle):
    return _page_courriel(_ligne(Modele, cle))


@app.post('/espace/admin/courriels/<cle>', qui='administrateur')
def enregistrer_courriel(cle):
    modele = _ligne(Modele, cle)
    tenue = _tenue('courriel', modele, COURRIEL, 'Ce courriel')
    valeurs, fautes = lire(COURRIEL)
    fautes |= _fautes_de_reperes(valeurs, _reperes(modele))
    _, fautes, code = tenir(tenue, valeurs, fautes, reglages.ecrire_courriel, modele, valeurs, request.agent)
    if fautes:
        return _page_courriel(modele, code, valeurs, fautes)
    aller(f'{request.path}?fait=enregistre')


def _reperes(modele):
    # The last two: any mail may say them (courriels.poster).
    return [*modele.reperes.split(), 'plateforme', 'departement']


def _page_courriel(modele, *revenue):
    return _page_formulaire(
        _tenue('courriel', modele, COURRIEL, 'Ce courriel'), 'courriels', modele.libelle,
        [('Courriels', '/espace/admin/courriels')], [('Le courriel', COURRIEL)], revenue,
        reperes=[(nom, SENS.get(nom, '')) for nom in _reperes(modele)], avant=modele.avant)

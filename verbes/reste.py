"""« Reste à régler »: what a département has settled, line by line, read from the facts of the base. Nothing here is a
box to tick, but the lines that are only dated.
"""
from collections import namedtuple
from urllib.parse import urlsplit

import models
from models import SITE, Reglage, lignes
from langue import aujourdhui, dire_instant, dire_jour, dire_nombre, enumerer

from .administration.identite import dire_contraste, pire_contraste
from .administration.structures import conventions_a_renouveler
from .environnement import boucle_locale
from .exploitation import SAUVEGARDE

# etat: a key of ETATS; acte: the words of its link, '' for none; lien: its address; envoi: it is a POST.
Ligne = namedtuple('Ligne', 'titre etat phrase acte lien envoi', defaults=('', '', False))
ETATS = {                                                           # the word, its tone, is it done
    'regle':     ('réglé', 'succes', True),
    'a_regler':  ('à régler', 'attention', False),
    'a_decider': ('à décider', 'attention', False),
    'date':      ('daté', 'succes', True),
    'a_dater':   ('à dater', 'neutre', False),
}
REGLAGES = '/espace/admin/reglages'
# The structure that the first account opens (comptes.py): a file with its true name would create another beside it.
NEUVE = ' «\u00a0Conseil départemental\u00a0» est un nom d\'attente\u00a0: donnez-lui le vrai avant d\'importer.'

FAITS = '''SELECT
  (SELECT count(DISTINCT structure_id) FROM direction WHERE fermee_le IS NULL) AS structures,
  (SELECT count(*) FROM direction WHERE fermee_le IS NULL) AS directions,
  (SELECT count(*) FROM direction WHERE fermee_le IS NULL AND '' IN (telephone, courriel)) AS injoignables,
  (SELECT count(*) FROM structure JOIN direction ON structure_id = structure.id
   WHERE structure.nom = 'Conseil départemental' AND fermee_le IS NULL) AS neuve,
  (SELECT count(*) FROM agent WHERE actif) AS comptes,
  (SELECT count(*) FROM agent WHERE actif AND ouvert_le IS NULL) AS jamais,
  (SELECT count(*) FROM agent WHERE actif AND administrateur) AS administrateurs,
  (SELECT count(*) FROM agent WHERE actif AND administrateur AND second_facteur IS NOT NULL) AS proteges,
  (SELECT count(*) FROM fiche WHERE etat = 'publiee') AS fiches,
  (SELECT count(DISTINCT theme_id) FROM fiche WHERE etat = 'publiee') AS themes,
  (SELECT count(*) FROM fiche WHERE etat = 'publiee' AND NOT EXISTS (
    SELECT 1 FROM pilotage JOIN agent ON agent.id = agent_id WHERE fiche_id = fiche.id AND actif)) AS sans_pilote,
  (SELECT count(*) FROM fiche WHERE etat = 'publiee' AND EXISTS (
    SELECT 1 FROM pilotage JOIN agent ON agent.id = agent_id
    WHERE fiche_id = fiche.id AND rang = 0 AND actif AND ouvert_le IS NULL)) AS chef_absent,
  (SELECT count(*) FROM fiche WHERE etat = 'publiee' AND restreinte) AS restreintes,
  (SELECT count(*) FROM collectivite WHERE remplacee_par_id IS NULL) AS collectivites,
  (SELECT count(*) FROM collectivite WHERE remplacee_par_id IS NULL AND type = 'Commune') AS communes,
  (SELECT count(*) FROM courriel WHERE envoye_le IS NULL AND echec_le IS NULL) AS attendent,
  (SELECT max(envoye_le) FROM courriel WHERE demande_id IS NULL AND modele = 'essai') AS essaye_le,
  (SELECT count(*) FROM fermeture WHERE au >= ?1) AS fermetures,
  (SELECT count(*) FROM sans_reponse) AS recherches,
  (SELECT count(*) FROM modele) AS modeles,
  (SELECT count(*) FROM contenu) AS pages'''


def groupes():
    """[(key, title, [Ligne])], in one reading of the base; the last group holds nothing back."""
    (faits,) = lignes(FAITS, aujourdhui())
    reglages = {r.cle: r for r in Reglage.select()}
    valeurs = {cle: r.valeur for cle, r in reglages.items()}
    return [
        ('departement', 'Le Département et l\'équipe', _departement(valeurs, reglages)),
        ('promesses', 'Ce que la Plateforme promet', _promesses(valeurs, reglages, faits)),
        ('personnes', 'Les personnes et le catalogue', _personnes(faits)),
        ('technique', 'La technique', _technique(valeurs, faits)),
        ('obligations', 'Ce qu\'un Département doit avoir fait', _obligations(reglages)),
    ], faits


def faite(ligne):
    return ETATS[ligne.etat][2]


def compter(lignes_):
    """(how many are settled, how many there are)."""
    return sum(map(faite, lignes_)), len(lignes_)


def _ligne(titre, fait, phrase, manque, acte='', lien='', ensuite='Modifier'):
    """A line that is settled or not, with what it says in each case, and its act before and after."""
    return Ligne(titre, 'regle', phrase, ensuite, lien) if fait else Ligne(titre, 'a_regler', manque, acte, lien)


# ======================================================================================
# The département, what it promises
# ======================================================================================

def _departement(v, reglages):
    return [
        _saisie('Nom, adresse, téléphone, courriel', v, reglages, ('departement', 'adresse', 'telephone', 'courriel'),
                ('le nom', 'l\'adresse', 'le téléphone', 'le courriel'), v['departement']),
        _saisie('Président·e, hébergeur, délégué à la protection des données', v, reglages,
                ('signataire', 'hebergeur', 'dpd'), ('qui préside', 'l\'hébergeur', 'l\'adresse du délégué'),
                v['signataire']),
        _ligne('Téléphone d\'urgence', v['telephone_urgence'], 'Montré sur les fiches de 3\u00a0jours et à l\'accueil.',
               'Aucun numéro\u00a0: les fiches de 3\u00a0jours ne peuvent pas dire qui appeler la nuit et le week-end.',
               'Saisir', f'{REGLAGES}#telephone_urgence'),
        _apparence(v),
    ]


def _saisie(titre, v, reglages, cles, noms, dit):
    """A line of several settings: the first missing one is where its act leads."""
    vides = [(cle, nom) for cle, nom in zip(cles, noms) if not v[cle]]
    if vides:
        return Ligne(titre, 'a_regler', f'Il manque {enumerer(nom for _, nom in vides)}.', 'Saisir',
                     f'{REGLAGES}#{vides[0][0]}')
    le = max(reglages[cle].regle_le or '' for cle in cles)
    return Ligne(titre, 'regle', f'{dit}{_le("saisi", le)}.', 'Modifier', f'{REGLAGES}#{cles[0]}')


def _le(fait, jour):
    return f', {fait} le {dire_jour(jour, True)}' if jour else ''


def _apparence(v):
    ou = '/espace/admin/identite'
    ratios = [dire_contraste(pire_contraste(cle, v[cle], v['couleur'])) for cle in ('couleur', 'couleur_accent')
              if v[cle]]
    manques = enumerer([nom for cle, nom in (('logo', 'le logo'), ('couleur', 'la couleur principale'),
                                             ('couleur_accent', 'la couleur d\'accent')) if not v[cle]])
    return _ligne('Logo et couleurs', not manques,
                  f'Contraste des couleurs vérifié\u00a0: {enumerer(ratios)} (il faut 4,5).',
                  f'Il manque {manques}\u00a0: le site a ceux de la Plateforme.', 'Choisir', ou)


def _promesses(v, reglages, faits):
    comptes = {'calendaires': 'calendaires', 'ouvres': 'ouvrés'}
    sensibles = ('Les demandes des fiches qui touchent des agents, un contentieux ou des finances en difficulté '
                 f'({dire_nombre(faits["restreintes"], "fiche")})')
    return [
        _engagement('Saisine officielle', 'saisine', reglages, {
            'oui': 'Une demande vaut saisine officielle', 'non': 'Une demande ne vaut pas saisine officielle'},
            'Tant que ce n\'est pas décidé, aucune page ni aucun courriel ne dit qu\'une demande vaut saisine '
            'officielle.'),
        _engagement('Délais de rappel', 'jours', reglages, {
            code: f'3 et 10\u00a0jours {mot}' for code, mot in comptes.items()},
            '3 et 10\u00a0jours\u00a0: calendaires, ou ouvrés\u00a0?'),
        _engagement('Diffusion restreinte d\'office', 'restreinte_d_office', reglages, {
            'oui': f'{sensibles} sont restreintes', 'non': 'Aucune demande n\'est restreinte d\'office'},
            f'{sensibles}\u00a0: les restreindre d\'office\u00a0?'),
    ]


def _engagement(titre, cle, reglages, phrases, indecis):
    r, lien = reglages[cle], f'{REGLAGES}#{cle}'
    if not r.valeur:
        return Ligne(titre, 'a_decider', indecis, 'Décider', lien)
    return Ligne(titre, 'regle', f'{phrases[r.valeur]}{_le("décidé", r.regle_le)}.', 'Modifier', lien)


# ======================================================================================
# The people, the machine, what the law asks
# ======================================================================================

def _personnes(f):
    sans = f['injoignables']
    return [
        _ligne('Structures et directions', f['directions'] and not sans,
               f'{dire_nombre(f["structures"], "structure")}, {dire_nombre(f["directions"], "direction")}, '
               'toutes avec téléphone et boîte.',
               f'{dire_nombre(f["structures"], "structure")}, {dire_nombre(f["directions"], "direction")}'
               f'{f", dont {sans} sans téléphone ou sans boîte" if sans else ""}.{NEUVE if f["neuve"] else ""}',
               'Voir', '/espace/admin/structures', 'Voir'),
        *_conventions(),
        _ligne('Comptes', f['comptes'] > 1 and not f['jamais'],
               f'{dire_nombre(f["comptes"], "compte")}, tous ouverts.',
               _dire_comptes(f), *(('Inviter', '/espace/admin/comptes?vue=jamais_ouverts') if f['jamais']
                                   else ('Créer', '/espace/admin/comptes')), 'Voir'),
        _ligne('Catalogue', f['fiches'] and not f['sans_pilote'],
               f'{dire_nombre(f["fiches"], "fiche", "publiée")}, {dire_nombre(f["themes"], "thème")}, toutes pilotées.',
               f'{dire_nombre(f["sans_pilote"], "fiche", "publiée")} sans chef de file qui ait un compte.'
               if f['fiches'] else 'Aucune fiche publiée.', 'Voir', '/espace/redaction', 'Voir'),
        _ligne('Collectivités', f['collectivites'],
               f'{dire_nombre(f["collectivites"], "collectivité")}, dont {dire_nombre(f["communes"], "commune")}.',
               'Aucune collectivité\u00a0: le formulaire n\'en reconnaît aucune.',
               'Importer', '/espace/admin/collectivites', 'Voir'),
    ]


def _conventions():
    """A line when one of them ends within three months, or has ended."""
    fins = [f'{nom}, {dire_jour(au, True)}' for _, nom, au in conventions_a_renouveler()]
    return [Ligne('Conventions à renouveler', 'a_regler', f'{enumerer(fins)}.', 'Voir',
                  '/espace/admin/structures?convention=fin')] if fins else []


def _dire_comptes(f):
    if f['comptes'] < 2:
        return 'Un seul compte, le vôtre.'
    chefs = (f'\u00a0; {dire_nombre(f["chef_absent"], "fiche")} dont le chef de file n\'a pas encore ouvert le sien'
             if f['chef_absent'] else '')
    return f'{dire_nombre(f["comptes"], "compte")}, dont {dire_nombre(f["jamais"], "jamais ouvert")}{chefs}.'


def _technique(v, f):
    hote, date = urlsplit(SITE['url']), v.get(SAUVEGARDE)
    publique = hote.scheme == 'https' and not boucle_locale(hote.hostname)
    proteges, tous = f['proteges'], f['administrateurs']
    ont = 'l\'ont' if proteges > 1 else 'l\'a'
    return [
        _ligne('Adresse publique', publique, f'{SITE["url"]}.', f'{SITE["url"]}\u00a0: une adresse en https reste à '
               'poser par l\'informatique (PLATEFORME_URL).'),
        _relais(f),
        _ligne('Première sauvegarde', date, f'La dernière est du {dire_instant(date)}.' if date else '',
               'Aucune sauvegarde connue\u00a0: l\'informatique lance «\u00a0sauvegarder\u00a0», puis chaque nuit.'),
        _ligne('Second facteur des administrateurs', proteges == tous,
               'Activé par tous.' if tous > 1 else 'Activé.',
               f'{dire_nombre(proteges, "administrateur")} sur {tous} {ont} activé.' if proteges
               else 'Aucun administrateur ne l\'a activé.',
               'Activer', '/espace/compte'),
        Ligne('Version', 'regle', f'{SITE["version"]}, base à l\'étape {models.VERSION_BASE}.'),
    ]


def _relais(f):
    attend = f'\u00a0: {dire_nombre(f["attendent"], "courriel")} en attente' if f['attendent'] else ''
    essai = {'acte': 'Envoyer un essai', 'lien': '/espace/admin/supervision/essai', 'envoi': True}
    if not SITE['smtp']:
        return Ligne('Envoi des courriels', 'a_regler', f'Aucun relais{attend}. L\'informatique en indique un '
                     '(PLATEFORME_SMTP).')
    if not f['essaye_le']:
        return Ligne('Envoi des courriels', 'a_regler', f'Relais jamais essayé{attend}.', **essai)
    return Ligne('Envoi des courriels', 'regle', f'Essai accepté par le relais le {dire_instant(f["essaye_le"])}.',
                 **essai)


def _obligations(reglages):
    return [_datee(r) for r in a_dater(reglages.values())]


OBLIGATIONS = (*range(-8, 0), -13)                                  # « ordre » of the lines that are only dated
SANS_DATE = {'accord_lecteurs': 'Sans date\u00a0: aucun lecteur n\'entre.'}


def a_dater(tous):
    """The rows of the dated lines, in their order."""
    return sorted((r for r in tous if r.ordre in OBLIGATIONS), key=lambda r: -r.ordre)


def _datee(r):
    lien = f'/espace/admin/obligations#{r.cle}'
    if not r.regle_le:
        return Ligne(r.libelle, 'a_dater', SANS_DATE.get(r.cle, 'Sans date.'), 'Dater', lien)
    reference = f'\u00a0: {r.valeur}' if r.valeur else ''
    return Ligne(r.libelle, 'date', f'Le {dire_jour(r.regle_le, True)}{reference}.', 'Modifier', lien)

"""The période électorale: two days that an administrateur types, never computed, since what is forbidden depends on the
election. While it runs the home page shows no projet, and what is published for the public is read again first.
"""
from models import Contenu, Refus, Reglage, en_periode_electorale
from langue import aujourdhui, dire_jour, plus_mois

from verbes.journal import auditer

REGLAGES = ('electorale_du', 'electorale_au')
TOUJOURS = ('actualite', 'projet', 'ouverte')                       # read again whoever they are for
PUBLICS = ('evenement',)                                            # when the public reads them


def avertir_le(du):
    """The day on which the administrateurs are told of it: a month before, or the last day of that month."""
    return plus_mois(du, -1)


def a_annoncer(reglages, jour):
    """True from a month before it until its end: nobody is told of a period that is over."""
    du, au = (reglages[cle] for cle in REGLAGES)
    return bool(du and avertir_le(du) <= jour <= au)


def dire(reglages):
    """« du 01/09/2027 au 21/03/2028 », '' without a period."""
    du, au = (reglages[cle] for cle in REGLAGES)
    return f'du {dire_jour(du, True)} au {dire_jour(au, True)}' if du else ''


def a_relire(genre, audience, publie_le=None):
    """Must somebody have read it with the period in mind, to publish it now? publie_le: its first day, if it waits."""
    concerne = genre in TOUJOURS or (genre in PUBLICS and audience == 'public')
    return concerne and en_periode_electorale(Reglage.tous(), max(publie_le or '', aujourdhui()))


def controler(genre, audience, relu_par, publie_le=None):
    """Refus unless who read it is named, when a_relire()."""
    if a_relire(genre, audience, publie_le) and not relu_par.strip():
        raise Refus(f'Période électorale {dire(Reglage.tous())}\u00a0: écrivez qui l\'a relu à ce titre, '
                    'puis recommencez.', champ='relu_par')


def noter_la_relecture(contenu, agent, relu_par):
    """Refus unless who read it is named, when a_relire(): kept with it, and in the audit, which keeps the others."""
    controler(contenu.genre, contenu.audience, relu_par, contenu.publie_le)
    if a_relire(contenu.genre, contenu.audience, contenu.publie_le):
        Contenu.update(relu_par=relu_par.strip()).where(Contenu.id == contenu.id).execute()
        auditer('contenu relu', agent, f'{contenu.id}, au regard de la période électorale, par {relu_par.strip()}',
                objet=f'contenu:{contenu.id}')


def noter_si_publie(contenu, agent, relu_par):
    """The same, of what is joined to it: a draft is read again when it is published."""
    if contenu.etat == 'publie':
        noter_la_relecture(contenu, agent, relu_par)

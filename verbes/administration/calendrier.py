"""The days an administrateur says: the opening, the dated banner, the période électorale, the closing days
(regles.md §5, §11)."""
from datetime import date

from models import Demande, Fermeture, Refus, Reglage
from langue import aujourdhui, dire_jour, plus_jours

from verbes import reglages
from verbes.contenus import electorale
from verbes.demande.cycle import ecarter_les_essais
from verbes.journal import auditer
from verbes.questions import est_ouvert
from verbes.relais import dire_periode

FERMETURE_MAX = 62                                                  # days; more is a slip of the year
BANDEAU = ('bandeau', 'bandeau_du', 'bandeau_au')


def essais_restants():
    """How many essais the opening will set aside."""
    return Demande.select().where(Demande.essai, Demande.issue != 'essai').count()


# ---- The opening ----

def fixer_ouverture(jour, agent):
    """Say on which day the service opens, '' while it is not known; returns how many essais that sets aside: all of
    them when the day has come, else the carrier does it then.
    """
    ouverture = Reglage.tous()['ouvert_le']
    if not est_ouvert(jour, aujourdhui()) and est_ouvert(ouverture, aujourdhui()) and _a_recu_des_demandes():
        raise Refus('La Plateforme a déjà reçu des demandes\u00a0: elle est ouverte. Indiquez un jour passé ou '
                    'celui d\'aujourd\'hui\u00a0; une interruption se dit par le bandeau.', champ='ouvert_le')
    if jour == ouverture:
        return 0
    reglages.poser({'ouvert_le': jour})
    auditer('ouverture fixée', agent, dire_jour(jour, True) if jour else 'jour non fixé', objet='reglages')
    return ecarter_les_essais(agent)


def _a_recu_des_demandes():
    return Demande.select().where(~Demande.essai, ~Demande.importee).exists()


# ---- The banner: one at a time ----

def poser_bandeau(valeurs, agent):
    """Its text and its days, the last one included; without a text, none."""
    texte, du, au = (valeurs[cle] for cle in BANDEAU)
    if not texte:
        du = au = ''
    elif not au:
        raise Refus('Indiquez le dernier jour, compris\u00a0: un bandeau oublié ne dirait plus vrai.',
                    champ='bandeau_au')
    else:
        du = du or aujourdhui()
        _exiger_une_suite(du, au, 'bandeau_au')
        if au < aujourdhui():
            raise Refus('Ce jour est passé\u00a0: indiquez aujourd\'hui ou un jour à venir.', champ='bandeau_au')
    if reglages.poser(dict(zip(BANDEAU, (texte, du, au)))):
        auditer('bandeau affiché' if texte else 'bandeau retiré', agent, dire_periode(du, au) if texte else '',
                objet='reglages')


def _exiger_une_suite(du, au, champ):
    if au < du:
        raise Refus(f'Le dernier jour vient avant le premier ({dire_jour(du, True)})\u00a0: corrigez l\'un des deux.',
                    champ=champ)


# ---- The période électorale (electorale.py) ----

def poser_electorale(valeurs, agent):
    """Its first and last days, both or none; whether the « lecteurs » are suspended meanwhile."""
    du, au = (valeurs[cle] for cle in electorale.REGLAGES)
    if bool(du) != bool(au):
        raise Refus('Indiquez les deux jours, ou aucun\u00a0: la Plateforme ne calcule pas cette période.',
                    champ='electorale_au' if du else 'electorale_du')
    if du:
        _exiger_une_suite(du, au, 'electorale_au')
        if au < aujourdhui():
            raise Refus('Ce jour est passé\u00a0: indiquez aujourd\'hui ou un jour à venir, ou videz les deux jours.',
                        champ='electorale_au')
    suspendus = valeurs['electorale_lecteurs'] if du else ''
    if reglages.poser(dict(zip(electorale.REGLAGES, (du, au))) | {'electorale_lecteurs': suspendus}):
        dit = f'{dire_periode(du, au)}{", lecteurs suspendus" if suspendus else ""}'
        auditer('période électorale fixée' if du else 'période électorale retirée', agent, dit if du else '',
                objet='reglages')


# ---- The closing days: what they change is to come, no date that was told moves ----

def ajouter_fermeture(fermeture_du, fermeture_au, libelle, agent):
    """Days on which the Plateforme is closed, both included (the last one may be left out: a single day)."""
    du, au = fermeture_du, fermeture_au or fermeture_du
    if du < aujourdhui():
        raise Refus('Ce jour est passé\u00a0: les dates déjà annoncées ne changent pas. Indiquez aujourd\'hui ou un '
                    'jour à venir.', champ='fermeture_du')
    _exiger_une_suite(du, au, 'fermeture_au')
    if (date.fromisoformat(au) - date.fromisoformat(du)).days >= FERMETURE_MAX:
        raise Refus(f'Une fermeture dure {FERMETURE_MAX} jours au plus\u00a0: vérifiez les deux jours.',
                    champ='fermeture_au')
    autre = Fermeture.get_or_none(Fermeture.du <= au, Fermeture.au >= du)
    if autre:
        raise Refus(f'Une fermeture est déjà notée {dire_periode(autre.du, autre.au)}, qui chevauche celle-ci\u00a0: '
                    'retirez-la d\'abord, ou changez les jours.', champ='fermeture_du')
    Fermeture.create(du=du, au=au, libelle=libelle)
    auditer('fermeture ajoutée', agent, f'{dire_periode(du, au)}\u00a0: {libelle}', objet='calendrier')


def retirer_fermeture(fermeture, agent):
    """One that has begun ends yesterday: the days on which nobody was there stay closed days."""
    jour = aujourdhui()
    if fermeture.du < jour:
        Fermeture.update(au=plus_jours(jour, -1)).where(Fermeture.id == fermeture.id).execute()
    else:
        Fermeture.delete().where(Fermeture.id == fermeture.id).execute()
    auditer('fermeture retirée', agent, f'{dire_periode(fermeture.du, fermeture.au)}\u00a0: {fermeture.libelle}',
            objet='calendrier')


def fermetures():
    """Those under way and to come, in order."""
    return list(Fermeture.select().where(Fermeture.au >= aujourdhui()).order_by(Fermeture.du))


def rappels_promis():
    """[(id, numero)] of the calls that were promised for a day of these closings, and are still to be made."""
    return Demande.select(Fermeture.id, Demande.numero).join(
        Fermeture, on=Demande.echeance.between(Fermeture.du, Fermeture.au)).where(
        Fermeture.au >= aujourdhui(), Demande.clos_le.is_null(), Demande.premier_contact_le.is_null(),
        ~Demande.reprise, ~Demande.essai).order_by(Demande.numero).tuples()


def fermeture_connue(numero):
    """The one of this id, when it is not over; Refus 404."""
    fermeture = Fermeture.get_or_none(Fermeture.id == numero, Fermeture.au >= aujourdhui())
    if fermeture is None:
        raise Refus('Cette fermeture n\'existe plus\u00a0: elle est passée, ou déjà retirée. '
                    'Revenez au calendrier.', 404)
    return fermeture


def fermetures_d_ici(jour):
    """Those that a date told today passes over, in words: « Fermeture d'été, du 03/08/2026 au 21/08/2026 »."""
    return [f'{f.libelle}, {dire_periode(f.du, f.au)}' for f in fermetures() if f.du <= jour]

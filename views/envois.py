"""What a stranger may send, and have sent: the mails to one address, counted in memory as every limit is."""
from views.limites import compter, reglage, trop

# ======================================================================================
# Mails
# ======================================================================================

def courriel_permis(adresse):
    """May one more mail that a stranger can cause leave to this address today, whatever tells it?

    What is not mailed is recorded all the same, and the page says so. The avis de dépôt has its own count (§3).
    """
    return not trop('courriels', _boite(adresse), reglage('depots_courriel'), 86400)


def compter_courriel(adresse):
    compter('courriels', _boite(adresse))


def _boite(adresse):
    """The mailbox of an address: « maire+1@… », « maire+2@… » are one."""
    nom, _, domaine = adresse.lower().rpartition('@')
    return f'{nom.partition("+")[0]}@{domaine}'

"""What the page of a fiche and that of a content say alike of their versions: two texts face to face, the proposals to
read, the decision on one of them, what a verb refuses of it.
"""
from verbes import versions
from views import annoncer
from views.champs import Champ

REPONSE = Champ('reponse', 'Ce que vous en dites à l\'auteur', 'long', max=2000,
                aide='Obligatoire en cas de refus\u00a0: il le reçoit par courriel.')
DECISION = Champ('decision', 'Votre décision', 'radio', True,
                 choix=(('publier', 'Publier'), ('refuser', 'Refuser, en disant pourquoi')))
annoncer('/espace/redaction/', propose='Votre proposition est envoyée aux administrateurs.')


def tel_quel(nom, texte):
    """How a field is read, when nothing of it is a key."""
    return texte


def comparer(avant, apres, noms, montrer=tel_quel):
    """[(field, its label, the lines of before, those of after)] of what changes. montrer: how a field is read."""
    return [(nom, noms.get(nom, nom), *versions.comparer(montrer(nom, avant.get(nom, '')), montrer(nom, apres[nom])))
            for nom in versions.changes(avant, apres)]


def en_vigueur(fil):
    """The version of a list that is published, or None."""
    return next((v for v in fil if v.etat == 'publiee'), None)


def d_avant(version):
    """{field: text} of what a version replaced, or a proposal was written upon; {} of the first."""
    precedente = versions.precedente(version)
    return versions.lire(precedente) if precedente else {}


def presenter(v, champs, comparee, actuelle, sa_forme):
    """What the page shows of a proposal. champs: {field it changes: its Champ}; comparee: it against what its object
    says now, whatever that said when it was written; sa_forme: the form of its decision (tenue.forme).
    """
    depassee = actuelle and v.sur is not None and v.sur < actuelle.numero
    return {'id': v.id, 'version': v, 'champs': comparee, 'sur': v.sur if depassee else None, 'retouches': champs,
            'forme': sa_forme}


def revenir(formes, formulaire, fil, noms, status=200, saisies=None, fautes=None):
    """What the head of the page says: revenu, the form that came back (formulaire) or whose session had expired; of one
    that is no more on the page, decided meanwhile by another, what was typed in it (ecrits), and why (conflit).
    """
    perdu = formulaire not in ('', *formes)
    repris = next((nom for nom, une in formes.items() if une['repris']), 'champs')
    libelles = {**noms, REPONSE.nom: REPONSE.libelle}
    ecrits = [(libelles[nom], texte) for nom, texte in (saisies or {}).items() if nom in libelles and texte]
    return {
        'formulaire': formulaire or repris, 'revenu': None if perdu else formes[formulaire or repris],
        'conflit': fautes.get('', '') if status == 409 and formulaire != 'champs' else '',
        'ecrits': ecrits if perdu else []}

"""« Préparation de visite »: who it is for and why, then two sheets to print (regles.md §7)."""
import langue
from models import Collectivite, Demande
from verbes import etiquettes, perimetre, regles
from verbes.demande.clotures import dire_issue
from verbes.pilotage import territoires, visite
from views import app, essayer, page, request
from views.champs import Champ, lire
from views.criteres import nom_de
from views.entrees import ID, trouver

UNE = f'/espace/collectivites/{ID}/visite'
CHAMPS = (
    Champ('pour', 'Pour', 'radio', True, 'Jamais un autre élu du Département\u00a0: la Plateforme est neutre.',
          tuple((code, langue.majuscule(dit)) for code, dit in visite.POUR.items()), classe='en-colonne',
          vide='dites pour qui cette visite se prépare'),
    Champ('motif', 'Pourquoi', requis=True, max=200, aide='La visite, son jour. Gardé à l\'audit, avec votre nom.',
          vide='dites pourquoi\u00a0: la visite et son jour'),
)
# The lines that they hold: open, closed, open in its communes, according to whether there are any of these.
DEUX_FEUILLES = {False: (12, 10, 0), True: (7, 5, 10)}


def _trouver_collectivite(id_):
    """What it is today, of one that another has replaced too."""
    lue = trouver(Collectivite, id_, 'Cette collectivité n\'existe pas. Cherchez-la sur la carte.')
    return Collectivite.get_by_id(perimetre.actuelle(lue.id))


@app.get(UNE, qui='agent')
def demander(id):
    c = _trouver_collectivite(id)
    visite.exiger_de_pouvoir(request.agent, c.id)
    return _demander(c, {})


def _demander(c, valeurs, status=200, fautes=None):
    return page('pilotage/visite/demander.html', status, c=c, champs=CHAMPS, valeurs=valeurs, fautes=fautes or {},
                libelles={champ.nom: champ.libelle for champ in CHAMPS})


@app.post(UNE, qui='agent')
def preparer(id):
    c = _trouver_collectivite(id)
    visite.exiger_de_pouvoir(request.agent, c.id)
    valeurs, fautes = lire(CHAMPS)
    suivies, fautes, code = essayer(fautes, visite.preparer, request.agent, c, valeurs['pour'], valeurs['motif'])
    if fautes:
        return _demander(c, valeurs, code, fautes)
    demandes, communes = suivies
    en_cours, finies, chez_elles = DEUX_FEUILLES[bool(communes)]
    ouvertes, closes = ([_dire_suivie(f) for f in demandes if bool(f.d['clos_le']) == close] for close in (False, True))
    personne, _ = territoires.personnes(territoires.DU_COMITE, c.id, sures=True)
    return page('pilotage/visite/feuilles.html', c=c, elu=_dire_elu(personne), pour=visite.POUR[valeurs['pour']],
                motif=valeurs['motif'], jour=langue.aujourdhui(), ouvertes=ouvertes[:en_cours], closes=closes[:finies],
                communes=[_dire_suivie(f) | {'de': f.d['collectivite']} for f in communes[:chez_elles]],
                combien=(len(ouvertes), len(closes), len(communes)), personne=personne, direct=territoires.DIRECT,
                contact=territoires.dernier_contact(territoires.DU_COMITE, c.id))


# What a Fait of visite.faits() is called; of a proposition, a livrable, the name of its nature.
FAITS = regles.NATURES | {'reponse': 'Fichiers envoyés à la collectivité', 'jalon': 'Étape faite'}
LIGNES = 200


@app.get(f'/espace/collectivites/{ID}/fait', qui='agent')
def tout_ce_qui_a_ete_fait(id):
    """« Tout ce qui a été fait », in a line of time: nothing of a restricted demande, whoever reads."""
    c = _trouver_collectivite(id)
    demandes = {d['numero']: d for d in territoires.demandes_de(territoires.DU_COMITE, c.id)}
    fiches = etiquettes.libelles()['fiche']
    faits = [{'le': fait.le, 'numero': fait.numero, 'fichiers': fait.fichiers,
              'titre': nom_de(fiches, demandes[fait.numero]['fiche_id'], 'Demande libre'),
              'dit': _dire_fait(fait, demandes[fait.numero])} for fait in visite.faits([*demandes])]
    return page('pilotage/visite/fait.html', c=c, faits=faits[:LIGNES], combien=len(faits))


def _dire_fait(fait, d):
    if fait.quoi == 'cloture':
        return langue.majuscule(dire_issue(d['issue'], d['organisme'])) or regles.STATUTS[d['statut']]
    return FAITS[fait.quoi] + (f'\u00a0: {fait.dit}' if fait.dit else '')


def _dire_elu(personne):
    """« Jeanne Exemplaire, maire » of the demande that names whom to call, '' when it is her, or not said."""
    d = Demande.get_by_id(personne.de) if personne else None
    nom = f'{d.prenom} {d.nom}'.strip() if d and d.nom else ''
    fonction = 'maire' if nom and d.type == 'Commune' else 'à la présidence'
    return f'{nom}, {fonction}' if nom and nom != personne.nom else ''


def _dire_suivie(f):
    """What the sheets say of one demande."""
    libelles, d = etiquettes.libelles(), f.d
    structures = [d['structure_id'], *map(int, filter(None, (d['autres'] or '').split(',')))]
    nom, telephone = f.referent or ('', '')
    return {
        'numero': d['numero'], 'titre': nom_de(libelles['fiche'], d['fiche_id'], 'Demande libre'),
        'depose_le': langue.jour_de(d['depose_le']), 'clos_le': d['clos_le'] and langue.jour_de(d['clos_le']),
        'de': '' if d['sienne'] else f'déposée par {d["collectivite"]}, la concerne',
        'structures': [libelles['structure'][cle].court for cle in structures if cle],
        'statut': regles.STATUTS[d['statut']], 'issue': langue.majuscule(dire_issue(d['issue'], d['organisme'])),
        'referent': nom, 'telephone': telephone, 'envois': f.envois, 'etape': f.etape}

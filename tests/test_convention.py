"""A structure that leaves: the screen, what it writes, what it refuses, what undoing puts back (domaine.md §1)."""
import pytest
from conftest import fautes
from test_passation import annuler, equipe, etat, lu

import models
from models import Refus
from verbes.administration import convention, passation, succession

HGI = 2


def structure(numero=HGI):
    with models.lecture():
        return models.Structure.get_by_id(numero)


def choisir(defaut='', comptes=None, accords=None, explication='Elle n\'est plus proposée.', **lignes):
    return succession.Choix('convention', '', '', '', str(defaut), {c: str(v) for c, v in lignes.items()},
                            {f'c{agent.id}': str(direction) for agent, direction in (comptes or {}).items()},
                            accords or {}, explication)


def partir(par, numero=HGI, **choix):
    """Prepare, then write what was prepared."""
    qui, choix = structure(numero), choisir(**choix)
    with models.lecture():
        plan = convention.preparer(qui, par, choix)
    with models.ecriture():
        return passation.transferer(qui, par, choix, plan.empreinte)


def refuser(par, numero=HGI, **choix):
    """The one fault of these choices: (field, sentence); and the verb writes nothing of it."""
    avant = etat(sauf=())
    with pytest.raises(Refus) as refus:
        partir(par, numero, **choix)
    assert etat(sauf=()) == avant
    return refus.value.champ, refus.value.phrase.replace('\xa0', ' ')


def cles(quoi=None, numero=HGI):
    """The keys of the lines of a structure, of one kind."""
    with models.lecture():
        return [ligne.cle for ligne in convention.tenir(structure_lue(numero)) if quoi in (None, ligne.quoi)]


def structure_lue(numero):
    return models.Structure.get_by_id(numero)


def test_ses_comptes_ferment_et_rien_n_est_a_une_autre_sans_qu_on_le_dise(monde, creer):
    suivie = creer('en_cours')
    partir(monde.admin, defaut=monde.autre.id)
    assert not lu(monde.chef).actif and not lu(monde.referent).actif and not lu(monde.chef).pilote
    assert lu(monde.chef).direction.structure_id == HGI and lu(monde.chef).direction.fermee_le == '2026-11-24'
    assert [qui for *_, qui in equipe(suivie)] == ['Dominique', 'Andrea', 'Dominique']
    with models.lecture():
        ligne = suivie.journal.order_by(models.Journal.id.desc()).first()
    assert (ligne.auteur, ligne.agent_id) == ('Maxime Exemple', monde.admin.id)
    assert ligne.texte.replace('\xa0', ' ') == (
        'Passation (fin de convention) : Dominique Autre (CD31) reprend le rôle de chef de file de Camille Exemple ; '
        'Dominique Autre (CD31) reprend le rôle d\'expert référent de Claude Temoin.')


def test_tout_part_et_tout_revient_a_l_identique(monde, creer):
    creer('en_cours', associe=True), creer('attribue_chef', message='b'), creer('rejete', message='c')
    avant = etat()
    faite = partir(monde.admin, defaut=monde.autre.id)
    assert etat() != avant
    assert annuler(faite, monde.admin) == []
    assert etat() == avant


def formulaire(page):
    """The form of the whole screen."""
    return next(f for f in page.forms.values() if 'defaut' in f.fields)


def test_l_ecran_prepare_montre_ferme_et_annule(monde, creer, entrer):
    demande = creer('en_cours')
    navigateur = entrer(monde.admin)
    page = navigateur.get(f'/espace/admin/structures/{HGI}/depart', status=200)
    assert f'/espace/demandes.csv?toutes=oui&amp;structure={HGI}' in page.text
    form = formulaire(page)
    assert fautes(form.submit('acte', status=422))
    form['defaut'] = str(monde.autre.id)
    form[f'c{monde.referent.id}'] = '1'
    page = form.submit('acte', status=200)
    assert 'Passe à une autre structure que Haute-Garonne Ingénierie' in page.text
    formulaire(page).submit('acte', index=1, status=303)
    assert lu(monde.referent).direction.structure_id == 1 and not lu(monde.chef).actif
    page = navigateur.get(f'/espace/admin/structures/{HGI}/depart', status=200)
    annuler_ = next(f for f in page.forms.values() if f.action.endswith('/annuler'))
    page = annuler_.submit(status=303).follow()
    assert 'Passation annulée' in page.text and lu(monde.chef).actif and equipe(demande)[0][2] == 'Camille'

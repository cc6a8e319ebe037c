"""What the page of a demande says and offers, in its details: gender, order, lines, lists (findings « Faible », M9)."""
import itertools

from conftest import CONTACT, agir, changer_ligne, creer_ligne, en_ecriture, relire
from test_dossier import adresse, envoyer, fait, panneau, remplir, tete

import models
import langue
from verbes.demande import actes
from views import choix


def proposes(nav, demande, action, champ):
    select = nav.get(adresse(demande, action)).html.select_one(f'select#{champ}')
    return [option.text for option in select.select('option') if option['value']]


def test_un_co_chef_ne_voit_que_qui_il_peut_nommer_le_chef_et_l_administrateur_tout_le_monde(creer, monde, entrer):
    demande, cochef = creer('en_cours', associe=True), entrer(monde.cochef)
    sa_structure = "Conseil d'architecture, d'urbanisme et de l'environnement – CAUE"
    assert proposes(cochef, demande, 'designer', 'referent') == ['Sacha Essai', 'Andrea Modele']
    assert proposes(cochef, demande, 'associer', 'invite') == [sa_structure, 'CAUE', 'Sacha Essai', 'Andrea Modele']
    agir(actes.associer, demande, monde.chef, monde.autre)
    assert proposes(cochef, demande, 'retirer', 'place') == ['Sacha Essai']
    assert proposes(entrer(monde.chef), demande, 'retirer', 'place') == ['Sacha Essai', 'Dominique Autre']
    demande = creer('attribue_chef', message='b')
    for role in ('chef', 'admin'):
        assert len(proposes(entrer(getattr(monde, role)), demande, 'designer', 'referent')) == 6, role
    noms = proposes(entrer(monde.chef), demande, 'associer', 'invite')
    assert noms[-6:][:2] == ['Camille Exemple', 'Claude Temoin']
    assert noms[3] == 'Direction assistance juridique et financière'
    for nom in ('Ébauche', 'Équerre', 'Tracé', 'Témoin', 'Zone', 'Eau'):
        creer_ligne(models.Agent, prenom='A', nom=nom, direction=monde.autre.direction, courriel=f'{nom}@x.example',
                    cree_le=langue.maintenant(), ouvert_le=langue.maintenant())
    noms = dict(en_ecriture(choix.agents))['CD31 – DDAT']
    assert [nom for _, nom in noms] == [                            # as in a dictionary
        'Dominique Autre', 'A Eau', 'A Ébauche', 'A Équerre', 'Maxime Exemple', 'A Témoin', 'A Tracé', 'A Zone']


PAGES = ('/espace/demandes/1', '/espace/demandes/1?action=contact', '/espace/demandes/1?action=terminer',
         '/espace/demandes/1?action=repondu', '/espace/demandes/1?action=ecarter', '/espace/admin/reglages',
         '/espace/demandes/nouvelle', '/espace/demandes', '/demande')


def test_une_liste_obligatoire_commence_par_un_vide_le_contact_se_lit_ligne_par_ligne(creer, monde, entrer):
    """HTML: the first option of a required <select> has no value; a list with a default one is not « required »."""
    for etat in ('receptionne_expert', 'en_cours'):
        creer(etat, message=etat)
        vues = 0
        for role, chemin in itertools.product((monde.admin, monde.referent), PAGES):
            for select in entrer(role).get(chemin, expect_errors=True).html.select('select[required]'):
                vues += 1
                assert select.find('option')['value'] == '', (chemin, select['id'])
        assert vues, etat
    nature = entrer(monde.referent).get('/espace/demandes/1').html.select_one('#journal-nature')
    assert not nature.has_attr('required') and nature.select_one('option').text == 'Note'
    demande, nav = creer('receptionne_expert'), entrer(monde.referent)
    page = fait(remplir(nav, demande, 'contact', **CONTACT, besoin_reformule='Une halle.', calendrier='Vote en mars.',
                        suite='Visite.'), demande, 'contact')
    dit = page.html.select_one('.journal > [data-type=contact] p')
    assert dit.text.replace('\u00a0', ' ').split('\n') == [
        'Joint, par appel.', 'Besoin reformulé : Une halle.', 'Calendrier de la collectivité : Vote en mars.',
        'Suite prévue : Visite.']
    agir(actes.associer, demande, monde.chef, monde.autre.direction)
    changer_ligne(monde.autre, pilote=True)
    dits = {'operation': 'remplacer', 'remplacant': monde.admin.id}
    page = fait(envoyer(entrer(monde.autre), relire(demande), 'equipe', **dits), demande, 'equipe')
    assert 'Maxime Exemple est associé·e pour DDAT.' in panneau(page, 'journal')
    assert 'Associée : DDAT.' in panneau(page, 'journal')
    libre, orientee = creer('attribue_admin', message='Libre.'), creer('attribue_chef', message='Suite b.')
    nav = entrer(monde.admin)
    assert 'rappel sous 10 jours' in tete(nav.get(adresse(libre))) and 'projet complexe' not in tete(
        nav.get(adresse(libre)))
    assert 'projet complexe, rappel sous 10 jours' in tete(nav.get(adresse(orientee)))

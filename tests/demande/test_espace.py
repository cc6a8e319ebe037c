"""« Ma journée » (views/demande/journee.py): why each demande is there, and for whom."""
import re

import pytest
from conftest import CONTACT, agir, changer_demande, changer_ligne, en_ecriture, statuer, texte, une_etape

import models
import langue
from verbes import journal
from verbes.demande import actes, jalons


def lignes(page, motif):
    """[(number, words, address of the button)] of the demandes that « Ma journée » shows for a reason."""
    elements = [li for li in page.html.select('li[data-motifs]') if motif in li['data-motifs'].split()]
    return [(int(li.select_one('.numero').text), ' '.join(li.text.split()),
             re.sub('[?&]suite=journee.*', '', li.select_one('.actions a')['href'])) for li in elements]


def place(page, section):
    """The numbers shown under a heading."""
    titre = page.html.find('h2', id=section)
    return [int(n.text) for n in titre.find_parent('section').select('.numero')] if titre else []


def numeros_de(page, section):
    return [numero for numero, _, _ in lignes(page, section)]


def liens_de(page, section):
    return [(numero, lien) for numero, _, lien in lignes(page, section)]


def test_une_journee_vide_le_dit_gentiment_et_les_chiffres_menent_aux_sections_affichees(monde, entrer, creer):
    page = entrer(monde.autre).get('/espace')
    assert "Rien ne vous attend aujourd'hui" in page.html.select_one('.vide').text
    assert [' '.join(li.text.split()) for li in page.html.select('.chiffres li')] == ['0 à faire maintenant']
    page = entrer(monde.chef).get('/espace')
    assert 'Mardi 24 novembre 2026' in page.html.select_one('main time').text.replace('\u00a0', ' ')
    en_ecriture(models.Amelioration.create, agent=monde.autre, texte='Un bouton.', propose_le='2026-11-24T09:00:00Z')
    page = entrer(monde.admin).get('/espace')
    assert '1 amélioration proposée' in texte(page) and not page.html.select('.chiffres li')
    assert 'Aucune demande ne vous attend aujourd\'hui' in texte(page) and 'Bonne journée' not in page
    creer('attribue_chef', date_a_tenir='2026-12-10')
    creer('receptionne_chef', message='b'), creer('en_cours', message='c')
    page = entrer(monde.chef).get('/espace')
    chiffres = {a['href']: int(a.select_one('b').text) for a in page.html.select('.chiffres a')}
    assert chiffres == {'#suivant': 2, f'/espace/demandes?agent={monde.chef.id}&ouvertes=oui': 1}
    assert page.html.find(id='suivant') and page.html.select_one('.total').text == '3 demandes'


def test_un_contact_pris_reste_a_faire_avancer_un_retard_se_dit_a_qui_peut_y_faire(monde, creer, entrer, heure):
    expert, jointe = creer('attribue_expert', message='b'), creer('receptionne_expert')
    agir(actes.noter_contact, jointe, monde.referent, CONTACT)
    page = entrer(monde.referent).get('/espace')
    (numero, mots, lien), = lignes(page, 'receptionner')
    assert (numero, lien) == (expert.numero, f'/espace/demandes/{expert.numero}?action=receptionner')
    assert 'Rieumes' in mots and 'Attribué expert(s)' in mots and 'à rappeler au plus tard le 4 décembre' in mots
    assert liens_de(page, 'avancer') == [(jointe.numero, f'/espace/demandes/{jointe.numero}?action=demarrer')]
    assert numeros_de(page, 'echeance') == [expert.numero]
    demande = statuer(expert, 'receptionner', monde.referent)
    heure('2026-12-07T09:00:00Z')                                   # Monday, one working day
    page = entrer(monde.referent).get('/espace')
    assert 'en retard de 1 jour ouvré' in lignes(page, 'echeance')[0][1]
    assert page.html.select_one('.chiffres [data-etat="retard"] small').text == 'dont 1 en retard'
    page = entrer(monde.chef).get('/espace')                        # she has it called, as her mail says
    assert place(page, 'suivant') == [demande.numero] and not place(page, 'ailleurs')
    assert liens_de(page, 'rappeler') == [(demande.numero, f'/espace/demandes/{demande.numero}?action=contact')]
    mots = lignes(page, 'rappeler')[0][1]
    assert 'chez Claude Temoin' in mots and 'à faire rappeler' in mots
    assert not place(entrer(monde.admin).get('/espace'), 'ailleurs')
    heure('2026-12-08T09:00:00Z')
    assert place(entrer(monde.admin).get('/espace'), 'ailleurs') == [demande.numero]
    assert not place(entrer(monde.autre).get('/espace'), 'ailleurs')


def test_un_referent_parti_rend_sa_demande_au_chef_et_un_message_attend_un_appel(monde, creer, entrer):
    demande, navigateur = creer('en_cours', associe=True), entrer(monde.referent)

    def ecrire(agent, nature):
        en_ecriture(journal.ajouter_au_journal, demande, agent, nature, 'Je connais ce pont.')
        return numeros_de(navigateur.get('/espace'), 'message')

    for qui in ('referent', 'admin', 'associe', 'chef', 'autre'):
        en_ecriture(actes.message_du_demandeur, demande, f'Voici un plan, {qui}.')
        (numero, _, lien), = lignes(navigateur.get('/espace'), 'message')
        assert (numero, lien) == (demande.numero, f'/espace/demandes/{demande.numero}')
        assert 'Voici un plan' not in navigateur.get('/espace')
        assert ecrire(getattr(monde, qui), 'note') == [demande.numero], qui
        assert ecrire(getattr(monde, qui), 'appel') == [], qui
    demande = creer('receptionne_expert', message='c')
    changer_ligne(monde.referent, actif=False)
    page = entrer(monde.chef).get('/espace')
    assert liens_de(page, 'avancer') == [(n, f'/espace/demandes/{n}?action=designer') for n in (2, 1)]
    assert not lignes(page, 'receptionner')
    demande = creer('attribue_chef', message='b')
    en_ecriture(models.Delegation.create, pour=monde.chef, par=monde.autre)
    (numero, mots, _), = lignes(entrer(monde.autre).get('/espace'), 'receptionner')
    assert numero == demande.numero and 'pour Camille Exemple' in mots
    assert 'pour' not in lignes(entrer(monde.chef).get('/espace'), 'receptionner')[0][1]
    en_ecriture(models.Delegation.update(du='2026-11-01', au='2026-11-23').execute)
    assert entrer(monde.autre).get('/espace').html.select_one('.vide')


@pytest.mark.parametrize('restreinte', [False, True])
def test_le_pilote_d_une_direction_associee_nomme_sa_personne(restreinte, monde, creer, entrer):
    demande = creer('en_cours', fiche=monde.urgente, restreinte=restreinte)
    agir(actes.associer, demande, monde.chef, monde.cochef.direction)
    navigateur = entrer(monde.cochef)
    page = navigateur.get('/espace')
    assert liens_de(page, 'nommer') == [(demande.numero, f'/espace/demandes/{demande.numero}?action=remplacer')]
    assert not lignes(page, 'avancer') and not lignes(page, 'tenir')
    assert (not lignes(entrer(monde.associe).get('/espace'), 'nommer')
            and not lignes(entrer(monde.chef).get('/espace'), 'nommer'))
    agir(actes.remplacer, demande, monde.cochef, monde.associe)
    assert not lignes(navigateur.get('/espace'), 'nommer')
    navigateur.get(f'/espace/demandes/{demande.numero}', status=403 if restreinte else 200)


def test_un_courriel_non_remis_devient_un_appel_jusqu_a_ce_qu_on_appelle(monde, creer, entrer, heure):
    demande = creer('en_cours')
    heure('2026-11-24T09:30:00Z')
    with models.ecriture():
        models.Courriel.update(echec_le=langue.maintenant()).where(
            models.Courriel.demande == demande, models.Courriel.modele == 'accuse').execute()
    heure('2026-11-24T10:00:00Z')
    navigateur = entrer(monde.referent)
    (numero, mots, lien), = lignes(navigateur.get('/espace'), 'telephoner')
    assert (numero, lien) == (demande.numero, f'/espace/demandes/{demande.numero}?action=journal')
    assert '05 36 49 00 12' in mots.replace('\u00a0', ' ') and 'Noter l\'appel' in mots
    changer_demande(demande, telephone='')
    (_, mots, lien), = lignes(navigateur.get('/espace'), 'telephoner')
    assert 'pas de téléphone connu' in mots and 'Voir la demande' in mots and '?' not in lien
    en_ecriture(journal.ajouter_au_journal, demande, monde.referent, 'note', 'À appeler demain.')
    assert lignes(navigateur.get('/espace'), 'telephoner')
    en_ecriture(journal.ajouter_au_journal, demande, monde.referent, 'appel', 'Prévenu.')
    assert not lignes(navigateur.get('/espace'), 'telephoner')


def test_la_journee_lit_peu_et_une_etape_prevue_suspend_le_rappel_du_journal(monde, creer, entrer, requetes, heure):
    navigateur = entrer(monde.chef)
    creer('attribue_chef')
    requetes.clear()
    navigateur.get('/espace')
    froide = len(requetes)
    for n in range(25):
        creer('attribue_chef', message=f'n{n}')
    requetes.clear()
    page = navigateur.get('/espace')
    assert len(requetes) <= 6 and froide <= 17                      # cold: what is kept of reference, each by itself
    assert 'Les 5 suivantes' in page and len(lignes(page, 'receptionner')) == 21
    complexe, prevue = creer('en_cours', message='b'), creer('en_cours', fiche=monde.urgente, message='c')
    en_ecriture(jalons.prevoir_etape, prevue, monde.referent, prevue.version, une_etape(pour_le='2027-03-01'))
    heure('2027-02-28T09:00:00Z')
    (numero, mots, lien), = lignes(entrer(monde.referent).get('/espace'), 'silence')
    assert numero == complexe.numero and lien.endswith('?action=journal')
    assert 'dernière ligne le 24 novembre 2026' in mots
    heure('2027-03-02T09:00:00Z')
    assert {*numeros_de(entrer(monde.referent).get('/espace'), 'silence')} == {complexe.numero, prevue.numero}

"""One call, one act: a contact noted confirms the reception, and may start the accompaniment (regles.md §4)."""
import itertools
import re

import pytest
from conftest import CONTACT, agir, corps_de, courriels, creer_ligne, en_ecriture, lettres_du_modele, natures, relire
from test_absences import partir
from test_dossier import adresse, envoyer, fait, remplir

import models
from models import Refus
from verbes import questions, regles
from verbes.demande import actes, relances


def dernieres(demande, combien):
    """[(nature, statut, author, for whom)] of the last lines of the journal, oldest first."""
    with models.lecture():
        lues = models.Journal.select().where(models.Journal.demande == demande.numero)
        return [(ligne.nature, ligne.statut, ligne.agent_id, ligne.pour_id)
                for ligne in lues.order_by(models.Journal.id.desc()).limit(combien)][::-1]


def noter(demande, agent, **autres):
    agir(actes.noter_contact, demande, agent, CONTACT | autres)


def test_un_contact_confirme_la_seule_reception_qui_attendait_pas_par_qui_ne_suit_pas_et_arrete_les_rappels(
        creer, monde, entrer, heure):
    for etat, roles in (('attribue_admin', ('admin',)), ('attribue_chef', ('admin', 'chef', 'cochef')),
                        ('attribue_expert', ('admin', 'chef', 'cochef', 'referent'))):
        for role, resultat in itertools.product(roles, regles.RESULTATS):
            agent, recue, cas = getattr(monde, role), etat.replace('attribue', 'receptionne'), f'{role} {resultat}'
            demande = creer(etat, message=f'{etat} {cas}')
            noter(demande, agent, resultat=resultat)
            assert relire(demande).statut == recue, cas
            assert dernieres(demande, 2) == [('contact', None, agent.id, None), ('statut', recue, agent.id, None)], cas
    for etat in ('receptionne_chef', 'receptionne_expert', 'en_cours', 'rejete'):
        demande = creer(etat, message=etat)
        avant = len(natures(demande))
        noter(demande, monde.chef)
        assert relire(demande).statut == etat and len(natures(demande)) == avant + 1
    demande = creer('attribue_expert', associe=True)
    for agent in (monde.associe, monde.autre):
        with pytest.raises(Refus) as refus:
            noter(demande, agent)
        assert refus.value.code == 403
    assert relire(demande).statut == 'attribue_expert'
    demande = creer('attribue_chef', message='Par délégation.')     # signed for the chef
    creer_ligne(models.Delegation, pour=monde.chef, par=monde.autre)
    fait(envoyer(entrer(monde.autre), demande, 'contact', **CONTACT | {'resultat': 'message'}), demande, 'contact')
    assert dernieres(demande, 1) == [('statut', 'receptionne_chef', monde.autre.id, monde.chef.id)]
    notee, muette = (creer('attribue_expert', message=m) for m in 'ab')
    noter(notee, monde.referent, resultat='injoignable')
    heure('2026-11-30T09:00:00Z')
    relances.relances()
    dits = ' '.join(c.corps for c in lettres_du_modele('relance'))
    attendent = re.findall(r'n°\s(\d+),[^\n]*réception à confirmer', dits)
    assert str(muette.numero) in attendent and str(notee.numero) not in attendent


def case(page):
    return page.html.find('input', id='demarrer')


def offre(page):
    """(label, what it says) of the box."""
    return [case(page).find_parent('div').select_one(ou).contents[0].strip() for ou in ('label span', '.aide')]


def test_la_case_demarrer_est_cochee_pour_le_referent_et_mene_a_en_cours_jamais_l_administrateur(creer, monde, entrer):
    nav, attendus = entrer(monde.referent), ['receptionne_expert', 'en_cours']
    for etat in ('attribue_expert', 'receptionne_expert'):
        demande = creer(etat, message=etat)
        page = nav.get(adresse(demande, 'contact'))
        assert case(page).has_attr('checked') and offre(page)[0] == "Démarrer l'accompagnement"
        fait(remplir(nav, demande, 'contact', resultat='joint'), demande, 'contact')
        assert relire(demande).statut == 'en_cours' and relire(demande).premier_contact_le == '2026-11-24'
        recus = attendus[etat == 'receptionne_expert':]
        assert [statut for nature, statut, *_ in dernieres(demande, len(recus) + 1)][1:] == recus
    demande = creer('attribue_expert', message='c')
    fait(remplir(nav, demande, 'contact', resultat='message'), demande, 'contact')
    assert relire(demande).statut == 'receptionne_expert' and not relire(demande).premier_contact_le
    nav = entrer(monde.admin)
    for etat in ('attribue_chef', 'attribue_expert', 'receptionne_expert'):
        demande = creer(etat, message=f'Noté {etat}.')
        assert case(nav.get(adresse(demande, 'contact'))) is None
        fait(envoyer(nav, demande, 'contact', **CONTACT, demarrer='oui'), demande, 'contact')
        assert relire(demande).statut == etat.replace('attribue', 'receptionne')
        with pytest.raises(Refus) as refus:
            noter(demande, monde.admin, demarrer='oui')
        assert refus.value.code == 403, etat
    assert case(nav.get(adresse(creer('attribue_admin'), 'contact'))) is None
    assert case(entrer(monde.referent).get(adresse(creer('en_cours'), 'contact'))) is None


def test_un_chef_qui_demarre_lit_avant_qui_accompagnera_lui_meme_ou_l_expert_qui_le_reste(creer, monde, entrer):
    nav = entrer(monde.chef)
    for etat, aide, referent in (('attribue_chef', 'Vous devenez l\'expert référent', monde.chef),
                                 ('receptionne_chef', 'Vous devenez l\'expert référent', monde.chef),
                                 ('attribue_expert', 'par Claude Temoin', monde.referent)):
        demande = creer(etat, message=etat)
        page = nav.get(adresse(demande, 'contact'))
        assert not case(page).has_attr('checked') and aide in offre(page)[1], etat
        assert (offre(page)[0] == 'Je l\'accompagne moi-même') == (referent == monde.chef), etat
        fait(remplir(nav, demande, 'contact', resultat='joint', demarrer=True), demande, 'contact')
        assert relire(demande).statut == 'en_cours'
        with models.lecture():
            assert questions.equipe(demande, 'referent') == [referent], etat
    demande = creer('attribue_chef')
    creer_ligne(models.Delegation, pour=monde.chef, par=monde.autre)
    dit = offre(entrer(monde.autre).get(adresse(demande, 'contact')))
    assert dit[0] == "Démarrer l'accompagnement" and 'Camille Exemple devient' in dit[1]


def annonce(page):
    return ' '.join(page.html.select_one('.annonce').text.split())


def test_la_page_dit_apres_un_acte_qui_est_prevenu_et_rend_la_saisie_de_qui_note_en_meme_temps(creer, monde, entrer):
    demande = creer('receptionne_chef')
    page = fait(remplir(entrer(monde.chef), demande, 'designer', referent=str(monde.referent.id)), demande, 'statut')
    assert annonce(page) == (
        'La demande a avancé. Statut : Attribué expert(s). 3 courriels partent : à Claude Temoin ; '
        'à la boîte de la direction, dajf@hgi.example ; à la mairie, mairie@rieumes.example.')
    page = fait(remplir(entrer(monde.referent), relire(demande), 'contact', resultat='joint'), demande, 'contact')
    assert annonce(page) == 'Le contact est noté. Statut : En cours. Aucun courriel ne part.'
    page = fait(envoyer(entrer(monde.referent), demande, 'journal', texte='Vu.', nature='note'), demande, 'journal')
    assert annonce(page) == 'Le journal est complété.'
    autre, nav = creer('attribue_chef', courriel='autre@rieumes.example', message='b'), entrer(monde.chef)
    for ecrits in ('1-999999', 'x', '9' * 30 + '-1', '-', '2-1', '"><b>'):
        page = nav.get(adresse(demande), {'fait': 'statut', 'ecrits': ecrits})
        assert autre.courriel not in annonce(page) and '<b>' not in str(page.html.select_one('.annonce')), ecrits
    demande = creer('attribue_expert', message='c')
    fait(envoyer(entrer(monde.chef), demande, 'contact', **CONTACT | {'resultat': 'message'}), demande, 'contact')
    avant = natures(demande), courriels()
    page = envoyer(entrer(monde.referent), demande, 'contact', **CONTACT, besoin_reformule='Une halle.')
    assert page.status_int == 409 and (natures(demande), courriels()) == avant
    assert page.html.find('textarea', id='besoin_reformule').text.strip() == 'Une halle.'
    assert page.html.find('input', value='joint').has_attr('checked') and not case(page).has_attr('checked')
    page = envoyer(entrer(monde.referent), demande, 'contact', **CONTACT, demarrer='oui')
    assert page.status_int == 409 and case(page).has_attr('checked')
    assert natures(demande)[-1] == ('statut', 'receptionne_expert')


def pleins(page):
    return [' '.join(b.text.split()) for b in page.html.select('.barre-actions .bouton') if b['class'] == ['bouton']]


@pytest.mark.parametrize('etat, instant, bouton', [
    ('attribue_expert', '2026-11-24T09:00:00Z', 'Confirmer la réception'),
    ('attribue_expert', '2026-12-08T09:00:00Z', 'Noter le premier contact'),
    ('en_cours', '2027-05-04T09:00:00Z', 'Ajouter au journal'), ('en_cours', '2026-11-24T09:00:00Z', None)])
def test_le_bouton_plein_est_le_meme_dans_la_journee_et_sur_la_page(creer, monde, entrer, heure, etat, instant, bouton):
    demande = creer(etat)
    heure(instant)
    nav = entrer(monde.referent)
    acte, page = nav.get('/espace').html.find(id='acte'), nav.get(adresse(demande))
    assert pleins(page) == ([bouton] if bouton else []) and bool(acte) == bool(bouton)
    if bouton and bouton != 'Confirmer la réception':
        plein = page.html.select_one('.barre-actions a.bouton')
        assert acte.contents[0].strip() == bouton and plein['href'] == acte['href'].replace('&suite=journee', '')


APPELEE = {'rappel_nom': 'Pareil', 'rappel_prenom': 'Alix', 'rappel_fonction': 'secrétaire générale',
           'quand_joindre': 'mardi ou jeudi'}
DITE = 'Appeler le 05 36 49 00 12 Alix Pareil, secrétaire générale · mardi ou jeudi'


def a_appeler(page, ou):
    return [' '.join(p.get_text(' ').split()) for p in page.html.select(f'{ou} .a-appeler')]


def test_qui_ecrit_attend_une_reponse_que_la_page_montre_en_premier_et_le_numero_a_appeler_est_sous_le_titre(
        creer, monde, entrer):
    nav = entrer(monde.referent)
    page = nav.get(adresse(creer('attribue_expert', date_a_tenir='2026-12-10', **APPELEE)))
    tete = ' '.join(page.html.select_one('.tete-demande').get_text(' ').split())
    rangs = [tete.index(dit) for dit in ('à tenir : 10 décembre', DITE.replace(',', ' ,'), 'Confirmer la réception')]
    assert rangs == sorted(rangs)
    sans = creer('attribue_expert', telephone='', message='b')
    assert 'pas de téléphone connu' in nav.get(adresse(sans)).html.select_one('.appeler').text
    demande = creer('en_cours', message='c')
    en_ecriture(actes.message_du_demandeur, demande, 'Un détail.')
    acte = nav.get('/espace').html.find(id='acte')
    assert acte.contents[0].strip() == 'Lire et répondre' and acte['href'].startswith(adresse(demande))
    page = nav.get(acte['href'])
    a_repondre = page.html.find(attrs={'aria-labelledby': 'a-repondre'})
    assert [b.text.strip() for b in a_repondre.select('.bouton') if b['class'] == ['bouton']] == ['Répondre']
    assert pleins(page) == []
    partir(monde.referent, monde.chef)                              # a new associé reads who answers for one away
    creer('en_cours', associe=True, message='d')
    assert ('À faire\u00a0: prendre contact avec qui suit la demande (en l\'absence de Claude Temoin\u00a0: '
            'Camille Exemple, 05\u00a036\u00a049\u00a000\u00a030).\n') in corps_de('association')


@pytest.mark.parametrize('etat, restreinte', [('attribue_expert', True), ('receptionne_expert', False)])
def test_la_journee_de_l_equipe_donne_le_numero_a_cote_du_premier_contact(creer, monde, entrer, etat, restreinte):
    demande, page = creer(etat, restreinte=restreinte, **APPELEE), entrer(monde.referent).get('/espace')
    (dit,) = a_appeler(page, '.travaux')
    assert dit.startswith(DITE)
    liens = [a['href'] for a in page.html.select('.travaux li a') if 'action=contact' in a['href']]
    assert liens == [f'{adresse(demande)}?action=contact&suite=journee#action']
    for agent in (monde.autre, monde.associe):
        assert '05\u00a036\u00a049\u00a000\u00a012' not in entrer(agent).get('/espace').text
    partir(monde.referent, monde.autre, restreintes=False)
    assert bool(a_appeler(entrer(monde.autre).get('/espace'), '.travaux')) != restreinte   # it waits for a yes

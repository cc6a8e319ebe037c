"""A mail that did not reach the mairie: at the top of the demande, until a call is noted (domaine §8, findings H5)."""
from conftest import CONTACT, agir, appeler_en_vain, en_ecriture, natures, numeros, relire
from test_dossier import adresse, envoyer, fait, remplir

import models
import langue
from verbes import journal, regles
from verbes.exploitation import porteur
from verbes.demande import actes


def dernier(demande, **autres):
    """The last mail to the demandeur."""
    return (models.Courriel.select().where(models.Courriel.demande == demande.numero)
            .filter(**{'pour': 'demandeur'} | autres).order_by(models.Courriel.id.desc()).get())


def refuser(courriel):
    """The relay has."""
    en_ecriture(porteur.marquer_echec, courriel, '550 No such user')


def refusee(creer, etat='attribue_expert', **autres):
    """A demande whose accusé the relay has refused."""
    demande = creer(etat, **autres)
    refuser(dernier(demande, modele='accuse'))
    return demande


def envoyee(creer, **autres):
    """A demande all of whose mails have left."""
    demande = creer('attribue_expert', **autres)
    en_ecriture(models.Courriel.update(envoye_le=langue.maintenant()).execute)
    return demande


def alertes(page):
    return [' '.join(section.get_text(' ').split()) for section in page.html.select('.attente.en-echec')]


def test_un_ou_plusieurs_echecs_font_une_seule_alerte_en_tete_pour_qui_la_lit(creer, monde, entrer):
    demande = refusee(creer, associe=True)
    for role in ('admin', 'chef', 'cochef', 'referent', 'associe', 'autre'):
        page = entrer(getattr(monde, role)).get(adresse(demande))
        alerte, = alertes(page)
        assert alerte.startswith('Courriel non remis : téléphoner à la mairie')
        assert 'à mairie@rieumes.example, échec le 24 novembre : 550 No such user.' in alerte, role
        suit = role in ('admin', 'chef', 'cochef', 'referent')
        assert ('Renvoyer le courriel' in alerte) is suit, role
        assert page.text.index('en-echec') < page.text.index('id="besoin"')
        boutons = page.html.select('.en-echec button[form]')
        assert all(page.html.find('form', id=bouton['form']) for bouton in boutons) and len(boutons) == suit, role
    creer('attribue_expert', message='Une autre demande, dont tout est parti.')
    assert numeros(entrer(monde.chef).get('/espace/demandes', {'q': 'prévenir par téléphone'})) == [demande.numero]
    demande = refusee(creer, message='b')
    refuser(dernier(demande))
    refuser(dernier(demande, pour='agent'))                         # of an agent: no task
    alerte, = alertes(entrer(monde.referent).get(adresse(demande)))
    assert alerte.startswith('2 courriels non remis : téléphoner à la mairie')
    assert alerte.count('Noter le premier contact') == 1 and alerte.count('Renvoyer le courriel') == 2


def test_un_appel_note_ou_un_contact_retire_l_alerte_de_la_page_et_de_ma_journee(creer, monde, entrer, heure):
    demande, nav = creer('termine'), entrer(monde.referent)
    heure('2026-11-24T10:00:00Z')
    refuser(dernier(demande, modele='cloture'))
    page = nav.get(nav.get(adresse(demande)).html.find('a', string="Noter l'appel")['href'].split('#')[0])
    assert page.html.select_one('#journal-nature option[selected]')['value'] == 'appel'
    page = fait(envoyer(nav, demande, 'journal', texte='Prévenue par téléphone.', nature='appel'), demande, 'journal')
    assert alertes(page) == []
    demande = refusee(creer, 'en_cours', message='b')
    en_ecriture(appeler_en_vain, demande, monde.referent, 'injoignable')
    for _ in range(8):
        agir(actes.avertir_avant_cloture, demande, monde.referent, '2026-12-24')
    panneau = entrer(monde.referent).get(adresse(demande)).html.find(id='courriels').find_parent('section')
    assert '550 No such user' in panneau.text and panneau.select_one('details').has_attr('open')
    nav = entrer(monde.referent)
    en_ecriture(models.Courriel.update(echec_le=None).execute)
    contacts = {'injoignable': 'Joint à midi, dit-on.', 'message': '', 'joint': 'Injoignable, hier.'}
    for cas in (*regles.NATURES, *contacts):
        demande = refusee(creer, message=cas)
        alerte = nav.get(adresse(demande)).html.select_one('.attente.en-echec')
        assert alerte.find('a', string='Noter le premier contact')['href'].endswith('?action=contact#action'), cas
        if cas in contacts:
            agir(actes.noter_contact, demande, monde.referent, CONTACT | {'resultat': cas, 'suite': contacts[cas]})
        else:
            en_ecriture(journal.ajouter_au_journal, demande, monde.referent, cas, 'Vu.')
        reste = cas == 'injoignable' or cas in regles.NATURES and cas not in regles.JOINDRE    # a note is not a call
        assert bool(alertes(nav.get(adresse(demande)))) is reste, cas
        assert ('courriel non remis' in nav.get('/espace').text) is reste, cas
        en_ecriture(models.Courriel.update(echec_le=None).execute)


def test_un_courriel_revenu_devient_une_tache_de_qui_suit_que_la_page_de_la_mairie_tait(creer, monde, entrer, site):
    demande, nav = envoyee(creer), entrer(monde.referent)
    page = nav.get(adresse(demande))
    assert alertes(page) == [] and 'Ce courriel est revenu' in page.text
    page = fait(envoyer(nav, demande, 'revenu', courriel=dernier(demande).id), demande, 'revenu')
    assert 'Le courriel est marqué comme revenu : téléphonez' in page.text.replace('\u00a0', ' ')
    alerte, = alertes(page)
    assert 'revenu, signalé par Claude Temoin.' in alerte and natures(demande)[-1] == ('envoi', None)
    assert 'courriel non remis' in nav.get('/espace').text
    fait(remplir(nav, demande, 'contact', **CONTACT), demande, 'contact')
    assert 'courriel non remis' not in nav.get('/espace').text
    demande, nav = envoyee(creer, message='b'), entrer(monde.chef)
    courriel = dernier(demande)
    fait(envoyer(nav, demande, 'revenu', courriel=courriel.id), demande, 'revenu')
    fait(envoyer(nav, demande, 'renvoyer', courriel=courriel.id), demande, 'renvoye')
    assert en_ecriture(porteur.prendre_courriel).id == courriel.id
    for role in ('admin', 'chef', 'cochef', 'referent', 'associe', 'autre'):
        demande, nav = envoyee(creer, message=role, associe=True), entrer(getattr(monde, role))
        suit = role not in ('associe', 'autre')
        assert ('Ce courriel est revenu' in nav.get(adresse(demande)).text) is suit, role
        page = envoyer(nav, demande, 'revenu', courriel=dernier(demande).id)
        assert page.status_int == (303 if suit else 403), role
    nav, une, autre = entrer(monde.chef), envoyee(creer, message='d'), envoyee(creer, message='e')
    attend = creer('attribue_expert', message='f')
    for demande, courriel, code in (
            (une, dernier(une), 303), (une, dernier(une), 409), (une, dernier(une, pour='agent'), 409),
            (attend, dernier(attend), 409), (une, dernier(autre), 404)):
        avant = natures(demande)
        assert envoyer(nav, relire(demande), 'revenu', courriel=courriel.id).status_int == code, courriel.pour
        assert code == 303 or natures(demande) == avant
    page = site.get(f'/suivi/{relire(une).jeton}').text
    assert 'revenu' not in page and 'non remis' not in page

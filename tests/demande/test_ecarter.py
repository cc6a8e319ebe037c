"""« Écarter (doublon, erreur) »: who, what is promised goes on, what the mairie and the team read (domaine §4, §10)."""
import pytest
from conftest import CONTACT, au_matin, changer_ligne, courriels, en_ecriture, relire
from test_clotures import agir, courriel, lignes, refuse, suivi
from test_dossier import adresse, boutons, clos, envoyer, panneau, remplir
from test_reunions import journal

import models

ERREUR = {'ecart': 'erreur', 'motif': 'MOTIF INTERNE', 'texte_final': 'Envoyée deux fois.'}


def doublon_de(demande):
    return {'ecart': 'doublon', 'doublon_de': demande.numero, 'motif': 'MOTIF INTERNE'}


@pytest.fixture
def deux(creer):
    """Two demandes of one commune on one fiche, the later one with the later date."""
    return lambda: (creer('attribue_chef', message='La première.'), creer('attribue_chef', message='La seconde.'))


def test_un_doublon_ou_une_erreur_est_clos_le_dit_a_chacun_et_rouvrir_le_detache(site, deux, monde, creer, entrer):
    agir(creer('en_cours', associe=True), 'ecarter', monde.chef, **ERREUR)
    assert dict(au_matin('ecart')).keys() == {monde.cochef.courriel, monde.referent.courriel, monde.associe.courriel}
    changer_ligne(monde.autre, administrateur=True)
    demande = agir(creer('attribue_admin', message='Suite b.'), 'ecarter', monde.admin, **ERREUR)
    assert [a for a, _ in au_matin('ecart')][3:] == [monde.autre.courriel]
    phrase = 'Cette demande avait été enregistrée par erreur.'
    assert phrase in lignes(courriel(demande).corps) and phrase in suivi(site, demande)
    assert 'Enregistrée par erreur' in suivi(site, demande)
    premiere, seconde = deux()
    ecartee = agir(seconde, 'ecarter', monde.chef, **doublon_de(premiere))
    assert (ecartee.statut, ecartee.issue, ecartee.doublon_de_id, bool(ecartee.clos_le)) == (
        'termine', 'doublon', premiere.numero, True)
    phrase = f'Votre demande est suivie avec la demande n° {premiere.numero}.'
    assert phrase in lignes(courriel(ecartee).corps) and phrase in suivi(site, ecartee)
    assert 'Le rappel annoncé tient : au plus tard le vendredi 4 décembre 2026.' in lignes(courriel(ecartee).corps)
    assert 'MOTIF INTERNE' not in courriel(ecartee).corps + site.get(f'/suivi/{ecartee.jeton}').text
    assert 'La seconde.' in site.get(f'/suivi/{ecartee.jeton}').text               # its own content stays
    assert journal(ecartee)[-2] == f'Écartée : doublon de n° {premiere.numero}. Motif : MOTIF INTERNE'
    assert journal(premiere)[-1] == f'Doublon écarté : n° {seconde.numero}.'
    agir(premiere, 'ecarter', monde.chef, **ERREUR)
    texte = entrer(monde.autre).get('/espace/demandes.csv').body.decode('utf-8-sig')
    assert ';doublon;' in texte and ';déposée par erreur;' in texte
    rouverte = agir(seconde, 'rouvrir', monde.chef)
    assert (rouverte.issue, rouverte.doublon_de_id, rouverte.clos_le) == ('', None, None)
    page = suivi(site, rouverte)
    assert 'Votre demande est close' not in page and page.count('suivie avec') == 1    # of the line of that day


def test_la_date_la_plus_proche_tient_pour_celle_qui_reste_sans_reculer_ni_bouger_une_fois_jointe(creer, monde, heure):
    premiere = creer('attribue_chef', message='La première.')       # 4 December
    heure('2026-11-25T09:00:00Z')
    urgente = creer('attribue_chef', message='Vite.', fiche=monde.urgente, courriel='dgs@rieumes.example')
    assert urgente.echeance == '2026-11-30'
    agir(urgente, 'ecarter', monde.chef, **doublon_de(premiere))
    assert relire(premiere).echeance == '2026-11-30' and relire(premiere).version == premiere.version + 1
    assert 'tient : au plus tard le lundi 30 novembre 2026' in journal(premiere)[-1]
    dit = courriel(premiere, 'echeance')
    assert 'lundi 30\u00a0novembre 2026' in dit.corps and 'orientée' not in dit.corps
    tardive = creer('attribue_chef', message='Une tardive.')
    agir(tardive, 'ecarter', monde.chef, **doublon_de(premiere))
    assert relire(premiere).echeance == '2026-11-30'                # never moved back
    avant = courriels(modele='echeance')
    urgente = creer('attribue_chef', message='Plus vite.', fiche=monde.urgente)
    heure('2026-12-01T09:00:00Z')
    autre = creer('attribue_chef', message='La suivante.')
    agir(urgente, 'ecarter', monde.chef, **doublon_de(autre))
    assert relire(autre).echeance == '2026-11-30' and courriels(modele='echeance') == avant
    assert 'rappel annoncé' not in courriel(relire(urgente)).corps
    for rang in (0, 1):
        heure('2026-11-24T09:00:00Z')
        premiere = creer('attribue_expert', message=f'La première, {rang}.')
        heure('2026-11-25T09:00:00Z')
        urgente = creer('attribue_expert', message=f'Vite, {rang}.', fiche=monde.urgente)
        agir((premiere, urgente)[rang], 'demarrer', monde.referent, **CONTACT | {'contact_le': '2026-11-25'})
        agir(urgente, 'ecarter', monde.chef, **doublon_de(premiere))
        assert relire(premiere).echeance == '2026-12-04', rang


def test_un_doublon_l_est_d_une_autre_de_la_meme_collectivite_jusqu_a_celle_qui_reste(deux, creer, monde, site):
    premiere, seconde = deux()
    ailleurs = creer('attribue_chef', collectivite=monde.epci, message='Ailleurs.')
    for numero in (seconde.numero, ailleurs.numero, 999):
        champ, phrase = refuse(seconde, 'ecarter', monde.admin, **doublon_de(premiere) | {'doublon_de': numero})
        assert champ == 'doublon_de' and f'Le n° {numero} n\'est pas celui d\'une autre demande' in phrase
    assert relire(seconde).clos_le is None
    troisieme = creer('attribue_chef', message='La troisième.')
    agir(seconde, 'ecarter', monde.chef, **doublon_de(premiere))
    assert 'elle-même écartée' in refuse(premiere, 'ecarter', monde.chef, **doublon_de(seconde))[1]
    assert 'choisissez le n° 1' in refuse(troisieme, 'ecarter', monde.chef, **doublon_de(seconde))[1]
    premiere, seconde, troisieme = (creer(message=message) for message in ('Un.', 'Bis.', 'Ter.'))
    agir(troisieme, 'ecarter', monde.chef, **doublon_de(seconde))
    agir(seconde, 'ecarter', monde.chef, **doublon_de(premiere))
    assert f'suivie avec la demande n° {premiere.numero}.' in suivi(site, relire(troisieme))
    premiere, seconde = creer('termine', message='Une.'), creer('attribue_chef', message='Deux.')
    ecartee = agir(seconde, 'ecarter', monde.chef, **doublon_de(premiere))
    assert f'Votre demande a été suivie avec la demande n° {premiere.numero}.' in suivi(site, ecartee)
    assert 'rappel annoncé' not in courriel(ecartee).corps


def lien(site, demande):
    trouves = site.get(f'/suivi/{demande.jeton}').html.select('main a[href^="/suivi"]')
    return [a['href'] for a in trouves if demande.jeton not in a['href'] and a.text != 'Suivre ma demande']


def test_le_lien_de_l_autre_ne_part_que_par_courriel_et_d_une_restreinte_rien(site, creer, monde, entrer, deux):
    secrete = creer('attribue_chef', message='Secret.', restreinte=True)
    ecartee = agir(creer('attribue_chef', message='Autre.'), 'ecarter', monde.chef, **doublon_de(secrete))
    dits = [courriel(ecartee).corps, suivi(site, ecartee), journal(ecartee)[-1]]
    assert not any('n°\u00a01' in dit.replace('n° ', 'n°\u00a0') for dit in dits) and lien(site, ecartee) == []
    assert 'suivie avec une autre demande de votre collectivité.' in suivi(site, ecartee)
    agir(ecartee, 'rouvrir', monde.admin, motif='Non.')
    autre = creer('attribue_chef', message='Une de plus.')
    agir(secrete, 'ecarter', monde.chef, **doublon_de(autre))
    assert journal(autre)[-1] == 'Doublon écarté : une demande à diffusion restreinte.'
    secrete = creer('attribue_chef', message='Un autre secret.', restreinte=True)
    en_ecriture(models.Membre.delete().where(models.Membre.demande == secrete.numero).execute)
    assert 'n\'est pas celui d\'une autre demande' in refuse(autre, 'ecarter', monde.chef, **doublon_de(secrete))[1]
    page = entrer(monde.chef).get(adresse(autre, 'ecarter'))
    assert [o['value'] for o in page.html.select('#doublon_de option')] == ['', str(ecartee.numero)]
    # Anyone may type the address of a mairie to send a look-alike, and then reads its page: not the mailbox.
    premiere, seconde = deux()
    autre = creer('attribue_chef', message='D\'un collègue.', courriel='adjoint@rieumes.example')
    a_eux = agir(seconde, 'ecarter', monde.chef, **doublon_de(premiere))
    a_lui = agir(autre, 'ecarter', monde.chef, **doublon_de(premiere))
    assert lien(site, a_eux) == [f'/suivi?numero={premiere.numero}'] and lien(site, a_lui) == []
    assert premiere.jeton not in site.get(f'/suivi/{a_eux.jeton}').text
    assert f'/suivi/{premiere.jeton}' in courriel(a_eux).corps
    assert site.get(lien(site, a_eux)[0]).html.find(attrs={'name': 'numero'})['value'] == str(premiere.numero)
    assert f'suivie avec la demande n° {premiere.numero}.' in suivi(site, a_lui)
    assert premiere.jeton not in site.get(f'/suivi/{a_lui.jeton}').text + courriel(a_lui).corps


def test_doublon_possible_mene_au_formulaire_offert_a_qui_le_peut_refuse_incomplet(deux, monde, entrer, creer):
    premiere, seconde = deux()
    nav = entrer(monde.chef)
    page = nav.get(adresse(seconde))
    assert page.html.find('a', string=lambda s: s and 'Écarter celle-ci' in s)['href'].endswith(
        f'?action=ecarter&doublon={premiere.numero}#action')
    page = nav.get(adresse(seconde, 'ecarter') + f'&doublon={premiere.numero}')
    assert page.html.select_one('input[name=ecart][checked]')['value'] == 'doublon'
    choisie = page.html.select_one('#doublon_de option[selected]')
    assert choisie['value'] == '1' and choisie.text == 'n°\u00a01 du 24\u00a0novembre, Revitalisation de bourg-centre'
    assert not entrer(monde.autre).get(adresse(seconde)).html.find('a', string=lambda s: s and 'Écarter' in s)
    for champs, faute in (({'motif': 'x'}, 'ecart'), ({'ecart': 'doublon', 'motif': 'x'}, 'doublon_de'),
            ({'ecart': 'erreur'}, 'motif'), ({'ecart': 'doublon', 'doublon_de': '999', 'motif': 'x'}, 'doublon_de'),
            ({'ecart': 'autre', 'motif': 'x'}, 'ecart')):
        page = envoyer(nav, seconde, 'ecarter', **champs)
        assert page.status_int == 422 and page.html.find(id=faute), (champs, faute)
        assert page.html.select_one(f'#erreurs a[href="#{faute}"]'), (champs, faute)
        assert relire(seconde).clos_le is None, (champs, faute)
    agir(premiere, 'receptionner', monde.chef)
    page = clos(remplir(nav, seconde, 'ecarter', ecart='doublon', doublon_de='1', motif='Envoyée deux fois.'), seconde)
    assert 'Doublon de la demande n° 1' in panneau(page, 'fin')
    page = clos(remplir(nav, premiere, 'ecarter', ecart='erreur', motif='Essai.', texte_final='Dit.'), premiere)
    assert 'Déposée par erreur' in panneau(page, 'fin')
    for etat, offert in {'attribue_admin': ['admin'], 'attribue_chef': ['admin', 'chef', 'cochef'],
                         'en_cours': ['admin', 'chef', 'cochef'], 'rejete': ['admin'], 'termine': []}.items():
        demande = creer(etat, associe=etat == 'en_cours', message=etat)
        assert [role for role in ('admin', 'chef', 'cochef', 'referent', 'associe', 'autre')
                if 'Écarter (doublon, erreur)' in boutons(entrer(getattr(monde, role)).get(adresse(demande)))
                ] == offert, etat

"""Interlocuteurs to be confirmed: what the link and the mails still say, who lifts it (regles.md §7)."""
import pytest
from conftest import MAIRIE, agir, changer_demande, courriels, en_ecriture, numeros, relire, statuer
from fichiers import lire
from test_conversation import formulaire

import models
from verbes.demande import a_confirmer, actes
from verbes.courriels import dire_a_la_mairie

UN_PLAN, ICI = [('pieces', 'plan.txt', b'plan')], '/espace/admin/collectivites/a-confirmer'


def demander(monde, **qui):
    return en_ecriture(a_confirmer.demander, monde.admin, 'Élections municipales.', **qui or {'type_': 'Commune'})


@pytest.fixture
def attend(creer, monde):
    """A demande under way whose interlocuteur is to be confirmed."""
    demande = creer('en_cours', message='SECRET DE LA PLACE')
    demander(monde)
    return relire(demande)


def test_le_lien_dit_le_numero_et_qui_appeler_prend_un_message_et_refuse_le_reste(attend, site, monde, heure):
    adresse = f'/suivi/{attend.jeton}'
    page = site.get(adresse).text
    assert f'n°&nbsp;{attend.numero}' in page and 'Accompagnement en cours' in page and '05' in page
    assert [tu for tu in ('SECRET', 'Revitalisation', 'Rieumes', 'Jeanne', 'Abandonner', 'mairie@') if tu in page] == []
    for nom, champs in (('abandonner', {'numero': str(attend.numero), 'motif': 'x'}), ('rappel', {'reponse': 'oui'}),
                        ('coordonnees', {'courriel': 'a@b.fr', 'telephone': '0536490001'})):
        site.post(f'{adresse}/{nom}', champs, status=409)
    assert site.get(f'{adresse}/pieces/1', status=409)
    assert site.get(f'{adresse}/rappel').headers['Location'].endswith(adresse)
    joint = site.post(f'{adresse}/message', {'texte': 'Avec un plan.'}, status=409, upload_files=UN_PLAN)
    assert 'Aucun fichier' in joint and 'Avec un plan.' in joint
    assert 'transmis' in site.post(f'{adresse}/message', {'texte': 'Bonjour, nous sommes la nouvelle équipe.'}).follow()
    assert relire(attend).statut == 'en_cours'
    assert lire("SELECT count(*) FROM journal WHERE nature = 'message'") == [(1,)]
    form = next(f for f in site.get('/demande').forms.values() if 'message' in f.fields)
    heure('2026-11-24T09:10:00Z')
    for nom, valeur in MAIRIE.items():
        form[nom] = valeur
    form.submit(status=303)
    demander(monde)
    encore = {nom: valeur for nom, valeur in form.submit_fields() if nom != 'pieces'} | {
        'message': 'Avec un plan.', 'suite': 'ajouter'}
    page = site.post('/demande', encore, status=409, upload_files=UN_PLAN)
    assert 'Aucun fichier' in page and 'Avec un plan.' in page and lire('SELECT count(*) FROM piece') == [(0,)]
    site.post('/demande', encore, status=303)
    assert lire("SELECT texte FROM journal WHERE nature = 'message'") == [
        ('Bonjour, nous sommes la nouvelle équipe.',), ('Avec un plan.',)]


def test_les_courriels_meme_ceux_qui_attendaient_ne_disent_que_le_numero_et_qui_appeler(attend, creer, monde):
    appelez = f'Votre demande n° {attend.numero} : appelez-nous'
    assert {objet for objet, in lire("SELECT objet FROM courriel WHERE pour = 'demandeur'")} == {appelez}
    with models.ecriture():
        assert actes.renvoyer_lien(attend.numero, attend.courriel)
        assert not actes.renvoyer_liens(attend.courriel)
    assert attend.jeton not in lire('SELECT group_concat(corps) FROM courriel')[0][0]
    assert courriels()[-1][0] == 'lien_perdu'
    autre = creer('en_cours', message='b')                          # of a mail that tells several
    with models.lecture():
        dite, suivie = dire_a_la_mairie(attend), dire_a_la_mairie(autre)
    assert dite == (f'n°\xa0{attend.numero}', f'n°\xa0{attend.numero}\nQui appeler\xa0: Claude Temoin, '
                    'Haute-Garonne Ingénierie – HGI, 05\xa036\xa049\xa000\xa031')
    assert autre.jeton in suivie[1] and 'Rieumes' in suivie[1]
    statuer(attend, 'terminer', monde.referent, issue='realise', synthese='Fait.', texte_final='TEXTE FINAL')
    objet, corps = lire("SELECT objet, corps FROM courriel WHERE pour = 'demandeur' ORDER BY id DESC LIMIT 1")[0]
    assert objet == appelez and 'Qui appeler : Claude Temoin' in corps
    assert [tu for tu in ('TEXTE', 'suivi', 'Revitalisation', 'terminé') if tu in objet + corps] == []
    assert 'Revitalisation' in lire("SELECT group_concat(corps) FROM courriel WHERE pour = 'agent'")[0][0]


def test_ma_journee_le_dit_a_qui_agit_et_le_confirmer_ou_le_changer_rend_la_page_entiere(attend, monde, entrer, site):
    (agent, auteur, texte), = lire('SELECT agent_id, auteur, texte FROM journal ORDER BY id DESC LIMIT 1')
    assert (agent, auteur) == (None, 'Maxime Exemple') and 'Élections municipales' in texte
    with pytest.raises(models.Refus) as refus:
        agir(a_confirmer.confirmer, attend, monde.autre)
    assert refus.value.code == 403
    navigateur = entrer(monde.referent)
    page = navigateur.get('/espace')
    assert 'interlocuteur à confirmer' in page and f'{attend.numero}?action=confirmer' in page
    page = navigateur.get(f'/espace/demandes/{attend.numero}?action=confirmer')
    assert 'Interlocuteur à confirmer' in page
    assert 'Interlocuteur à confirmer depuis' not in formulaire(page, '/confirmer').submit().follow()
    assert 'SECRET' in site.get(f'/suivi/{attend.jeton}')
    assert lire('SELECT texte, auteur FROM journal ORDER BY id DESC LIMIT 1') == [
        ('Interlocuteur confirmé à la collectivité.', 'Claude Temoin')]
    demander(monde)
    agir(actes.changer_interlocuteur, attend, monde.referent, {'courriel': 'a@b.example', 'telephone': '0536490099'})
    change = relire(attend)
    assert change.interlocuteur_depuis is None
    corps = lire("SELECT corps FROM courriel WHERE modele = 'interlocuteur'")[0][0]
    assert f'/suivi/{change.jeton}' in corps and 'Revitalisation' in corps


def test_les_demandes_dont_le_lien_vit_a_tout_statut_sont_concernees_et_le_disent(monde, creer, entrer, heure):
    demandes = [creer(statut, message=statut) for statut in (
        'attribue_admin', 'attribue_chef', 'attribue_expert', 'en_cours', 'termine', 'rejete', 'abandonne')]
    assert demander(monde) == 7
    navigateur = entrer(monde.admin)
    for demande in demandes:
        page = navigateur.get(f'/espace/demandes/{demande.numero}')
        assert 'Interlocuteur à confirmer depuis' in page, demande.statut
    page = navigateur.get('/espace/demandes?a_confirmer=oui')
    assert {*numeros(page)} == {demande.numero for demande in demandes}
    assert page.text.lower().count('interlocuteur à confirmer') >= 7
    essai = creer('en_cours', message='Un essai.')
    creer('termine')
    vraie = creer('en_cours', message='b')
    creer('en_cours', message='c', collectivite=monde.epci)
    changer_demande(essai, issue='essai', essai=True)
    heure('2028-01-15T09:00:00Z')                                   # the closed one is older than twelve months
    with models.lecture():
        assert [demande.numero for demande in a_confirmer.concernees('Commune')] == [vraie.numero]
    assert demander(monde) == 1
    with pytest.raises(models.Refus, match='Aucune demande'):
        demander(monde)
    assert demander(monde, collectivite=monde.epci) == 1


def test_par_type_les_nombres_se_montrent_avant_de_s_ecrire_et_un_choix_impossible_revient(monde, creer, entrer):
    creer('en_cours'), creer('en_cours', message='b', restreinte=True), creer('termine', message='c')
    navigateur = entrer(monde.admin)
    for champs in ({'type': 'Commune', 'collectivite': 'Rieumes'}, {'type': '', 'collectivite': ''}, {'motif': ''},
                   {'type': '', 'collectivite': 'Atlantide'}):
        saisie = {'type': 'Commune', 'collectivite': '', 'motif': 'Élection', 'confirmer': 'oui'} | champs
        assert 'Rien n' in navigateur.post(ICI, saisie, status=422), champs
    form = next(f for f in navigateur.get(ICI).forms.values() if 'motif' in f.fields)
    form['type'], form['motif'] = 'Commune', 'Élections municipales'
    apercu = form.submit()
    dit = ' '.join(apercu.html.select_one('.suivant').text.split())
    assert '3 demandes de 1 collectivité, dont 2 ouvertes et 1 à diffusion restreinte' in dit
    assert lire('SELECT count(*) FROM demande WHERE interlocuteur_depuis IS NOT NULL') == [(0,)]
    next(f for f in apercu.forms.values() if 'confirmer' in f.fields).submit('confirmer').follow()
    assert lire('SELECT count(*) FROM demande WHERE interlocuteur_depuis IS NOT NULL') == [(3,)]
    assert lire("SELECT detail FROM audit WHERE fait = 'interlocuteurs à confirmer'") == [
        ('Commune\xa0: 3\xa0demandes',)]

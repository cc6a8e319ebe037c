"""The période électorale: typed, never computed; what it asks before publishing; who is told, once; the ressources that
are to be read again on their day."""
import photos
import webtest
from conftest import (
    changer_ligne, courriels, creer_ligne, en_ecriture, faits, fautes, fixer_tous, poster, relire_ligne, texte,
    tout_part)
from ecritures import en_lecture, refus_de, un_contenu

import models
from models import Courriel, Reglage
from verbes.exploitation import porteur
from verbes.contenus import documents, electorale, images

CALENDRIER = '/espace/admin/calendrier'
DU, AU = '2027-03-31', '2027-06-20'
VEILLE, PREMIER = '2027-03-30T21:59:59Z', '2027-03-30T22:00:00Z'    # midnight in Paris, in summer
DERNIER, APRES = '2027-06-20T21:59:59Z', '2027-06-20T22:00:00Z'


def fixer_la_periode(du=DU, au=AU):
    fixer_tous(**dict(zip(electorale.REGLAGES, (du, au))))


def poser(admin, status=303, du=DU, au=AU):
    return poster(admin, f'{CALENDRIER}/electorale', {'electorale_du': du, 'electorale_au': au}, status=status)


def publier(genre='ressource', **autres):
    return un_contenu('Modèle de délibération', genre, '2026-01-05', **autres)


def lettres():
    """[(to whom, text)] of the reminders written so far."""
    with models.lecture():
        return list(Courriel.select(Courriel.destinataire, Courriel.corps)
                    .where(Courriel.modele == 'relance').order_by(Courriel.id).tuples())


def test_la_periode_se_tape_et_se_retire_a_la_page_calendrier_mal_tapee_elle_revient_telle_quelle(monde, entrer, heure):
    admin = entrer(monde.admin)
    for du, au, phrase in (
            ('', AU, 'indiquez les deux jours'), (DU, '', 'indiquez les deux jours'),
            (AU, DU, 'avant le premier (20/06/2027)'), ('2026-01-05', '2026-11-23', 'ce jour est passé'),
            ('31/02/2027', AU, 'date qui existe')):
        reponse = poser(admin, 422, du=du, au=au)
        assert phrase in fautes(reponse)[0]
        assert reponse.html.select_one('#electorale_du').get('value', '') == du
        assert [en_lecture(Reglage.tous)[nom] for nom in electorale.REGLAGES] == ['', ''], phrase
    assert 'pas de période fixée' in texte(admin.get(CALENDRIER))
    poser(admin)
    poser(admin, du='', au='')
    assert 'pas de période fixée' in texte(admin.get(CALENDRIER)) and faits()[-1][0] == 'période électorale retirée'
    poser(admin)
    vue = texte(admin.get(CALENDRIER))
    assert 'commence le 31 mars 2027' in vue
    assert 'averti par courriel, une seule fois, un mois avant : le 28 février 2027' in vue
    assert ('période électorale fixée', monde.admin.courriel, 'du 31/03/2027 au 20/06/2027') in faits()
    for instant, attendu in (('2027-03-10T10:00:00Z', 'une seule fois, avec le prochain rappel du jour.'),
                             (PREMIER, 'en cours, jusqu\'au 20 juin'), (DERNIER, 'en cours'),
                             (APRES, 'terminée le 20 juin')):
        heure(instant)
        assert attendu in texte(entrer(monde.admin).get(CALENDRIER)), instant


def test_ce_que_le_public_lira_et_ce_qui_s_y_joint_est_relu_pendant_la_periode(monde, heure):
    fixer_la_periode()
    with models.lecture():
        assert electorale.a_relire('actualite', 'public', '2027-04-01')
        assert not electorale.a_relire('actualite', 'public', '2027-03-30')
    for instant, dedans in ((VEILLE, False), (PREMIER, True), (DERNIER, True), (APRES, False)):
        heure(instant)
        for genre, audience, demandee in (
                ('actualite', 'public', True), ('projet', 'public', True), ('evenement', 'public', True),
                ('evenement', 'contributeurs', False), ('ressource', 'public', False),
                ('document', 'contributeurs', False)):
            with models.lecture():
                assert electorale.a_relire(genre, audience) is (demandee and dedans), (instant, genre)
                electorale.controler(genre, audience, NOM)
                if demandee and dedans:
                    refus = refus_de(electorale.controler, genre, audience, '  ')
                    assert 'du 31/03/2027 au 20/06/2027' in str(refus), (instant, genre)
                else:
                    electorale.controler(genre, audience, '')
    heure(PREMIER)
    for genre, colonnes, demandee in (
            ('actualite', {}, True), ('projet', {}, True), ('evenement', {}, True),
            ('actualite', {'publie_le': '2027-06-20'}, True), ('actualite', {'publie_le': '2027-06-21'}, False),
            ('actualite', {'etat': 'brouillon'}, False), ('projet', {'etat': 'a_valider'}, False),
            ('evenement', {'audience': 'contributeurs'}, False), ('ressource', {}, False)):
        contenu = publier(genre, audience='public')
        changer_ligne(contenu, relu_par='', **colonnes)
        contenu = relire_ligne(contenu)
        for quoi, faire in joindre_et_changer(contenu, monde.admin).items():
            if demandee:
                refus = refus_de(en_ecriture, faire, ' ')
                assert 'du 31/03/2027 au 20/06/2027' in str(refus) and refus.champ == 'relu_par', (genre, quoi)
            en_ecriture(faire, NOM if demandee else '')
        assert relire_ligne(contenu).relu_par == (NOM if demandee else ''), (genre, colonnes)
        with models.lecture():
            assert len(documents.documents_de('contenu', contenu.id)) == len(images.lignes_de(contenu.id)) == 1
        lus = [detail for fait, _, detail in faits() if fait == 'contenu relu' and detail.startswith(f'{contenu.id},')]
        assert lus == [f'{contenu.id}, au regard de la période électorale, par {NOM}'] * (4 if demandee else 0)


IMAGE = {'alternative': 'Une place.', 'credit': 'Commune', 'droit': 'Service.', 'personnes': 'aucune'}
FICHIER = {'titre': 'Plan', 'accessible': 'oui', 'a_qui': ''}
NOM = 'M. Exemple, service juridique'


def joindre_et_changer(contenu, agent):
    """{what is done: a function of relu_par} of all that changes what the public sees of its images and files."""
    def image():
        return images.lignes_de(contenu.id)[0]

    def fichier():
        return documents.lignes_de('contenu', contenu.id)[0]
    return {
        'image': lambda relu: images.ajouter_image(contenu, agent, IMAGE, [('a.jpg', photos.jpeg())], relu),
        'fichier': lambda relu: documents.ajouter_document(
            'contenu', contenu.id, 'Plan', [('plan.pdf', b'%PDF-1.7')], agent, 'oui', relu_par=relu),
        'legende': lambda relu: images.modifier_image(contenu, image(), agent, IMAGE | {'legende': 'Juin.'}, relu),
        'titre': lambda relu: documents.modifier_document(fichier(), agent, FICHIER | {'titre': 'Autre'}, relu)}


def test_la_page_des_fichiers_ne_demande_qui_a_relu_que_pendant_la_periode_et_pas_pour_retirer(monde, heure, entrer):
    contenu = publier('actualite', audience='public')
    ici = f'/espace/redaction/contenus/{contenu.id}/fichiers'
    fixer_la_periode()
    heure(VEILLE)
    for faire in joindre_et_changer(contenu, monde.admin).values():
        en_ecriture(faire, '')
    assert 'contenu relu' not in [fait for fait, *_ in faits()]
    assert not entrer(monde.admin).get(ici).html.select('[name=relu_par]')
    heure(PREMIER)
    page = entrer(monde.admin).get(ici)
    assert len(page.html.select('[name=relu_par][required]')) == 4
    formulaire = next(f for f in page.forms.values() if f.action.endswith(f'/{contenu.id}/fichiers'))
    formulaire['titre'], formulaire['accessible'] = 'Affiche', 'oui'
    formulaire['pieces'] = webtest.Upload('affiche.pdf', b'%PDF-1.7')
    page = formulaire.submit(status=422)
    assert page.html.select_one('#erreurs a[href="#fichier-relu_par"]') and 'période électorale' in fautes(page)[0]
    assert page.html.select_one('#fichier-titre')['value'] == 'Affiche'
    formulaire = next(f for f in page.forms.values() if f.action.endswith(f'/{contenu.id}/fichiers'))
    formulaire['relu_par'], formulaire['pieces'] = NOM, webtest.Upload('affiche.pdf', b'%PDF-1.7')
    formulaire.submit(status=303)
    detail = f'{contenu.id}, au regard de la période électorale, par {NOM}'
    assert ('contenu relu', monde.admin.courriel, detail) in faits()
    with models.ecriture():
        images.retirer_image(images.lignes_de(contenu.id)[0], monde.admin)
        for document in documents.lignes_de('contenu', contenu.id):
            documents.retirer_document(document, monde.admin)
        assert images.lignes_de(contenu.id) == documents.lignes_de('contenu', contenu.id) == []


def test_un_mois_avant_les_administrateurs_sont_avertis_une_seule_fois_jamais_d_une_periode_finie(monde, heure):
    for du, veille in (('2027-03-31', '2027-02-28'), ('2028-03-30', '2028-02-29'), ('2027-01-15', '2026-12-15')):
        assert electorale.avertir_le(du) == veille
    fixer_la_periode()
    heure(APRES)
    assert porteur.relances() == 0 and courriels() == []
    for veille in ('2027-02-26T10:00:00Z', '2027-02-28T10:00:00Z'):  # the month before begins on a Sunday
        heure(veille)
        assert porteur.relances() == 0
    heure('2027-03-01T10:00:00Z')
    assert porteur.relances() == 1
    ((qui, corps),) = lettres()
    assert qui == monde.admin.courriel and 'période électorale du 31/03/2027 au 20/06/2027' in corps
    for instant in ('2027-03-01T11:00:00Z', '2027-03-05T10:00:00Z', PREMIER):
        heure(instant)
        assert porteur.relances() == 0


def test_l_auteur_revoit_sa_ressource_le_jour_dit_et_une_fois_par_date(monde, heure):
    ressource = publier(agent=monde.referent, a_revoir_le='2026-11-25')
    publier(agent=monde.chef, a_revoir_le='2026-11-25', expire_le='2026-11-24')
    assert porteur.relances() == 0
    heure('2026-11-25T09:00:00Z')
    assert porteur.relances() == 1
    ((qui, corps),) = lettres()
    assert qui == monde.referent.courriel
    assert 'ressource « Modèle de délibération » : à revoir depuis le 25/11/2026' in corps.replace('\xa0', ' ')
    tout_part()
    heure('2026-12-28T09:00:00Z')
    assert porteur.relances() == 0
    changer_ligne(ressource, a_revoir_le='2026-12-24')
    heure('2026-12-29T09:00:00Z')
    assert porteur.relances() == 1


def test_sans_auteur_les_administrateurs_revoient_la_ressource_et_pour_un_absent_qui_le_remplace(monde, heure):
    publier(agent=monde.parti, a_revoir_le='2026-11-24')            # its account is closed
    publier(a_revoir_le='2026-11-23')                               # imported
    assert porteur.relances() == 1
    ((qui, corps),) = lettres()
    assert qui == monde.admin.courriel and corps.count('à revoir depuis') == 2
    publier(agent=monde.referent, a_revoir_le='2026-11-24')
    creer_ligne(models.Absence, agent=monde.referent, du='2026-11-20', au='2026-12-01', suppleant=monde.chef)
    heure('2026-11-25T09:00:00Z')
    porteur.relances()
    assert {qui for qui, _ in lettres()[1:]} == {monde.chef.courriel}
    assert 'pour Claude Temoin' in dict(lettres())[monde.chef.courriel]

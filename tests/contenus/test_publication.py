"""The contents as they are written: the kinds and their controls, who may, the life, the proposals, versions, mails."""
import photos
import pytest
from conftest import (
    au_matin, changer_ligne, courriels, creer_ligne, en_ecriture, faits, faits_dits, fixer_tous, poster)
from ecritures import a_defaire, en_lecture, refus_de

import models
from verbes import regles, versions
from verbes.contenus import contenus, documents, images
from views import choix

ICI = '/espace/redaction/contenus'
MARS, OCTOBRE = '2027-03-28', '2026-10-25'                          # the days on which the hour changes
MAXIME = 'Maxime Exemple, chef de projet'
VALEURS = {
    'actualite': {'titre': 'Des cours à l\'ombre', 'resume': 'Trois communes racontent.', 'corps': 'Un **texte**.'},
    'ressource': {'titre': 'Délibération type', 'resume': 'À adapter.', 'corps': 'Le texte.', 'nature': 'deliberation',
                  'structure': 2, 'verifie_le': '2026-11-02', 'a_revoir_le': '2027-11-02'},
    'projet':    {'titre': 'Une halle rouverte', 'resume': 'Un marché.', 'corps': '## Le besoin\n\nUn marché.',
                  'annee': 2025, 'cout': '412 000 €', 'collectivite': 2},
    'evenement': {'titre': 'Salon des maires', 'resume': 'Deux jours.', 'debut_le': '2026-12-08', 'lieu': 'Toulouse'},
    'document':  {'titre': 'Compte rendu', 'corps': 'Présents.', 'classe': 'comite', 'nature': 'compte_rendu',
                  'seance_le': '2026-11-02'},
}


@pytest.fixture
def ecrire(monde):
    """ecrire('actualite', monde.chef, titre=…) → a Contenu, a brouillon."""
    def faire(genre='actualite', agent=None, **valeurs):
        cle = en_ecriture(contenus.creer, genre, agent or monde.chef, VALEURS[genre] | valeurs)
        return relu(models.Contenu(id=cle))
    return faire


@pytest.fixture
def groupe(monde):
    return creer_ligne(models.Groupe, nom='Eau', animateur=monde.referent)


def relu(contenu):
    return en_lecture(models.relire, contenu)


def agir(contenu, nom, agent, mots='', **aussi):
    en_ecriture(contenus.agir, contenu, nom, agent, mots, **aussi)
    return relu(contenu)


def publier(contenu, monde):
    return agir(contenu, 'publier', monde.admin)


def enregistrer(contenu, agent, **valeurs):
    en_ecriture(contenus.enregistrer, contenu, agent, valeurs, 'Revu.')
    return relu(contenu)


def proposer(contenu, agent, **valeurs):
    en_ecriture(contenus.proposer, contenu, agent, valeurs, 'Plus clair.')
    return fil(contenu)[0]


def fil(contenu):
    return en_lecture(versions.versions_de, 'contenu', contenu.id)


def champs(page, nom='titre'):
    """The last form of a page that has this field."""
    return [f for f in page.forms.values() if nom in f.fields][-1]


def test_ce_qui_ne_tient_pas_est_refuse_sans_rien_ecrire_chaque_genre_se_cree_avec_ses_champs(ecrire, groupe):
    for genre, valeurs, champ, phrase in FAUX:
        refus = refus_de(ecrire, genre, **valeurs)
        assert phrase in str(refus) and refus.champ == champ, (genre, valeurs, str(refus))
        assert faits_dits() == []
        assert not en_lecture(models.Contenu.select().exists), valeurs
    for rang, genre in enumerate(regles.GENRES_DE_CONTENU, 1):
        contenu = ecrire(genre)
        assert (contenu.etat, contenu.audience) == ('brouillon', 'contributeurs' if genre == 'document' else 'public')
        assert fil(contenu)[0].numero == 1 and faits_dits() == ['contenu créé'] * rang
        assert set(contenus.champs_de(contenu)) == set(contenus.champs_du_genre(genre)), genre
    for valeurs in (
            {}, {'fin_le': '2026-12-09'}, {'debut_a': '09:00'}, {'debut_a': '09:00', 'fin_a': '16:30'},
            {'debut_le': MARS, 'debut_a': '01:59', 'fin_a': '03:00'},       # one minute, by UTC
            {'debut_le': OCTOBRE, 'debut_a': '01:30', 'fin_a': '02:30'},
            {'debut_a': '23:00', 'fin_le': '2026-12-09', 'fin_a': '01:00'},
            {'inscription': 'mairie@exemple.fr', 'inscription_au': '2026-12-08'},
            {'inscription': 'https://exemple.fr/salon?a=1#b'}, {'audience': 'contributeurs'}):
        assert ecrire('evenement', **valeurs).etat == 'brouillon', valeurs


FAUX = [
    ('actualite', {'titre': '  '}, 'titre', 'Écrivez un titre.'),
    ('actualite', {'corps': 'x' * 1_000_000}, 'corps', 'dépasse 40\xa0000 caractères'),
    ('actualite', {'publie_le': '2026-12-02', 'expire_le': '2026-12-01'}, 'expire_le', 'avant la publication'),
    ('actualite', {'publie_le': '1926-12-02'}, 'publie_le', 'Vérifiez l\'année'),
    ('actualite', {'publie_le': '2062-12-02'}, 'publie_le', 'Vérifiez l\'année'),
    ('actualite', {'audience': 'contributeurs'}, '', 'toujours public'),
    ('document', {'audience': 'public'}, '', 'toujours pour les contributeurs'),
    ('ressource', {'verifie_le': '2026-11-25'}, 'verifie_le', 'à venir'),
    ('ressource', {'a_revoir_le': '2027-11-03'}, 'a_revoir_le', 'douze mois'),
    ('ressource', {'a_revoir_le': '2026-11-02'}, 'a_revoir_le', 'avant d\'être vérifiée'),
    ('ressource', {'verifie_le': None}, 'verifie_le', 'quand elle a été vérifiée'),
    ('ressource', {'nature': 'compte_rendu'}, 'nature', 'Choisissez'),
    ('projet', {'annee': 1789}, 'annee', 'entre 1990 et 2027'),
    ('projet', {'annee': 2028}, 'annee', 'entre 1990 et 2027'),
    ('document', {'classe': 'groupe'}, 'groupe', 'Choisissez le groupe'),
    ('document', {'groupe': 1}, 'classe', 'se range dans'), ('document', {'classe': 'secret'}, 'classe', 'Choisissez'),
    ('document', {'nature': 'guide'}, 'nature', 'Choisissez'),
    *(('evenement', *faux) for faux in (
        ({'fin_le': '2026-12-07'}, 'fin_le', 'finit avant de commencer'),
        ({'debut_a': '14:00', 'fin_a': '09:00'}, 'fin_a', 'finit avant de commencer'),
        ({'debut_a': '14:00', 'fin_a': '14:00'}, 'fin_a', 'finit avant de commencer (14\u00a0h)'),
        ({'debut_a': '25:00'}, 'debut_a', 'Écrivez une heure'), ({'debut_a': 'midi'}, 'debut_a', 'Écrivez une heure'),
        ({'debut_le': None, 'debut_a': '09:00'}, 'debut_le', 'une heure seule'),
        ({'debut_le': None, 'fin_le': '2026-12-08'}, 'debut_le', 'premier jour'),
        ({'fin_a': '12:00'}, 'debut_a', 'laquelle il commence'),
        ({'debut_a': '09:00', 'fin_le': '2026-12-09'}, 'fin_a', 'aussi l\'heure de fin'),
        # In March, 2:30 is not; in October, 2:30 comes first in summer time: what « ends » at 2:15 ends before.
        ({'debut_le': MARS, 'debut_a': '02:30'}, 'debut_a', 'n\'existe pas'),
        ({'debut_le': MARS, 'debut_a': '01:00', 'fin_a': '02:30'}, 'fin_a', 'n\'existe pas'),
        ({'debut_le': OCTOBRE, 'debut_a': '02:30', 'fin_a': '02:15'}, 'fin_a', 'finit avant de commencer'),
        *(({'inscription': dite}, 'inscription', 'https://') for dite in (
            'http://exemple.fr', 'javascript:alert(1)', 'https://exemple.fr/a b', 'a@b.fr, c@d.fr')),
        ({'inscription': 'https://exemple.fr', 'inscription_au': '2026-12-09'}, 'inscription_au', 'après l\'évènement'),
        ({'inscription_au': '2026-12-01'}, 'inscription', 'comment s\'inscrire'),
        ({'expire_le': '2026-12-07'}, 'expire_le', 'avant la fin de l\'évènement'))),
]


def test_rien_n_est_relu_ni_publie_sans_ce_que_son_genre_doit_dire_ce_qui_manque_se_dit_en_une_fois(ecrire, monde):
    for genre, vide, champ, phrase in (
            ('actualite', {'resume': ''}, 'resume', ''), ('actualite', {'corps': ''}, 'corps', ''),
            ('evenement', {'lieu': ''}, 'lieu', ''),
            ('projet', {'corps': '## Le besoin\n\n## Le résultat'}, 'corps', ''),
            ('actualite', {'resume': '', 'corps': ''}, 'resume',
             'manque «\u00a0Résumé\u00a0» et «\u00a0Texte\u00a0»\u00a0: remplissez ces champs')):
        contenu = ecrire(genre, **vide)
        refus = refus_de(agir, contenu, 'soumettre', monde.chef)
        assert phrase in str(refus) and refus.champ == champ, (genre, vide)
        assert relu(contenu).etat == 'brouillon' and not courriels()
    for genre, noms in contenus.REQUIS.items():
        for nom in noms[1:]:
            vide = None if nom in (*contenus.JOURS, *contenus.CLES, 'annee') else ''
            contenu = ecrire(genre, **{nom: vide} | ({'a_revoir_le': None} if nom == 'verifie_le' else {}))
            refus = refus_de(publier, contenu, monde)
            assert 'Pour être publié' in str(refus) and refus.champ == nom, (genre, nom)
            assert relu(contenu).etat == 'brouillon'
    for valeurs, champ in (({'classe': 'supports', 'nature': 'support', 'a_qui': ''}, 'a_qui'),
                           ({'seance_le': None}, 'seance_le'), ({'corps': ''}, 'corps')):
        assert refus_de(publier, ecrire('document', **valeurs), monde).champ == champ
    contenu = publier(ecrire(), monde)                              # what is published does not lose it
    assert 'Pour être publié' in str(refus_de(enregistrer, contenu, monde.admin, corps=''))
    assert relu(contenu).corps == contenu.corps


def test_publier_date_de_ce_jour_a_paris_l_animateur_publie_pour_son_groupe_en_periode_electorale_qui_a_relu_se_dit(
        ecrire, monde, heure, groupe):
    heure('2026-11-24T23:30:00Z')                                   # the 25th in Paris
    contenu = publier(ecrire(), monde)
    assert (contenu.etat, contenu.publie_le) == ('publie', '2026-11-25')
    assert [(v.numero, v.changes, v.pourquoi) for v in fil(contenu)] == [
        (2, 'publie_le', 'Publication.'), (1, 'titre resume corps', 'Première version.')]
    enregistrer(contenu, monde.admin, titre='Autre')                # no version « tel qu'il était »
    assert len(fil(contenu)) == 3 and faits_dits() == ['contenu créé', 'contenu publié', 'contenu modifié']
    contenu = ecrire(expire_le='2026-11-24')
    assert 'déjà passé' in str(refus_de(publier, contenu, monde))
    heure('2026-11-24T22:30:00Z')
    assert publier(contenu, monde).publie_le == '2026-11-24'
    sien = ecrire('document', monde.autre, classe='groupe', groupe=groupe.id)
    assert agir(sien, 'publier', monde.referent).etat == 'publie'
    refus = refus_de(enregistrer, sien, monde.referent, classe='comite', groupe=None)
    assert refus.champ == 'groupe' and relu(sien).classe == 'groupe'        # it may not leave his groupe, published
    assert enregistrer(sien, monde.referent, titre='Corrigé').titre == 'Corrigé'
    for autre in (ecrire('document'), ecrire('actualite')):
        refus_de(agir, autre, 'publier', monde.referent)
    changer_ligne(groupe, ferme_le='2026-11-20')
    assert not en_lecture(contenus.peut_publier, relu(sien), monde.referent)
    creer_ligne(models.Delegation, pour=monde.admin, par=monde.autre)
    assert agir(autre, 'publier', relu(monde.autre)).etat == 'publie'
    publie = publier(ecrire('evenement', audience='contributeurs'), monde)
    fixer_tous(electorale_du='2026-11-01', electorale_au='2027-03-21')
    for audience, genre, exige in (('public', 'actualite', True), ('public', 'evenement', True),
                                   ('contributeurs', 'evenement', False), ('public', 'ressource', False)):
        contenu = ecrire(genre, audience=audience)
        if exige:
            refus = refus_de(publier, contenu, monde)
            assert 'Période électorale' in str(refus) and refus.champ == 'relu_par', genre
        assert agir(contenu, 'publier', monde.admin, relu_par=MAXIME).etat == 'publie', genre
    assert 'Période électorale' in str(refus_de(enregistrer, publie, monde.admin, audience='public'))
    assert relu(publie).audience == 'contributeurs'


def test_chacun_fait_ce_que_son_role_permet_et_ne_renvoie_ni_ne_retire_le_texte_d_un_autre_sans_motif(ecrire, monde):
    contenu = ecrire()
    for etat, qui, attendus in (
            ('brouillon', 'chef', ['soumettre', 'abandonner']),
            ('brouillon', 'admin', ['soumettre', 'publier', 'retirer']), ('brouillon', 'autre', []),
            ('a_valider', 'chef', ['abandonner']), ('a_valider', 'admin', ['publier', 'renvoyer', 'retirer']),
            ('publie', 'chef', []), ('publie', 'admin', ['retirer']), ('retire', 'chef', ['reprendre']),
            ('retire', 'admin', ['publier', 'reprendre']), ('publie', 'autre', [])):
        changer_ligne(contenu, etat=etat, publie_le='2026-11-01')
        contenu, agent = relu(contenu), getattr(monde, qui)
        assert list(en_lecture(contenus.actes_possibles, contenu, agent)) == attendus, (etat, qui)
        for nom in set(contenus.ACTES) - set(attendus):
            assert refus_de(agir, contenu, nom, agent, 'Pourquoi.').code in (403, 409), (etat, qui, nom)
        assert relu(contenu).etat == etat
    contenu = agir(ecrire(), 'soumettre', monde.chef)
    for nom in ('renvoyer', 'retirer'):
        refus = refus_de(agir, contenu, nom, monde.admin)
        assert 'Dites pourquoi' in str(refus) and refus.champ == 'mots' and relu(contenu).etat == 'a_valider', nom
    sien = ecrire(agent=monde.admin)
    assert agir(sien, 'retirer', monde.admin).etat == 'retire' and au_matin('contenu') == []


def test_deux_personnes_qui_publient_ou_modifient_le_meme_brouillon_ne_s_ecrasent_pas(ecrire, monde, entrer):
    contenu = ecrire(publie_le='2026-11-24')
    admin, chef = entrer(monde.admin), entrer(monde.chef)
    un, deux = (champs(qui.get(f'{ICI}/{contenu.id}')) for qui in (admin, chef))
    un['titre'], deux['titre'] = 'Le premier', 'Le second'
    un.submit(status=303)
    refusee = deux.submit(status=409)
    assert champs(refusee)['titre'].value == 'Le second' and 'Le premier' in refusee.text
    assert relu(contenu).titre == 'Le premier'
    champs(refusee).submit(status=303)                              # having read, it may replace
    assert relu(contenu).titre == 'Le second'
    formes = [champs(entrer(monde.admin).get(f'{ICI}/{contenu.id}'), 'acte') for _ in range(2)]
    formes[0].submit('acte', index=1, status=303)
    avant = (faits_dits(), courriels(), len(fil(contenu)))
    refusee = formes[1].submit('acte', index=1, status=409)
    assert 'acte n\'est plus possible' in refusee.text and (faits_dits(), courriels(), len(fil(contenu))) == avant
    contenu = ecrire()
    form = champs(chef.get(f'{ICI}/{contenu.id}'))
    agir(contenu, 'retirer', monde.admin, 'Doublon.')
    form['corps'] = 'Tout ce que j\'ai écrit.'
    assert champs(form.submit(status=409))['corps'].value == 'Tout ce que j\'ai écrit.'
    page = chef.get(f'{ICI}/{contenu.id}')
    assert 'name="titre"' not in page.text and 'Reprendre en brouillon' in page.text


def test_une_version_ancienne_se_compare_rend_ses_textes_et_laisse_l_etat(ecrire, monde, entrer):
    contenu = ecrire('evenement')
    enregistrer(contenu, monde.chef, debut_le='2026-12-09', titre='Autre')
    chef = entrer(monde.chef)
    page = chef.get(f'{ICI}/{contenu.id}').click('^1<', href='/versions/')
    assert '08/12/2026' in page.text and '2026-12-08' not in page.html.select_one('main').text
    form = champs(page, 'pourquoi')
    assert 'fiche' not in form.submit(status=422).html.select_one('#pourquoi-aide').text
    form['pourquoi'] = 'Le bon jour.'
    form.submit(status=303)
    assert relu(contenu).debut_le == '2026-12-08'
    version = fil(contenu)[-1]
    entrer(monde.autre).get(f'/espace/redaction/versions/{version.id}', status=403)
    page = en_ecriture(versions._creer, 'page', 'accessibilite', monde.admin, numero=1, etat='remplacee', champs='{}',
                       changes='', pourquoi='')
    for qui, quoi in ((monde.autre, version), (monde.chef, page)):
        entrer(qui).post(f'/espace/redaction/versions/{quoi.id}', {'pourquoi': 'x'}, status=403)
    page = chef.get(f'{ICI}/nouveau/document')
    assert 'Documents' in page.html.select_one('#resume-aide').text
    aides = ' '.join(page.html.select_one(f'#{nom}-aide').text for nom in ('titre', 'resume'))
    assert 'flux' not in aides and 'adresse' not in aides and 'mairie' not in aides
    contenu = publier(ecrire(theme=1), monde)
    enregistrer(contenu, monde.admin, titre='Autre titre', theme=None, expire_le='2027-01-01')
    premiere = fil(contenu)[-1]
    refus_de(en_ecriture, contenus.retablir, premiere, monde.chef, 'Mieux avant.')
    en_ecriture(contenus.retablir, premiere, monde.admin, 'Mieux avant.')
    rendu = relu(contenu)
    assert (rendu.titre, rendu.theme_id, rendu.etat, rendu.expire_le) == (contenu.titre, 1, 'publie', '2027-01-01')
    assert fil(contenu)[0].pourquoi == 'Version 1 rétablie. Mieux avant.'


def test_ce_qui_est_propose_n_ecrit_rien_avertit_qui_publie_et_son_auteur_en_sait_la_suite(ecrire, monde, groupe):
    contenu = ecrire()
    agir(contenu, 'soumettre', monde.chef)
    agir(contenu, 'renvoyer', monde.admin, 'Dites quand.')
    agir(contenu, 'soumettre', monde.chef)
    agir(contenu, 'publier', monde.admin)
    agir(contenu, 'retirer', monde.admin, 'Le dispositif a pris fin.')
    assert courriels() == [('contenu_propose', monde.admin.courriel)] * 2
    dit = str(au_matin('contenu'))
    assert {pour for pour, _ in au_matin('contenu')} == {monde.chef.courriel} and dit.count('l\'actualité') == 3
    assert '« Dites quand. »' in dit and '« Le dispositif a pris fin. »' in dit
    assert f'/actualites/{contenu.id}-des-cours-a-l-ombre' in dit
    agir(ecrire('document', monde.chef, classe='groupe', groupe=groupe.id), 'soumettre', monde.chef)
    assert {pour for _, pour in courriels(modele='contenu_propose')} == {monde.admin.courriel, monde.referent.courriel}
    contenu = publier(ecrire(), monde)
    proposition = proposer(contenu, monde.autre, resume='Plus court.', corps=contenu.corps, theme=2)
    assert (proposition.etat, proposition.numero) == ('a_relire', None)
    assert versions.lire(proposition) == {'resume': 'Plus court.'} and relu(contenu).resume == contenu.resume
    assert refus_de(enregistrer, contenu, monde.chef, resume='Tout de suite.').code == 403
    refus_de(proposer, ecrire(), monde.autre, resume='Autre.')      # a brouillon has no proposals
    assert 'Rien n\'a changé' in str(refus_de(proposer, contenu, monde.autre, resume=contenu.resume))
    with a_defaire():
        refus_de(contenus.refuser, proposition, monde.admin, '')
        contenus.refuser(proposition, monde.admin, 'Le résumé est juste.')
        dite = models.Rappel.get(models.Rappel.agent == monde.autre)
        assert 'Le résumé est juste.' in dite.phrase and models.relire(proposition).etat == 'refusee'
        assert models.Audit.select().where(models.Audit.fait == 'changement de contenu refusé').count() == 1
    assert refus_de(en_ecriture, contenus.accepter, proposition, monde.chef, {'resume': 'Proposé.'}).code == 403
    en_ecriture(contenus.accepter, proposition, monde.admin, {'resume': 'Proposé, retouché.'})
    version = fil(contenu)[0]
    assert (version.id, version.etat, version.auteur) == (proposition.id, 'publiee', 'Dominique Autre')
    assert relu(contenu).resume == 'Proposé, retouché.'
    assert monde.autre.courriel in dict(au_matin('contenu'))
    assert refus_de(en_ecriture, contenus.refuser, proposition, monde.admin, 'Non.').code == 409


def avec(page, champ):
    """The first form that has this field."""
    return next(f for f in page.forms.values() if champ in f.fields)


def test_on_ne_publie_pas_ce_que_l_auteur_a_joint_depuis_qu_on_l_a_lu(ecrire, monde, entrer):
    dits = {'alternative': 'La place.', 'credit': 'La commune', 'droit': 'Photo de la commune.', 'personnes': 'aucune'}

    def illustrer(contenu):
        images.ajouter_image(contenu, monde.chef, dits, [('a.jpg', photos.jpeg())])

    def joindre(contenu):
        documents.ajouter_document('contenu', contenu.id, 'Plan', [('p.pdf', b'%PDF-1.7 ')], monde.chef, 'oui')
    for changer in (illustrer, joindre):
        contenu, admin = ecrire(), entrer(monde.admin)
        form = champs(admin.get(f'{ICI}/{contenu.id}'), 'acte')
        en_ecriture(changer, contenu)
        assert 'a changé' in form.submit('acte', value='publier', status=409).text
        assert relu(contenu).etat == 'brouillon'
        poster(admin, f'{ICI}/{contenu.id}/acte', {'acte': 'publier'}, f'{ICI}/{contenu.id}')
        assert relu(contenu).etat == 'publie'


@pytest.fixture
def pendant(ecrire, monde):
    """An actualité that was published, and was over, before the période électorale that runs."""
    contenu = publier(ecrire(), monde)
    changer_ligne(contenu, publie_le='2026-01-05', expire_le='2026-02-01', relu_par='')
    fixer_tous(electorale_du='2026-11-01', electorale_au='2027-03-21')
    return relu(contenu)


def test_ce_qui_etait_publie_avant_la_periode_ne_change_pas_sans_relecture(pendant, monde):
    for rang, valeurs in enumerate(({'corps': 'Votez.'}, {'expire_le': None}), 1):
        for relu_par in ('', '  '):
            refus = refus_de(en_ecriture, contenus.enregistrer, pendant, monde.admin, valeurs, relu_par=relu_par)
            assert 'Période électorale' in str(refus) and refus.champ == 'relu_par', valeurs
        en_ecriture(contenus.enregistrer, pendant, monde.admin, valeurs, relu_par=MAXIME)
        assert relu(pendant).relu_par == MAXIME
        dits = [detail for fait, _, detail in faits() if fait == 'contenu relu']
        assert len(dits) == rang and MAXIME in dits[-1], valeurs
    refus = refus_de(en_ecriture, contenus.enregistrer, pendant, monde.admin, {'titre': 'Un autre'})
    assert 'Période électorale' in str(refus)                       # of these words, not of all others


def test_le_formulaire_la_proposition_et_la_version_demandent_qui_a_relu(pendant, monde, entrer):
    ici, admin = f'{ICI}/{pendant.id}', entrer(monde.admin)
    changer_ligne(pendant, expire_le=None)
    form = avec(entrer(monde.autre).get(ici), 'pourquoi')
    assert 'relu_par' not in form.fields                            # who proposes does not publish
    form['resume'], form['pourquoi'] = 'Un résumé proposé.', 'Mieux.'
    form.submit(status=303)
    assert len(admin.get(ici).html.select('[name=relu_par][required]')) == 2
    for marque, dire in (('pourquoi', {'titre': 'Un titre changé', 'pourquoi': 'Plus clair.'}),
                         ('decision', {'decision': 'publier'})):
        form = avec(admin.get(ici), marque)
        for nom, valeur in dire.items():
            form[nom] = valeur
        page = form.submit(status=422)
        assert 'Période électorale' in page.text
        form = avec(page, marque)
        form['relu_par'] = MAXIME
        form.submit(status=303)
    apres = relu(pendant)
    assert (apres.titre, apres.resume, apres.relu_par) == ('Un titre changé', 'Un résumé proposé.', MAXIME)
    with models.lecture():
        premiere = models.Version.select().where(models.Version.genre == 'contenu').order_by(models.Version.id).get()
    form = avec(admin.get(f'/espace/redaction/versions/{premiere.id}'), 'pourquoi')
    form['pourquoi'] = 'Mieux avant.'
    form = avec(form.submit(status=422), 'pourquoi')
    assert relu(pendant).titre == 'Un titre changé'
    form['relu_par'] = MAXIME
    form.submit(status=303)
    assert relu(pendant).titre == pendant.titre


def test_ni_un_evenement_sans_audience_ni_des_collectivites_par_centaines_ne_s_enregistrent(
        monde, entrer, monkeypatch, ecrire):
    """Each one is a field of its page, filled two more at a time, and a name to be known again."""
    with models.ecriture():
        ids = [models.Collectivite.create(nom=f'Mont{n}', cherche=f'mont{n}', type='Commune', siren=f'{n:09}').id
               for n in range(contenus.COLLECTIVITES_MAX + 1)]
    assert 'leur intercommunalité' in str(refus_de(ecrire, collectivites=ids))
    ecrire(collectivites=ids[1:])
    nouveau, chef = f'{ICI}/nouveau', entrer(monde.chef)
    evenement = {'titre': 'Salon', 'resume': 'Un salon.', 'lieu': 'Rieumes', 'debut_le': '2026-12-08'}
    page = chef.post(f'{nouveau}/evenement', evenement, status=422)
    assert 'Qui le lit' in page.html.select_one('[role=alert]').text
    cherches = []
    monkeypatch.setattr(choix, 'choisir_collectivite', lambda nom, *_: (cherches.append(nom), (None, nom))[1])
    noms = {f'collectivites_{n + 1}': f'x{n}' for n in range(700)}
    page = chef.post(f'{nouveau}/actualite', {'titre': 'Une nouvelle', **noms}, status=422)
    assert cherches == ['x0', 'x1', 'x2', 'x3', 'x4'] and 'x4' in page.html.select_one('[role=alert]').text


def test_le_jour_d_un_contenu_publie_ne_s_efface_pas_ni_son_theme_un_changement_propose_deux_fois_attend_une_reponse(
        ecrire, monde, entrer):
    theme = creer_ligne(models.Theme, nom='Un thème neuf', ordre=9)
    contenu, admin = publier(ecrire(theme=theme.id), monde), entrer(monde.admin)
    assert '1\u00a0contenu' in admin.post(f'/espace/redaction/themes/{theme.id}/supprimer', status=409).text
    assert relu(theme)
    assert refus_de(en_ecriture, contenus.enregistrer, contenu, monde.admin, {'publie_le': None}).champ == 'publie_le'
    form = avec(admin.get(f'{ICI}/{contenu.id}'), 'pourquoi')
    form['publie_le'], form['pourquoi'] = '', 'Sans jour.'
    assert 'à partir du' in form.submit(status=422).html.select_one('[role=alert]').text
    admin.get(ICI)
    assert relu(contenu).publie_le
    contenu = publier(ecrire(), monde)
    form = avec(entrer(monde.autre).get(f'{ICI}/{contenu.id}'), 'pourquoi')
    form['resume'], form['pourquoi'] = 'Un autre résumé.', 'Plus juste.'
    form.submit(status=303)
    assert 'déjà proposé ce changement' in form.submit(status=409).text
    form['resume'] = 'Encore un autre.'
    form.submit(status=303)
    assert en_lecture(versions.a_relire, 'contenu') == {contenu.id: 2}

"""The contents as they are written: the kinds and their controls, who may, the life, the proposals, versions, mails."""
import pytest
from conftest import collectivite, courriels

import models
from models import Refus
from verbes import contenus, versions
from verbes.journal import empreinte

ICI = '/espace/redaction/contenus'
LA_VEILLE, MARS, OCTOBRE = '2026-11-23', '2027-03-28', '2026-10-25'     # the days on which the hour changes
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
        with models.ecriture():
            return models.Contenu.get_by_id(contenus.creer(genre, agent or monde.chef, VALEURS[genre] | valeurs))
    return faire


@pytest.fixture
def groupe(monde):
    with models.ecriture():
        return models.Groupe.create(nom='Eau', animateur=monde.referent)


def relu(contenu):
    with models.lecture():
        return models.relire(contenu)


def vue(contenu, lire=contenus.champs_de):
    with models.lecture():
        return empreinte(lire(models.relire(contenu)))


def agir(contenu, nom, agent, mots='', **aussi):
    lue = vue(contenu, contenus.a_lire)
    with models.ecriture():
        contenus.agir(contenu, nom, agent, lue, mots, **aussi)
    return relu(contenu)


def publier(contenu, monde):
    return agir(contenu, 'publier', monde.admin)


def enregistrer(contenu, agent, **valeurs):
    lue = vue(contenu)
    with models.ecriture():
        contenus.enregistrer(contenu, agent, lue, valeurs, 'Revu.')
    return relu(contenu)


def proposer(contenu, agent, **valeurs):
    lue = vue(contenu)
    with models.ecriture():
        contenus.proposer(contenu, agent, lue, valeurs, 'Plus clair.')
    return fil(contenu)[0]


def fil(contenu):
    with models.lecture():
        return versions.versions_de('contenu', contenu.id)


def faits():
    with models.lecture():
        return [fait for fait, in models.Audit.select(models.Audit.fait).order_by(models.Audit.id).tuples()]


def lettres(modele):
    with models.lecture():
        return list(models.Courriel.select().where(models.Courriel.modele == modele).order_by(models.Courriel.id))


def champs(page, nom='titre'):
    """The last form of a page that has this field."""
    return [f for f in page.forms.values() if nom in f.fields][-1]


# ======================================================================================
# What holds together
# ======================================================================================

@pytest.mark.parametrize('genre', models.GENRES_DE_CONTENU)
def test_chaque_genre_se_cree_avec_ses_champs_a_son_audience(ecrire, genre):
    contenu = ecrire(genre)
    assert (contenu.etat, contenu.audience) == ('brouillon', 'contributeurs' if genre == 'document' else 'public')
    assert fil(contenu)[0].numero == 1 and faits() == ['contenu créé']
    assert set(contenus.champs_de(contenu)) == set(contenus.champs_du_genre(genre))


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
    ('document', {'groupe': 1}, 'classe', 'se range dans'),
    ('document', {'classe': 'secret'}, 'classe', 'Choisissez'),
    ('document', {'nature': 'guide'}, 'nature', 'Choisissez'),
]


@pytest.mark.parametrize('genre, valeurs, champ, phrase', FAUX)
def test_ce_qui_ne_tient_pas_est_refuse_d_une_phrase_sans_rien_ecrire(ecrire, groupe, genre, valeurs, champ, phrase):
    with pytest.raises(Refus, match=phrase) as refus:
        ecrire(genre, **valeurs)
    assert refus.value.champ == champ
    assert faits() == []
    with models.lecture():
        assert not models.Contenu.select().exists()


EVENEMENTS_FAUX = [
    ({'fin_le': '2026-12-07'}, 'fin_le', 'finit avant de commencer'),
    ({'debut_a': '14:00', 'fin_a': '09:00'}, 'fin_a', 'finit avant de commencer'),
    ({'debut_a': '14:00', 'fin_a': '14:00'}, 'fin_a', 'finit avant de commencer \\(14\u00a0h\\)'),
    ({'debut_a': '25:00'}, 'debut_a', 'Écrivez une heure'), ({'debut_a': 'midi'}, 'debut_a', 'Écrivez une heure'),
    ({'debut_le': None, 'debut_a': '09:00'}, 'debut_le', 'une heure seule'),
    ({'debut_le': None, 'fin_le': '2026-12-08'}, 'debut_le', 'premier jour'),
    ({'fin_a': '12:00'}, 'debut_a', 'laquelle il commence'),
    ({'debut_a': '09:00', 'fin_le': '2026-12-09'}, 'fin_a', 'aussi l\'heure de fin'),
    # In March, 2:30 is not; in October, 2:30 comes first in summer time: what « ends » at 2:15 ends before.
    ({'debut_le': MARS, 'debut_a': '02:30'}, 'debut_a', 'n\'existe pas'),
    ({'debut_le': MARS, 'debut_a': '01:00', 'fin_a': '02:30'}, 'fin_a', 'n\'existe pas'),
    ({'debut_le': OCTOBRE, 'debut_a': '02:30', 'fin_a': '02:15'}, 'fin_a', 'finit avant de commencer'),
    ({'inscription': 'http://exemple.fr'}, 'inscription', 'https://'),
    ({'inscription': 'javascript:alert(1)'}, 'inscription', 'https://'),
    ({'inscription': 'https://exemple.fr/a b'}, 'inscription', 'https://'),
    ({'inscription': 'a@b.fr, c@d.fr'}, 'inscription', 'https://'),
    ({'inscription': 'https://exemple.fr', 'inscription_au': '2026-12-09'}, 'inscription_au', 'après l\'évènement'),
    ({'inscription_au': '2026-12-01'}, 'inscription', 'comment s\'inscrire'),
    ({'expire_le': '2026-12-07'}, 'expire_le', 'avant la fin de l\'évènement'),
]


@pytest.mark.parametrize('valeurs, champ, phrase', EVENEMENTS_FAUX)
def test_un_evenement_commence_avant_de_finir_et_dit_comment_s_inscrire(ecrire, valeurs, champ, phrase):
    with pytest.raises(Refus, match=phrase) as refus:
        ecrire('evenement', **valeurs)
    assert refus.value.champ == champ


@pytest.mark.parametrize('valeurs', [
    {}, {'fin_le': '2026-12-09'}, {'debut_a': '09:00'}, {'debut_a': '09:00', 'fin_a': '16:30'},
    {'debut_le': MARS, 'debut_a': '01:59', 'fin_a': '03:00'},           # one minute, by UTC
    {'debut_le': OCTOBRE, 'debut_a': '01:30', 'fin_a': '02:30'},
    {'debut_a': '23:00', 'fin_le': '2026-12-09', 'fin_a': '01:00'},
    {'inscription': 'mairie@exemple.fr', 'inscription_au': '2026-12-08'},
    {'inscription': 'https://exemple.fr/salon?a=1#b'}, {'audience': 'contributeurs'}])
def test_un_evenement_dure_une_journee_quelques_heures_ou_une_nuit(ecrire, valeurs):
    assert ecrire('evenement', **valeurs).etat == 'brouillon'


@pytest.mark.parametrize('genre, nom', [(genre, nom) for genre, noms in contenus.REQUIS.items() for nom in noms[1:]])
def test_rien_n_est_publie_sans_ce_que_son_genre_doit_dire(ecrire, monde, genre, nom):
    vide = None if nom in (*contenus.JOURS, *contenus.CLES, 'annee') else ''
    if nom == 'verifie_le':
        contenu = ecrire(genre, verifie_le=None, a_revoir_le=None)
    else:
        contenu = ecrire(genre, **{nom: vide})
    with pytest.raises(Refus, match='Pour être publié') as refus:
        publier(contenu, monde)
    assert refus.value.champ == nom and relu(contenu).etat == 'brouillon'


@pytest.mark.parametrize('genre, vide, champ', [
    ('actualite', {'resume': ''}, 'resume'), ('actualite', {'corps': ''}, 'corps'), ('evenement', {'lieu': ''}, 'lieu'),
    ('projet', {'corps': '## Le besoin\n\n## Le résultat'}, 'corps')])
def test_on_ne_fait_relire_a_personne_ce_qui_n_est_pas_encore_ecrit(ecrire, monde, genre, vide, champ):
    contenu = ecrire(genre, **vide)
    with pytest.raises(Refus) as refus:
        agir(contenu, 'soumettre', monde.chef)
    assert refus.value.champ == champ and relu(contenu).etat == 'brouillon' and not courriels()


def test_ce_qui_manque_se_dit_en_une_fois(ecrire, monde):
    phrase = 'manque «\u00a0Résumé\u00a0» et «\u00a0Texte\u00a0»\u00a0: remplissez ces champs'
    with pytest.raises(Refus, match=phrase) as refus:
        agir(ecrire(resume='', corps=''), 'soumettre', monde.chef)
    assert refus.value.champ == 'resume'


@pytest.mark.parametrize('valeurs, champ', [
    ({'classe': 'supports', 'nature': 'support', 'a_qui': ''}, 'a_qui'), ({'seance_le': None}, 'seance_le'),
    ({'corps': ''}, 'corps')])
def test_un_document_dit_a_qui_demander_de_quelle_seance_et_a_de_quoi_lire(ecrire, monde, valeurs, champ):
    contenu = ecrire('document', **valeurs)
    with pytest.raises(Refus) as refus:
        publier(contenu, monde)
    assert refus.value.champ == champ


def test_ce_qui_est_publie_ne_perd_pas_ce_qu_il_doit_dire(ecrire, monde):
    contenu = publier(ecrire(), monde)
    with pytest.raises(Refus, match='Pour être publié'):
        enregistrer(contenu, monde.admin, corps='')
    assert relu(contenu).corps == contenu.corps


# ======================================================================================
# Its life, and who may
# ======================================================================================

def test_l_expiration_passee_empeche_de_publier(ecrire, monde, heure):
    contenu = ecrire(expire_le='2026-11-24')
    heure('2026-11-24T23:30:00Z')                                   # the 25th in Paris
    with pytest.raises(Refus, match='déjà passé'):
        publier(contenu, monde)
    heure('2026-11-24T22:30:00Z')
    assert publier(contenu, monde).publie_le == '2026-11-24'


def test_publier_date_de_ce_jour_a_paris_dans_une_version_et_l_audit(ecrire, monde, heure):
    heure('2026-11-24T23:30:00Z')
    contenu = publier(ecrire(), monde)
    assert (contenu.etat, contenu.publie_le) == ('publie', '2026-11-25')
    assert [(v.numero, v.changes, v.pourquoi) for v in fil(contenu)] == [
        (2, 'publie_le', 'Publication.'), (1, 'titre resume corps', 'Première version.')]
    enregistrer(contenu, monde.admin, titre='Autre')                # no version « tel qu'il était »
    assert len(fil(contenu)) == 3 and faits() == ['contenu créé', 'contenu publié', 'contenu modifié']


@pytest.mark.parametrize('etat, qui, attendus', [
    ('brouillon', 'chef', ['soumettre', 'abandonner']), ('brouillon', 'admin', ['soumettre', 'publier', 'retirer']),
    ('brouillon', 'autre', []), ('a_valider', 'chef', ['abandonner']),
    ('a_valider', 'admin', ['publier', 'renvoyer', 'retirer']), ('publie', 'chef', []),
    ('publie', 'admin', ['retirer']), ('retire', 'chef', ['reprendre']), ('retire', 'admin', ['publier', 'reprendre']),
    ('publie', 'autre', [])])
def test_chacun_fait_ce_que_son_role_permet(ecrire, monde, etat, qui, attendus):
    contenu = ecrire()
    with models.ecriture():
        models.Contenu.update(etat=etat, publie_le='2026-11-01').execute()
    contenu, agent = relu(contenu), getattr(monde, qui)
    with models.lecture():
        assert list(contenus.actes_possibles(contenu, agent)) == attendus
    for nom in contenus.ACTES:
        if nom not in attendus:
            with pytest.raises(Refus) as refus:
                agir(contenu, nom, agent, 'Pourquoi.')
            assert refus.value.code in (403, 409)
    assert relu(contenu).etat == etat


def test_l_animateur_publie_les_documents_de_son_groupe_et_eux_seuls(ecrire, monde, groupe):
    sien = ecrire('document', monde.autre, classe='groupe', groupe=groupe.id)
    assert agir(sien, 'publier', monde.referent).etat == 'publie'
    with pytest.raises(Refus) as refus:                             # it may not leave his groupe, published
        enregistrer(sien, monde.referent, classe='comite', groupe=None)
    assert refus.value.champ == 'groupe' and relu(sien).classe == 'groupe'
    assert enregistrer(sien, monde.referent, titre='Corrigé').titre == 'Corrigé'
    for autre in (ecrire('document'), ecrire('actualite')):
        with pytest.raises(Refus):
            agir(autre, 'publier', monde.referent)
    with models.ecriture():
        models.Groupe.update(ferme_le='2026-11-20').execute()
    with models.lecture():
        assert not contenus.peut_publier(models.relire(sien), monde.referent)


def test_le_delegataire_d_un_administrateur_publie(ecrire, monde):
    contenu = ecrire()
    with models.ecriture():
        models.Delegation.create(pour=monde.admin, par=monde.autre)
    with models.lecture():
        delegataire = models.relire(monde.autre)
    assert agir(contenu, 'publier', delegataire).etat == 'publie'


@pytest.mark.parametrize('audience, genre, exige', [
    ('public', 'actualite', True), ('public', 'evenement', True), ('contributeurs', 'evenement', False),
    ('public', 'ressource', False)])
def test_en_periode_electorale_publier_demande_qui_a_relu(ecrire, monde, audience, genre, exige):
    with models.ecriture():
        for cle, jour in (('electorale_du', '2026-11-01'), ('electorale_au', '2027-03-21')):
            models.Reglage.update(valeur=jour).where(models.Reglage.cle == cle).execute()
    contenu = ecrire(genre, audience=audience)
    if exige:
        with pytest.raises(Refus, match='Période électorale') as refus:
            publier(contenu, monde)
        assert refus.value.champ == 'relu_par'
    assert agir(contenu, 'publier', monde.admin, relu_par='Maxime Exemple, chef de projet').etat == 'publie'


def test_un_evenement_ne_devient_pas_public_sans_relecture_en_periode_electorale(ecrire, monde):
    contenu = publier(ecrire('evenement', audience='contributeurs'), monde)
    with models.ecriture():
        for cle, jour in (('electorale_du', '2026-11-01'), ('electorale_au', '2027-03-21')):
            models.Reglage.update(valeur=jour).where(models.Reglage.cle == cle).execute()
    with pytest.raises(Refus, match='Période électorale'):
        enregistrer(contenu, monde.admin, audience='public')
    assert relu(contenu).audience == 'contributeurs'


def test_deux_personnes_qui_publient_le_meme_brouillon_une_seule_le_fait(ecrire, monde, entrer):
    contenu = ecrire(publie_le='2026-11-24')
    un, deux = entrer(monde.admin), entrer(monde.admin)
    formes = [champs(nav.get(f'{ICI}/{contenu.id}'), 'acte') for nav in (un, deux)]
    formes[0].submit('acte', index=1, status=303)
    avant = (faits(), courriels(), len(fil(contenu)))
    refusee = formes[1].submit('acte', index=1, status=409)
    assert 'acte n&#39;est plus possible' in refusee.text and (faits(), courriels(), len(fil(contenu))) == avant


def test_deux_personnes_qui_modifient_le_meme_contenu_ne_s_ecrasent_pas(ecrire, monde, entrer):
    contenu = ecrire()
    un, deux = (champs(entrer(qui).get(f'{ICI}/{contenu.id}')) for qui in (monde.admin, monde.chef))
    un['titre'] = 'Le premier'
    un.submit(status=303)
    deux['titre'] = 'Le second'
    refusee = deux.submit(status=409)
    assert champs(refusee)['titre'].value == 'Le second' and 'Le premier' in refusee.text
    assert relu(contenu).titre == 'Le premier'
    champs(refusee).submit(status=303)                              # having read, it may replace
    assert relu(contenu).titre == 'Le second'


def test_un_brouillon_retire_pendant_qu_on_l_ecrit_rend_ce_qui_est_tape(ecrire, monde, entrer):
    contenu = ecrire()
    form = champs(entrer(monde.chef).get(f'{ICI}/{contenu.id}'))
    agir(contenu, 'retirer', monde.admin, 'Doublon.')
    form['corps'] = 'Tout ce que j\'ai écrit.'
    refusee = form.submit(status=409)
    assert champs(refusee)['corps'].value == 'Tout ce que j\'ai écrit.'
    page = entrer(monde.chef).get(f'{ICI}/{contenu.id}')
    assert 'name="titre"' not in page.text and 'Reprendre en brouillon' in page.text


# ======================================================================================
# Proposals on what is published; versions
# ======================================================================================

def test_qui_ne_publie_pas_propose_un_changement_sans_rien_ecrire(ecrire, monde):
    contenu = publier(ecrire(), monde)
    proposition = proposer(contenu, monde.autre, resume='Plus court.', corps=contenu.corps, theme=2)
    assert (proposition.etat, proposition.numero) == ('a_relire', None)
    assert versions.lire(proposition) == {'resume': 'Plus court.'} and relu(contenu).resume == contenu.resume
    with pytest.raises(Refus) as refus:
        enregistrer(contenu, monde.chef, resume='Tout de suite.')
    assert refus.value.code == 403
    with pytest.raises(Refus):                                      # a brouillon has no proposals
        proposer(ecrire(), monde.autre, resume='Autre.')
    with pytest.raises(Refus, match='Rien n\'a changé'):
        proposer(contenu, monde.autre, resume=contenu.resume)


def test_une_proposition_se_publie_retouchee_et_son_auteur_le_sait(ecrire, monde):
    contenu = publier(ecrire(), monde)
    proposition = proposer(contenu, monde.autre, resume='Proposé.')
    lue = vue(contenu)
    with pytest.raises(Refus) as refus, models.ecriture():
        contenus.accepter(proposition, monde.chef, lue, {'resume': 'Proposé.'})
    assert refus.value.code == 403
    with models.ecriture():
        contenus.accepter(proposition, monde.admin, lue, {'resume': 'Proposé, retouché.'})
    version = fil(contenu)[0]
    assert (version.id, version.etat, version.auteur) == (proposition.id, 'publiee', 'Dominique Autre')
    assert relu(contenu).resume == 'Proposé, retouché.'
    assert [pour for _, pour in courriels(modele='contenu_publie')][-1] == monde.autre.courriel
    with pytest.raises(Refus) as encore, models.ecriture():
        contenus.refuser(proposition, monde.admin, 'Non.')
    assert encore.value.code == 409


def test_une_proposition_refusee_dit_pourquoi(ecrire, monde):
    contenu = publier(ecrire(), monde)
    proposition = proposer(contenu, monde.autre, resume='Proposé.')
    with pytest.raises(Refus), models.ecriture():
        contenus.refuser(proposition, monde.admin, '')
    with models.ecriture():
        contenus.refuser(proposition, monde.admin, 'Le résumé est juste.')
    lettre, = lettres('contenu_renvoye')
    assert lettre.destinataire == monde.autre.courriel and 'Le résumé est juste.' in lettre.corps
    assert fil(contenu)[0].etat == 'refusee' and faits()[-1] == 'changement de contenu refusé'


def test_une_version_ancienne_rend_ses_textes_et_laisse_l_etat(ecrire, monde):
    contenu = publier(ecrire(theme=1), monde)
    enregistrer(contenu, monde.admin, titre='Autre titre', theme=None, expire_le='2027-01-01')
    premiere = fil(contenu)[-1]
    lue = vue(contenu)
    with pytest.raises(Refus), models.ecriture():
        contenus.retablir(premiere, monde.chef, lue, 'Mieux avant.')
    with models.ecriture():
        contenus.retablir(premiere, monde.admin, lue, 'Mieux avant.')
    rendu = relu(contenu)
    assert (rendu.titre, rendu.theme_id, rendu.etat, rendu.expire_le) == (
        contenu.titre, 1, 'publie', '2027-01-01')
    assert fil(contenu)[0].pourquoi == 'Version 1 rétablie. Mieux avant.'


def test_la_page_d_une_version_de_contenu_la_compare_et_la_retablit(ecrire, monde, entrer):
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
    entrer(monde.autre).post(f'/espace/redaction/versions/{version.id}', {'pourquoi': 'x'}, status=403)


def test_un_document_ne_parle_ni_de_flux_ni_d_adresse_publique(monde, entrer):
    page = entrer(monde.chef).get(f'{ICI}/nouveau/document')
    assert 'Documents' in page.html.select_one('#resume-aide').text
    aides = ' '.join(page.html.select_one(f'#{nom}-aide').text for nom in ('titre', 'resume'))
    assert 'flux' not in aides and 'adresse' not in aides and 'mairie' not in aides


def test_un_agent_ne_retablit_ni_une_fiche_ni_une_page(monde, entrer):
    with models.ecriture():
        version = versions._creer('page', 'accessibilite', monde.admin, numero=1, etat='remplacee', champs='{}',
                                  changes='', pourquoi='')
    entrer(monde.chef).post(f'/espace/redaction/versions/{version.id}', {'pourquoi': 'x'}, status=403)


# ======================================================================================
# Mails
# ======================================================================================

def test_ce_qui_est_propose_avertit_qui_publie_et_sa_suite_l_auteur(ecrire, monde, groupe):
    contenu = ecrire()
    agir(contenu, 'soumettre', monde.chef)
    agir(contenu, 'renvoyer', monde.admin, 'Dites quand.')
    agir(contenu, 'soumettre', monde.chef)
    agir(contenu, 'publier', monde.admin)
    agir(contenu, 'retirer', monde.admin, 'Le dispositif a pris fin.')
    assert courriels() == [
        ('contenu_propose', monde.admin.courriel), ('contenu_renvoye', monde.chef.courriel),
        ('contenu_propose', monde.admin.courriel), ('contenu_publie', monde.chef.courriel),
        ('contenu_renvoye', monde.chef.courriel)]
    renvoye, retire = lettres('contenu_renvoye')
    assert 'Dites quand.' in renvoye.corps and 'Le dispositif a pris fin.' in retire.corps
    publie, = lettres('contenu_publie')
    assert f'/actualites/{contenu.id}-des-cours-a-l-ombre' in publie.corps
    agir(ecrire('document', monde.chef, classe='groupe', groupe=groupe.id), 'soumettre', monde.chef)
    assert {pour for _, pour in courriels(modele='contenu_propose')} == {monde.admin.courriel, monde.referent.courriel}


@pytest.mark.parametrize('nom', ['renvoyer', 'retirer'])
def test_on_ne_renvoie_ni_ne_retire_le_texte_d_un_autre_sans_dire_pourquoi(ecrire, monde, nom):
    contenu = agir(ecrire(), 'soumettre', monde.chef)
    with pytest.raises(Refus, match='Dites pourquoi') as refus:
        agir(contenu, nom, monde.admin)
    assert refus.value.champ == 'mots' and relu(contenu).etat == 'a_valider'
    sien = ecrire(agent=monde.admin)
    assert agir(sien, 'retirer', monde.admin).etat == 'retire' and courriels(modele='contenu_renvoye') == []


# ======================================================================================
# The pages
# ======================================================================================

def titres(page):
    return [a.text for a in page.html.select('table.fiches tbody th a')]


def test_la_liste_montre_a_chacun_ce_qu_il_lit_ce_qui_attend_d_abord(ecrire, monde, entrer, groupe, heure):
    publier(ecrire(titre='Publié'), monde)
    ecrire(titre='Brouillon du chef')
    agir(ecrire(titre='Proposé', agent=monde.autre), 'soumettre', monde.autre)
    agir(ecrire('document', titre='Du groupe', classe='groupe', groupe=groupe.id), 'soumettre', monde.chef)
    heure('2026-11-24T10:00:00Z')
    ecrire('evenement', titre='Récent', agent=monde.autre)
    assert titres(entrer(monde.admin).get(ICI)) == ['Du groupe', 'Proposé', 'Récent', 'Brouillon du chef', 'Publié']
    assert titres(entrer(monde.referent).get(ICI)) == ['Du groupe', 'Publié']
    assert titres(entrer(monde.cochef).get(ICI)) == ['Publié']
    autre = entrer(monde.autre)
    assert titres(autre.get(f'{ICI}?a_moi=oui')) == ['Récent', 'Proposé']
    assert titres(autre.get(f'{ICI}?genre=evenement')) == ['Récent']
    assert titres(autre.get(f'{ICI}?q=publie')) == ['Publié'] and titres(autre.get(f'{ICI}?etat=publie')) == ['Publié']
    assert titres(entrer(monde.referent).get(f'{ICI}?a_relire=oui')) == ['Du groupe']
    assert 'Aucun contenu ne répond' in autre.get(f'{ICI}?genre=inconnu').text
    assert '2 contenus à relire' in entrer(monde.admin).get('/espace').text
    assert '1 contenu à relire' in entrer(monde.referent).get('/espace').text
    assert 'à relire' not in entrer(monde.cochef).get('/espace').text


def test_la_liste_dit_a_son_auteur_la_ressource_a_revoir(ecrire, monde, entrer, heure):
    contenu = publier(ecrire('ressource', a_revoir_le='2026-12-01'), monde)
    for instant, dite in (('2026-12-01T10:00:00Z', False), ('2026-12-02T10:00:00Z', True)):
        heure(instant)
        for adresse in (f'{ICI}?a_moi=oui', f'{ICI}/{contenu.id}'):
            assert ('à revoir depuis le 01/12/2026' in entrer(monde.chef).get(adresse).text) == dite


def test_la_liste_ne_montre_que_ce_que_chacun_peut_ouvrir(ecrire, monde, groupe):
    with models.ecriture():
        ferme = models.Groupe.create(nom='Fermé', animateur=monde.referent, ferme_le='2026-11-01').id
    for genre in VALEURS:
        ecrire(genre, monde.autre)
        if genre != 'projet':                                       # its collectivité has agreed to nothing
            publier(ecrire(genre), monde)
    for cle in (groupe.id, ferme):
        ecrire('document', classe='groupe', groupe=cle)
    publier(ecrire('evenement', audience='contributeurs', publie_le='2026-12-01'), monde)
    publier(ecrire(publie_le='2026-11-01', expire_le='2026-11-24'), monde)
    agir(ecrire('projet', structures=[monde.cochef.direction.structure_id]), 'soumettre', monde.chef)
    with models.lecture():
        tous = list(models.Contenu.select())
        for qui in ('admin', 'chef', 'referent', 'cochef', 'autre', 'associe'):
            agent = getattr(monde, qui)
            ouverts = {c.id for c in tous if contenus.peut_lire(c, agent)}
            assert {c.id for c in contenus.lisibles(agent)} == ouverts, qui
            assert (len(ouverts) == len(tous)) == (qui == 'admin')


def test_une_liste_vide_dit_par_quoi_commencer(monde, entrer):
    page = entrer(monde.cochef).get(ICI)
    assert 'Aucun contenu pour l\'instant' in page.text
    for genre in models.GENRES_DE_CONTENU.values():
        page.click(genre.libelle, href='/nouveau/')
    entrer(monde.cochef).get(f'{ICI}/nouveau/secret', status=404)


def test_un_agent_ecrit_propose_et_l_administrateur_publie_a_l_ecran(monde, entrer, site):
    chef = entrer(monde.chef)
    form = champs(chef.get(f'{ICI}/nouveau/evenement'))
    for nom, valeur in {'titre': 'Salon des maires', 'resume': 'Deux jours.', 'debut_le': '08/12/2026',
                        'debut_a': '9 h', 'fin_a': '16h30',
                        'lieu': 'Toulouse', 'collectivites_1': 'Rieumes', 'collectivites_2': 'CC Cœur de Garonne',
                        'fiches_1': '2'}.items():
        form[nom] = valeur
    page = form.submit(status=303).follow()
    contenu = models.Contenu
    with models.lecture():
        contenu = models.Contenu.get()
        assert (contenu.debut_le, contenu.debut_a, contenu.fin_a) == ('2026-12-08', '09:00', '16:30')
        assert contenus.lies(contenu, 'fiches') == [2] and len(contenus.lies(contenu, 'collectivites')) == 2
    assert 'Enregistré.' in page.text
    page = champs(page, 'acte').submit('acte', index=0, status=303).follow()
    assert 'Votre proposition est envoyée' in page.text
    site.get('/agenda', status='*')
    form = champs(entrer(monde.admin).get(f'{ICI}/{contenu.id}'), 'acte')
    assert form.submit('acte', index=0, status=303).follow().text.count('Le contenu est publié.') == 1
    assert site.get(f'/agenda/{contenu.id}-salon-des-maires').status_int == 200


def test_l_aide_a_la_mise_en_forme_suit_le_champ_du_texte(ecrire, monde, entrer):
    for adresse in (f'{ICI}/nouveau/actualite', f'{ICI}/{ecrire().id}'):
        page = entrer(monde.chef).get(adresse)
        aide, = page.html.select('#mise-en-forme')
        assert aide.find_previous('textarea')['name'] == 'corps' and '## Un titre' in aide.text


def test_chaque_region_de_la_page_a_un_nom_a_elle(ecrire, monde, entrer):
    page = entrer(monde.admin).get(f'{ICI}/{publier(ecrire(), monde).id}').html
    noms = [region.get('aria-label') or page.select_one(f'#{region["aria-labelledby"]}').text
            for region in page.select('main section[aria-labelledby], main [role=region]')]
    assert 'Versions' in noms and sorted(noms) == sorted(set(noms))


def test_la_saisie_fautive_revient_avec_une_phrase_pres_du_champ(monde, entrer):
    form = champs(entrer(monde.chef).get(f'{ICI}/nouveau/projet'))
    form['titre'], form['annee'] = 'Halle', 'l\'an 2'
    form['collectivite'], form['collectivites_1'] = 'Rieum', 'Nulle-Part'
    page = form.submit(status=422)
    assert page.html.select_one('title').text.startswith('Erreur')
    assert {li.a['href'] for li in page.html.select('#erreurs li')} == {
        '#annee', '#collectivite_choix', '#collectivites_1'}
    form = champs(page)
    assert form['annee'].value == 'l\'an 2' and len(form['collectivite_choix'].options) == 2
    form['collectivite_choix'] = form['collectivite_choix'].options[0][0]
    form['annee'], form['collectivites_1'] = '2025', ''
    form.submit(status=303)
    with models.lecture():
        assert models.Contenu.get().collectivite.nom.startswith('Rieum')


def communes(noms, codes_postaux='31370', **autres):
    with models.ecriture():
        return [collectivite(nom, 'Commune', f'9{rang:08}', f'99{rang:03}', codes_postaux=codes_postaux, **autres)
                for rang, nom in enumerate(noms, models.Collectivite.select().count())]


@pytest.mark.parametrize('genre', models.GENRES_DE_CONTENU)
def test_chaque_collectivite_concernee_a_les_suggestions_d_une_seule_liste(monde, entrer, genre):
    communes([f'Saint-Exemple-sur-Garonne-{n}' for n in range(650)])
    page = entrer(monde.chef).get(f'{ICI}/nouveau/{genre}')
    listes = page.html.select('datalist')
    assert len(listes) == 1 and 'Rieumes' in [o['value'] for o in listes[0].select('option')]
    places = page.html.select('input[name^=collectivites_]')
    assert [p['name'] for p in places] == ['collectivites_1', 'collectivites_2']
    assert {p['list'] for p in places} == {listes[0]['id']} and len(page.body) < 150_000


def test_un_nom_qui_n_est_rien_ou_plusieurs_se_dit_a_cote_de_son_champ(monde, entrer):
    deux = [c for nom, code in (('Lussan', '31000'), ('Lussan', '31500'), ('Lussan-le-Haut', '31100'))
            for c in communes([nom], code)]
    form = champs(entrer(monde.chef).get(f'{ICI}/nouveau/actualite'))
    form['titre'], form['collectivites_1'], form['collectivites_2'] = 'Une halle', 'Nulle-Part', 'Lussan'
    page = form.submit(status=422)
    dits = {li.a['href']: ' '.join(li.text.split()) for li in page.html.select('#erreurs li')}
    assert list(dits) == ['#collectivites_1', '#collectivites_2_choix']
    assert 'n\'est pas dans la liste' in dits['#collectivites_1'] and 'Nulle-Part' in dits['#collectivites_1']
    assert 'peut désigner 2 collectivités' in dits['#collectivites_2_choix']
    assert page.html.select_one('#collectivites_1')['aria-invalid'] == 'true'
    form = champs(page)
    assert [form[f'collectivites_{rang}'].value for rang in (1, 2)] == ['Nulle-Part', 'Lussan']
    choisie = form['collectivites_2_choix'].options[1][0]
    form['collectivites_1'], form['collectivites_2_choix'] = 'Lussan-le-Haut', choisie
    page = form.submit(status=303).follow()
    with models.lecture():
        assert contenus.lies(models.Contenu.get(), 'collectivites') == [deux[1].id, deux[2].id]
        assert choisie == str(deux[1].id)
    form = champs(page)                                             # it takes back what it shows, once made precise
    assert [form[f'collectivites_{rang}'].value for rang in (1, 2, 3, 4)] == [
        'Lussan (31500)', 'Lussan-le-Haut', '', '']


def test_une_collectivite_choisie_le_reste_si_le_formulaire_revient_pour_autre_chose(monde, entrer):
    deux = [c for code in ('31000', '31500') for c in communes(['Lussan'], code)]
    form = champs(entrer(monde.chef).get(f'{ICI}/nouveau/projet'))
    form['titre'], form['collectivite'], form['collectivites_1'] = 'Une halle', 'Lussan', 'Lussan'
    form = champs(form.submit(status=422))
    for rang, nom in enumerate(('collectivite', 'collectivites_1')):
        form[f'{nom}_choix'] = str(deux[rang].id)
    form['annee'] = 'l\'an 2'
    page = form.submit(status=422)
    assert [li.a['href'] for li in page.html.select('#erreurs li')] == ['#annee']
    form = champs(page)
    assert (form['collectivite'].value, form['collectivites_1'].value) == ('Lussan (31000)', 'Lussan (31500)')
    form['annee'] = '2025'
    form.submit(status=303)
    with models.lecture():
        assert models.Contenu.get().collectivite == deux[0]
        assert contenus.lies(models.Contenu.get(), 'collectivites') == [deux[1].id]


def test_un_contenu_qui_en_concerne_cinquante_les_garde_toutes(ecrire, monde, entrer):
    siennes = [c.id for c in communes([f'Exemple-{chr(97 + n % 26)}{chr(97 + n // 26)}' for n in range(50)])]
    contenu = ecrire(collectivites=siennes)
    form = champs(entrer(monde.chef).get(f'{ICI}/{contenu.id}'))
    form['titre'] = 'Autre titre'
    assert 'collectivites_52' in form.fields
    form.submit(status=303)
    with models.lecture():
        assert contenus.lies(contenu, 'collectivites') == siennes
    form = champs(entrer(monde.chef).get(f'{ICI}/{contenu.id}'))
    for rang in range(1, 53):
        form[f'collectivites_{rang}'] = ''
    form.submit(status=303)
    with models.lecture():
        assert contenus.lies(contenu, 'collectivites') == []


def test_un_texte_d_un_mega_octet_est_refuse_avec_une_phrase(monde, entrer):
    form = champs(entrer(monde.chef).get(f'{ICI}/nouveau/actualite'))
    form['titre'], form['corps'] = 'Long', 'mot ' * 100_000
    page = form.submit(status=422)
    assert '40 000 au plus' in page.text.replace('\u202f', ' ').replace('\xa0', ' ')
    form['corps'] = 'mot ' * 262_144
    assert 'raccourcissez votre texte' in form.submit(status=413).html.select_one('main').text
    with models.lecture():
        assert not models.Contenu.select().exists()


def test_l_apercu_montre_ce_qui_est_tape_sans_rien_ecrire(ecrire, monde, entrer):
    contenu = ecrire()
    chef = entrer(monde.chef)
    for adresse, cache in ((f'{ICI}/{contenu.id}', 'contenu'), (f'{ICI}/nouveau/actualite', 'genre')):
        form = champs(chef.get(adresse))
        form['titre'], form['corps'] = 'Un titre tapé', '## Sous-titre\n\n<script>alert(1)</script>'
        assert cache in form.fields
        reponse = chef.post(f"{ICI}/apercu", form.submit_fields())
        assert reponse.status_int == 200 and 'Un titre tapé' in reponse.text and '<script>alert' not in reponse.text
    assert relu(contenu).titre == 'Des cours à l\'ombre' and len(fil(contenu)) == 1
    entrer(monde.autre).post(f'{ICI}/apercu', {'contenu': str(contenu.id)}, status=403)
    chef.post(f'{ICI}/apercu', {'genre': 'actualite', 'titre': ''}, status=422)


def test_un_brouillon_n_est_lu_que_de_son_auteur_et_de_qui_publie(ecrire, monde, entrer):
    contenu = ecrire()
    assert entrer(monde.chef).get(f'{ICI}/{contenu.id}').status_int == 200
    entrer(monde.autre).get(f'{ICI}/{contenu.id}', status=403)
    entrer(monde.autre).post(f'{ICI}/{contenu.id}', {'titre': 'x'}, status=403)
    entrer(monde.autre).post(f'{ICI}/{contenu.id}/acte', {'acte': 'publier'}, status=403)
    lue = vue(contenu, contenus.a_lire)
    entrer(monde.chef).post(f'{ICI}/{contenu.id}/acte', {'acte': 'publier', 'vue': lue}, status=403)
    entrer(monde.chef).post(f'{ICI}/{contenu.id}/acte', {'acte': 'effacer'}, status=404)
    assert relu(contenu).etat == 'brouillon'


def test_un_simple_agent_propose_un_changement_a_l_ecran_et_l_administrateur_le_publie(ecrire, monde, entrer):
    contenu = publier(ecrire(fiches=[1]), monde)
    autre = entrer(monde.autre)
    form = champs(autre.get(f'{ICI}/{contenu.id}'))
    assert not {'theme', 'publie_le', 'fiches_1'} & set(form.fields)
    form['resume'] = 'Plus court.'
    form.submit(status=422)                                         # without why
    form['pourquoi'] = 'Trop long.'
    page = form.submit(status=303).follow()
    assert 'Votre proposition est envoyée' in page.text
    admin = entrer(monde.admin)
    page = admin.get(f'{ICI}/{contenu.id}')
    assert 'Une proposition attend' in page.text
    form = champs(page, 'decision')
    form.submit(status=422)
    form['decision'] = 'publier'
    form.submit(status=303)
    with models.lecture():
        assert models.relire(contenu).resume == 'Plus court.' and contenus.lies(contenu, 'fiches') == [1]


def test_les_liens_retires_s_en_vont_les_autres_restent(ecrire, monde, entrer):
    contenu = ecrire(fiches=[1, 2])
    form = champs(entrer(monde.chef).get(f'{ICI}/{contenu.id}'))
    assert [form[f'fiches_{rang}'].value for rang in (1, 2, 3)] == ['1', '2', '']
    form['fiches_1'] = ''
    form.submit(status=303)
    with models.lecture():
        assert contenus.lies(contenu, 'fiches') == [2]


def test_la_structure_nommee_par_un_projet_le_lit_avant_qu_il_paraisse(ecrire, monde, entrer):
    contenu = ecrire('projet', structures=[monde.cochef.direction.structure_id])
    entrer(monde.cochef).get(f'{ICI}/{contenu.id}', status=403)     # not proposed yet
    agir(contenu, 'soumettre', monde.chef)
    page = entrer(monde.cochef).get(f'{ICI}/{contenu.id}')
    assert 'Une halle rouverte' in page.text and 'name="titre"' not in page.text
    entrer(monde.chef).get(f'{ICI}/{contenu.id}')
    entrer(monde.autre).get(f'{ICI}/{contenu.id}', status=403)

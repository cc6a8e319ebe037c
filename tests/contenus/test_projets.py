"""The projets exemplaires: from a finished demande, with the consent of the collectivité, read by each structure."""
import photos
import pytest
from conftest import (
    DEPART, au_matin, changer_demande, creer_ligne, en_ecriture, faits_dits, le_formulaire, poster, relire_ici,
    relire_ligne, texte)
from ecritures import a_defaire, en_lecture, refus_de

import models
from models import Agent, Contenu, Courriel, Demande, Document
from verbes import regles
from verbes.demande import cycle
from verbes.contenus import contenus, documents, images, projets, relectures

PDF = b'%PDF-1.7 accord du conseil'


@pytest.fixture
def close(creer):
    """A demande finished by an accompaniment, its team of two structures."""
    return creer('termine')


@pytest.fixture
def projet(monde, close):
    """Its projet, a brouillon by the référent, written in full."""
    with models.ecriture():
        contenu = Contenu.get_by_id(projets.rediger_depuis(close, monde.referent))
        ecrire(contenu, monde.referent, corps='## Le besoin\n\nUne place.\n\n## Le résultat\n\nUne halle.',
               resume='Une halle sur la place.', cout='210\u00a0000\u00a0€')
        return models.relire(contenu)


@pytest.fixture
def propose(monde, projet):
    en_ecriture(agir, projet, 'soumettre', monde.referent)
    return relire_ligne(projet)


@pytest.fixture
def publie(monde, propose):
    with models.ecriture():
        accorder(propose, monde.referent)
        repondre(propose, caue(monde), monde.cochef)
        agir(propose, 'publier', monde.admin)
    return relire_ligne(propose)


def caue(monde):
    return monde.cochef.direction.structure_id


def ecrire(contenu, agent, **valeurs):
    contenus.enregistrer(models.relire(contenu), agent, valeurs, 'Écrit.')


def agir(contenu, nom, agent, mots=''):
    contenus.agir(models.relire(contenu), nom, agent, mots)


def accorder(contenu, agent, par='sa maire', le='2026-11-20', fichiers=(('accord.pdf', PDF),)):
    projets.noter_accord(models.relire(contenu), agent, par, le, list(fichiers))


def repondre(contenu, structure, agent, correction=None):
    relectures.repondre(models.relire(contenu), structure, agent, correction)


def lues(contenu):
    """{short name: (has it read, correction)}, in the transaction that is open."""
    return {x.structure.sigle: (bool(x.lu_le), x.correction) for x in relectures.lectures_de(contenu)}


def lectures(contenu):
    return en_lecture(lues, contenu)


def courriels_de(modele):
    return [c.destinataire for c in Courriel.select().where(Courriel.modele == modele).order_by(Courriel.id)]


def test_seuls_une_demande_terminee_et_un_accompagnement_ou_une_reponse_font_un_projet(creer, monde):
    for etat in 'attribue_admin attribue_chef receptionne_expert en_cours rejete rejete_clos abandonne'.split():
        demande = creer(etat, message=f'De {etat}.')            # the same words would be the same demande
        with models.ecriture():
            assert not projets.peut_rediger(demande, monde.admin), etat
            refus = refus_de(projets.rediger_depuis, demande, monde.admin)
        assert 'terminée' in str(refus) and refus.code == 409, etat
    close = creer('termine')
    for issue in (*regles.ISSUES, *regles.ECARTS, 'realise'):
        changer_demande(close, issue=issue)
        with models.lecture():
            assert projets.peut_rediger(relire_ici(close), monde.referent) is (issue in ('realise', 'reponse')), issue
    for change in ({'restreinte': True}, {'essai': True}, {'reprise': True}, {'collectivite_liee': None}):
        with a_defaire():
            Demande.update(**change).where(Demande.numero == close.numero).execute()
            demande = relire_ici(close)
            assert not projets.peut_rediger(demande, monde.admin), change
            refus_de(projets.rediger_depuis, demande, monde.admin)
            assert not Contenu.select().exists(), change


def test_seuls_l_equipe_et_les_administrateurs_en_font_un_projet_de_ce_que_le_public_peut_savoir(creer, monde):
    demande = creer('termine', associe=True)
    with a_defaire():
        contenu = Contenu.get_by_id(projets.rediger_depuis(demande, monde.referent))
        assert contenu.titre == 'Revitalisation de bourg-centre\u00a0: l\'exemple de Rieumes'
        assert (contenu.etat, contenu.genre, contenu.audience) == ('brouillon', 'projet', 'public')
        assert (contenu.collectivite, contenu.annee, contenu.theme) == (monde.rieumes, 2026, monde.fiche.theme)
        assert contenus.lies(contenu, 'fiches') == [monde.fiche.id] and contenu.structure.sigle == 'HGI'
        noms = [models.Structure.get_by_id(n).sigle for n in contenus.lies(contenu, 'structures')]
        assert noms == ['HGI', 'CAUE'] and contenu.demande_id == demande.numero
        assert contenu.corps.split('\n\n\n\n') == ['## Le besoin', '## L\'accompagnement', '## Le résultat\n']
        assert contenu.resume == contenu.cout == contenu.lieu == '' and not contenu.publie_le
    with a_defaire():
        models.Fiche.update(etat='archivee').execute()              # it has no public page any more
        contenu = Contenu.get_by_id(projets.rediger_depuis(relire_ici(demande), monde.chef))
        assert contenu.titre == 'Un accompagnement\u00a0: l\'exemple de Rieumes'
        assert contenus.lies(contenu, 'fiches') == []
    for qui in ('admin', 'chef', 'cochef', 'referent', 'associe'):
        with a_defaire():
            assert projets.peut_rediger(demande, getattr(monde, qui)) is True, qui
            projets.rediger_depuis(demande, getattr(monde, qui))
            assert models.Audit.select().where(models.Audit.fait == 'contenu créé').exists(), qui
    with models.ecriture():
        assert projets.peut_rediger(demande, monde.autre) is False
        assert refus_de(projets.rediger_depuis, demande, monde.autre).code == 403
        premier = projets.rediger_depuis(demande, monde.referent)
        refus = refus_de(projets.rediger_depuis, demande, monde.chef)
        assert 'déjà' in str(refus) and refus.code == 409
        assert projets.projet_de(demande).id == premier and Contenu.select().count() == 1


def test_un_avertissement_dit_ce_qui_a_change_depuis_l_accord_ou_depuis_la_demande(projet, close, monde, heure):
    def avertis():
        return projets.avertissements(models.relire(projet))
    with models.ecriture():
        accorder(projet, monde.referent, le='2026-11-24')
        assert avertis() == []
        Demande.update(restreinte=True).execute()
        assert 'diffusion restreinte' in avertis()[0]
        Demande.update(restreinte=False).execute()
    heure('2026-11-26T09:00:00Z')
    with a_defaire():
        ecrire(projet, monde.referent, resume='Autre.')
        assert 'depuis l\'accord' in avertis()[0]
    with models.ecriture():
        demande = Demande.get_by_id(close.numero)
        cycle.changer_statut(demande, 'rouvrir', monde.admin, demande.version, {'motif': 'Suite.'})
        assert 'a changé' in avertis()[0]


def test_publier_exige_l_accord_de_cette_collectivite_son_document_et_chaque_lecture(propose, monde):
    with a_defaire():
        accorder(propose, monde.referent)
        for autre in (monde.epci.id, None):
            refus = refus_de(ecrire, propose, monde.referent, collectivite=autre)
            assert 'Rieumes' in str(refus) and refus.champ == 'collectivite', autre
        accord, = projets.documents_d_accord(propose)
        projets.oter_document(accord, monde.referent)
        ecrire(propose, monde.referent, collectivite=monde.epci.id)
        assert any('Notez l\'accord' in dit for dit in relectures.manques(models.relire(propose)))
    for dit, faire in (
            ('accord de la collectivité', lambda: accorder(propose, monde.referent)),
            ('doit encore le relire', lambda: repondre(propose, caue(monde), monde.cochef, 'Une date.')),
            ('demande une correction', lambda: ecrire(propose, monde.referent, resume='Corrigé.')),
            ('doit encore le relire', lambda: repondre(propose, caue(monde), monde.cochef))):
        with models.ecriture():
            assert dit in ' '.join(relectures.manques(models.relire(propose)))
            refus = refus_de(agir, propose, 'publier', monde.admin)
            assert dit in str(refus) and refus.code == 422
        assert relire_ligne(propose).etat == 'a_valider'
        en_ecriture(faire)
    with models.ecriture():
        assert relectures.manques(models.relire(propose)) == []
        agir(propose, 'publier', monde.admin)
    assert relire_ligne(propose).etat == 'publie' and relire_ligne(propose).publie_le == '2026-11-24'


def test_l_accord_dit_par_qui_quand_et_vaut_a_paris_des_minuit(projet, monde, heure):
    for saisie, champ in (
            ({'par': ''}, 'accord_par'), ({'le': ''}, 'accord_le'), ({'le': '2026-11-25'}, 'accord_le'),
            ({'fichiers': ()}, 'pieces'), ({'fichiers': [('a.pdf', PDF), ('b.pdf', PDF)]}, 'pieces'),
            ({'fichiers': [('a.pdf', b'<html>')]}, 'pieces')):
        assert refus_de(en_ecriture, accorder, projet, monde.referent, **saisie).champ == champ
        assert not relire_ligne(projet).accord_par
        assert not en_lecture(Document.select().exists), saisie
    for qui in ('cochef', 'autre'):
        assert refus_de(en_ecriture, accorder, projet, getattr(monde, qui)).code == 403, qui
    with models.ecriture():
        accorder(projet, monde.referent)
        (document,) = projets.documents_d_accord(projet)
        assert bytes(Document.get_by_id(document.id).contenu) == PDF
    assert (relire_ligne(projet).accord_par, relire_ligne(projet).accord_le) == ('sa maire', '2026-11-20')
    assert faits_dits()[-2:] == ['document ajouté', 'accord de la collectivité noté']
    heure('2026-11-24T23:30:00Z')                                   # the 25th in Paris
    with models.ecriture():
        accorder(projet, monde.admin, le='2026-11-25')
        refus_de(accorder, projet, monde.referent, le='2026-11-26')
    autre = creer_ligne(Contenu, genre='actualite', titre='Autre', agent=monde.referent, cree_le='c', modifie_le='m')
    assert refus_de(en_ecriture, accorder, autre, monde.referent).code == 404


def test_a_la_soumission_la_structure_de_l_auteur_a_lu_et_les_pilotes_des_autres_sont_prevenus(projet, monde):
    assert lectures(projet) == {'HGI': (False, ''), 'CAUE': (False, '')}
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
        (lettre,) = Courriel.select().where(Courriel.modele == 'projet_a_relire')
        assert lettre.destinataire == monde.cochef.courriel
        assert f'/espace/redaction/projets/{projet.id}/lecture' in lettre.corps
        assert relectures.a_relire(monde.cochef) == {projet.id} and relectures.a_relire(monde.chef) == set()
        assert relectures.a_relire(monde.associe) == relectures.a_relire(monde.admin) == set()
    assert lectures(projet) == {'HGI': (True, ''), 'CAUE': (False, '')}
    for qui in ('cochef', 'admin'):
        with a_defaire():
            repondre(projet, caue(monde), getattr(monde, qui))
            assert lues(projet)['CAUE'] == (True, ''), qui
    for qui in ('associe', 'chef'):
        assert refus_de(en_ecriture, repondre, projet, caue(monde), getattr(monde, qui)).code == 403, qui
    assert lectures(projet)['CAUE'] == (False, '')


def test_sans_pilote_une_personne_de_l_equipe_est_priee_de_relire_et_chacun_repond(projet, monde):
    def changer(*agents, **valeurs):
        Agent.update(**valeurs).where(Agent.id << [a.id for a in agents]).execute()

    def prevenus():
        agir(projet, 'soumettre', monde.referent)
        return courriels_de('projet_a_relire')

    def repondu_par_l_associe():
        repondre(projet, caue(monde), Agent.get_by_id(monde.associe.id))
        return lues(projet)['CAUE'] == (True, '')
    with a_defaire():
        changer(monde.cochef, pilote=False)
        assert prevenus() == [monde.cochef.courriel]
        assert relectures.a_relire(monde.cochef) == {projet.id} and not relectures.a_relire(monde.associe)
        assert relectures.a_relire_par_les_siens(monde.associe) == {projet.id} and repondu_par_l_associe()
    with a_defaire():                                               # no account is opened: the box of the direction
        changer(monde.cochef, monde.associe, ouvert_le=None)
        assert prevenus() == ['contact@caue.example']
    with a_defaire():                                               # a pilote of a direction out of the team
        changer(monde.associe, pilote=True, direction=models.Direction.create(structure=caue(monde), nom='Paysage'))
        assert prevenus() == [monde.cochef.courriel] and repondu_par_l_associe()
    with a_defaire():
        models.Absence.create(agent=monde.cochef, du='2026-11-20', au='2026-11-30', suppleant=monde.associe)
        assert set(prevenus()) == {monde.cochef.courriel, monde.associe.courriel} and repondu_par_l_associe()


@pytest.fixture
def a_douze(projet, monde):
    """Twelve pilotes of the CAUE, in two directions, none of them in the team of the demande."""
    urba = monde.cochef.direction
    with models.ecriture():
        paysage = models.Direction.create(structure=urba.structure, nom='Paysage')
        Agent.update(pilote=False).where(Agent.id == monde.cochef.id).execute()
        return [Agent.create(prenom='Noé', nom=f'Pilote{n}', direction=paysage if n < 8 else urba, pilote=True,
                             courriel=f'pilote{n}@caue.example', cree_le=DEPART, ouvert_le=DEPART) for n in range(12)]


def test_une_seule_personne_de_chaque_structure_est_priee_de_relire_la_page_dit_aux_autres_qui(
        projet, monde, a_douze, entrer):
    def de_l_equipe():
        models.Membre.create(demande=projet.demande_id, role='associe', agent=a_douze[11], rang=5, depuis_le=DEPART,
                             structure=caue(monde), direction=a_douze[11].direction_id)

    def hors_de_l_equipe():                                         # the référent of the convention
        models.Membre.delete().where(models.Membre.demande == projet.demande_id).execute()
        models.Structure.update(convention_referent='Noé Pilote5').where(models.Structure.id == caue(monde)).execute()

    def absent(**suppleant):
        models.Absence.create(agent=a_douze[8], du='2026-11-01', au='2026-12-31', **suppleant)
    for preparer, attendus in (
            (lambda: None, [8]), (de_l_equipe, [11]), (hors_de_l_equipe, [5]), (absent, [9]),
            (lambda: absent(suppleant=a_douze[2]), [2, 8])):
        with a_defaire():
            preparer()
            agir(projet, 'soumettre', monde.referent)
            agents = [Agent.get_by_id(a.id) for a in a_douze]
            assert [n for n, a in enumerate(agents) if projet.id in relectures.a_relire(a)] == attendus, preparer
            assert all(relectures.a_relire_par_les_siens(a) for a in agents)
            if attendus == [8]:
                assert courriels_de('projet_a_relire') == [a_douze[8].courriel]
    en_ecriture(agir, projet, 'soumettre', monde.referent)
    navigateur, ici = entrer(a_douze[4]), f'/espace/redaction/contenus/{projet.id}'
    relecture = f'/espace/redaction/projets/{projet.id}/lecture'
    assert 'projet exemplaire' not in navigateur.get('/espace').text
    assert 'À relire demandé à Noé Pilote8' in texte(navigateur.get(relecture))
    creer_ligne(models.Absence, agent=a_douze[8], du='2026-11-01', au='2026-12-31', suppleant=a_douze[2])
    for adresse in (ici, relecture):
        assert 'à Noé Pilote8, que remplace Noé Pilote2' in texte(navigateur.get(adresse))
    en_ecriture(repondre, projet, caue(monde), a_douze[4])
    page = navigateur.get(ici)
    assert 'relu par Noé Pilote4, le 24 novembre' in texte(page) and 'demandé à' not in page


def test_quand_le_texte_change_les_lectures_tombent_les_structures_nommees_relisent_la_sienne_aussi(propose, monde):
    cd, hgi = monde.admin.direction.structure_id, monde.chef.direction.structure_id
    with a_defaire():                                               # a correction asked by one's own is not silent
        repondre(propose, hgi, monde.chef, 'Le coût est faux.')
        ecrire(propose, monde.referent, cout='12\u00a0000\u00a0€')
        assert courriels_de('projet_a_relire')[1:] == [monde.chef.courriel]
        assert lues(propose)['HGI'] == (False, 'Le coût est faux.')
    with a_defaire():                                               # one that is named since, one that is not any more
        Agent.update(pilote=True).where(Agent.id == monde.autre.id).execute()
        ecrire(propose, monde.referent, structures=[hgi, cd])
        assert courriels_de('projet_a_relire')[1:] == [monde.autre.courriel]
        assert lues(propose) == {'CD31': (False, ''), 'HGI': (True, '')}
    with models.ecriture():
        ecrire(propose, monde.referent, resume='Un.')               # nobody had read it: one mail is enough
        assert len(courriels_de('projet_a_relire')) == 1
        repondre(propose, caue(monde), monde.cochef)
    assert dict(au_matin('projet')).keys() == {monde.referent.courriel, monde.admin.courriel}
    with models.ecriture():
        ecrire(propose, monde.referent, expire_le='2027-12-31')     # not what they read
        assert len(courriels_de('projet_a_relire')) == 1
    assert lectures(propose)['CAUE'] == (True, '')
    with models.ecriture():
        ecrire(propose, monde.referent, corps='## Le besoin\n\nTout autre chose.')
        assert courriels_de('projet_a_relire') == [monde.cochef.courriel] * 2
        assert 'a changé le texte depuis' in Courriel.select().order_by(Courriel.id.desc()).get().corps
    assert lectures(propose) == {'HGI': (True, ''), 'CAUE': (False, '')}
    with models.ecriture():                                         # by an administrateur: the author's reads again too
        ecrire(propose, monde.admin, corps='## Le besoin\n\nEncore.')
        assert courriels_de('projet_a_relire')[2:] == [monde.chef.courriel]
    assert lectures(propose) == {'HGI': (False, ''), 'CAUE': (False, '')}


def test_une_correction_arrive_a_l_auteur_et_aux_administrateurs_un_brouillon_renvoye_previent_ensuite(propose, monde):
    with models.ecriture():
        assert refus_de(repondre, propose, caue(monde), monde.cochef, ' ').champ == 'correction'
        repondre(propose, caue(monde), monde.cochef, 'La halle date de 1882.')
        assert set(courriels_de('projet_correction')) == {monde.referent.courriel, monde.admin.courriel}
        assert 'La halle date de 1882.' in Courriel.get(Courriel.modele == 'projet_correction').corps
    assert lectures(propose)['CAUE'] == (True, 'La halle date de 1882.') and faits_dits()[-1] == 'correction demandée'
    with models.ecriture():
        repondre(propose, caue(monde), monde.cochef, 'Une date.')
        agir(propose, 'renvoyer', monde.admin, 'Corrigez.')
        ecrire(propose, monde.referent, resume='Corrigé.')
        assert len(courriels_de('projet_a_relire')) == 1
        refus_de(repondre, propose, caue(monde), monde.cochef)
        agir(propose, 'soumettre', monde.referent)
        assert len(courriels_de('projet_a_relire')) == 2
    assert lectures(propose)['CAUE'] == (False, 'Une date.')        # what was asked is shown again


def test_repondre_a_un_texte_change_est_refuse_ce_qui_est_joint_apres_une_lecture_se_relit(propose, monde, entrer):
    ici = f'/espace/redaction/projets/{propose.id}/lecture'
    for structure in ('', 'x', '0', '9' * 30, '9' * 5000):
        page = poster(entrer(monde.admin), ici, {'structure': structure, 'reponse': 'rien'}, status=409)
        assert 'attend pas de réponse de cette structure' in page.text
    form = le_formulaire(entrer(monde.cochef).get(ici))
    en_ecriture(ecrire, propose, monde.referent, resume='Autre.')
    refuse = form.submit('reponse', value='rien', status=409)
    assert 'a changé pendant que vous lisiez' in refuse.text and 'Autre.' in refuse.text
    assert lectures(propose)['CAUE'] == (False, '')
    en_ecriture(accorder, propose, monde.referent)

    def a_relire():
        assert lues(propose) == {'HGI': (True, ''), 'CAUE': (False, '')}
        return 'doit encore le relire' in relectures.manques(models.relire(propose))[0]
    for changer in (illustrer, joindre):
        form = le_formulaire(entrer(monde.cochef).get(f'/espace/redaction/projets/{propose.id}/lecture'))
        en_ecriture(changer, propose, monde.referent)
        assert 'Ce projet a changé' in form.submit('reponse', value='rien', status=409).html.text, changer
        assert en_ecriture(a_relire), changer
    with models.ecriture():
        for changer in (illustrer, joindre):
            repondre(propose, caue(monde), monde.cochef)
            assert relectures.manques(models.relire(propose)) == [], changer
            avant = len(courriels_de('projet_a_relire'))
            numero = changer(propose, monde.referent)
            assert courriels_de('projet_a_relire')[avant:] == [monde.cochef.courriel] and a_relire(), changer
        repondre(propose, caue(monde), monde.cochef)
        joint = Document.get_by_id(numero)
        documents.modifier_document(joint, monde.referent, {'titre': 'Autre titre', 'accessible': 'oui', 'a_qui': ''})
        assert a_relire()


def illustrer(contenu, agent, **dits):
    return images.ajouter_image(contenu, agent, {
        'alternative': 'La halle.', 'credit': 'La commune', 'droit': 'Photo de la commune.', 'personnes': 'aucune',
        **dits}, [('halle.png', photos.png())])


def joindre(contenu, agent):
    return documents.ajouter_document('contenu', contenu.id, 'Le plan', [('plan.pdf', PDF)], agent, 'oui')


def test_l_accord_retire_le_projet_aussi_ses_fichiers_effaces_le_document_de_l_accord_garde(publie, monde, heure, base):
    plan = bytes(range(1, 200)) * 40
    with models.ecriture():
        image = Document.get_by_id(illustrer(publie, monde.admin))
        joint = documents.ajouter_document('contenu', publie.id, 'Plan de Mme Dupont', [('Dupont.pdf', PDF + plan)],
                                           monde.admin, 'non', 'Mme Dupont')
    heure('2026-12-01T09:00:00Z')
    with models.ecriture():
        models.db.execute_sql('PRAGMA secure_delete = OFF')         # Debian's SQLite writes over by itself, not all do
        projets.retirer_accord(publie, monde.admin, '2026-11-30', 'Par téléphone.')
        assert not contenus.publie_pour(publie, None)
        image, vide, preuve = models.relire(image), Document.get_by_id(joint), Document.get(Document.genre == 'accord')
        assert [d.id for d in projets.documents_d_accord(publie)] == [preuve.id]
        assert 'gardé' in str(refus_de(projets.oter_document, preuve, monde.admin))
    assert bytes(image.contenu) == b'' and image.retire_le
    assert (vide.contenu, vide.taille, vide.titre, vide.nom, vide.a_qui) == (b'', 0, '', 'fichier.pdf', '')
    assert vide.retire_le and not preuve.retire_le
    assert (preuve.contenu, preuve.nom, preuve.taille) == (PDF, 'accord.pdf', len(PDF))
    apres = relire_ligne(publie)
    assert (apres.etat, apres.accord_retire_le) == ('retire', '2026-11-30') and apres.retire_le
    assert faits_dits().count('document retiré') == 1 and 'accord de la collectivité retiré' in faits_dits()
    models._branche['ancre'].execute('PRAGMA wal_checkpoint(TRUNCATE)')
    with open(base, 'rb') as fichier:
        octets = fichier.read()
    assert plan not in octets and PDF in octets


def test_le_dernier_document_de_l_accord_est_garde_republier_en_demande_un_nouveau(publie, monde, heure):
    with models.ecriture():
        (document,) = projets.documents_d_accord(publie)
        assert 'gardé' in str(refus_de(projets.oter_document, document, monde.admin))
        accorder(publie, monde.admin)
        projets.oter_document(document, monde.admin)
        assert len(projets.documents_d_accord(publie)) == 1
    for saisie, qui, code in (
            ({'le': '2026-11-25'}, 'admin', 422), ({'le': '2026-11-19'}, 'admin', 422), ({'le': ''}, 'admin', 422),
            ({'motif': ''}, 'admin', 422), ({}, 'referent', 403)):
        dits = {'le': '2026-11-24', 'motif': 'Non.'} | saisie
        assert refus_de(en_ecriture, projets.retirer_accord, publie, getattr(monde, qui), **dits).code == code, saisie
        assert relire_ligne(publie).etat == 'publie'
    heure('2026-12-01T09:00:00Z')
    with models.ecriture():
        projets.retirer_accord(publie, monde.admin, '2026-12-01', 'Par téléphone.')
        assert 'nouveau' in str(refus_de(agir, publie, 'publier', monde.admin))
        for saisie in ({'le': '2026-11-30'}, {'le': '2026-12-01', 'fichiers': ()}):
            refus_de(accorder, publie, monde.admin, **saisie)
        accorder(publie, monde.admin, le='2026-12-01')
        agir(publie, 'publier', monde.admin)
    assert relire_ligne(publie).etat == 'publie' and relire_ligne(publie).accord_retire_le is None


def test_un_projet_incomplet_ne_se_publie_pas_retire_une_seule_fois_il_reste_brouillon_sans_ses_fichiers(projet, monde):
    for valeurs, dit in (
            ({'collectivite': None}, 'Collectivité'), ({'structures': []}, 'Nommez les structures'),
            ({'corps': '## Le besoin\n\nUne halle.\n\n## Le résultat\n\n'}, '«\u00a0Le résultat\u00a0»'),
            ({'corps': '## Le besoin\n\n## Le résultat\n\nOui.'}, '«\u00a0Le besoin\u00a0»')):
        with a_defaire():
            ecrire(projet, monde.admin, **valeurs)
            assert dit in str(refus_de(agir, projet, 'publier', monde.admin)), dit
            assert models.relire(projet).etat == 'brouillon'
    def retirer():
        projets.retirer_accord(projet, monde.admin, '2026-11-24', 'Non.')
    with models.ecriture():
        assert 'Aucun accord' in str(refus_de(retirer))
        accorder(projet, monde.referent)
        documents.ajouter_document('contenu', projet.id, 'Plan', [('plan.pdf', PDF)], monde.referent, 'oui')
        retirer()
        assert documents.documents_de('contenu', projet.id) == [] and len(projets.documents_d_accord(projet)) == 1
        assert 'Aucun accord' in str(refus_de(retirer))
    assert relire_ligne(projet).etat == 'brouillon'

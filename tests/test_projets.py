"""The projets exemplaires: from a finished demande, with the consent of the collectivité, read by each structure."""
import itertools
import re
import struct
import zlib

import pytest
import webtest
from test_acces import adresse, routes

import models
from models import Contenu, Document, Refus
from verbes import contenus, cycle, images, journal, projets, relectures
from verbes.journal import empreinte

PDF = b'%PDF-1.7 accord du conseil'


def _morceau(nom, octets):
    return struct.pack('>I', len(octets)) + nom + octets + struct.pack('>I', zlib.crc32(nom + octets))


PNG = b'\x89PNG\r\n\x1a\n' + b''.join(itertools.starmap(_morceau, (
    (b'IHDR', struct.pack('>IIBBBBB', 6, 4, 8, 0, 0, 0, 0)), (b'IDAT', zlib.compress(b'\0' * 7 * 4)), (b'IEND', b''))))


def faits():
    with models.lecture():
        return [fait for fait, in models.Audit.select(models.Audit.fait).order_by(models.Audit.id).tuples()]


def relu(contenu):
    with models.lecture():
        return Contenu.get_by_id(contenu if isinstance(contenu, int) else contenu.id)


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


def ecrire(contenu, agent, **valeurs):
    contenu = models.relire(contenu)
    contenus.enregistrer(contenu, agent, empreinte(contenus.champs_de(contenu)), valeurs, 'Écrit.')


def agir(contenu, nom, agent, mots=''):
    contenus.agir(contenu, nom, agent, empreinte(contenus.a_lire(models.relire(contenu))), mots)


def accorder(contenu, agent, par='sa maire', le='2026-11-20', fichiers=(('accord.pdf', PDF),)):
    contenu = models.relire(contenu)
    projets.noter_accord(contenu, agent, empreinte(projets.accord_lu(contenu)), par, le, list(fichiers))


def repondre(contenu, structure, agent, correction=None):
    contenu = models.relire(contenu)
    relectures.repondre(contenu, structure, agent, empreinte(relectures.texte_lu(contenu)), correction)


def lectures(contenu):
    """{short name: (has it read, correction)}."""
    with models.lecture():
        return {x.structure.sigle: (bool(x.lu_le), x.correction) for x in relectures.lectures_de(contenu)}


@pytest.fixture
def publie(monde, projet):
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
        accorder(projet, monde.referent)
        repondre(projet, monde.cochef.direction.structure_id, monde.cochef)
        agir(projet, 'publier', monde.admin)
    return relu(projet)


# ======================================================================================
# From a demande: who, of which ones, and with what
# ======================================================================================

ETATS = ('attribue_admin', 'attribue_chef', 'receptionne_expert', 'en_cours', 'termine', 'rejete', 'rejete_clos',
         'abandonne')
AUTORISES = {'admin', 'chef', 'cochef', 'referent', 'associe'}


@pytest.mark.parametrize('etat', ETATS)
def test_seule_une_demande_terminee_devient_un_projet(creer, monde, etat):
    demande = creer(etat)
    with models.ecriture():
        assert projets.peut_rediger(demande, monde.admin) is (etat == 'termine')
        if etat != 'termine':
            with pytest.raises(Refus, match='terminée') as refus:
                projets.rediger_depuis(demande, monde.admin)
            assert refus.value.code == 409 and not Contenu.select().exists()


@pytest.mark.parametrize('issue', [*models.ISSUES, *models.ECARTS])
def test_seuls_un_accompagnement_et_une_reponse_sont_exemplaires(close, monde, issue):
    with models.ecriture():
        models.Demande.update(issue=issue).execute()
        demande = models.Demande.get_by_id(close.numero)
        assert projets.peut_rediger(demande, monde.referent) is (issue in ('realise', 'reponse'))


@pytest.mark.parametrize('change', [
    {'restreinte': True}, {'essai': True}, {'reprise': True}, {'collectivite_liee': None}])
def test_ni_restreinte_ni_essai_ni_reprise_ni_sans_collectivite(close, monde, change):
    with models.ecriture():
        models.Demande.update(**change).execute()
        demande = models.Demande.get_by_id(close.numero)
        assert not projets.peut_rediger(demande, monde.admin)
        with pytest.raises(Refus):
            projets.rediger_depuis(demande, monde.admin)


@pytest.mark.parametrize('qui', ['admin', 'chef', 'cochef', 'referent', 'associe', 'autre'])
def test_seuls_l_equipe_et_les_administrateurs_en_font_un_projet(creer, monde, qui):
    demande, agent = creer('termine', associe=True), getattr(monde, qui)
    with models.ecriture():
        assert projets.peut_rediger(demande, agent) is (qui in AUTORISES)
        if qui in AUTORISES:
            projets.rediger_depuis(demande, agent)
        else:
            with pytest.raises(Refus) as refus:
                projets.rediger_depuis(demande, agent)
            assert refus.value.code == 403
    assert ('contenu créé' in faits()) is (qui in AUTORISES)


def test_le_brouillon_ne_prend_que_ce_que_le_public_peut_savoir(creer, monde):
    demande = creer('termine', associe=True)
    with models.ecriture():
        contenu = Contenu.get_by_id(projets.rediger_depuis(demande, monde.referent))
        assert contenu.titre == 'Revitalisation de bourg-centre\u00a0: l\'exemple de Rieumes'
        assert (contenu.etat, contenu.genre, contenu.audience) == ('brouillon', 'projet', 'public')
        assert (contenu.collectivite, contenu.annee, contenu.theme) == (monde.rieumes, 2026, monde.fiche.theme)
        assert contenus.lies(contenu, 'fiches') == [monde.fiche.id] and contenu.structure.sigle == 'HGI'
        noms = [models.Structure.get_by_id(n).sigle for n in contenus.lies(contenu, 'structures')]
        assert noms == ['HGI', 'CAUE'] and contenu.demande_id == demande.numero
        assert contenu.corps.split('\n\n\n\n') == ['## Le besoin', '## L\'accompagnement', '## Le résultat\n']
        assert contenu.resume == contenu.cout == contenu.lieu == '' and not contenu.publie_le


def test_une_fiche_qui_n_a_pas_de_page_publique_n_est_pas_nommee(close, monde):
    with models.ecriture():
        models.Fiche.update(etat='archivee').execute()
        contenu = Contenu.get_by_id(projets.rediger_depuis(models.Demande.get_by_id(close.numero), monde.chef))
        assert contenu.titre == 'Un accompagnement\u00a0: l\'exemple de Rieumes'
        assert contenus.lies(contenu, 'fiches') == []


def test_une_demande_n_a_qu_un_projet(close, monde):
    with models.ecriture():
        premier = projets.rediger_depuis(close, monde.referent)
        with pytest.raises(Refus, match='déjà') as refus:
            projets.rediger_depuis(close, monde.chef)
        assert refus.value.code == 409 and projets.projet_de(close).id == premier
        assert Contenu.select().count() == 1


def test_une_demande_devenue_restreinte_ou_rouverte_se_dit_avant_la_publication(projet, close, monde):
    with models.ecriture():
        assert projets.avertissements(projet) == []
        models.Demande.update(restreinte=True).execute()
        assert 'diffusion restreinte' in projets.avertissements(models.relire(projet))[0]
        models.Demande.update(restreinte=False).execute()
        demande = models.Demande.get_by_id(close.numero)
        cycle.changer_statut(demande, 'rouvrir', monde.admin, demande.version, {'motif': 'Suite.'})
        assert 'a changé' in projets.avertissements(models.relire(projet))[0]


# ======================================================================================
# What publishing asks for
# ======================================================================================

def manques(contenu):
    with models.lecture():
        return ' '.join(relectures.manques(models.relire(contenu)))


def test_publier_exige_l_accord_son_document_la_collectivite_et_chaque_lecture(projet, monde):
    structure = monde.cochef.direction.structure_id
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
    etapes = (
        ('accord de la collectivité', lambda: accorder(projet, monde.referent)),
        ('doit encore le relire', lambda: repondre(projet, structure, monde.cochef, 'Une date.')),
        ('demande une correction', lambda: ecrire(projet, monde.referent, resume='Corrigé.')),
        ('doit encore le relire', lambda: repondre(projet, structure, monde.cochef)),
    )
    for dit, faire in etapes:
        assert dit in manques(projet)
        with models.ecriture(), pytest.raises(Refus, match=dit) as refus:
            agir(projet, 'publier', monde.admin)
        assert refus.value.code == 422 and relu(projet).etat == 'a_valider'
        with models.ecriture():
            faire()
    assert manques(projet) == ''
    with models.ecriture():
        agir(projet, 'publier', monde.admin)
    assert relu(projet).etat == 'publie' and relu(projet).publie_le == '2026-11-24'


@pytest.mark.parametrize('valeurs, dit', [
    ({'collectivite': None}, 'Collectivité'), ({'structures': []}, 'Nommez les structures'),
    ({'corps': '## Le besoin\n\nUne halle.\n\n## Le résultat\n\n'}, '«\u00a0Le résultat\u00a0»'),
    ({'corps': '## Le besoin\n\n## Le résultat\n\nOui.'}, '«\u00a0Le besoin\u00a0»')])
def test_un_projet_incomplet_ne_se_publie_pas(projet, monde, valeurs, dit):
    with models.ecriture():
        ecrire(projet, monde.admin, **valeurs)
        with pytest.raises(Refus, match=dit):
            agir(projet, 'publier', monde.admin)
    assert relu(projet).etat == 'brouillon'


def test_les_autres_genres_se_publient_sans_accord(monde):
    with models.ecriture():
        contenu = Contenu.get_by_id(contenus.creer('actualite', monde.admin, {
            'titre': 'Une actualité', 'resume': 'En bref.', 'corps': 'Un texte.'}))
        agir(contenu, 'publier', monde.admin)
    assert relu(contenu).etat == 'publie'


# ======================================================================================
# The consent
# ======================================================================================

def test_l_accord_dit_par_qui_quand_et_garde_son_document(projet, monde):
    with models.ecriture():
        accorder(projet, monde.referent)
        (document,) = projets.documents_d_accord(projet)
        assert bytes(Document.get_by_id(document.id).contenu) == PDF
    assert (relu(projet).accord_par, relu(projet).accord_le) == ('sa maire', '2026-11-20')
    assert faits()[-2:] == ['document ajouté', 'accord de la collectivité noté']


@pytest.mark.parametrize('saisie, champ', [
    ({'par': ''}, 'accord_par'), ({'le': ''}, 'accord_le'), ({'le': '2026-11-25'}, 'accord_le'),
    ({'fichiers': ()}, 'pieces'), ({'fichiers': [('a.pdf', PDF), ('b.pdf', PDF)]}, 'pieces'),
    ({'fichiers': [('a.pdf', b'<html>')]}, 'pieces')])
def test_un_accord_incomplet_est_refuse_sans_rien_garder(projet, monde, saisie, champ):
    with pytest.raises(Refus) as refus, models.ecriture():
        accorder(projet, monde.referent, **saisie)
    assert refus.value.champ == champ and not relu(projet).accord_par
    with models.lecture():
        assert not Document.select().exists()


def test_l_accord_d_aujourd_hui_vaut_a_paris_des_minuit(projet, monde, heure):
    heure('2026-11-24T23:30:00Z')                                   # the 25th in Paris
    with models.ecriture():
        accorder(projet, monde.referent, le='2026-11-25')
        with pytest.raises(Refus):
            accorder(projet, monde.referent, le='2026-11-26')


@pytest.mark.parametrize('qui, peut', [('referent', True), ('admin', True), ('cochef', False), ('autre', False)])
def test_l_accord_est_tenu_par_l_auteur_et_les_administrateurs(projet, monde, qui, peut):
    with models.ecriture():
        if peut:
            accorder(projet, getattr(monde, qui))
        else:
            with pytest.raises(Refus) as refus:
                accorder(projet, getattr(monde, qui))
            assert refus.value.code == 403


def test_deux_personnes_qui_notent_l_accord_ne_s_ecrasent_pas(projet, monde):
    with models.ecriture():
        vue = empreinte(projets.accord_lu(projet))
        accorder(projet, monde.referent)
        with pytest.raises(Refus) as refus:
            projets.noter_accord(projet, monde.admin, vue, 'son conseil', '2026-11-21', [('b.pdf', PDF)])
        assert refus.value.code == 409


def test_le_dernier_document_de_l_accord_d_un_projet_publie_est_garde(publie, monde):
    with models.ecriture():
        (document,) = projets.documents_d_accord(publie)
        with pytest.raises(Refus, match='gardé'):
            projets.oter_document(document, monde.admin)
        accorder(publie, monde.admin)
        projets.oter_document(document, monde.admin)
        assert len(projets.documents_d_accord(publie)) == 1


def test_un_texte_change_apres_l_accord_se_dit(projet, monde, heure):
    with models.ecriture():
        accorder(projet, monde.referent, le='2026-11-24')
        assert projets.avertissements(models.relire(projet)) == []
    heure('2026-11-26T09:00:00Z')
    with models.ecriture():
        ecrire(projet, monde.referent, resume='Autre.')
        assert 'depuis l\'accord' in projets.avertissements(models.relire(projet))[0]


# ======================================================================================
# The structures
# ======================================================================================

def test_a_la_soumission_la_structure_de_l_auteur_a_lu_et_les_pilotes_des_autres_sont_prevenus(projet, monde):
    assert lectures(projet) == {'HGI': (False, ''), 'CAUE': (False, '')}
    with models.ecriture():
        avant = models.Courriel.select().count()
        agir(projet, 'soumettre', monde.referent)
        lettres = [c for c in models.Courriel.select().offset(avant) if c.modele == 'projet_a_relire']
        assert [c.destinataire for c in lettres] == [monde.cochef.courriel]
        assert f'/espace/redaction/projets/{projet.id}/lecture' in lettres[0].corps
        assert relectures.a_relire(monde.cochef) == {projet.id} and relectures.a_relire(monde.chef) == set()
        assert relectures.a_relire(monde.associe) == relectures.a_relire(monde.admin) == set()
    assert lectures(projet) == {'HGI': (True, ''), 'CAUE': (False, '')}


def test_sans_pilote_la_boite_de_la_direction_est_prevenue_et_chacun_repond(projet, monde):
    with models.ecriture():
        models.Agent.update(pilote=False).where(models.Agent.id == monde.cochef.id).execute()
        agir(projet, 'soumettre', monde.referent)
        assert courriels_de('projet_a_relire') == ['contact@caue.example']
        assert relectures.a_relire(monde.associe) == {projet.id}
        repondre(projet, monde.associe.direction.structure_id, monde.associe)
    assert lectures(projet)['CAUE'] == (True, '')


def test_seuls_les_pilotes_des_directions_de_l_equipe_sont_prevenus_et_tous_repondent(projet, monde):
    caue = monde.cochef.direction.structure_id
    with models.ecriture():
        ailleurs = models.Direction.create(structure=caue, nom='Paysage')
        models.Agent.update(pilote=True, direction=ailleurs).where(models.Agent.id == monde.associe.id).execute()
        agir(projet, 'soumettre', monde.referent)
        assert courriels_de('projet_a_relire') == [monde.cochef.courriel]
        repondre(projet, caue, models.Agent.get_by_id(monde.associe.id))
    assert lectures(projet)['CAUE'] == (True, '')


def courriels_de(modele):
    return [c.destinataire for c in models.Courriel.select().where(models.Courriel.modele == modele)
            .order_by(models.Courriel.id)]


def test_sans_pilote_ni_boite_ses_agents_sont_prevenus(projet, monde):
    with models.ecriture():
        models.Agent.update(pilote=False).where(models.Agent.id == monde.cochef.id).execute()
        models.Direction.update(courriel='').execute()
        agir(projet, 'soumettre', monde.referent)
        assert set(courriels_de('projet_a_relire')) == {monde.cochef.courriel, monde.associe.courriel}


@pytest.mark.parametrize('qui, peut', [('cochef', True), ('admin', True), ('associe', False), ('chef', False)])
def test_repondent_les_pilotes_de_la_structure_et_les_administrateurs(projet, monde, qui, peut):
    structure = monde.cochef.direction.structure_id
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
        if peut:
            repondre(projet, structure, getattr(monde, qui))
        else:
            with pytest.raises(Refus) as refus:
                repondre(projet, structure, getattr(monde, qui))
            assert refus.value.code == 403
    assert lectures(projet)['CAUE'][0] is peut


def test_le_suppleant_d_un_pilote_repond_pour_lui(projet, monde):
    with models.ecriture():
        models.Absence.create(agent=monde.cochef, du='2026-11-20', au='2026-11-30', suppleant=monde.associe)
        agir(projet, 'soumettre', monde.referent)
        assert set(courriels_de('projet_a_relire')) == {monde.cochef.courriel, monde.associe.courriel}
        repondre(projet, monde.cochef.direction.structure_id, models.Agent.get_by_id(monde.associe.id))
    assert lectures(projet)['CAUE'] == (True, '')


def test_une_correction_arrive_a_l_auteur_et_aux_administrateurs(projet, monde):
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
        with pytest.raises(Refus) as refus:
            repondre(projet, monde.cochef.direction.structure_id, monde.cochef, ' ')
        assert refus.value.champ == 'correction'
        repondre(projet, monde.cochef.direction.structure_id, monde.cochef, 'La halle date de 1882.')
        assert set(courriels_de('projet_correction')) == {monde.referent.courriel, monde.admin.courriel}
        corps = models.Courriel.get(models.Courriel.modele == 'projet_correction').corps
        assert 'La halle date de 1882.' in corps
    assert lectures(projet)['CAUE'] == (True, 'La halle date de 1882.') and faits()[-1] == 'correction demandée'


def test_quand_le_texte_change_les_lectures_tombent_et_les_structures_relisent(projet, monde):
    caue = monde.cochef.direction.structure_id
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
        ecrire(projet, monde.referent, resume='Un.')                # nobody had read it: one mail is enough
        assert len(courriels_de('projet_a_relire')) == 1
        repondre(projet, caue, monde.cochef)
        assert set(courriels_de('projet_relu')) == {monde.referent.courriel, monde.admin.courriel}
        ecrire(projet, monde.referent, expire_le='2027-12-31')      # not what they read
        assert len(courriels_de('projet_a_relire')) == 1
    assert lectures(projet)['CAUE'] == (True, '')
    with models.ecriture():
        ecrire(projet, monde.referent, corps='## Le besoin\n\nTout autre chose.')
        assert courriels_de('projet_a_relire') == [monde.cochef.courriel] * 2
        dernier = models.Courriel.select().order_by(models.Courriel.id.desc()).get()
        assert 'a changé le texte depuis' in dernier.corps
    assert lectures(projet) == {'HGI': (True, ''), 'CAUE': (False, '')}
    with models.ecriture():                                         # by an administrateur: the author's reads again too
        ecrire(projet, monde.admin, corps='## Le besoin\n\nEncore.')
        assert courriels_de('projet_a_relire')[2:] == [monde.chef.courriel]
    assert lectures(projet) == {'HGI': (False, ''), 'CAUE': (False, '')}


def test_un_brouillon_renvoye_ne_previent_qu_a_la_nouvelle_soumission(projet, monde):
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
        repondre(projet, monde.cochef.direction.structure_id, monde.cochef, 'Une date.')
        agir(projet, 'renvoyer', monde.admin, 'Corrigez.')
        ecrire(projet, monde.referent, resume='Corrigé.')
        assert len(courriels_de('projet_a_relire')) == 1
        with pytest.raises(Refus):
            repondre(projet, monde.cochef.direction.structure_id, monde.cochef)
        agir(projet, 'soumettre', monde.referent)
        assert len(courriels_de('projet_a_relire')) == 2
    assert lectures(projet)['CAUE'] == (False, 'Une date.')         # what was asked is shown again


def test_la_correction_demandee_par_sa_propre_structure_ne_se_tait_pas(projet, monde):
    hgi = monde.chef.direction.structure_id
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
        repondre(projet, hgi, monde.chef, 'Le coût est faux.')
        ecrire(projet, monde.referent, cout='12\u00a0000\u00a0€')
        assert courriels_de('projet_a_relire')[1:] == [monde.chef.courriel]
    assert lectures(projet)['HGI'] == (False, 'Le coût est faux.')


def test_une_structure_nommee_apres_coup_est_prevenue_et_une_retiree_n_attend_plus(projet, monde):
    cd, hgi = monde.admin.direction.structure_id, monde.chef.direction.structure_id
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
        models.Agent.update(pilote=True).where(models.Agent.id == monde.autre.id).execute()
        ecrire(projet, monde.referent, structures=[hgi, cd])
        assert courriels_de('projet_a_relire')[1:] == [monde.autre.courriel]
    assert lectures(projet) == {'CD31': (False, ''), 'HGI': (True, '')}


def test_repondre_a_un_texte_qui_a_change_est_refuse(projet, monde):
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
        vue = empreinte(relectures.texte_lu(models.relire(projet)))
        ecrire(projet, monde.referent, resume='Autre.')
        with pytest.raises(Refus) as refus:
            relectures.repondre(projet, monde.cochef.direction.structure_id, monde.cochef, vue)
        assert refus.value.code == 409


@pytest.mark.parametrize('structure', ['', 'x', '0', '9' * 30, '9' * 5000])
def test_repondre_pour_une_structure_qui_n_existe_pas_est_refuse(projet, monde, entrer, structure):
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
    page = entrer(monde.admin).post(f'/espace/redaction/projets/{projet.id}/lecture', {
        'structure': structure, 'reponse': 'rien'}, status=409)
    assert 'attend pas de réponse de cette structure' in page.text


# ======================================================================================
# The consent withdrawn
# ======================================================================================

def illustrer(contenu, agent, **dits):
    return images.ajouter_image(contenu, agent, {
        'alternative': 'La halle.', 'credit': 'La commune', 'droit': 'Photo de la commune.', 'personnes': 'aucune',
        **dits}, [('halle.png', PNG)])


def test_une_image_ajoutee_apres_la_lecture_se_relit_aussi(projet, monde):
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
        repondre(projet, monde.cochef.direction.structure_id, monde.cochef)
        illustrer(models.relire(projet), monde.referent)
        assert courriels_de('projet_a_relire') == [monde.cochef.courriel] * 2
    assert lectures(projet) == {'HGI': (True, ''), 'CAUE': (False, '')}


def test_l_accord_retire_le_projet_l_est_aussitot(publie, monde, heure):
    with models.ecriture():
        image = Document.get_by_id(illustrer(publie, monde.admin))
    heure('2026-12-01T09:00:00Z')
    with models.ecriture():
        projets.retirer_accord(publie, monde.admin, '2026-11-30', 'Par téléphone.')
        assert not contenus.publie_pour(publie, None)
        assert courriels_de('projet_retire') == [monde.referent.courriel]
        vide = Document.get_by_id(image.id)
        assert bytes(vide.contenu) == b'' and vide.retire_le
        (preuve,) = projets.documents_d_accord(publie)
        with pytest.raises(Refus, match='gardé'):
            projets.oter_document(preuve, monde.admin)
    apres = relu(publie)
    assert (apres.etat, apres.accord_retire_le) == ('retire', '2026-11-30') and apres.retire_le
    assert 'accord de la collectivité retiré' in faits()


def test_republier_demande_un_nouvel_accord_et_un_nouveau_document(publie, monde, heure):
    heure('2026-12-01T09:00:00Z')
    with models.ecriture():
        projets.retirer_accord(publie, monde.admin, '2026-12-01', 'Par téléphone.')
        with pytest.raises(Refus, match='nouveau'):
            agir(publie, 'publier', monde.admin)
        for saisie in ({'le': '2026-11-30'}, {'le': '2026-12-01', 'fichiers': ()}):
            with pytest.raises(Refus):
                accorder(publie, monde.admin, **saisie)
        accorder(publie, monde.admin, le='2026-12-01')
        agir(publie, 'publier', monde.admin)
    assert relu(publie).etat == 'publie' and relu(publie).accord_retire_le is None


@pytest.mark.parametrize('saisie, qui, code', [
    ({'le': '2026-11-25'}, 'admin', 422), ({'le': '2026-11-19'}, 'admin', 422), ({'le': ''}, 'admin', 422),
    ({'motif': ''}, 'admin', 422), ({}, 'referent', 403)])
def test_un_retrait_mal_dit_ou_par_un_autre_est_refuse(publie, monde, saisie, qui, code):
    with models.ecriture(), pytest.raises(Refus) as refus:
        projets.retirer_accord(publie, getattr(monde, qui), **{'le': '2026-11-24', 'motif': 'Non.'} | saisie)
    assert refus.value.code == code and relu(publie).etat == 'publie'


def test_le_retrait_ne_se_fait_qu_une_fois_et_laisse_un_brouillon_en_brouillon(projet, monde):
    with models.ecriture():
        with pytest.raises(Refus, match='Aucun accord'):
            projets.retirer_accord(projet, monde.admin, '2026-11-24', 'Non.')
        accorder(projet, monde.referent)
        projets.retirer_accord(projet, monde.admin, '2026-11-24', 'Non.')
        with pytest.raises(Refus, match='Aucun accord'):
            projets.retirer_accord(projet, monde.admin, '2026-11-24', 'Non.')
    assert relu(projet).etat == 'brouillon'


# ======================================================================================
# On screen: from the button of a demande to what is gone
# ======================================================================================

# Words that nobody says, in all that a demande holds and the public must not read.
SEMES = {
    'message': 'Zirgamessage', 'lieu': 'Zirgalieu', 'nom': 'Zirganom', 'prenom': 'Zirgaprenom',
    'courriel': 'zirgacourriel@rieumes.example', 'telephone': '0561987654', 'rappel_nom': 'Zirgarappel',
    'rappel_prenom': 'Zirgajo', 'rappel_fonction': 'Zirgafonction', 'quand_joindre': 'Zirgaquand'}
DIT = re.compile('zirga|0561987654|05.61.98.76.54', re.I)


@pytest.fixture
def semee(creer, monde):
    """A finished demande, with a word of its own in everything that the public must not read."""
    demande = creer('termine', **SEMES)
    with models.ecriture():
        journal.ajouter_au_journal(demande, monde.referent, 'note', 'Zirganote, un bassin.',
                                   fichiers=[('zirgapiece.pdf', PDF)])
        models.Demande.update(synthese='Zirgasynthese', texte_final='Zirgafinal', organisme='Zirgaorganisme').execute()
        models.Agent.update(nom='Zirgatemoin').where(models.Agent.id == monde.referent.id).execute()
        models.Agent.update(nom='Zirgamodele').where(models.Agent.id == monde.cochef.id).execute()
        return models.Demande.get_by_id(demande.numero)


def formulaire(page, bouton):
    return next(f for f in page.forms.values() if bouton in f.text)


def presser(page, bouton):
    return formulaire(page, bouton).submit().follow()


def publier_a_l_ecran(monde, entrer, numero):
    """Every act of it through the pages; returns the number of the projet."""
    auteur, caue, admin = entrer(monde.referent), entrer(monde.cochef), entrer(monde.admin)
    page = presser(auteur.get(f'/espace/demandes/{numero}'), 'En faire un projet exemplaire')
    assert 'Le brouillon du projet est prêt' in page.text
    id_ = int(page.request.path.split('/')[-1])
    form = formulaire(page, 'Enregistrer la version')
    form['resume'], form['cout'] = 'Une halle sur la place.', '210\u00a0000\u00a0€'
    form['corps'] = '## Le besoin\n\nUne place.\n\n## Le résultat\n\nUne halle.'
    page = form.submit().follow()
    page = formulaire(page, 'Proposer à la publication').submit('acte', value='soumettre').follow()
    form = formulaire(auteur.get(f'/espace/redaction/projets/{id_}/accord'), 'Enregistrer')
    form['accord_par'], form['accord_le'] = 'sa maire', '20/11/2026'
    form['pieces'] = webtest.Upload('zirgaaccord.pdf', b'%PDF-1.7 zirga')
    assert 'est noté' in form.submit().follow().text
    form = formulaire(caue.get(f'/espace/redaction/projets/{id_}/lecture'), 'Rien à corriger')
    assert 'réponse est enregistrée' in form.submit('reponse', value='rien').follow().text
    formulaire(admin.get(f'/espace/redaction/contenus/{id_}'), 'Publier').submit('acte', value='publier').follow()
    return id_


def lire_partout(site, monde, id_):
    """{address: page} of everything that anyone may ask for."""
    publiques = [regle for _, regle, _ in routes('GET', 'public')]
    adresses = {adresse(regle, id=id_, rubrique='projets', fin='') for regle in publiques}
    adresses |= {f'/projets/{id_}', f'/fiches/{monde.fiche.id}', '/recherche?q=halle', '/recherche?q=bassin',
                 *(f'/documents/{n}-accord' for n in range(1, 4)), *(f'/images/{n}' for n in range(1, 4))}
    lues = {}
    for ici in adresses:
        page = site.get(ici, status='*')
        lues[ici] = page.follow(status='*') if page.status_int in (301, 302, 303, 308) else page
    return lues


def test_rien_de_confidentiel_n_est_dans_le_brouillon(semee, monde, entrer):
    page = presser(entrer(monde.referent).get(f'/espace/demandes/{semee.numero}'), 'En faire un projet exemplaire')
    with models.lecture():
        (contenu,) = Contenu.select().dicts()
        version = models.Version.get(genre='contenu')
    assert not DIT.search(f'{contenu}{version.champs}')
    assert f'/espace/demandes/{semee.numero}' in page.text         # its number, for the agents


def test_rien_de_confidentiel_n_est_dans_aucune_page_publique(semee, monde, entrer, site):
    id_ = publier_a_l_ecran(monde, entrer, semee.numero)
    lues = lire_partout(site, monde, id_)
    publique = lues[f'/projets/{id_}']
    assert publique.status_int == 200 and 'Une halle sur la place.' in publique.text
    assert 'donné par sa maire le' in ' '.join(publique.html.text.split())
    for ici, page in lues.items():
        assert not DIT.search(page.body.decode('latin-1')), ici
        assert f'n°\u00a0{semee.numero}' not in page.text if ici == f'/projets/{id_}' else True, ici
    assert f'demandes/{semee.numero}' not in publique.text


def test_l_accord_n_est_lu_que_de_l_auteur_et_des_administrateurs(semee, monde, entrer, site):
    publier_a_l_ecran(monde, entrer, semee.numero)
    with models.lecture():
        document = Document.get(genre='accord')
    ici = f'/documents/{document.id}-accord'
    for qui, code in ((None, 404), ('autre', 404), ('cochef', 404), ('referent', 200), ('admin', 200)):
        page = (entrer(getattr(monde, qui)) if qui else site).get(ici, status=code)
        assert page.headers['Cache-Control'] in ('private, no-store', 'no-store') or code == 404
    site.get(f'/images/{document.id}', status=404)


def test_le_retrait_vide_tout_et_ses_adresses_disent_410(semee, monde, entrer, site):
    id_ = publier_a_l_ecran(monde, entrer, semee.numero)
    with models.ecriture():
        image = illustrer(Contenu.get_by_id(id_), monde.admin)
        Document.create(genre='contenu', objet=str(id_), titre='Plan', nom='plan.pdf', type='pdf', taille=8,
                        sha256='0' * 64, ajoute_le='2026-11-24T09:00:00Z', contenu=PDF)
        relectures.repondre(Contenu.get_by_id(id_), monde.chef.direction.structure_id, monde.admin,
                            empreinte(relectures.texte_lu(Contenu.get_by_id(id_))))
    publics = ('/', '/projets', f'/fiches/{monde.fiche.id}', f'/projets/{id_}', '/recherche?q=halle', '/plan-du-site')
    avant = [suivre(site, ici) for ici in publics]
    assert sum('Une halle sur la place' in page.text for page in avant) >= 2
    site.get(f'/images/{image}', status=200)
    form = formulaire(entrer(monde.admin).get(f'/espace/redaction/projets/{id_}/retrait'), 'Retirer')
    form['motif'] = 'Courriel de sa maire.'
    assert 'plus en ligne' in form.submit().follow().text
    for ici in publics:
        page = suivre(site, ici)
        assert 'Une halle sur la place' not in page.text and 'exemple de Rieumes' not in page.text, ici
    assert suivre(site, f'/projets/{id_}').status_int == 410
    site.get(f'/images/{image}', status=410)
    entrer(monde.autre).get(f'/espace/redaction/contenus/{id_}', status=403)
    admin = entrer(monde.admin)
    for ici in (f'/espace/redaction/contenus/{id_}', f'/espace/redaction/contenus/{id_}/fichiers'):
        page = admin.get(ici)
        page.mustcontain('Plan')
        for lien in page.html.select('main a[href^="/documents/"]'):
            admin.get(lien['href'], status=200)
    admin.get(f'/espace/redaction/contenus/{id_}').mustcontain('Noter un nouvel accord')
    with models.ecriture():
        agir(Contenu.get_by_id(id_), 'reprendre', monde.admin)
    assert suivre(site, f'/projets/{id_}').status_int == 410


def suivre(site, ici):
    page = site.get(ici, status='*')
    return page.follow(status='*') if page.status_int in (301, 302, 303, 308) else page


@pytest.mark.parametrize('etat, restreinte, qui, montre', [
    ('termine', False, 'referent', True), ('termine', False, 'admin', True), ('termine', False, 'autre', False),
    ('termine', True, 'referent', False), ('termine', True, 'admin', False), ('en_cours', False, 'referent', False),
    ('abandonne', False, 'chef', False), ('rejete_clos', False, 'admin', False)])
def test_le_bouton_n_est_la_que_quand_c_est_possible(creer, monde, entrer, etat, restreinte, qui, montre):
    demande = creer(etat, restreinte=restreinte)
    page = entrer(getattr(monde, qui)).get(f'/espace/demandes/{demande.numero}')
    assert ('En faire un projet exemplaire' in page.text) is montre


def test_une_demande_deja_en_projet_y_mene(close, monde, entrer):
    ici = f'/espace/redaction/projets/depuis/{close.numero}'
    premier = entrer(monde.referent).post(ici, {}, status=303).headers['Location']
    second = entrer(monde.admin).post(ici, {}, status=303)
    assert second.headers['Location'] == premier.replace('fait=projet', 'fait=deja_projet')
    assert 'a déjà son projet' in second.follow().text
    page = entrer(monde.admin).get(f'/espace/demandes/{close.numero}')
    assert 'En faire un projet' not in page.text and page.html.select('#exemplaire')
    page = entrer(monde.autre).get(f'/espace/demandes/{close.numero}')       # not theirs to read: said, without a link
    assert 'a déjà le sien' in page.text and premier.split('?')[0] not in page.text


def test_une_demande_devenue_restreinte_n_est_plus_nommee_a_qui_ne_la_lit_pas(projet, close, monde, entrer):
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
    ici, lien = f'/espace/redaction/contenus/{projet.id}', f'/espace/demandes/{close.numero}'
    assert lien in entrer(monde.associe).get(ici).text
    with models.ecriture():
        models.Demande.update(restreinte=True).execute()
    page = entrer(monde.associe).get(ici)
    assert lien not in page.text and 'restreinte' not in page.text
    page = entrer(monde.admin).get(ici)
    assert lien in page.text and 'devenue à diffusion restreinte' in page.text


def test_un_numero_qui_n_est_pas_a_soi_ne_dit_rien(creer, monde, entrer):
    demande = creer('termine', restreinte=True)
    entrer(monde.autre).post(f'/espace/redaction/projets/depuis/{demande.numero}', {}, status=404)
    entrer(monde.admin).post(f'/espace/redaction/projets/depuis/{demande.numero}', {}, status=409)
    entrer(monde.admin).post('/espace/redaction/projets/depuis/99999', {}, status=404)


@pytest.mark.parametrize('page, qui, code', [
    ('lecture', 'cochef', 200), ('lecture', 'associe', 200), ('lecture', 'autre', 403), ('accord', 'referent', 200),
    ('accord', 'cochef', 403), ('retrait', 'referent', 403), ('retrait', 'admin', 200), ('apercu', 'cochef', 200),
    ('apercu', 'autre', 403)])
def test_chacun_ouvre_les_pages_d_un_projet_propose_selon_son_role(projet, monde, entrer, page, qui, code):
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
    entrer(getattr(monde, qui)).get(f'/espace/redaction/projets/{projet.id}/{page}', status=code)


def test_un_brouillon_n_est_pas_encore_lu_des_structures_qu_il_nomme(projet, monde, entrer):
    entrer(monde.cochef).get(f'/espace/redaction/projets/{projet.id}/lecture', status=403)
    entrer(monde.cochef).get(f'/espace/redaction/contenus/{projet.id}', status=403)


def test_ma_journee_et_la_liste_menent_a_ce_que_ma_structure_relit(projet, monde, entrer):
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
    page = entrer(monde.cochef).get('/espace').click('1 projet exemplaire à relire')
    assert 'à relire par votre structure' in page.text
    page = page.click('exemple de Rieumes').click('Relire et répondre')
    assert page.html.select_one('input[name=structure]')['type'] == 'hidden'
    assert 'à relire pour votre' not in entrer(monde.associe).get('/espace').text


def test_une_correction_vide_revient_et_un_texte_change_entre_temps_est_dit(projet, monde, entrer):
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
    site = entrer(monde.cochef)
    form = formulaire(site.get(f'/espace/redaction/projets/{projet.id}/lecture'), 'Rien à corriger')
    page = form.submit('reponse', value='corriger', status=422)
    assert page.html.select_one('#erreurs a')['href'] == '#correction' and page.html.title.text.startswith('Erreur')
    form['correction'] = 'La halle date de 1882.'
    with models.ecriture():
        ecrire(projet, monde.referent, resume='Autre.')
    page = form.submit('reponse', value='corriger', status=409)
    assert 'a changé' in page.text and page.html.select_one('#correction').text.strip() == 'La halle date de 1882.'


def test_un_administrateur_choisit_la_structure_dont_il_note_la_reponse(projet, monde, entrer):
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
    form = formulaire(entrer(monde.admin).get(f'/espace/redaction/projets/{projet.id}/lecture'), 'Rien à corriger')
    form['structure'] = str(monde.cochef.direction.structure_id)
    form.submit('reponse', value='rien', status=303)
    assert lectures(projet)['CAUE'] == (True, '')

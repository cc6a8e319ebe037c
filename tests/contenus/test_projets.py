"""The projets exemplaires: from a finished demande, with the consent of the collectivité, read by each structure."""
import itertools
import struct
import zlib

import pytest
import webtest
from conftest import DEPART, dits_maintenant, faits_dits, le_formulaire, poster

import models
from models import Contenu, Document, Refus
from verbes import regles
from verbes.demande import cycle
from verbes.contenus import contenus, documents, images, projets, relectures

PDF = b'%PDF-1.7 accord du conseil'


def _morceau(nom, octets):
    return struct.pack('>I', len(octets)) + nom + octets + struct.pack('>I', zlib.crc32(nom + octets))


PNG = b'\x89PNG\r\n\x1a\n' + b''.join(itertools.starmap(_morceau, (
    (b'IHDR', struct.pack('>IIBBBBB', 6, 4, 8, 0, 0, 0, 0)), (b'IDAT', zlib.compress(b'\0' * 7 * 4)), (b'IEND', b''))))


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
    contenus.enregistrer(contenu, agent, valeurs, 'Écrit.')


def agir(contenu, nom, agent, mots=''):
    contenus.agir(contenu, nom, agent, mots)


def accorder(contenu, agent, par='sa maire', le='2026-11-20', fichiers=(('accord.pdf', PDF),)):
    contenu = models.relire(contenu)
    projets.noter_accord(contenu, agent, par, le, list(fichiers))


def repondre(contenu, structure, agent, correction=None):
    contenu = models.relire(contenu)
    relectures.repondre(contenu, structure, agent, correction)


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


@pytest.mark.parametrize('issue', [*regles.ISSUES, *regles.ECARTS])
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
    assert ('contenu créé' in faits_dits()) is (qui in AUTORISES)


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


def test_l_accord_dit_par_qui_quand_et_vaut_a_paris_des_minuit(projet, monde, heure):
    with models.ecriture():
        accorder(projet, monde.referent)
        (document,) = projets.documents_d_accord(projet)
        assert bytes(Document.get_by_id(document.id).contenu) == PDF
    assert (relu(projet).accord_par, relu(projet).accord_le) == ('sa maire', '2026-11-20')
    assert faits_dits()[-2:] == ['document ajouté', 'accord de la collectivité noté']
    heure('2026-11-24T23:30:00Z')                                   # the 25th in Paris
    with models.ecriture():
        accorder(projet, monde.referent, le='2026-11-25')
        with pytest.raises(Refus):
            accorder(projet, monde.referent, le='2026-11-26')


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


@pytest.mark.parametrize('qui, peut', [('referent', True), ('admin', True), ('cochef', False), ('autre', False)])
def test_l_accord_est_tenu_par_l_auteur_et_les_administrateurs(projet, monde, qui, peut):
    with models.ecriture():
        if peut:
            accorder(projet, getattr(monde, qui))
        else:
            with pytest.raises(Refus) as refus:
                accorder(projet, getattr(monde, qui))
            assert refus.value.code == 403


def test_deux_personnes_qui_notent_l_accord_ne_s_ecrasent_pas(projet, monde, entrer):
    form = le_formulaire(entrer(monde.admin).get(f'/espace/redaction/projets/{projet.id}/accord'))
    with models.ecriture():
        accorder(projet, monde.referent, par='sa maire')
    form['accord_par'], form['accord_le'] = 'son conseil', '2026-11-21'
    form['pieces'] = webtest.Upload('b.pdf', PDF)
    refuse = form.submit(status=409)
    assert dits_maintenant(refuse) == {'Accord donné par': 'sa maire', 'Accord donné le': '20/11/2026'}
    assert le_formulaire(refuse)['accord_par'].value == 'son conseil'
    with models.lecture():
        assert models.relire(projet).accord_par == 'sa maire' and len(projets.documents_d_accord(projet)) == 1


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


def test_sans_pilote_une_personne_de_l_equipe_est_priee_de_relire_et_chacun_repond(projet, monde):
    with models.ecriture():
        models.Agent.update(pilote=False).where(models.Agent.id == monde.cochef.id).execute()
        agir(projet, 'soumettre', monde.referent)
        assert courriels_de('projet_a_relire') == [monde.cochef.courriel]
        assert relectures.a_relire(monde.cochef) == {projet.id} and not relectures.a_relire(monde.associe)
        assert relectures.a_relire_par_les_siens(monde.associe) == {projet.id}
        repondre(projet, monde.associe.direction.structure_id, monde.associe)
    assert lectures(projet)['CAUE'] == (True, '')


def test_sans_compte_ouvert_la_boite_de_la_direction_est_prevenue(projet, monde):
    with models.ecriture():
        models.Agent.update(ouvert_le=None).where(models.Agent.id << [monde.cochef.id, monde.associe.id]).execute()
        agir(projet, 'soumettre', monde.referent)
        assert courriels_de('projet_a_relire') == ['contact@caue.example']


@pytest.fixture
def a_douze(projet, monde):
    """Twelve pilotes of the CAUE, in several directions, none of them in the team of the demande; {nom: Agent}."""
    caue, autres = monde.cochef.direction, {}
    with models.ecriture():
        paysage = models.Direction.create(structure=caue.structure, nom='Paysage')
        models.Agent.update(pilote=False).where(models.Agent.id == monde.cochef.id).execute()
        for n in range(12):
            autres[n] = un_agent('Noé', f'Pilote{n}', paysage if n < 8 else caue, n, pilote=True)
    return autres


def un_agent(prenom, nom, direction, n, **champs):
    return models.Agent.create(prenom=prenom, nom=nom, direction=direction, courriel=f'{nom}{n}@caue.example'.lower(),
                               cree_le=DEPART, ouvert_le=DEPART, **champs)


def pries(projet, agents):
    """Those whose day asks for it."""
    return [a for a in agents if projet.id in relectures.a_relire(models.Agent.get_by_id(a.id))]


def test_une_seule_personne_de_chaque_structure_est_priee_de_relire(projet, monde, a_douze):
    """Of those who answer for it: one of a direction that was in the team."""
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
        assert courriels_de('projet_a_relire') == [a_douze[8].courriel]
        assert pries(projet, a_douze.values()) == [a_douze[8]]
        assert all(relectures.a_relire_par_les_siens(models.Agent.get_by_id(a.id)) for a in a_douze.values())


def test_le_pilote_qui_etait_de_l_equipe_passe_avant(projet, monde, a_douze):
    with models.ecriture():
        models.Membre.create(demande=projet.demande_id, role='associe', agent=a_douze[11], rang=5, depuis_le=DEPART,
                             structure=a_douze[11].direction.structure_id, direction=a_douze[11].direction_id)
        agir(projet, 'soumettre', monde.referent)
        assert pries(projet, a_douze.values()) == [a_douze[11]]


def test_le_referent_de_la_convention_est_prie_quand_aucune_direction_n_etait_de_l_equipe(projet, monde, a_douze):
    with models.ecriture():
        models.Membre.delete().where(models.Membre.demande == projet.demande_id).execute()
        models.Structure.update(convention_referent='Noé Pilote5').where(
            models.Structure.id == monde.cochef.direction.structure_id).execute()
        agir(projet, 'soumettre', monde.referent)
        assert pries(projet, a_douze.values()) == [a_douze[5]]


def test_qui_est_absent_sans_suppleant_n_est_pas_prie(projet, monde, a_douze):
    with models.ecriture():
        models.Absence.create(agent=a_douze[8], du='2026-11-01', au='2026-12-31')
        agir(projet, 'soumettre', monde.referent)
        assert pries(projet, a_douze.values()) == [a_douze[9]]


def test_son_suppleant_est_prie_pour_qui_est_absent_et_la_page_le_dit(projet, monde, a_douze, entrer):
    with models.ecriture():
        models.Absence.create(agent=a_douze[8], du='2026-11-01', au='2026-12-31', suppleant=a_douze[2])
        agir(projet, 'soumettre', monde.referent)
        assert pries(projet, a_douze.values()) == [a_douze[2], a_douze[8]]
    for adresse in (f'/espace/redaction/contenus/{projet.id}', f'/espace/redaction/projets/{projet.id}/lecture'):
        assert 'à Noé Pilote8, que remplace Noé Pilote2' in ' '.join(entrer(a_douze[4]).get(adresse).html.text.split())


def test_la_page_dit_aux_autres_a_qui_la_relecture_est_demandee(projet, monde, a_douze, entrer):
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
    navigateur = entrer(a_douze[4])
    assert 'projet exemplaire' not in navigateur.get('/espace').text
    page = navigateur.get(f'/espace/redaction/projets/{projet.id}/lecture')
    assert 'À relire demandé à Noé Pilote8' in ' '.join(page.html.text.split())
    with models.ecriture():
        repondre(projet, monde.cochef.direction.structure_id, a_douze[4])
    page = navigateur.get(f'/espace/redaction/contenus/{projet.id}')
    assert 'relu par Noé Pilote4, le 24/11/2026' in ' '.join(page.html.text.split()) and 'demandé à' not in page


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
    assert lectures(projet)['CAUE'] == (True, 'La halle date de 1882.') and faits_dits()[-1] == 'correction demandée'


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


def test_repondre_a_un_texte_qui_a_change_est_refuse(projet, monde, entrer):
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
    form = le_formulaire(entrer(monde.cochef).get(f'/espace/redaction/projets/{projet.id}/lecture'))
    with models.ecriture():
        ecrire(projet, monde.referent, resume='Autre.')
    refuse = form.submit('reponse', value='rien', status=409)
    assert 'a changé pendant que vous lisiez' in refuse.text and 'Autre.' in refuse.text
    assert lectures(projet)['CAUE'] == (False, '')


@pytest.mark.parametrize('structure', ['', 'x', '0', '9' * 30, '9' * 5000])
def test_repondre_pour_une_structure_qui_n_existe_pas_est_refuse(projet, monde, entrer, structure):
    with models.ecriture():
        agir(projet, 'soumettre', monde.referent)
    page = poster(entrer(monde.admin), f'/espace/redaction/projets/{projet.id}/lecture', {
        'structure': structure, 'reponse': 'rien'}, status=409)
    assert 'attend pas de réponse de cette structure' in page.text


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
    assert 'accord de la collectivité retiré' in faits_dits()


def test_l_accord_retire_efface_les_fichiers_joints_et_garde_le_document_de_l_accord(publie, monde, heure, base):
    plan = bytes(range(1, 200)) * 40
    with models.ecriture():
        joint = documents.ajouter_document('contenu', publie.id, 'Plan de Mme Dupont', [('Dupont.pdf', PDF + plan)],
                                           monde.admin, 'non', 'Mme Dupont')
    heure('2026-12-01T09:00:00Z')
    with models.ecriture():
        models.db.execute_sql('PRAGMA secure_delete = OFF')         # Debian's SQLite writes over by itself, not all do
        projets.retirer_accord(publie, monde.admin, '2026-11-30', 'Par téléphone.')
        vide, preuve = Document.get_by_id(joint), Document.get(Document.genre == 'accord')
    assert (vide.contenu, vide.taille, vide.titre, vide.nom, vide.a_qui) == (b'', 0, '', 'fichier.pdf', '')
    assert vide.retire_le and not preuve.retire_le
    assert (preuve.contenu, preuve.nom, preuve.taille) == (PDF, 'accord.pdf', len(PDF))
    assert faits_dits().count('document retiré') == 1
    models._branche['ancre'].execute('PRAGMA wal_checkpoint(TRUNCATE)')
    with open(base, 'rb') as fichier:
        octets = fichier.read()
    assert plan not in octets and PDF in octets


def test_un_brouillon_dont_l_accord_est_retire_perd_aussi_ses_fichiers(projet, monde):
    with models.ecriture():
        accorder(projet, monde.referent)
        documents.ajouter_document('contenu', projet.id, 'Plan', [('plan.pdf', PDF)], monde.referent, 'oui')
        projets.retirer_accord(projet, monde.admin, '2026-11-24', 'Par courriel.')
        assert documents.documents_de('contenu', projet.id) == []
        assert len(projets.documents_d_accord(projet)) == 1


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

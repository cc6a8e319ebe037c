"""A structure that leaves: the screen, what it writes, what it refuses, what undoing puts back (regles.md §1)."""
import contextlib

import pytest
from conftest import (
    DEPART, agir, associer_a, changer_demande, changer_ligne, corps_de, courriels, creer_ligne, en_ecriture,
    en_meme_temps, faits, fautes, lettres_du_modele, relire, relire_ici, relire_ligne)
from fichiers import lire
from test_passation import DEMAIN, annuler, derniere_ligne, equipe, etat, formulaire, lu, pilotages, transferer

import models
from models import Refus
from verbes import questions
from verbes.administration import collectivites, convention, passation, structures, succession
from verbes.contenus import contenus
from verbes.demande import actes
from verbes.exploitation import porteur
from views.administration import passations

HGI = 2
PAGE = f'/espace/admin/structures/{HGI}/depart'


def prevoir(par, numero=HGI, defaut='', comptes=None, accords=None, explication='Elle n\'est plus proposée.', **lignes):
    """(the structure, what is chosen, the Plan)."""
    choix = succession.Choix('convention', '', '', '', str(defaut), {c: str(v) for c, v in lignes.items()},
                             {f'c{agent.id}': str(direction) for agent, direction in (comptes or {}).items()},
                             accords or {}, explication)
    with models.lecture():
        qui = models.Structure.get_by_id(numero)
        return qui, choix, convention.preparer(qui, par, choix)


def partir(par, numero=HGI, **choix):
    """Prepare, then write what was prepared."""
    qui, choix, plan = prevoir(par, numero, **choix)
    return en_ecriture(passation.transferer, qui, par, choix, plan.empreinte)


def refuser(par, numero=HGI, **choix):
    """The fault of these choices: (field, sentence); and the verb writes nothing of it."""
    avant = etat(sauf=())
    with pytest.raises(Refus) as refus:
        partir(par, numero, **choix)
    assert etat(sauf=()) == avant and refus.value.phrase.endswith('.')
    return refus.value.champ, refus.value.phrase.replace('\xa0', ' ')


def cles(quoi, restreintes=False):
    """The keys of the lines of HGI, of one kind."""
    with models.lecture():
        return [ligne.cle for ligne in convention.tenir(models.Structure.get_by_id(HGI))
                if ligne.quoi == quoi and succession.restreinte(ligne) == restreintes]


@contextlib.contextmanager
def aller_retour(monde, **choix):
    """HGI leaves, and what it holds with it; the block looks; then all is undone, and is as it was."""
    avant = etat()
    faite = partir(monde.admin, **choix)
    apres = etat()
    assert {table for table in avant if avant[table] != apres[table]} >= {
        'agent', 'direction', 'membre', 'adhesion', 'associable'}
    yield faite
    assert annuler(faite, monde.admin) == []
    assert etat() == avant


def corps_a(agent):
    """What the titulaire reads."""
    return next(c.corps for c in lettres_du_modele('passation_titulaire') if c.agent_id == agent.id)


def un_contenu(monde, genre, **valeurs):
    """The id of a content of HGI, published."""
    with models.ecriture():
        numero = contenus.creer(genre, monde.chef, {'titre': f'{genre} de HGI', 'structure': HGI} | valeurs)
        models.Contenu.update(etat='publie', publie_le='2026-11-02').where(models.Contenu.id == numero).execute()
        return numero


@pytest.fixture
def garnie(monde, creer):
    """HGI with a bit of everything."""
    creer('en_cours', associe=True), creer('attribue_chef', message='b'), creer('rejete', message='c')
    creer('termine', message='d'), creer('attribue_admin', message='e')
    monde.reunion = un_contenu(monde, 'evenement', debut_le='2026-12-10')
    monde.passee = un_contenu(monde, 'evenement', debut_le='2026-11-03')
    monde.papier = un_contenu(monde, 'document', classe='comite')
    with models.ecriture():
        hgi = 'Haute-Garonne Ingénierie – HGI'
        associer_a(monde.fiche.id, hgi, f'{hgi} / Direction assistance juridique et financière', 'CAUE')
        models.Groupe.create(nom='Bourgs-centres', animateur=monde.chef)
        models.Delegation.create(pour=monde.chef, par=monde.referent)
        models.Absence.create(agent=monde.referent, du='2026-12-01', au='2026-12-05', suppleant=monde.chef)
        models.Agent.update(expert=True).where(models.Agent.id == monde.referent.id).execute()
        for collectivite, depuis in ((monde.rieumes, '2020-01-01'), (monde.epci, '2027-01-01')):
            models.Adhesion.create(collectivite=collectivite, structure=HGI, depuis=depuis, jusqu_au=None)
        models.Membre.create(demande=1, role='associe', rang=9, structure=HGI, direction=2,
                             depuis_le='2026-11-24T09:00:00Z')
    return monde


def test_ses_comptes_ferment_et_rien_n_est_a_une_autre_sans_qu_on_le_dise(monde, creer, entrer):
    suivie, session = creer('en_cours'), entrer(monde.chef)
    partir(monde.admin, defaut=monde.autre.id)
    assert not lu(monde.chef).actif and not lu(monde.referent).actif and not lu(monde.chef).pilote
    assert lu(monde.chef).direction.structure_id == HGI and lu(monde.chef).direction.fermee_le == '2026-11-24'
    session.get('/espace', status=401)
    assert [qui for *_, qui in equipe(suivie)] == ['Dominique', 'Andrea', 'Dominique']
    ligne = derniere_ligne(suivie)
    assert (ligne.auteur, ligne.agent_id) == ('Maxime Exemple', monde.admin.id)
    assert ligne.texte.replace('\xa0', ' ') == (
        'Passation (fin de convention) : Dominique Autre (CD31) reprend le rôle de chef de file de Camille Exemple ; '
        'Dominique Autre (CD31) reprend le rôle d\'expert référent de Claude Temoin.')
    assert relire(suivie).structure_id == 1
    assert ('compte fermé', monde.admin.courriel, 'pour Camille Exemple') in faits()


def test_ce_que_personne_ne_reprend_revient_aux_administrateurs_et_se_dit(garnie):
    demande = models.Demande(numero=1)
    with aller_retour(garnie, defaut='garder'):
        # Not the place whose person was not named, nor that of the chef, since the co-chef stays.
        assert equipe(demande) == [('associe', 3, 'Sacha'), ('chef_de_file', 1, 'Andrea'), ('referent', 0, 'Claude')]
        assert relire(demande).structure_id == garnie.cochef.direction.structure_id
        dit = derniere_ligne(demande).texte.replace('\xa0', ' ')
        assert 'Claude Temoin n\'est plus expert référent, aux administrateurs de la confier' in dit
        assert 'HGI n\'est plus expert associé' in dit
        assert {*lire('SELECT etat, explication FROM fiche')} == {('suspendue', 'Elle n\'est plus proposée.')}
        assert dict(lire('SELECT id, etat FROM contenu')) == {
            garnie.reunion: 'retire', garnie.passee: 'publie', garnie.papier: 'publie'}
        assert lire('SELECT direction_id FROM associable') == [(3,)]
        assert lire('SELECT collectivite_id, jusqu_au FROM adhesion WHERE structure_id = 2') == [
            (garnie.rieumes.id, '2026-11-24')]
        assert [detail for fait, _, detail in faits() if fait == 'fiche suspendue']


def test_les_fiches_les_groupes_les_reunions_passent_a_qui_les_reprend_et_chacun_lit_ce_qu_il_devient(garnie):
    autre = garnie.autre
    with aller_retour(garnie, defaut=autre.id):
        assert pilotages() == [
            ('Conseil juridique', 'Dominique', 0), ('Contentieux', 'Dominique', 0),
            ('Revitalisation de bourg-centre', 'Dominique', 0), ('Revitalisation de bourg-centre', 'Andrea', 1)]
        assert {*lire('SELECT direction_id, etat FROM fiche')} == {(autre.direction_id, 'publiee')}
        assert lire('SELECT animateur_id FROM groupe') == [(autre.id,)]
        assert lire('SELECT agent_id, structure_id, etat FROM contenu WHERE id IN (?, ?)', garnie.reunion,
                    garnie.papier) == [(autre.id, 1, 'publie')] * 2
        assert sorted(qui for _, qui in courriels(modele='passation_titulaire')) == sorted(
            [garnie.chef.courriel, garnie.referent.courriel])
        assert [qui for _, qui in courriels(modele='passation_successeur')] == [autre.courriel]
        assert 'Votre compte est fermé.' in corps_a(garnie.referent) and 'Dominique Autre' in corps_a(garnie.referent)
    with aller_retour(garnie, defaut=garnie.referent.id, comptes={garnie.referent: 3}):
        assert lu(garnie.referent).direction_id == 3
    faite = partir(garnie.admin, defaut=autre.id)                   # what has moved since stays, and is named
    agir(actes.corriger, models.Demande(numero=1), garnie.admin, {'lieu': 'Ailleurs'})
    en_ecriture(models.Groupe.update(animateur=garnie.cochef).execute)
    en_ecriture(models.Adhesion.update(jusqu_au='2026-12-31').execute)
    titres = [bougee.titre for bougee in annuler(faite, garnie.admin)]
    assert titres[0].startswith('n°\xa01,')
    assert titres[1:] == ['ses adhésions', 'groupe de travail «\xa0Bourgs-centres\xa0»']
    assert lu(garnie.chef).actif and ('referent', 0, 'Dominique') in equipe(models.Demande(numero=1))


def test_qui_suit_ailleurs_garde_ce_qu_on_lui_laisse_sans_ses_droits_et_une_fusion_du_jour_tient(garnie, heure):
    with aller_retour(garnie, defaut=garnie.chef.id, comptes={garnie.chef: 3}):
        suit = lu(garnie.chef)
        assert (suit.actif, suit.pilote, suit.direction_id, suit.direction.structure_id) == (True, False, 3, 3)
        assert {*lire('SELECT role, m.structure_id, m.direction_id FROM membre m JOIN demande ON numero = demande_id '
                      'WHERE agent_id = ? AND clos_le IS NULL', garnie.chef.id)} == {
            ('chef_de_file', 3, 3), ('referent', 3, 3)}
        assert not lu(garnie.referent).actif
        assert lire('SELECT * FROM delegation') == []               # a délégataire is of the same structure
        assert 'Vous rejoignez\xa0: CAUE (CAUE).' in corps_a(garnie.chef)
    heure('2026-11-25T09:00:00Z')                                   # communes merge before the departure is undone
    photo = etat()
    faite = partir(garnie.admin, defaut=garnie.autre.id)
    autre = creer_ligne(models.Collectivite, siren='213100021', insee='31002', type='Commune', nom='Savères',
                        cherche='saveres', epci=garnie.epci)
    with models.ecriture():
        collectivites.fusionner([models.relire(garnie.rieumes)], autre, '2026-11-25', garnie.admin)
    assert annuler(faite, garnie.admin) == []
    revenue = etat()
    assert [table for table in photo if photo[table] != revenue[table]] == ['collectivite']


def test_une_structure_vide_se_ferme_d_une_page_courte_un_depart_d_agent_ne_s_annule_en_partie(monde, creer, maxime):
    vide = en_ecriture(structures.creer_structure, {'nom': 'Agence', 'sigle': 'AG', 'convention_du': None,
                                                    'convention_au': None}, {'nom': 'Siège'}, monde.admin)
    page = maxime.get(f'/espace/admin/structures/{vide.id}/depart', status=200)
    assert 'Rien à reprendre' in page.text
    page = next(f for f in page.forms.values() if 'vue' in f.fields).submit('acte', status=303).follow()
    assert 'La structure est fermée et il ne reste rien à reprendre' in page.text
    assert not convention.est_ouverte(relire_ligne(vide))
    creer('en_cours')
    depart = transferer(monde.referent, monde.admin, defaut=monde.chef.id)
    faite = partir(monde.admin, defaut=monde.autre.id)
    with pytest.raises(Refus, match='annulez d\'abord le départ de sa structure'):
        annuler(depart, monde.admin)
    annuler(faite, monde.admin)
    annuler(depart, monde.admin)
    assert lu(monde.referent).actif and lu(monde.chef).actif


def test_une_annee_finie_garde_ses_chiffres_et_ses_listes(garnie, entrer):
    """Of 2025, what is closed: its figures by structure, its list and its CSV, but « fermée le … » beside the name."""
    with models.ecriture():
        models.db.execute_sql("UPDATE demande SET depose_le = '2025' || substr(depose_le, 5), clos_le = depose_le, "
                              "echeance = '2025-12-01' WHERE numero IN (1, 2, 3, 4)")
    navigateur, annee = entrer(garnie.admin), '?toutes=oui&depose_du=2025-01-01&depose_au=2025-12-31'
    pages = ['/espace/pilotage?periode=2025', f'/espace/demandes.csv{annee}', f'/espace/demandes{annee}',
             *(f'/espace/demandes.csv{annee}&structure={numero}' for numero in (1, 2, 3))]
    csv = navigateur.get(f'/espace/demandes.csv?toutes=oui&structure={HGI}').body.decode('utf-8-sig')
    assert [ligne.split(';')[0] for ligne in csv.splitlines()[1:]] == ['4', '3', '2', '1']     # before it leaves

    def lire_tout():
        lues = [navigateur.get(page) for page in pages]
        return [page.html.select_one('main').text.replace(' (fermée le 24/11/2026)', '')
                if page.content_type == 'text/html' else page.text for page in lues]
    avant = lire_tout()
    assert 'Haute-Garonne Ingénierie' in avant[0] and len(avant[4].splitlines()) == 5
    partir(garnie.admin, defaut=garnie.autre.id)
    assert lire_tout() == avant


def test_une_demande_restreinte_ne_passe_qu_a_une_personne_avec_l_accord_note_ou_aux_administrateurs(monde, creer):
    demande = creer('en_cours', restreinte=True)
    siennes = [*cles('chef_de_file', True), *cles('referent', True)]
    a_dominique = dict.fromkeys(siennes, monde.autre.id)
    champ, dit = refuser(monde.admin, defaut=monde.autre.id)
    assert champ == siennes[0] and 'avec l\'accord de la collectivité, ou les administrateurs' in dit
    for accord in ('', '2026-11-25', 'hier'):
        champ, dit = refuser(monde.admin, defaut='garder', accords={siennes[0]: accord}, **a_dominique)
        assert champ == f'accord_{siennes[0]}' and 'aujourd\'hui au plus tard' in dit, accord
    avant = etat()
    faite = partir(monde.admin, defaut='garder', accords=dict.fromkeys(siennes, '2026-11-20'), **a_dominique)
    assert ('referent', 0, 'Dominique') in equipe(demande)
    assert 'avec l\'accord de la collectivité du 20/11/2026' in derniere_ligne(demande).texte
    annuler(faite, monde.admin)
    assert etat() == avant
    en_ecriture(models.Membre.delete().where(models.Membre.agent == monde.cochef).execute)
    partir(monde.admin, defaut=monde.autre.id, **dict.fromkeys(siennes, 'garder'))
    with models.lecture():
        assert [agent.id for agent in questions.qui_doit_agir(relire_ici(demande))] == [monde.admin.id]
        assert demande.numero not in {d.numero for d in questions.demandes_lisibles(monde.autre)}
    dit = corps_de('passation_successeur')
    assert 'Conseil juridique' in dit and f'n°\xa0{demande.numero}' not in dit


def test_les_collectivites_l_apprennent_une_fois_les_24_heures_passees_un_jour_ouvre(monde, creer, heure):
    heure('2026-11-27T16:00:00Z')                                   # a Friday
    suivie, confiee = creer('en_cours'), creer('attribue_chef', message='b', courriel='autre@rieumes.example')
    aidee = creer('attribue_admin', message='c', courriel='aidee@rieumes.example')     # it answers nothing there
    creer_ligne(models.Membre, demande=aidee, role='associe', rang=9, structure=HGI, direction=2, depuis_le=DEPART)
    partir(monde.admin, defaut=monde.autre.id)
    lettres = lettres_du_modele('passation_mairie')
    assert {lettre.a_partir_de for lettre in lettres} == {'2026-11-30T06:00:00Z'}
    with models.ecriture():                                         # what else was written has left
        models.Courriel.update(envoye_le='2026-11-27T16:01:00Z').where(
            models.Courriel.modele != 'passation_mairie').execute()
        assert porteur.prendre_courriel() is None
    assert {lettre.destinataire for lettre in lettres} == {suivie.courriel, confiee.courriel}
    heure('2026-11-29T16:00:00Z')
    porteur.mener_a_terme()
    assert lire('SELECT close_le FROM passation') == [(None,)]
    changer_demande(confiee, clos_le='2026-11-29T16:00:00Z')         # meanwhile, one ends
    heure('2026-11-30T06:00:00Z')
    porteur.mener_a_terme()
    (lettre,) = lettres_du_modele('passation_mairie')
    assert lettre.destinataire == suivie.courriel and 'Votre nouvel interlocuteur est Dominique Autre.' in lettre.corps
    assert relire(suivie).referent_dit_id == monde.autre.id


def test_apres_les_24_heures_rien_n_ouvre_plus_et_le_logo_est_efface(inscrits, heure, creer):
    creer('en_cours')
    creer_ligne(models.Document, genre='logo', objet='2', titre='', nom='logo.png', type='png', taille=3, sha256='x',
                ajoute_le='2026-11-24T09:00:00Z', contenu=b'abc', largeur=1, hauteur=1)
    en_ecriture(models.Membre.delete().where(models.Membre.agent == inscrits.cochef).execute)
    faite = partir(inscrits.admin, defaut='garder')                 # nobody takes it over
    assert 'Votre nouvel interlocuteur est l\'équipe de la Plateforme.' in corps_de('passation_mairie')
    porteur.mener_a_terme()
    assert lu(inscrits.chef).mot_de_passe
    heure(DEMAIN)
    porteur.mener_a_terme()
    assert lu(inscrits.chef).mot_de_passe is None and lu(inscrits.admin).mot_de_passe
    assert lire('SELECT taille FROM document') == [(0,)]
    with pytest.raises(Refus, match='ne s\'annule plus'):
        annuler(faite, inscrits.admin)
    avant = etat(sauf=())
    porteur.mener_a_terme()
    assert etat(sauf=()) == avant


def test_chaque_refus_est_une_phrase_et_n_ecrit_rien(monde, creer):
    creer('attribue_chef')
    autre, liste, ouverte = monde.autre.id, 'Choisissez dans la liste', 'direction ouverte d\'une autre structure'
    cle, = cles('chef_de_file')
    for choix, champ, dit in (
            ({'defaut': ''}, 'defaut', 'Choisissez qui reprend par défaut'),
            ({'defaut': monde.referent.id}, 'defaut', 'se ferme aussi'),
            ({'defaut': monde.parti.id}, 'defaut', 'se ferme aussi'), ({'defaut': '999999'}, 'defaut', liste),
            ({'defaut': '²'}, 'defaut', liste), ({'defaut': 'garder', cle: '999999'}, cle, liste),
            ({'defaut': autre, 'comptes': {monde.chef: 2}}, 'c2', ouverte),
            ({'defaut': autre, 'comptes': {monde.chef: 99}}, 'c2', ouverte),
            ({'defaut': 'garder', 'explication': ' '}, 'explication', 'Écrivez ce que le public lira'),
            ({'defaut': 'garder', 'explication': 'x' * 501}, 'explication', 'raccourcissez-la')):
        ou, phrase = refuser(monde.admin, **choix)
        assert ou == champ and dit in phrase, choix
    for une_autre in (False, True):                                 # another one, who leaves too
        changer_ligne(monde.autre, administrateur=une_autre)
        champ, phrase = refuser(monde.admin, 1, defaut=monde.chef.id)
        assert champ == 'defaut' and 'dernier administrateur' in phrase
    partir(monde.admin, 1, defaut=monde.chef.id, comptes={monde.autre: 2})
    assert lu(monde.autre).administrateur and lu(monde.autre).direction_id == 2


def test_deux_fois_la_meme_a_deux_a_la_fois_ou_sans_le_repreneur_la_seconde_est_refusee(monde, creer, maxime):
    for n in range(5):
        creer('en_cours', message=str(n))
    qui, choix, plan = prevoir(monde.admin, defaut=monde.autre.id)

    def faire(_=None):
        try:
            en_ecriture(passation.transferer, qui, monde.admin, choix, plan.empreinte)
        finally:
            models.db.close()

    def refusee(match):
        avant = etat(sauf=())
        with pytest.raises(Refus, match=match):
            faire()
        assert etat(sauf=()) == avant
    for colonnes in ({'actif': False}, {'direction': 3}):            # between the preview and the act
        changer_ligne(monde.autre, **colonnes)
        refusee('fermé|aperçu')
        changer_ligne(monde.autre, actif=True, direction=1)
    absence = creer_ligne(models.Absence, agent=monde.autre, du='2026-11-20', au=None)
    refusee('absent')
    en_ecriture(absence.delete_instance)
    (refus,) = en_meme_temps(2, faire)
    assert isinstance(refus, Refus) and refus.code == 409 and len(lire('SELECT * FROM passation')) == 1
    refusee('a déjà quitté la Plateforme')
    maxime.post(PAGE, {'defaut': 'garder', 'acte': 'transferer'}, status=409)


def test_l_ecran_des_administrateurs_prepare_montre_ferme_et_annule(monde, creer, maxime):
    maxime.get('/espace/admin/structures/999/depart', status=404)
    maxime.post(f'{PAGE}/annuler', status=409)
    demande = creer('en_cours')
    page = maxime.get(PAGE, status=200)
    assert f'/espace/demandes.csv?toutes=oui&amp;structure={HGI}' in page.text
    form = formulaire(page)
    assert fautes(form.submit('acte', status=422))
    form['defaut'], form[f'c{monde.referent.id}'] = str(monde.autre.id), '1'
    page = form.submit('acte', status=200)
    assert 'Passe à une autre structure que Haute-Garonne Ingénierie' in page.text
    assert 'Aussitôt : 1 compte se ferme et 1 compte suit ailleurs' in page.html.text.replace('\xa0', ' ')
    creer('attribue_chef', message='Autre.')                        # what has changed since makes the page again
    page = formulaire(page).submit('acte', index=1, status=409)
    assert 'Aperçu refait' in page.text and lu(monde.chef).actif
    formulaire(page).submit('acte', index=1, status=303)
    assert lu(monde.referent).direction.structure_id == 1 and not lu(monde.chef).actif
    page = maxime.get(PAGE, status=200)
    assert 'structure fermée' in page.text and not any('defaut' in form.fields for form in page.forms.values())
    fait = ' '.join(page.html.select_one('.message').get_text(' ').split())
    assert fait == ('Structure fermée, 6 lignes transférées le 24 novembre 2026 à 10 h, par Maxime Exemple Prévenu : '
                    'Dominique Autre. Une mairie est prévenue le 25 novembre 2026 à 10 h.')
    page = next(f for f in page.forms.values() if f.action.endswith('/annuler')).submit(status=303).follow()
    assert 'Passation annulée' in page.text and lu(monde.chef).actif and equipe(demande)[0][2] == 'Camille'
    maxime.post(f'{PAGE}/annuler', status=409)


def test_trop_de_lignes_ne_proposent_que_les_personnes_nommees(monde, creer, maxime, monkeypatch):
    creer('attribue_chef')
    monkeypatch.setattr(passations, 'OPTIONS_MAX', 3)
    form = formulaire(maxime.get(PAGE, status=200))
    cle, = cles('chef_de_file')
    assert monde.autre.nom_complet not in str(form[cle].options)
    form['autre2'], form['defaut'] = str(monde.autre.id), 'garder'
    form = formulaire(form.submit('acte', status=200))
    form[cle] = str(monde.autre.id)
    form = formulaire(form.submit('acte', status=200))
    assert form[cle].value == str(monde.autre.id)
    form.submit('acte', index=1, status=303)
    assert not lu(monde.chef).actif and equipe(models.Demande(numero=1))[0][2] == 'Dominique'

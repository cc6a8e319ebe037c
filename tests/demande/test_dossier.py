"""One demande seen by the agents: page, transitions, journal (dossier.py). The other acts: test_actes.py."""
import re

import pytest
from conftest import CHEMINS, CONTACT, appeler_en_vain, courriels, en_ecriture, laisser_partir, natures, relire
from webtest import Upload

import langue
import models
from verbes import journal, questions, regles
from verbes.demande import cycle
from views.cookies import garder_reprise

PDF = b'%PDF-1.4 un plan\x00\xff'


def adresse(demande, action=''):
    return f'/espace/demandes/{demande.numero}' + (f'?action={action}' if action else '')


def envoyer(nav, demande, action, **champs):
    """A POST as a form of the page would send it, with the version of `demande` unless another is given."""
    return nav.post(f'{adresse(demande)}/{action}', {'version': demande.version, **champs}, expect_errors=True)


def remplir(nav, demande, action, **champs):
    """Open the form of an action, fill it, send it: what a person does."""
    page = nav.get(adresse(demande, action))
    form = next(f for f in page.forms.values() if page.html.select_one('#action form')['action'] == f.action)
    for nom, valeur in champs.items():
        form[nom] = valeur
    return form.submit(expect_errors=True)


def boutons(page):
    """{text: classes} of the acts that the head of a page offers, « Plus » among them."""
    offerts = page.html.select('.barre-actions :is(a, form button).bouton, .actes-liste a[href*="action="]')
    dits = {' '.join(str(b.contents[0]).split()): b.get('class', []) for b in offerts}
    assert '' not in dits
    return dits


def textes(page, selecteur):
    return [' '.join(e.get_text(' ').split()) for e in page.html.select(selecteur)]


def tete(page):
    return ' '.join(page.html.select_one('.tete-demande').text.split())


def panneau(page, id):
    return ' '.join(page.html.find(id=id).find_parent(['section', 'details']).get_text(' ').split())


def trace(demande):
    """What any act would leave behind."""
    return relire(demande).version, natures(demande), courriels()


def clos(reponse, demande):
    """A closing pressed, then left: the page that is read after."""
    fait(reponse, demande, 'partira')
    laisser_partir()
    return reponse.test_app.get(adresse(demande))


def fait(reponse, demande, mot):
    assert reponse.status_int == 303, reponse.text
    suite = reponse.location.partition(f'{adresse(demande)}?fait={mot}')[2]
    assert re.fullmatch(r'(&ecrits=\d+-\d+)?', suite) and mot in reponse.location, reponse.location
    return reponse.follow()


def test_la_page_dit_le_besoin_l_echeance_qui_appeler_et_a_la_seule_equipe_ce_qui_est_restreint(creer, monde, entrer):
    demande = creer('attribue_chef', date_a_tenir='2026-12-10',
                    rappel_nom='Pareil', rappel_prenom='Alix', rappel_fonction='secrétaire générale')
    page = entrer(monde.autre).get(adresse(demande))
    assert page.html.title.text.startswith('Demande n°\u00a01, Rieumes')
    assert 'n° 1 Rieumes : revitalisation de bourg-centre' in tete(page)
    dits = ('Attribué chef de file', 'à rappeler au plus tard le 4 décembre', 'Date à tenir : 10 décembre')
    rangs = [tete(page).index(dit) for dit in dits]
    assert rangs == sorted(rangs) and 'Déposée le 24 novembre · projet complexe, rappel sous 10 jours' in tete(page)
    assert 'Nous souhaitons réaménager' in panneau(page, 'besoin')
    assert 'CC Cœur de Garonne' in panneau(page, 'voisines') and 'Alix Pareil, secrétaire générale' in tete(page)
    assert page.html.select_one('a[href="tel:+33536490012"]').text == 'Appeler le 05\u00a036\u00a049\u00a000\u00a012'
    assert page.html.select_one('a[href="mailto:mairie@rieumes.example"]')
    assert '05 36 49 00 30' in panneau(page, 'equipe') and 'Co-chef de file' in panneau(page, 'equipe')
    demande = creer('en_cours', restreinte=True, associe=True, message='Un litige avec un agent.')
    for role in ('admin', 'chef', 'referent', 'associe'):
        assert 'Diffusion restreinte' in tete(entrer(getattr(monde, role)).get(adresse(demande)))
    refus = entrer(monde.autre).get(adresse(demande), status=403)
    assert 'diffusion restreinte' in refus.text and 'litige' not in refus.text
    demande = creer('receptionne_expert', restreinte=True, message='Suite b.')
    reponse = envoyer(entrer(monde.referent), demande, 'rendre', motif='Conflit d\'intérêts.')
    assert reponse.status_int == 303 and reponse.location.endswith('/espace?fait=statut')
    assert relire(demande).statut == 'receptionne_chef'


def test_les_boutons_sont_ceux_du_cycle_de_vie_et_le_plein_l_acte_attendu(creer, monde, entrer):
    for etat in CHEMINS:
        demande = creer(etat, associe=etat == 'en_cours', message=etat)
        for role in ('admin', 'chef', 'cochef', 'referent', 'associe', 'autre'):
            agent = getattr(monde, role)
            with models.lecture():
                attendus = {langue.mairie(t.bouton, 'Commune')
                            for t in questions.transitions_possibles(demande, agent)}
            if etat in ('attribue_expert', 'receptionne_expert', 'en_cours'):
                attendus = {"Changer l'expert" if b == "Désigner l'expert" else b for b in attendus}
            offerts = boutons(entrer(agent).get(adresse(demande)))
            du_cycle = {langue.mairie(t.bouton, 'Commune') for t in regles.TRANSITIONS} | {"Changer l'expert"}
            assert set(offerts) & du_cycle == attendus, role
            assert sum(c == ['bouton'] for c in offerts.values()) <= 1, etat
            assert all(('grave' in c) == (b in ("Ce n'est pas pour nous…", 'Abandonner')) for b, c in offerts.items())
    for etat, role, attendu in (
            ('attribue_admin', 'admin', 'Confirmer la réception'), ('receptionne_admin', 'admin', 'Orienter'),
            ('attribue_chef', 'chef', 'Confirmer la réception'), ('receptionne_chef', 'cochef', "Désigner l'expert"),
            ('attribue_expert', 'referent', 'Confirmer la réception'),
            ('receptionne_expert', 'referent', 'Noter le premier contact'),
            ('rejete', 'admin', 'Répondre à la mairie'), ('attribue_chef', 'admin', None),
            ('attribue_expert', 'chef', None), ('en_cours', 'referent', None), ('termine', 'chef', None)):
        offerts = boutons(entrer(getattr(monde, role)).get(adresse(creer(etat, message=f'{etat} {role}'))))
        assert [b for b, c in offerts.items() if c == ['bouton']] == ([attendu] if attendu else [])
    page = entrer(monde.chef).get(adresse(creer('attribue_chef', message='Suite b.'), 'designer'))
    assert [' '.join(b.text.split()) for b in page.html.select('main .bouton')
            if b['class'] == ['bouton']] == ["Désigner l'expert"]


def test_une_action_inconnue_ou_d_un_autre_est_refusee_un_formulaire_se_retrouve(creer, monde, entrer):
    assert 'n\'existe pas' in entrer(monde.chef).get('/espace/demandes/999999999999999999', status=404).html.text
    demande = creer('attribue_chef')
    for action, champs in (('supprimer', {}), ('equipe', {}), ('equipe', {'operation': 'terminer'}),
                           ('associer', {'invite': 'a6'}), ('statut', {'statut': 'termine'})):
        assert envoyer(entrer(monde.admin), demande, action, **champs).status_int == 404, (action, champs)
    for version in ('', 'abc', '0', '99999', '-1', '1' * 40, '١'):
        assert envoyer(entrer(monde.chef), demande, 'receptionner', version=version).status_int == 409, version
        assert relire(demande).statut == 'attribue_chef'
    demande, nav = creer('en_cours', associe=True, message='Suite b.'), entrer(monde.autre)
    avant = trace(demande)
    for action in sorted(regles.ACTIONS | set(regles.ACTES) - {
            'journal', 'retenir', 'associer', 'retirer', 'remplacer', 'se_retirer', 'changer_chef'}):
        page = envoyer(nav, demande, action, motif='x', **CONTACT, **FIN)
        assert page.status_int == 403 and 'Dernier changement\u00a0: «\u00a0' in page.html.text, action
        assert 'section id="action"' not in nav.get(adresse(demande, action)).text, action
    assert trace(demande) == avant
    demande = creer('abandonne')
    assert envoyer(entrer(monde.chef), demande, 'contact', **CONTACT).status_int == 409
    assert 'n\'en est plus là' in entrer(monde.chef).get(adresse(demande, 'contact')).text
    demande = creer('en_cours', message='Suite c.')
    reponse = entrer(monde.referent).get(f'{adresse(demande)}/terminer')
    assert reponse.status_int == 303 and reponse.follow().html.find(id='synthese')
    for chemin, champs, lu in (('?action=terminer', {'issue': 'realise', 'synthese': 'Texte repris.'}, 'synthese'),
                               ('/terminer', {'synthese': 'Texte repris.'}, 'synthese'),
                               ('', {'texte': 'Texte repris.', 'nature': 'appel'}, 'journal-texte'),
                               ('/journal', {'texte': 'Texte repris.'}, 'journal-texte'),
                               ('/equipe', {'operation': 'associer', 'invite': 'a5'}, None)):
        demande, nav = creer('en_cours', message=f'{chemin} {champs} {lu}'), entrer(monde.chef)
        garder_reprise(nav.cookies['session'].strip('"'), adresse(demande) + chemin, {**champs, 'version': '1'})
        page = nav.get(adresse(demande) + chemin).maybe_follow()
        assert (page.html.select_one(f'textarea#{lu}').text.strip() == 'Texte repris.' if lu
                else page.html.select_one('#invite [value=a5][selected]')), (chemin, champs, lu)


def test_les_autres_demandes_les_doublons_et_les_reperes_ne_disent_que_ce_qui_est_visible(creer, monde, entrer, base):
    demande = creer('attribue_chef', message='Une première.')
    creer('attribue_chef', message='Une deuxième.')
    creer('attribue_chef', message='Une restreinte.', restreinte=True)
    creer('termine', message='Une ancienne.')
    vues = entrer(monde.autre).get(adresse(demande))
    assert 'Doublon possible : n° 2' in tete(vues) and 'n° 3' not in vues.text.replace('\u00a0', ' ')
    assert textes(vues, 'section[aria-labelledby="voisines"] li a') == ['n° 4', 'n° 2']
    assert 'Doublon possible : n° 3, n° 2' in tete(entrer(monde.chef).get(adresse(demande)))
    demande = creer('attribue_expert', courriel='autre@rieumes.example', collectivite=None, type='Syndicat',
                    nom_collectivite='SIVOM de la Lèze', message='Suite b.')
    page = entrer(monde.referent).get(adresse(demande))
    assert 'Au premier appel, vérifier qui a déposé' in tete(page)
    assert 'À rattacher' in tete(page) and 'Rattacher à' not in tete(page)
    remplir(entrer(monde.referent), demande, 'contact', **CONTACT)
    assert 'Déposant à confirmer' not in tete(entrer(monde.referent).get(adresse(demande)))
    saisie = {'collectivite': monde.rieumes, 'fiche': monde.fiche, 'message': 'Un appel.', 'voie': 'téléphone',
              'recue_le': '2026-11-20', 'telephone': '0536490012'}
    with models.ecriture():
        moi = cycle.saisir_directe({**saisie, 'suivi': 'moi'}, monde.associe)
        autre = cycle.saisir_directe({**saisie, 'suivi': 'autre', 'referent': monde.referent}, monde.associe)
    nav = entrer(monde.autre)
    assert 'Reçue en direct (téléphone) le 20 novembre, saisie par Sacha Essai' in tete(nav.get(adresse(moi)))
    assert 'Créée le 24 novembre par Sacha Essai, pour Claude Temoin' in tete(nav.get(adresse(autre)))
    assert 'Sans courriel' in tete(nav.get(adresse(moi)))


def test_la_page_se_lit_en_peu_de_requetes_une_ligne_fautive_garde_son_texte(creer, monde, entrer, requetes):
    demande, nav = creer('en_cours', associe=True), entrer(monde.chef)

    def compter():
        requetes.clear()
        nav.get(adresse(demande))
        return len(requetes)
    froide, avec_peu = compter(), compter()
    with models.ecriture():
        fraiche = models.Demande.get_by_id(demande.numero)
        for n in range(20):
            journal.ajouter_au_journal(fraiche, monde.referent, 'note', f'Ligne {n}', fichiers=[(f'plan-{n}.pdf', PDF)])
    for n in range(8):
        creer('en_cours', message=f'Une autre, {n}.')
    assert compter() == avec_peu <= 19 and froide <= 25             # the labels, the session, the settings among them
    demande, nav, exe = creer('en_cours', message='b'), entrer(monde.referent), ('pieces', 'virus.exe', b'MZ')
    avant, note, bon = trace(demande), {'texte': 'Un texte.', 'nature': 'note'}, ('pieces', 'bon.pdf', PDF)
    for faute, champs, fichiers in (('pieces', note, [exe]), ('pieces', note | {'texte': ''}, [exe]),
            ('pieces', note, [('pieces', 'faux.pdf', b'PK')]),
            ('pieces', note, [('pieces', f'{n}.pdf', PDF) for n in range(11)]),
            ('texte', note | {'texte': '  '}, [bon]), ('nature', note | {'nature': 'statut'}, [bon]),
            ('acte_le', note | {'acte_le': '31/02/2026'}, [bon]),
            ('acte_le', note | {'nature': 'visite', 'acte_le': '2026-11-25'}, [])):
        page = nav.post(f'{adresse(demande)}/journal', champs, upload_files=fichiers, status=422)
        assert page.html.title.text.startswith('Erreur – ') and page.html.find(id=f'journal-{faute}'), (faute, champs)
        assert page.html.select_one(f'#erreurs a[href="#journal-{faute}"]') and trace(demande) == avant, (faute, champs)
        assert page.html.find('textarea', id='journal-texte').text.strip() == champs['texte'].strip(), champs
    with models.lecture():
        assert models.Piece.select().count() == 20


FIN = {'issue': 'realise', 'synthese': 'Plan-guide remis.'}


@pytest.mark.parametrize('etat, role, action, champs, arrivee', [
    ('attribue_expert', 'referent', 'demarrer', {**CONTACT, 'calendrier': 'Conseil en janvier'}, 'en_cours'),
    ('receptionne_chef', 'cochef', 'demarrer', CONTACT, 'en_cours'),
    ('receptionne_expert', 'referent', 'repondu', {**CONTACT, **FIN}, 'termine'),
    ('en_cours', 'referent', 'terminer', {**FIN, 'texte_final': 'À bientôt.'}, 'termine'),
    ('receptionne_expert', 'referent', 'rendre', {'motif': 'Pas de place.'}, 'receptionne_chef'),
    ('attribue_chef', 'chef', 'rendre', {'motif': 'Pas nous.'}, 'receptionne_admin'),
    ('en_cours', 'chef', 'rejeter', {'motif': 'Hors sujet.', 'structure_suggeree': 'Région'}, 'rejete'),
    ('rejete', 'admin', 'repondre',
     {'reponse': 'reorientee', 'organisme': 'la Région', 'transmission': 'vous', 'texte_final': 'Voyez-la.'}, 'rejete'),
    ('en_cours', 'chef', 'abandonner', {'motif': 'Le projet s\'arrête.', 'texte_final': 'Dit ensemble.'}, 'abandonne'),
    ('termine', 'chef', 'rouvrir', {'motif': 'Il reste un point.'}, 'en_cours')])
def test_une_transition_se_fait_par_son_formulaire(creer, monde, entrer, etat, role, action, champs, arrivee):
    demande = creer(etat)
    reponse = remplir(entrer(getattr(monde, role)), demande, action, **champs)
    page = clos(reponse, demande) if action in regles.CLOSENT else fait(reponse, demande, 'statut')
    assert action in regles.CLOSENT or 'La demande a avancé.' in page.text
    assert relire(demande).statut == arrivee
    dits = panneau(page, 'journal')
    for c, v in champs.items():
        assert v in dits or c in ('contact_le', 'moyen', 'resultat', 'issue', 'texte_final', 'reponse')


def test_une_demande_libre_s_oriente_d_un_formulaire_complet_ou_n_ecrit_rien(creer, monde, entrer):
    une, autre = creer('attribue_admin', message='Une.'), creer('receptionne_admin', message='Autre.')
    fait(remplir(entrer(monde.admin), une, 'orienter', fiche=monde.urgente.id, accord='obtenu', accord_le='2026-11-20',
                 accord_aupres='Camille Exemple'), une, 'statut')
    assert (relire(une).statut, relire(une).accord, relire(une).echeance) == (
        'attribue_chef', 'accord du chef de file obtenu le 20/11/2026 auprès de Camille Exemple', '2026-11-27')
    page = fait(remplir(entrer(monde.admin), autre, 'orienter', direction=monde.cochef.direction_id,
                        chefs=monde.cochef.id, cochef_1=monde.chef.id, cochef_2=monde.cochef.id,
                        accord='a_recueillir', urgent=True), autre, 'statut')
    assert textes(page, '.gens li > span') == [
        'Andrea Modele Chef de file, CAUE',
        'Camille Exemple Co-chef de file, HGI, Direction assistance juridique et financière']
    assert relire(autre).echeance == '2026-11-27' and relire(autre).accord == 'accord du chef de file à recueillir'
    demande, nav, libre = creer('attribue_admin', message='Suite b.'), entrer(monde.admin), {'accord': 'a_recueillir'}
    avant = trace(demande)
    for faute, champs in (
            ('fiche', libre), ('accord', {'fiche': 1}), ('accord_le', {'fiche': 1, 'accord': 'obtenu'}),
            ('accord_le', {'fiche': 1, 'accord': 'obtenu', 'accord_le': '2026-11-25', 'accord_aupres': 'Camille'}),
            ('chefs', libre | {'direction': 1}), ('fiche', libre | {'fiche': 999}),
            ('chefs', libre | {'fiche': 1, 'chefs': 7})):           # 7: an account that is closed
        page = envoyer(nav, demande, 'orienter', **champs)
        assert page.status_int == 422 and page.html.title.text.startswith('Erreur – '), champs
        assert page.html.select_one(f'#erreurs a[href="#{faute}"]') and page.html.find(id=faute), champs
        assert trace(demande) == avant, champs


def test_designer_propose_la_structure_d_abord_un_motif_en_cours_et_au_co_chef_la_sienne(creer, monde, entrer):
    demande = creer('receptionne_chef')
    choix = entrer(monde.chef).get(adresse(demande, 'designer')).html.select_one('select#referent')
    groupes = [g['label'] for g in choix.select('optgroup')]
    assert groupes[0] == 'HGI – Direction assistance juridique et financière' and len(groupes) == 3
    assert 'Alix Parti' not in choix.text
    page = fait(remplir(entrer(monde.chef), demande, 'designer', referent=monde.referent.id), demande, 'statut')
    assert 'Claude Temoin Expert référent' in panneau(page, 'equipe')
    demande = creer('en_cours', message='Suite b.')
    page = envoyer(entrer(monde.chef), demande, 'designer', referent=monde.associe.id)
    assert page.status_int == 422 and page.html.select_one('#erreurs a[href="#motif"]')
    fait(remplir(entrer(monde.chef), demande, 'designer', referent=monde.associe.id, motif='Congé.'), demande, 'statut')
    assert not entrer(monde.chef).get(adresse(creer('attribue_chef', message='c'), 'designer')).html.find(id='motif')
    demande = creer('attribue_chef', message='Au co-chef.')
    page = envoyer(entrer(monde.cochef), demande, 'designer', referent=monde.referent.id)
    assert page.status_int == 422 and relire(demande).statut == 'attribue_chef'
    groupes = page.html.select('select#referent optgroup')
    assert [g['label'] for g in groupes] == ['CAUE – CAUE']         # he is offered only whom he may name
    fait(envoyer(entrer(monde.cochef), demande, 'designer', referent=monde.associe.id), demande, 'statut')


def test_seul_joint_arrete_le_delai_une_saisie_fautive_est_gardee_et_un_jour_impossible_refuse(creer, monde, entrer):
    demande, nav = creer('receptionne_expert'), entrer(monde.referent)
    fait(remplir(nav, demande, 'contact', **CONTACT, demarrer=False), demande, 'contact')
    page = nav.get(adresse(demande, 'demarrer'))
    assert not page.html.find(id='contact_le') and 'Noter le premier contact' not in boutons(page)
    fait(remplir(nav, relire(demande), 'demarrer'), demande, 'statut')
    assert relire(demande).statut == 'en_cours'
    demande = creer('attribue_expert', message='Suite b.')
    page = fait(remplir(nav, demande, 'contact', **{**CONTACT, 'resultat': 'message'}, suite='rappel jeudi'),
                demande, 'contact')
    assert '1 essai, pas encore jointe' in tete(page) and 'rappel jeudi' in panneau(page, 'journal')
    assert 'à rappeler au plus tard' in tete(page)
    page = fait(remplir(nav, relire(demande), 'contact', **CONTACT), demande, 'contact')
    assert 'jointe le 24 novembre' in tete(page)
    demande = creer('attribue_expert', message='Suite bis.')
    avant = trace(demande)
    page = remplir(nav, demande, 'contact', **CONTACT, clore=True, suite='voir le SDEHG')         # « et clore » goes on
    formulaire = next(f for f in page.forms.values() if f.action.endswith('/repondu'))
    assert formulaire['suite'].value == 'voir le SDEHG' and formulaire['resultat'].value == 'joint'
    assert trace(demande) == avant
    formulaire['issue'], formulaire['synthese'] = 'reponse', 'Vu.'
    clos(formulaire.submit(), demande)
    demande = creer('attribue_expert', message='Suite c.')
    avant = trace(demande)
    page = envoyer(nav, demande, 'repondu', contact_le='2026-11-24', moyen='pigeon', resultat='',
                   besoin_reformule='Une halle.', issue='realise', synthese='x' * 20_001)
    assert [a['href'] for a in page.html.select('#erreurs a')] == ['#moyen', '#resultat', '#synthese']
    assert page.html.find('textarea', id='besoin_reformule').text.strip() == 'Une halle.' and 'x' * 20_001 in page.text
    assert page.html.find('option', value='realise').has_attr('selected') and trace(demande) == avant
    for jour in ('2026-11-25', '2026-11-23', '2026-02-30', 'hier', '9' * 50):
        demande = creer('attribue_expert', message=jour)
        page = envoyer(nav, demande, 'contact', **{**CONTACT, 'contact_le': jour})
        assert (page.status_int == 422 and page.html.select_one('#erreurs a[href="#contact_le"]')
                and not relire(demande).premier_contact_le), jour


def test_la_cloture_montre_ses_textes_et_sans_nouvelles_demande_d_avoir_prevenu(creer, monde, entrer, heure):
    demande = creer('en_cours')
    page = clos(remplir(entrer(monde.referent), demande, 'terminer', **FIN, texte_final='Bonne suite.'), demande)
    dit, lignes = panneau(page, 'fin'), panneau(page, 'journal')
    assert 'Accompagnement réalisé' in dit and 'Plan-guide remis.' in dit
    assert 'Clôture visible par la mairie Claude Temoin' in lignes
    assert page.text.count('Bonne suite.') == 1
    page = entrer(monde.autre).get(adresse(creer('rejete_clos', message='Autre.')))
    assert 'Réponse apportée' in panneau(page, 'fin') and 'Voyez la région.' in panneau(page, 'journal')
    demande, nav = creer('en_cours', message='Suite b.'), entrer(monde.referent)
    page = envoyer(nav, demande, 'terminer', issue='sans_nouvelles', synthese='Plus de réponse.')
    assert page.status_int == 422 and page.html.select_one('#erreurs a[href="#issue"]') and 'Plus de ré' in page.text
    demande = en_ecriture(appeler_en_vain, demande, monde.referent)
    assert envoyer(nav, demande, 'prevenir', limite='2026-12-08').status_int == 422             # fourteen days
    page = fait(remplir(nav, demande, 'prevenir', limite='2026-12-09'), demande, 'enregistre')
    assert 'fait le' not in textes(page, '.journal > li')[0]        # the date announced is not that of an act
    heure('2026-12-10T09:00:00Z')
    clos(envoyer(entrer(monde.referent), relire(demande), 'terminer',
                 issue='sans_nouvelles', synthese='Plus de réponse.'), demande)


def test_un_envoi_depasse_garde_le_texte_et_dit_ce_qui_a_change_et_par_qui(creer, monde, entrer):
    demande, nav = creer('attribue_chef'), entrer(monde.chef)
    fait(envoyer(entrer(monde.cochef), demande, 'receptionner'), demande, 'statut')
    avant, page = trace(demande), envoyer(nav, demande, 'rejeter', motif='Ce n\'est pas pour nous.')
    assert page.status_int == 409 and page.html.title.text.startswith('Erreur – ') and trace(demande) == avant
    dit = page.html.find(id='erreurs').text
    assert 'Statut\u00a0: Réceptionné chef de file' in dit and 'Andrea Modele' in dit
    assert page.html.find('textarea', id='motif').text.strip() == 'Ce n\'est pas pour nous.'
    form = next(f for f in page.forms.values() if f.action.endswith('/rejeter'))
    fait(form.submit(), demande, 'statut')                          # read again, sent again: it goes
    demande = creer('en_cours', message='Suite b.')
    clos(envoyer(entrer(monde.chef), demande, 'abandonner', motif='Arrêt.', texte_final='Dit.'), demande)
    avant = trace(demande)
    page = envoyer(entrer(monde.referent), demande, 'terminer',
                   issue='realise', synthese='Une longue synthèse.', texte_final='Au revoir.')
    assert page.status_int == 409 and trace(demande) == avant
    assert 'Statut\u00a0: Abandonné' in page.html.find(id='erreurs').text
    assert [t.text.strip() for t in page.html.select('textarea[readonly]')] == ['Une longue synthèse.', 'Au revoir.']
    assert not page.html.find(id='action')
    demande = creer('attribue_expert', message='Suite c.')
    fait(envoyer(entrer(monde.chef), demande, 'contact', **CONTACT), demande, 'contact')
    page = envoyer(entrer(monde.referent), demande, 'demarrer', **CONTACT, besoin_reformule='Une place pour le marché.')
    assert page.status_int == 409 and page.html.find(id='action') and not page.html.find(id='besoin_reformule')
    assert 'Une place pour le marché.' in [t.text.strip() for t in page.html.select('textarea[readonly]')]


def test_tout_agent_ecrit_au_journal_un_delegataire_signe_pour_l_autre_une_piece_se_telecharge(creer, monde, entrer):
    demande = creer('termine')
    page = entrer(monde.autre).get(adresse(demande))
    assert 'Interne, mais communicable sur demande : restez factuel.' in panneau(page, 'ecrire').replace('\u00a0', ' ')
    form = next(f for f in page.forms.values() if f.action.endswith('/journal'))
    form['texte'], form['nature'], form['acte_le'] = 'Visite faite.\nTrès utile.', 'visite', '2026-11-20'
    form['pieces'] = [Upload('plan été.pdf', PDF)]
    page = fait(form.submit(), demande, 'journal')
    dit = ' '.join(page.html.select_one('.journal > li').text.split())
    assert 'Visite sur site' in dit and 'Dominique Autre (Conseil départemental' in dit and 'fait le 20 novembre' in dit
    assert 'Très utile.' in dit and 'plan été.pdf' in dit and 'Documents (1)' in panneau(page, 'journal')
    demande = creer('attribue_chef', message='Suite b.')
    en_ecriture(models.Delegation.create, pour=monde.chef, par=monde.autre)
    page = fait(envoyer(entrer(monde.autre), demande, 'receptionner'), demande, 'statut')
    signe = 'par Dominique Autre (Conseil départemental de la Haute-Garonne), pour Camille Exemple'
    assert signe in textes(page, '.journal > li')[0]
    demande, nav = creer('en_cours', restreinte=True, message='c'), entrer(monde.referent)
    nav.post(f'{adresse(demande)}/journal', {'texte': 'Un plan.', 'nature': 'note'},
             upload_files=[('pieces', 'plan été.pdf', PDF)])
    lien = nav.get(adresse(demande)).html.select_one('.journal a[href^="/pieces/"]')['href']
    piece = nav.get(lien)
    assert piece.body == PDF and piece.headers['X-Content-Type-Options'] == 'nosniff'
    assert 'sandbox' in piece.headers['Content-Security-Policy']
    disposition = piece.headers['Content-Disposition']
    assert disposition.startswith('attachment;') and "filename*=UTF-8''plan%20%C3%A9t%C3%A9.pdf" in disposition
    assert entrer(monde.associe).get(lien, status=403) and nav.get('/pieces/999', status=404)


def test_l_auteur_corrige_sa_ligne_et_elle_seule_dans_le_quart_d_heure(creer, monde, entrer, heure):
    demande, nav = creer('en_cours'), entrer(monde.referent)
    page = fait(envoyer(nav, demande, 'journal', texte='Le premié texte.', nature='note'), demande, 'journal')
    lien = page.html.find('a', href=re.compile('journal-corriger'))['href']
    assert 'journal-corriger' not in entrer(monde.chef).get(adresse(demande)).text
    form = next(f for f in nav.get(lien).forms.values() if f.action.endswith('/journal-corriger'))
    assert form['texte'].value.strip() == 'Le premié texte.'
    form['texte'] = 'Le premier texte.'
    ligne = fait(form.submit(), demande, 'journal').html.select_one('.journal > li')
    assert 'modifié' in ligne.text and [p.text for p in ligne.select('p')] == ['Le premier texte.', 'Le premié texte.']
    assert ligne.select_one('details > p').text == 'Le premié texte.'
    numero = form['ligne'].value
    assert envoyer(entrer(monde.chef), demande, 'journal-corriger', ligne=numero, texte='Autre.').status_int == 403
    heure('2026-11-24T09:16:00Z')
    page = envoyer(nav, demande, 'journal-corriger', ligne=numero, texte='Trop tard.')
    assert page.status_int == 409 and 'quart d\'heure' in page.html.text
    assert 'Trop tard.' in page.html.select_one('textarea[readonly]').text
    assert natures(demande)[-1] == ('correction', None)
    autre = creer('en_cours', message='Une autre.')
    for ligne in ('', '0', '999', 'abc', '1' * 30):
        page = envoyer(nav, demande, 'journal-corriger', ligne=ligne, texte='Autre.')
        assert page.status_int in (404, 422), ligne
    fait(envoyer(nav, autre, 'journal', texte='Ailleurs.', nature='note'), autre, 'journal')
    with models.lecture():
        ailleurs = models.Journal.get(models.Journal.texte == 'Ailleurs.').id
    assert envoyer(nav, demande, 'journal-corriger', ligne=ailleurs, texte='Autre.').status_int == 404


@pytest.mark.parametrize('de, dit, tait', [
    ('rieumes', 'la mairie', 'la collectivité'), ('epci', 'la collectivité', 'la mairie')])
def test_un_agent_lit_la_mairie_d_une_commune_et_la_collectivite_de_toute_autre(creer, monde, entrer, de, dit, tait):
    chef = entrer(monde.chef)
    for etat, action in (('attribue_chef', 'repondu'), ('en_cours', 'terminer'), ('en_cours', 'reunion'),
                         ('en_cours', 'abandonner'), ('en_cours', 'cote'), ('termine', 'rouvrir')):
        demande = creer(etat, collectivite=getattr(monde, de), message=f'{etat} {action}')
        page = chef.get(adresse(demande, action)).html.main
        for retire in page.select('option, .journal p'):            # the issues (§10), and what the journal has kept
            retire.decompose()
        lu = page.get_text(' ').lower()
        assert dit in lu and tait not in lu, (etat, action, lu[lu.find(tait) - 60:][:120])


TOURS = {                                                           # statut: (who is waited for, the others read)
    'attribue_admin':     ('admin', 'À l\'administration de la Plateforme : confirmer la réception'),
    'receptionne_admin':  ('admin', 'À l\'administration de la Plateforme : orienter la demande'),
    'attribue_chef':      ('chef', 'À Camille Exemple et Andrea Modele : '),
    'receptionne_chef':   ('chef', 'À Camille Exemple et Andrea Modele : désigner l\'expert'),
    'attribue_expert':    ('referent', 'À Claude Temoin : confirmer la réception'),
    'receptionne_expert': ('referent', 'À Claude Temoin : rappeler la mairie et noter le premier contact'),
    'en_cours':           ('referent', 'À Claude Temoin : suivre l\'accompagnement'),
    'rejete':             ('admin', 'À l\'administration de la Plateforme : répondre à la mairie'),
    'termine': (None, None), 'abandonne': (None, None),
}


@pytest.mark.parametrize('etat', TOURS)
def test_pres_du_statut_une_phrase_dit_de_qui_on_attend_l_acte_suivant_et_lequel(etat, creer, monde, entrer):
    demande, (attendu, aux_autres) = creer(etat), TOURS[etat]
    for role in ('admin', 'chef', 'referent', 'associe'):
        page = entrer(getattr(monde, role)).get(adresse(demande))
        plein = [b for b, classes in boutons(page).items() if 'bouton' in classes and 'second' not in classes]
        phrase = next(iter(re.findall('À [^:]{3,60} : |Rien n\'est attendu', tete(page))), None)
        if role == attendu and etat != 'en_cours':
            assert phrase == 'À vous : ' and len(plein) == 1
        elif role == attendu:
            assert 'Rien n\'est attendu de vous aujourd\'hui' in tete(page) and not plein
        else:
            assert (aux_autres in tete(page) if aux_autres else phrase is None) and not plein
        ecrire = page.html.select_one('.zone-note .outils button')
        assert ecrire is None or 'second' in ecrire['class']        # a note is never what is expected

"""The mail of the day: what it says, not left, of absences and endings, by any clock (regles.md §1, §5, §8)."""
import contextlib
import re
import types

import pytest
from conftest import (
    CONTACT, agir, changer_demande, changer_ligne, corps_de, creer_ligne, en_ecriture, relire, relire_ici,
    saisie_de, statuer, tout_part)
from test_absences import partir

import models
import langue
from verbes import journal, relais
from verbes.demande import actes, cycle
from verbes.exploitation import porteur
from verbes.exploitation.environnement import Configuration

VENDREDI, SAMEDI, DIMANCHE, LUNDI, MARDI = (f'2026-12-{n:02}T08:00:00Z' for n in range(4, 9))


def rappels(agent=None, **filtres):
    """[(subject, body)] of the reminders written so far, in order: of an agent, or all."""
    with models.lecture():
        lus = models.Courriel.select().where(models.Courriel.modele == 'relance').filter(**filtres)
        return [(c.objet, c.corps) for c in lus.order_by(models.Courriel.id) if agent is None or c.agent_id == agent.id]


def numeros_dits(corps):
    return [int(n) for n in re.findall(r'- n°\s(\d+)', corps)]


@pytest.fixture
def poste(base, monkeypatch):
    """A round of the carrier: poste.passer(); its relay is down while it is `coupe`, and keeps what it takes."""
    configuration = Configuration({'PLATEFORME_BASE': base, 'PLATEFORME_SMTP': 'smtp://127.0.0.1:1'})
    relais_smtp = types.SimpleNamespace(coupe=True, recus=[], send_message=lambda lettre, to_addrs: (
        relais_smtp.recus.append((to_addrs[0], str(lettre['Subject']), lettre.get_content()))))

    def ouvrir(smtp, delai=0):
        if relais_smtp.coupe:
            raise OSError('coupé')
        return contextlib.nullcontext(relais_smtp)

    def passer():
        porteur.relais_muet.update(essais=0, jusqu_a=0.0)
        porteur.envoyer_courriels(configuration)
        porteur.relances()
        porteur.relais_muet.update(essais=0, jusqu_a=0.0)
        porteur.envoyer_courriels(configuration)
    monkeypatch.setattr(porteur, 'connexion_smtp', ouvrir)
    relais_smtp.passer = passer
    return relais_smtp


@pytest.fixture
def relances_le(heure):
    """How many mails the round of an instant writes: relances_le(LUNDI)."""
    def passer(instant):
        heure(instant)
        return porteur.relances()
    return passer


@pytest.fixture
def due_lundi(creer, heure):
    """A demande to be called back on Monday 7 December; it is the Friday before."""
    demande = creer('receptionne_expert')
    tout_part()
    changer_demande(demande, echeance='2026-12-07')
    heure(VENDREDI)
    return demande


def test_un_relais_coupe_du_vendredi_au_mardi_laisse_un_seul_rappel_a_chacun(creer, monde, heure, poste):
    tardive, jointe, proche = (creer('receptionne_expert', message=str(n)) for n in range(3))
    tout_part()
    changer_demande(tardive, echeance='2026-12-07')
    changer_demande(jointe, echeance='2026-12-07')
    changer_demande(proche, echeance='2026-12-08')
    attendus = {VENDREDI: [1, 2], SAMEDI: [1, 2], DIMANCHE: [1, 2], LUNDI: [1, 3], MARDI: [1, 3]}
    for instant, dits in attendus.items():
        heure(instant)
        if instant == LUNDI:
            agir(actes.noter_contact, jointe, monde.referent, CONTACT)
        poste.passer()
        poste.passer()
        (lettre,) = rappels(monde.referent)
        assert sorted(numeros_dits(lettre[1])) == dits, instant
    assert lettre[0] == '1\u00a0en retard, 1\u00a0autre\u00a0: ce qui vous attend'
    assert 'en retard de 1\u00a0jour ouvré' in lettre[1] and 'à rappeler aujourd\'hui' in lettre[1]
    poste.coupe = False
    heure('2026-12-08T10:00:00Z')
    poste.passer()
    poste.passer()
    recus = [(objet, corps) for a, objet, corps in poste.recus if a == monde.referent.courriel]
    assert [objet for objet, _ in recus] == [lettre[0]] and 'n°\u00a03' in recus[0][1]
    assert len(rappels(monde.chef)) == 1                            # late since this Tuesday
    heure('2026-12-08T13:00:00Z')                                   # all of it is told
    poste.passer()
    assert len(rappels(monde.referent)) == 1


@pytest.mark.parametrize('retour', [SAMEDI, '2026-12-07T05:30:00Z'])
def test_le_rappel_d_un_jour_passe_ne_part_pas_tel_quel_quand_le_relais_revient(due_lundi, heure, poste, retour):
    """On a Saturday, or on Monday before 7 h: Friday's says what was true on Friday."""
    poste.passer()
    poste.coupe = False
    heure(retour)
    poste.passer()
    with models.lecture():
        assert poste.recus == [] and porteur.file_d_attente()[0] == 0   # nothing that is late
    heure('2026-12-07T06:00:00Z')
    poste.passer()
    ((_, objet, corps),) = poste.recus
    assert 'à rappeler aujourd’hui' in corps


def test_ce_qu_un_rappel_en_attente_disait_du_journal_et_des_autres_n_est_pas_perdu(creer, monde, heure, poste):
    """A line of the journal is news of one day, the list of the administrateurs that of a Monday."""
    demande = creer('receptionne_expert')
    changer_demande(demande, echeance='2026-12-03')
    tout_part()
    heure(VENDREDI)
    en_ecriture(journal.ajouter_au_journal, relire(demande), monde.referent, 'note', 'Vu.')
    heure('2026-12-07T08:00:00Z')
    poste.passer()
    for instant in ('2026-12-08T08:00:00Z', '2026-12-10T08:00:00Z'):
        heure(instant)
        poste.passer()
        ((objet, corps),) = rappels(monde.admin)
        assert objet == '1\u00a0en retard chez d\'autres' and 'chez Claude Temoin' in corps
        ((_, corps),) = rappels(monde.chef)
        assert 'du nouveau au journal par Claude Temoin' in corps
    poste.coupe = False
    poste.passer()
    heure('2026-12-11T08:00:00Z')
    poste.passer()
    assert len(rappels(monde.admin)) == len(rappels(monde.chef)) == 1


def test_un_rappel_en_main_ou_abandonne_n_est_ni_recrit_ni_double(creer, due_lundi, monde, heure, relances_le, poste):
    assert porteur.relances() == 1
    avant, pris = rappels(), en_ecriture(porteur.prendre_courriel)      # the relay has it in hand
    agir(actes.noter_contact, due_lundi, monde.referent, CONTACT)
    assert porteur.relances() == 0 and rappels() == avant
    en_ecriture(porteur.marquer_report, pris, 'plus tard')
    assert porteur.relances() == 0 and rappels() == []
    heure('2026-11-24T09:00:00Z')
    autre = creer('receptionne_expert', message='Autre.')
    tout_part()
    changer_demande(autre, echeance='2026-12-07')
    assert relances_le(VENDREDI) == 1
    en_ecriture(models.Courriel.update(echec_le=VENDREDI).where(models.Courriel.modele == 'relance').execute)
    assert relances_le('2026-12-08T07:00:00Z') == 4
    porteur.reprendre_les_echecs()
    porteur.relances()
    ((_, corps),) = rappels(monde.referent)
    assert 'en retard de 1\u00a0jour ouvré' in corps
    agir(actes.noter_contact, autre, monde.referent, CONTACT)
    heure('2026-12-08T08:00:00Z')
    poste.passer()
    assert rappels() == []


@pytest.mark.parametrize('du, dit', [
    ('2026-11-30', 'vous agissez pour Claude Temoin à partir d\'aujourd\'hui, jusqu\'au vendredi 18'),
    ('2026-11-28', 'vous agissez pour Claude Temoin à partir du samedi 28'), ('2026-11-24', '')])
def test_le_premier_jour_d_une_suppleance_se_dit_s_il_n_est_pas_celui_ou_on_la_note(monde, relances_le, du, dit):
    with models.ecriture():
        relais.noter_absence(monde.referent, du, '2026-12-18', monde.chef.id)
        relais.noter_absence(monde.cochef, '2026-11-30', '', monde.associe.id)
        relais.retirer_absence(models.Absence.get(models.Absence.agent == monde.cochef))
    for instant in ('2026-11-25T08:00:00Z', '2026-11-27T08:00:00Z', '2026-11-29T08:00:00Z'):
        assert relances_le(instant) == 0
    assert relances_le('2026-11-30T08:00:00Z') == bool(dit)
    for objet, corps in rappels():
        assert dit in corps.replace('\u00a0', ' ') and objet == '1\u00a0point\u00a0: ce qui vous attend'
    assert rappels() == rappels(monde.chef)
    tout_part()
    assert relances_le('2026-12-01T08:00:00Z') == 0


REPONSE = {'texte_final': 'Voyez la région.', 'reponse': 'reorientee', 'organisme': 'le SDEHG', 'transmission': 'vous'}
FIN = {'issue': 'realise', 'synthese': 'Fait.'}
MOTIF = {'motif': 'Non.', 'texte_final': 'Comme convenu.'}


@pytest.mark.parametrize('etat, action, qui, saisie, dit, lecteurs', [     # the words, who reads them the day after
    ('en_cours', 'terminer', 'referent', FIN, 'close par Claude Temoin', {'chef', 'cochef', 'associe'}),
    ('attribue_expert', 'repondu', 'referent', FIN | CONTACT, 'close par Claude Temoin', {'chef', 'cochef', 'associe'}),
    ('rejete', 'repondre', 'admin', REPONSE, 'réorientée vers le SDEHG par Maxime Exemple',
     {'chef', 'cochef', 'associe'}),
    ('rejete', 'orienter', 'admin', {'accord': 'a_recueillir'},
     'orientée de nouveau par Maxime Exemple', {'associe'}),
    ('en_cours', 'abandonner', 'referent', MOTIF, '', set()),       # a mail told it at once
    ('en_cours', 'ecarter', 'chef', MOTIF | {'ecart': 'erreur'}, '', set()),
    ('en_cours', 'rejeter', 'chef', MOTIF, '', set()),
])
def test_la_fin_d_une_demande_revient_a_l_equipe(creer, monde, relances_le, etat, action, qui, saisie, dit, lecteurs):
    demande = creer(etat, associe=True)
    changer_ligne(monde.cochef, avis_journal='immediat')
    statuer(demande, action, getattr(monde, qui), **saisie | ({'fiche': monde.fiche} if action == 'orienter' else {}))
    tout_part()
    relances_le('2026-11-25T08:00:00Z')
    lus = {role for role in ('admin', 'chef', 'cochef', 'referent', 'associe')
           for _, corps in rappels(getattr(monde, role)) if dit and dit in corps}
    assert lus == lecteurs and len(rappels()) == len(lecteurs)
    tout_part()
    assert porteur.relances() == 0


def test_la_fin_d_une_demande_restreinte_ne_dit_que_son_numero_et_un_retard_chez_qui_il_est(creer, monde, relances_le):
    demande = creer('rejete', restreinte=True)
    statuer(demande, 'repondre', monde.admin, **REPONSE)
    statuer(creer('termine', message='Autre.'), 'rouvrir', monde.chef, **MOTIF)
    tout_part()
    changer_ligne(monde.cochef, avis_journal='jamais')
    assert relances_le('2026-11-25T08:00:00Z') == 1
    ((_, corps),) = rappels(monde.chef)
    assert f'- n°\u00a0{demande.numero}\u00a0: réorientée vers' not in corps and 'SDEHG' not in corps
    assert f'- n°\u00a0{demande.numero}\u00a0: réponse envoyée par Maxime Exemple' in corps and 'close' not in corps
    creer('receptionne_expert')
    partir(monde.referent, monde.autre, au='2026-12-18')
    relances_le('2026-12-14T08:00:00Z')
    ((_, corps),) = rappels(monde.admin)
    assert 'chez Dominique Autre, pour Claude Temoin\n' in corps


def test_un_jour_qui_devient_ferme_avance_son_rappel_au_dernier_jour_ouvre_d_avant(creer, heure, relances_le, monde):
    demande = creer('receptionne_expert')
    changer_demande(demande, echeance='2026-12-07')
    assert relances_le('2026-12-03T08:00:00Z') == 0                 # Friday is the day
    creer_ligne(models.Fermeture, du='2026-12-04', au='2026-12-04', libelle='Pont')
    assert relances_le('2026-12-03T09:00:00Z') == 1 and 'à rappeler lundi 7\u00a0décembre 2026 (' in rappels()[0][1]
    tout_part()
    assert relances_le(VENDREDI) == 0
    changer_demande(demande, echeance='2026-12-11')
    creer_ligne(models.Fermeture, du='2026-12-10', au='2026-12-14', libelle='Pont')     # the promised day itself
    assert relances_le(MARDI) == 0
    assert relances_le('2026-12-09T08:00:00Z') == 1
    corps = rappels()[-1][1]
    assert 'vendredi 11\u00a0décembre 2026 est fermé\u00a0: à rappeler aujourd\'hui (' in corps
    assert 'à rappeler vendredi' not in corps
    changer_demande(demande, echeance='2027-01-29')
    en_ecriture(models.Fermeture.delete().execute)
    heure('2026-11-24T09:00:00Z')
    autre = creer('receptionne_expert', message='Autre.')
    tout_part()
    changer_demande(autre, echeance='2026-12-07')
    assert relances_le(VENDREDI) == 1
    tout_part()
    creer_ligne(models.Fermeture, du='2026-12-07', au='2026-12-07', libelle='Pont')
    assert relances_le(LUNDI) == 0                                  # nobody works
    relances_le(MARDI)
    assert 'en retard de 1\u00a0jour ouvré' in rappels(monde.referent)[-1][1]


@pytest.mark.parametrize('veille, avant, a_sept_heures, echeance, dite', [
    # the last Sunday of October, the last of March – Easter –: at 7 h in Paris, by the clock of that day
    ('2026-10-23T05:00:00Z', '2026-10-26T05:59:00Z', '2026-10-26T06:00:00Z', '2026-10-26',
     'lundi 26\u00a0octobre 2026'),
    ('2027-03-26T06:00:00Z', '2027-03-30T04:59:00Z', '2027-03-30T05:00:00Z', '2027-03-30', 'mardi 30\u00a0mars 2027')])
def test_l_heure_de_paris_est_suivie(creer, monde, heure, relances_le, veille, avant, a_sept_heures, echeance, dite):
    heure('2026-10-14T09:00:00Z')
    demande, autre = creer('receptionne_expert'), creer('receptionne_expert', message='Autre.')
    changer_demande(demande, echeance=echeance)
    changer_demande(autre, echeance=langue.plus_jours(echeance, 1))
    assert relances_le(veille.replace('T05:00', 'T04:59').replace('T06:00', 'T05:59')) == 0
    assert relances_le(veille) == 1 and f'à rappeler {dite} (' in rappels()[0][1]
    tout_part()
    jour = langue.plus_jours(veille[:10], 1)
    while jour < a_sept_heures[:10]:
        for h in ('00:30', '01:00', '05:30', '22:30'):
            assert relances_le(f'{jour}T{h}:00Z') == 0, (jour, h)
        jour = langue.plus_jours(jour, 1)
    assert relances_le(avant) == 0
    assert relances_le(a_sept_heures) == 1 and numeros_dits(rappels(monde.referent)[-1][1]) == [autre.numero]


def test_quatre_cents_demandes_en_retard_se_disent_par_quarante_les_plus_pressantes_d_abord(creer, monde, relances_le):
    demande = creer('receptionne_expert')
    colonnes = [models.Demande._meta.fields[c].column_name for c in models.Demande._meta.sorted_field_names
                if c not in ('numero', 'jeton')]
    noms = ', '.join(colonnes)
    with models.ecriture():
        membres = list(relire_ici(demande).membres.dicts())
        for n in range(1, 400):
            models.db.execute_sql(f'INSERT INTO demande (numero, jeton, {noms}) SELECT numero + ?, jeton || ?, {noms} '
                                  'FROM demande WHERE numero = ?', (n, f'{n:03}', demande.numero))
            models.Membre.insert_many([{c: v for c, v in m.items() if c != 'id'} | {'demande': demande.numero + n}
                                       for m in membres]).execute()
    jour, dites = '2026-12-08', []
    while len(dites) < 400 and jour < '2026-12-31':
        relances_le(f'{jour}T08:00:00Z')
        siens = rappels(monde.referent, envoye_le=None)
        assert len(siens) <= 1
        if siens:
            dits = numeros_dits(siens[0][1])
            assert len(dits) <= 40 and not set(dits) & set(dites), jour
            dites += dits
        tout_part()
        jour = langue.plus_jours(jour, 1)
    assert len(dites) == 400 and jour == '2026-12-22'               # ten working days


@pytest.mark.parametrize('orientee, echeance, dits', [
    ('2026-11-26T22:59:00Z', '2026-11-30', {'2026-11-27': 'à rappeler lundi 30\u00a0novembre 2026'}),
    ('2026-11-27T22:59:00Z', '2026-11-30', {}),                     # Friday: in the mail that entrusts it
    ('2026-11-27T23:01:00Z', '2026-12-01', {'2026-11-30': 'à rappeler mardi 1er\u00a0décembre 2026'})])
def test_une_orientation_deplace_l_echeance_a_minuit(creer, monde, heure, relances_le, orientee, echeance, dits):
    demande = creer('attribue_admin')
    heure(orientee)
    assert statuer(demande, 'orienter', monde.admin, fiche=monde.urgente, accord='a_recueillir').echeance == echeance
    assert f'À rappeler au plus tard le {langue.dire_jour_long(echeance)}' in corps_de('orientation')
    tout_part()
    lus = {}
    for jour in ('2026-11-27', '2026-11-28', '2026-11-29', '2026-11-30'):
        relances_le(max(f'{jour}T07:00:00Z', orientee))
        for _, corps in rappels(monde.chef, envoye_le=None):
            if 'à rappeler' in corps:
                lus[jour] = corps[corps.index('à rappeler'):].split(' (')[0].split(',')[0]
        tout_part()
    assert lus == dits


def test_un_silence_se_rappelle_a_trente_jours_une_commune_se_nomme_dans_l_objet(creer, monde, relances_le, heure):
    longue = creer('receptionne_expert', fiche=monde.urgente)
    changer_demande(longue, collectivite='Communauté d\'agglomération du Pays des Trois Vallées')
    tout_part()
    with models.ecriture():
        la = models.Collectivite.create(nom='La', type='Commune', siren='213104599', cherche='la')
        demande, _ = cycle.deposer(saisie_de(monde, collectivite=la, fiche=monde.urgente))
    with models.lecture():
        objets = {c.objet for c in models.Courriel.select().where(
            models.Courriel.pour == 'agent', models.Courriel.envoye_le.is_null())}
    assert {o.partition('\u00a0: ')[0] for o in objets} == {f'La, n°\u00a0{demande.numero}'}
    changer_demande(longue, echeance='2027-01-29')
    relances_le('2026-11-30T08:00:00Z')
    objet, corps = next(r for r in rappels(monde.chef) if 'en retard' in r[0])
    assert objet == 'Urgent, La – 1\u00a0en retard\u00a0: ce qui vous attend'
    assert f'- n°\u00a0{demande.numero}, La, Conseil juridique\u00a0: rappel en retard' in corps
    changer_demande(longue, echeance='2026-11-27')
    porteur.relances()
    objet, corps = rappels(monde.referent)[0]
    assert objet == 'Urgent, Communauté d\'agglomérat… – 1\u00a0en retard\u00a0: ce qui vous attend'
    assert f'n°\u00a0{longue.numero}, Communauté d\'agglomération du Pays des Trois Vallées, Conseil' in corps
    heure('2026-11-24T09:00:00Z')
    creer('en_cours')
    lus = []
    for jour in ('2027-02-26', '2027-03-01', '2027-03-02', '2027-03-24', '2027-03-25', '2027-04-23'):
        tout_part()
        relances_le(f'{jour}T08:00:00Z')
        dits = [corps for _, corps in rappels(monde.referent) if 'sans ligne au journal depuis le 24/11' in corps]
        lus += [jour] * (len(dits) - len(lus))
    assert lus == ['2027-02-26', '2027-03-24', '2027-04-23']
    heure('2026-11-24T09:00:00Z')
    demande = creer('rejete', message='Autre.')
    for jour, apres, chefs in (('2026-11-25', '2026-12-01', [monde.chef]), ('2026-12-02', '2026-12-08', [monde.autre])):
        heure(f'{jour}T09:00:00Z')
        statuer(demande, 'orienter', monde.admin, fiche=monde.fiche, chefs=chefs, accord='a_recueillir')
        tout_part()
        relances_le(f'{apres}T09:00:00Z')
        dits = [corps for _, corps in rappels(chefs[0])]
        assert f'à accepter depuis le {jour[8:]}/{jour[5:7]}' in dits[-1]

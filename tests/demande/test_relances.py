"""The mail of the day: what it says, not left, of absences and endings, by any clock (regles.md §1, §5, §8)."""
import contextlib
import re
import types

import pytest
from conftest import (
    CONTACT, agir, changer_demande, changer_ligne, creer_ligne, en_ecriture, relire, statuer, tout_part)

import models
import langue
from verbes import journal, relais
from verbes.demande import actes, reunions
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
    attendus = dict.fromkeys((VENDREDI, SAMEDI, DIMANCHE), [1, 2, 3]) | dict.fromkeys((LUNDI, MARDI), [1, 2, 3])
    for instant, dits in attendus.items():
        heure(instant)
        if instant == LUNDI:
            agir(actes.noter_contact, jointe, monde.referent, CONTACT)
        poste.passer()
        poste.passer()
        (lettre,) = rappels(monde.referent)
        assert sorted(numeros_dits(lettre[1])) == dits, instant
    assert lettre[0] == '1\u00a0en retard, 2\u00a0autres' and 'contact pris' in lettre[1]
    assert 'en retard de 1\u00a0jour ouvré' in lettre[1] and 'à rappeler aujourd\'hui' in lettre[1]
    poste.coupe = False
    heure('2026-12-08T10:00:00Z')
    poste.passer()
    poste.passer()
    recus = [(objet, corps) for a, objet, corps in poste.recus if a == monde.referent.courriel]
    assert [objet for objet, _ in recus] == [lettre[0]] and 'n°\u00a03' in recus[0][1]
    assert len(rappels(monde.chef)) == 1                            # late since this Tuesday
    assert numeros_dits(rappels(monde.chef)[0][1]) == [1, 3]        # late, due today; not what follows its course
    heure('2026-12-08T13:00:00Z')                                   # all of it is told
    poste.passer()
    assert len(rappels(monde.referent)) == 1


@pytest.mark.parametrize('retour', [SAMEDI, '2026-12-07T05:30:00Z'])
def test_le_rappel_d_un_jour_passe_ne_part_pas_tel_quel_quand_le_relais_revient(
        due_lundi, monde, heure, poste, retour):
    """On a Saturday, or on Monday before 7 h: Friday's says what was true on Friday."""
    poste.passer()
    poste.coupe = False
    heure(retour)
    poste.passer()
    with models.lecture():
        assert poste.recus == [] and porteur.file_d_attente()[0] == 0   # nothing that is late
    heure('2026-12-07T06:00:00Z')
    poste.passer()
    ((objet, corps),) = [(objet, corps) for a, objet, corps in poste.recus if a == monde.referent.courriel]
    assert 'à rappeler aujourd’hui' in corps


def test_un_rappel_en_main_ou_abandonne_n_est_ni_recrit_ni_double(due_lundi, monde, heure, relances_le, poste):
    assert porteur.relances() == 1
    avant, pris = rappels(), en_ecriture(porteur.prendre_courriel)      # the relay has it in hand
    statuer(due_lundi, 'abandonner', monde.referent, **MOTIF)
    assert porteur.relances() == 0 and rappels() == avant
    en_ecriture(porteur.marquer_report, pris, 'plus tard')
    assert porteur.relances() == 0 and rappels() == []                  # nothing of it is true any more


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
        assert dit in corps.replace('\u00a0', ' ') and objet == '1\u00a0nouvelle'
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
    ('en_cours', 'ecarter', 'chef', MOTIF | {'ecart': 'erreur'}, 'écartée, le motif est au journal',
     {'cochef', 'referent', 'associe'}),
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
    assert lus == lecteurs and all(dit and dit in corps or '· nouveau' in corps for _, corps in rappels())
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


# ---- The mail is « Ma journée » ----

def de_la_page(page):
    """The numbers of what is to be done, in the order of the page; how many are late."""
    sections = [page.html.find('section', {'aria-labelledby': nom}) for nom in ('suivant', 'maintenant', 'orienter')]
    lignes_ = [li for section in sections if section for li in section.select('ul > li:has(.numero)')]
    return ([int(li.select_one('.numero').text) for li in lignes_],
            sum('en retard' in ' '.join(li.text.split()) for li in lignes_))


ETATS = ('attribue_admin', 'receptionne_admin', 'attribue_chef', 'receptionne_chef', 'attribue_expert',
         'receptionne_expert', 'en_cours', 'rejete', 'termine', 'rejete_clos', 'abandonne')


@pytest.mark.parametrize('jour', ['2026-11-25', '2026-11-30', '2026-12-08', '2027-03-02'])
def test_le_courriel_est_la_journee_de_chacun_son_compte_ses_lignes_leur_ordre(creer, monde, entrer, heure, jour):
    for n, etat in enumerate((*ETATS, *ETATS)):
        demande = creer(etat, message=str(n), restreinte=n % 5 == 4, associe=etat == 'en_cours')
        if n % 3 == 0:
            en_ecriture(actes.message_du_demandeur, relire(demande), 'Bonjour.')
    tout_part()
    heure(f'{jour}T08:00:00Z')
    porteur.relances()
    ecrits = 0
    for agent in (monde.admin, monde.chef, monde.referent, monde.cochef, monde.associe, monde.autre):
        numeros, retards = de_la_page(entrer(agent).get('/espace'))
        lettres = rappels(agent)
        assert len(lettres) <= 1 and (lettres or not numeros), agent
        for objet, corps in lettres:
            ecrits += 1
            autres = re.search('Et (\\d+)', corps)
            dits = [n for n in dict.fromkeys(numeros_dits(corps)) if n in numeros]
            assert dits == [n for n in numeros if n in dits] and len(dits) + int(autres[1] if autres else 0) == len(
                numeros), agent
            comptes = [int(n) for n in re.findall('(\\d+)\\s(?:en retard|autre|demande)', objet)]
            assert sum(comptes) == len(numeros) and ('en retard' in objet) == bool(retards), (agent, objet)
            assert not retards or comptes[0] == retards, (agent, objet)
    assert ecrits >= 4


def test_il_part_quand_du_neuf_un_jour_du_un_retard_ou_un_message_le_demande_et_le_premier_jour_de_la_semaine(
        creer, monde, relances_le):
    demande, jours = creer('receptionne_expert'), []
    tout_part()
    changer_demande(demande, echeance='2026-12-04')
    for n in range(25):
        jour = langue.plus_jours('2026-11-24', n)
        relances_le(f'{jour}T08:00:00Z')
        jours += [(jour, objet) for objet, _ in rappels(monde.referent, envoye_le=None)]
        tout_part()
    assert [(jour[5:], objet.replace('\xa0', ' ').split(' : ')[1]) for jour, objet in jours] == [
        ('11-24', 'à rappeler au plus tard le 4 décembre'), ('11-30', 'à rappeler au plus tard vendredi'),
        ('12-04', 'à rappeler aujourd\'hui'), ('12-07', 'en retard de 1 jour ouvré'),
        ('12-14', 'en retard de 6 jours ouvrés')]
    en_ecriture(actes.message_du_demandeur, relire(demande), 'Et alors ?')
    for jour in ('2026-12-21', '2026-12-22', '2026-12-23'):        # until it is answered
        tout_part()
        relances_le(f'{jour}T08:00:00Z')
        assert 'à répondre' in rappels(monde.referent, envoye_le=None)[0][1], jour


def test_avant_sept_heures_un_jour_ferme_et_hors_de_l_heure_d_ete_rien_ne_part(creer, monde, relances_le):
    creer('receptionne_expert')
    tout_part()
    creer_ligne(models.Fermeture, du='2026-12-07', au='2026-12-07', libelle='Pont')
    for instant in (SAMEDI, DIMANCHE, LUNDI, '2026-12-08T05:59:00Z', '2027-03-30T04:59:00Z', '2026-12-25T09:00:00Z'):
        assert relances_le(instant) == 0, instant
    for instant in ('2026-12-08T06:00:00Z', '2027-03-30T05:00:00Z'):
        assert relances_le(instant) > 0, instant
        tout_part()


def test_douze_lignes_au_plus_et_tous_les_retards_le_premier_jour_de_la_semaine(creer, monde, relances_le):
    for n in range(15):
        changer_demande(creer('receptionne_expert', message=str(n)), echeance='2026-12-01')
    urgente = creer('receptionne_expert', fiche=monde.urgente, message='b')
    tout_part()
    relances_le(VENDREDI)
    ((objet, corps),) = rappels(monde.referent)
    assert objet == 'Urgent, Rieumes – 16\xa0en retard' and numeros_dits(corps)[0] == urgente.numero
    assert len(numeros_dits(corps)) == 12
    assert 'Et 4\xa0autres, dont 4\xa0nouvelles\xa0: http://127.0.0.1:8080/espace\n' in corps
    assert corps.count(' · nouveau') == 12
    tout_part()
    relances_le(LUNDI)
    ((_, corps),) = rappels(monde.referent, envoye_le=None)
    assert len(numeros_dits(corps)) == 16 and 'autres, ' not in corps and 'nouveau' not in corps


def test_qui_est_absent_n_en_a_pas_son_suppleant_a_tout_des_le_premier_jour(creer, monde, relances_le, heure):
    ecrite, due = creer('en_cours'), creer('receptionne_expert', message='b')
    en_ecriture(actes.message_du_demandeur, relire(ecrite), 'Bonjour.')
    heure('2026-11-27T09:00:00Z')
    with models.ecriture():
        relais.noter_absence(monde.referent, '2026-11-30', '2026-12-18', monde.chef.id)
    tout_part()
    relances_le('2026-11-30T08:00:00Z')
    assert not rappels(monde.referent)
    ((objet, corps),) = rappels(monde.chef)
    assert numeros_dits(corps) == [ecrite.numero, due.numero] and corps.count('(pour Claude Temoin)') == 2
    assert 'vous agissez pour Claude Temoin' in corps and objet == '2\xa0demandes'


def test_qui_ne_travaille_pas_le_mercredi_lit_la_veille_ce_qui_est_pour_ce_jour_et_garde_tout(
        creer, monde, relances_le):
    due, vue = creer('receptionne_expert'), creer('en_cours', message='b')
    changer_ligne(monde.referent, repos='mercredi')
    tout_part()
    relances_le('2026-11-30T08:00:00Z')
    tout_part()
    changer_demande(due, echeance='2026-12-02')
    agir(reunions.proposer, vue, monde.referent, {
        'jour': '2026-12-02', 'debut_a': '10:00', 'fin_a': '11:00', 'lieu': 'Mairie', 'agents': [],
        'collectivite': True})
    dits = {}
    for jour in ('2026-12-01', '2026-12-02', '2026-12-03'):
        relances_le(f'{jour}T08:00:00Z')
        dits[jour] = [sorted(numeros_dits(corps)) for _, corps in rappels(monde.referent, envoye_le=None)]
        tout_part()
    les_deux = [due.numero, vue.numero]                             # after it, the réunion is to be told
    assert dits == {'2026-12-01': [les_deux], '2026-12-02': [], '2026-12-03': [les_deux]}
    assert relire(due).statut == 'receptionne_expert' and not models.Absence.select().exists()


def test_un_chef_lit_chez_qui_c_est_et_qu_on_a_appele_et_n_a_personne_a_appeler(creer, monde, relances_le, heure):
    demande = creer('receptionne_expert')
    heure('2026-12-03T09:00:00Z')
    agir(actes.noter_contact, demande, monde.referent, CONTACT | {'contact_le': '2026-12-03', 'resultat': 'message'})
    tout_part()
    relances_le(MARDI)
    ((objet, corps),) = rappels(monde.chef)
    assert ('en retard de 2 jours ouvrés, à faire rappeler, chez Claude Temoin, appel sans réponse le '
            '3 décembre 2026') in corps.replace('\xa0', ' ')
    assert 'À appeler' not in corps and 'À appeler' in rappels(monde.referent)[0][1]
    assert objet == 'Rieumes\xa0: en retard de 2\xa0jours ouvrés'


def test_l_administrateur_a_les_retards_des_autres_en_une_ligne_et_ce_qui_est_a_orienter_en_entier(
        creer, monde, relances_le):
    for n in range(3):
        creer('receptionne_expert', message=str(n))
    libre = creer('receptionne_admin', message='Notre pont ferme.')
    tout_part()
    relances_le('2026-12-14T08:00:00Z')
    ((objet, corps),) = rappels(monde.admin)
    assert numeros_dits(corps) == [libre.numero] and '«\xa0Notre pont ferme.\xa0»' in corps
    assert 'rien n\'est attendu de vous\xa0: 3\xa0demandes, http://127.0.0.1:8080/espace/demandes?retard=oui' in corps


def test_un_jour_ferme_depuis_la_promesse_se_rappelle_le_dernier_jour_ouvre_d_avant(creer, monde, relances_le, entrer):
    demande = creer('receptionne_expert')
    tout_part()
    changer_demande(demande, echeance='2026-12-07')
    creer_ligne(models.Fermeture, du='2026-12-07', au='2026-12-07', libelle='Pont')
    relances_le(VENDREDI)
    dit = 'à rappeler aujourd\'hui\xa0: lundi est fermé'
    assert rappels(monde.referent)[0][0] == f'Rieumes\xa0: {dit}'
    assert dit in entrer(monde.referent).get('/espace').text.replace('&#39;', "'")


def test_un_silence_se_dit_apres_trente_jours_et_ce_qu_un_autre_ecrit_le_lendemain(creer, monde, relances_le, heure):
    demande = creer('en_cours')
    tout_part()
    relances_le('2026-11-25T08:00:00Z')
    assert not rappels(monde.referent)
    en_ecriture(journal.ajouter_au_journal, relire(demande), monde.chef, 'note', 'Vu.')
    relances_le('2026-11-26T08:00:00Z')
    ((objet, corps),) = rappels(monde.referent)
    assert 'du nouveau au journal par Camille Exemple' in corps and objet == '1\xa0nouvelle'
    tout_part()
    relances_le('2027-02-26T08:00:00Z')
    assert 'dernière ligne le 25\xa0novembre 2026' in rappels(monde.referent, envoye_le=None)[0][1]

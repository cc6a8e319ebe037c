"""The life cycle against a second, hand-written matrix: every (statut × action × role), regles.md §2, §4, §7."""
import peewee
import pytest
from conftest import CONTACT, agir, corps_de, courriels, en_ecriture, natures, relire, relire_ici, relire_ligne, statuer

import models
from models import Refus
from verbes import journal, questions, regles
from verbes.demande import actes, cycle

ETATS = ('attribue_admin', 'receptionne_admin', 'attribue_chef', 'receptionne_chef', 'attribue_expert',
         'receptionne_expert', 'en_cours', 'termine', 'rejete', 'rejete_clos', 'abandonne')

# An action a line, a statut a column: who succeeds, written by hand from regles.md §4.
# A: administrateur, C: chef de file, c: co-chef, R: référent, D: demandeur.
LIGNES = '''\
receptionner A  -  Cc   -    R     -     -     -   -    - -
orienter     A  A  A    A    -     -     -     -   A    - -
designer     -  -  ACc  ACc  ACc   ACc   ACc   -   -    - -
demarrer     -  -  -    Cc   RCc   RCc   -     -   -    - -
repondu      -  -  Cc   Cc   RCc   RCc   -     -   -    - -
terminer     -  -  Cc   Cc   RCc   RCc   RCc   -   -    - -
rendre       -  -  Cc   Cc   R     R     -     -   -    - -
rejeter      A  A  ACc  ACc  ACcR  ACcR  ACcR  -   -    - -
repondre     -  -  -    -    -     -     -     -   A    - -
abandonner   AD AD ACcD ACcD ACcRD ACcRD ACcRD -   ACcD - -
ecarter      A  A  ACc  ACc  ACc   ACc   ACc   -   A    - -
rouvrir      -  -  -    -    -     -     -     ACc -    A ACc'''
MATRICE = {action: {etat: qui for etat, qui in zip(ETATS, dits, strict=True) if qui != '-'}
           for action, *dits in map(str.split, LIGNES.splitlines())}
# Who could ever do the action in some statut: the others are told 403, these 409 when the statut is wrong for everyone.
JAMAIS_INTERDIT = {action: ''.join(qui.values()) for action, qui in MATRICE.items()}
PERSONNES = {'A': 'admin', 'C': 'chef', 'c': 'cochef', 'R': 'referent', 's': 'associe', 'x': 'autre', 'D': None}
# Who is in the team built for each statut (conftest.creer): no référent before one is named, nobody for a free request.
PRESENTS = {'attribue_admin': 'AD', 'receptionne_admin': 'AD', 'attribue_chef': 'ACcD', 'receptionne_chef': 'ACcD',
            'rejete': 'ACcD', 'rejete_clos': 'ACcD', 'abandonne': 'ACcD'}


def donnees(action, monde, nomme=None, issue='realise'):
    """Everything an action may have to be given."""
    return {**CONTACT, 'fiche': monde.urgente, 'referent': nomme or monde.referent, 'motif': 'Un motif.',
            'issue': issue, 'synthese': 'Fait.', 'texte_final': 'Bonjour.', 'reponse': 'reponse',
            'ecart': 'erreur', 'accord': 'a_recueillir'}


def attendu(action, etat, lettre):
    """'ok', 403 or 409 for one cell."""
    presents = PRESENTS.get(etat, 'ACcRD')
    if lettre in MATRICE[action].get(etat, '') and lettre in presents:
        return 'ok'
    if etat in MATRICE[action] or lettre not in JAMAIS_INTERDIT[action] or lettre not in presents:
        return 403
    return 409


@pytest.mark.parametrize('etat', ETATS)
@pytest.mark.parametrize('action', sorted(MATRICE))
def test_chaque_action_a_chaque_statut_repond_a_chaque_role_selon_la_matrice(creer, monde, action, etat):
    demande = creer(etat, associe=etat == 'en_cours')
    en_ecriture(journal.inscrire, demande, 'contact', acte_le='2026-11-24', fait='injoignable')
    obtenus, attendus = {}, {}
    for lettre, nom in PERSONNES.items():
        agent = getattr(monde, nom) if nom else None
        nomme = (monde.associe if lettre == 'c'
                 else monde.chef if etat in ('attribue_expert', 'receptionne_expert', 'en_cours') else None)
        attendus[lettre] = attendu(action, etat, lettre)
        issue = 'non_jointe' if action == 'terminer' and etat != 'en_cours' else 'realise'
        obtenus[lettre] = essayer(demande, action, agent, donnees(action, monde, nomme, issue))
    assert obtenus == attendus


def essayer(demande, action, agent, saisie):
    """'ok' or the code of the Refus, everything rolled back."""
    avant = etat_complet(demande)
    with models.ecriture(), models.db.atomic() as essai:
        fraiche = models.Demande.get_by_id(demande.numero)
        try:
            cycle.changer_statut(fraiche, action, agent, fraiche.version, saisie)
            resultat = 'ok'
            verifier_invariants(fraiche)
        except Refus as refus:
            resultat = refus.code
        essai.rollback()
    assert etat_complet(demande) == avant
    return resultat


def etat_complet(demande):
    d = relire(demande)
    return d.statut, d.version, len(natures(demande)), len(courriels())


def verifier_invariants(demande):
    """After any transition: someone must act on what is open, the statut has its journal line, closed has its date."""
    fraiche = relire_ici(demande)
    lignes = models.Journal.select().where(models.Journal.demande == fraiche, models.Journal.statut.is_null(False))
    assert lignes.order_by(models.Journal.id.desc()).first().statut == fraiche.statut
    assert bool(fraiche.clos_le) == (fraiche.statut in ('termine', 'abandonne')) or fraiche.statut == 'rejete'
    assert fraiche.clos_le or questions.qui_doit_agir(fraiche)


def test_les_boutons_sont_exactement_les_transitions_permises_et_exigent_ce_qu_il_faut(creer, monde):
    assert {t.action for t in regles.TRANSITIONS} - regles.EN_LOT == set(MATRICE) == set(cycle.EFFETS)
    assert set(regles.STATUTS) == set(regles.QUI)
    for transition in regles.TRANSITIONS:
        assert set(transition.de) <= {*regles.STATUTS, 'rejete_clos'} and transition.vers in regles.STATUTS
    assert essayer(creer(message='Suite b.'), 'supprimer', monde.admin, {}) == 404
    for etat in ETATS:
        demande = creer(etat, message=f'Message {etat}')
        for lettre, nom in PERSONNES.items():
            with models.lecture():
                offerts = {t.action for t in questions.transitions_possibles(demande, nom and getattr(monde, nom))}
            assert offerts == {a for a in MATRICE if attendu(a, etat, lettre) == 'ok'}, (etat, lettre)
    for action, etat, role, manque in (
            ('orienter', 'attribue_admin', 'admin', 'fiche'), ('orienter', 'rejete', 'admin', 'accord'),
            ('designer', 'attribue_chef', 'chef', 'referent'), ('terminer', 'en_cours', 'referent', 'issue'),
            ('terminer', 'en_cours', 'referent', 'synthese'), ('rendre', 'attribue_expert', 'referent', 'motif'),
            ('rejeter', 'en_cours', 'chef', 'motif'), ('repondre', 'rejete', 'admin', 'texte_final'),
            ('repondre', 'rejete', 'admin', 'reponse'), ('abandonner', 'en_cours', 'referent', 'motif'),
            ('ecarter', 'en_cours', 'chef', 'ecart'), ('ecarter', 'rejete', 'admin', 'motif'),
            ('rouvrir', 'termine', 'chef', 'motif'), ('demarrer', 'attribue_expert', 'referent', 'contact_le'),
            ('designer', 'en_cours', 'chef', 'motif'), ('repondu', 'attribue_expert', 'referent', 'contact_le'),
            ('repondu', 'attribue_expert', 'referent', 'synthese')):
        demande = creer(etat, message=f'{action} {manque}')
        saisie = donnees(action, monde, monde.chef if etat == 'en_cours' else None)
        del saisie[manque]
        avant = etat_complet(demande)
        with pytest.raises(Refus) as refus, models.ecriture():
            cycle.changer_statut(relire_ici(demande), action, getattr(monde, role), demande.version, saisie)
        assert (refus.value.code, refus.value.champ) == (422, manque) and etat_complet(demande) == avant


def test_chaque_acte_mene_au_statut_et_au_referent_dits_un_co_chef_dans_sa_structure_seule(creer, monde, entrer):
    assert statuer(creer(), 'designer', monde.chef, referent=monde.chef).statut == 'receptionne_expert'
    demande = statuer(creer('attribue_expert', message='Suite b.'), 'repondu', monde.referent,
                      issue='reponse', synthese='Réponse donnée.', **CONTACT)
    assert [s for n, s in natures(demande) if n == 'statut'][-2:] == ['en_cours', 'termine']
    assert demande.clos_le and demande.premier_contact_le == '2026-11-24' and demande.etape == 4
    demande = statuer(creer('receptionne_chef', message='Suite c.'), 'demarrer', monde.chef, **CONTACT)
    with models.lecture():
        assert questions.equipe(demande, 'referent') == [monde.chef]
    with pytest.raises(Refus) as refus:
        statuer(creer('attribue_expert', message='d'), 'demarrer', monde.referent, **CONTACT | {'resultat': 'message'})
    assert refus.value.champ == 'resultat'
    assert statuer(creer('abandonne', message='e'), 'rouvrir', monde.chef, motif='Non.').statut == 'receptionne_admin'
    demande = statuer(creer('termine', message='Autre.'), 'rouvrir', monde.admin, motif='Reprise.')
    assert (demande.statut, demande.clos_le, demande.issue) == ('en_cours', None, '')
    rejetee = creer('rejete', message='f')
    assert rejetee.clos_le is None
    assert statuer(rejetee, 'repondre', monde.admin, texte_final='Voyez la Région.', reponse='reorientee',
                   organisme='la Région', transmission='vous').clos_le
    with pytest.raises(Refus) as refus:
        statuer(creer(message='h'), 'designer', monde.cochef, referent=monde.referent)
    assert refus.value.champ == 'referent'
    demande = statuer(creer(message='g'), 'designer', monde.cochef, referent=monde.associe)
    assert demande.statut == 'attribue_expert'
    with pytest.raises(Refus) as refus:
        agir(actes.associer, creer(message='Encore.'), monde.cochef, monde.autre.direction.structure)
    assert refus.value.champ == 'invite'
    demande, nav = creer('attribue_chef', message='i'), entrer(monde.admin)
    for verbe, quoi in ((actes.associer, (monde.chef,)), (actes.changer_chef, ([monde.chef, monde.cochef], 'Non.'))):
        with pytest.raises(Refus):
            agir(verbe, demande, monde.admin, *quoi)
    for etat in ('termine', 'rejete_clos', 'abandonne'):
        demande = creer(etat, message=etat)
        with pytest.raises(Refus) as refus:
            agir(actes.associer, demande, monde.chef, monde.autre)
        assert refus.value.code == 409, etat
        assert 'Associer un expert' not in nav.get(f'/espace/demandes/{demande.numero}').text, etat


def test_un_delegataire_ou_qui_remplace_un_absent_agit_pour_lui_et_signe_par_a_pour_b_tant_que_cela_dure(creer, monde):
    demande, recue = creer('attribue_chef'), creer('receptionne_chef', message='b')
    en_ecriture(models.Delegation.create, pour=monde.chef, par=monde.autre)
    delegataire = relire_ligne(monde.autre)
    statuer(demande, 'receptionner', delegataire)
    statuer(recue, 'demarrer', delegataire, **CONTACT)
    notee = en_ecriture(journal.ajouter_au_journal, relire(demande), delegataire, 'note', 'Vu.')
    with models.lecture():
        lignes = list(models.Journal.select().where(models.Journal.agent == monde.autre.id).order_by(models.Journal.id))
        assert questions.equipe(recue, 'referent') == [monde.chef]
    assert [(ligne.demande_id, ligne.pour_id, ligne.auteur) for ligne in lignes] == [
        (d.numero, monde.chef.id, monde.autre.nom_complet) for d in (demande, recue, recue, demande)]
    assert lignes[-1].id == notee
    du_chef, de_l_expert = creer('attribue_chef', message='c'), creer('attribue_expert', message='d')
    en_ecriture(models.Delegation.update(du='2026-11-01', au='2026-11-23').execute)     # over; absent today
    en_ecriture(models.Absence.create, agent=monde.referent, du='2026-11-20', au='2026-11-30', suppleant=monde.autre)
    assert essayer(du_chef, 'receptionner', relire_ligne(monde.autre), {}) == 403
    assert essayer(de_l_expert, 'receptionner', relire_ligne(monde.autre), {}) == 'ok'


def test_une_orientation_prend_la_date_la_diffusion_et_les_pilotes_de_la_fiche_et_le_depot_reste(creer, monde, heure):
    demande = statuer(creer('receptionne_admin'), 'orienter', monde.admin, fiche=monde.urgente, accord='obtenu',
                      accord_le='2026-11-24', accord_aupres='Camille Exemple')
    assert demande.echeance == '2026-11-27' and demande.delai == 3
    assert ('echeance', 'mairie@rieumes.example') in courriels()
    assert statuer(creer('receptionne_admin', message='Suite b.'), 'orienter', monde.admin, fiche=monde.contentieux,
                   accord='a_recueillir').restreinte
    demande = statuer(creer('attribue_chef', message='c'), 'orienter', monde.admin, direction=monde.cochef.direction,
                      accord='a_recueillir')
    assert demande.fiche_id is None and demande.direction_id == monde.cochef.direction_id
    with models.lecture():
        assert questions.equipe(demande, 'chef_de_file') == [monde.cochef]
    demande, annonces = creer('receptionne_admin', message='d'), courriels(modele='echeance')
    heure('2026-12-03T09:00:00Z')
    demande = statuer(demande, 'orienter', monde.admin, fiche=monde.urgente, accord='a_recueillir')
    assert demande.echeance == '2026-12-04' and courriels(modele='echeance') == annonces
    heure('2026-11-24T09:00:00Z')
    demande = creer()
    assert natures(demande) == [('depot', None), ('statut', 'attribue_chef')]
    for ordre in ('UPDATE journal SET texte = "x"', 'DELETE FROM journal'):
        with pytest.raises(peewee.DatabaseError), models.ecriture():
            models.db.execute_sql(ordre)
    assert len(natures(demande)) == 2
    demande = creer('attribue_expert', message='Suite b.')
    with pytest.raises(Refus, match='déjà le référent'):
        statuer(demande, 'designer', monde.chef, referent=monde.referent)
    statuer(demande, 'designer', monde.chef, referent=monde.chef)
    assert ('decharge', monde.referent.courriel) in courriels()
    statuer(creer(message='Abandonnée.'), 'abandonner', monde.chef, motif='MOTIF INTERNE', texte_final='Dit ensemble.')
    with models.lecture():
        corps = ' '.join(c.corps + c.objet for c in models.Courriel.select())
    assert 'MOTIF INTERNE' not in corps
    demande = creer('attribue_chef', message='Suite c.')
    heure('2026-12-07T09:00:00Z')
    statuer(demande, 'designer', monde.chef, referent=monde.referent)
    assert 'au plus tard' not in corps_de('designation_demandeur')
    assert 'vendredi 4\u00a0décembre' in corps_de('designation')

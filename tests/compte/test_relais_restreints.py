"""What a relay opens of restricted demandes: at once when it is one's own, after a yes when another set it (§1, §7)."""
import pytest
from conftest import changer_ligne, courriels, creer_ligne, dernier_courriel, en_ecriture, faits, fautes, texte

import models
from verbes import journal, questions, relais
from verbes.demande import actes, taches

PAGE = relais.PAGE
DU, AU = '2026-11-24', '2026-12-04'


@pytest.fixture
def monde(monde):
    """Jonas, of the direction of Claude, is in no team; Camille is pilote of it and in none either."""
    monde.jonas = creer_ligne(models.Agent, prenom='Jonas', nom='Croquis', courriel='jonas.croquis@hgi.example',
                              direction=monde.chef.direction, cree_le='2026-01-01T09:00:00Z',
                              ouvert_le='2026-01-01T09:00:00Z', telephone_public='0536490099')
    return monde


@pytest.fixture
def restreinte(creer):
    """A restricted demande whose référent is Claude."""
    demande = creer('en_cours', restreinte=True, message='SECRET DE LA MAIRIE')
    en_ecriture(journal.joindre, demande, [('piece.txt', b'SECRET')])
    return demande


def lire(id_):
    """A fresh Agent, as a request has it."""
    return models.lire_agents('WHERE agent.id = ?', id_)[0]


def noter(monde, par, suppleant=None):
    with models.ecriture():
        relais.noter_absence(lire(monde.referent.id), DU, AU, str((suppleant or monde.jonas).id), par=lire(par.id))
        return models.Absence.get()


def noter_a_l_ecran(navigateur, monde, suppleant):
    return navigateur.post('/espace/compte/absence', {
        'pour': monde.referent.id, 'absence_du': DU, 'absence_au': AU, 'suppleant': suppleant.id}, status=422)


def du_jour(agent):
    with models.lecture():
        return [tache.d.numero for tache in taches.du_jour(lire(agent.id))]


def lit(entrer, agent, demande):
    """What of its demande each way of reading gives this agent: all, or nothing."""
    navigateur, sienne = entrer(agent), f'/espace/demandes/{demande.numero}'
    vues = {
        'page': navigateur.get(sienne, status='*').status_int == 200,
        'pièce': navigateur.get(f'/pieces/{next(iter(demande.pieces)).id}', status='*').status_int == 200,
        'liste': sienne in navigateur.get('/espace/demandes?ouvertes=oui').text,
        'miennes': sienne in navigateur.get('/espace/demandes?miennes=oui').text,
        'recherche': sienne in str(navigateur.get('/espace/demandes?q=secret+mairie')),
        'csv': 'SECRET DE LA MAIRIE' in navigateur.get('/espace/demandes.csv').text,
        'journée': demande.numero in du_jour(agent),
        'acte': navigateur.post(f'{sienne}/journal', {'nature': 'note', 'texte': 'Vu.'}, status='*').status_int != 403,
    }
    with models.lecture():
        assert questions.demandes_lisibles(lire(agent.id)).where(
            models.Demande.numero == demande.numero).exists() == vues['page']
    assert len(set(vues.values())) == 1, vues
    return vues['page']


def test_une_suppleance_les_ouvre_selon_qui_la_note_ou_au_oui_de_lui_ou_de_l_administrateur(monde, restreinte, entrer):
    for par, ouvert, accorde in (
            ('referent', True, ''), ('admin', True, ''), ('chef', False, 'referent'), ('chef', False, 'admin')):
        noter(monde, getattr(monde, par))
        assert lit(entrer, monde.jonas, restreinte) is ouvert, par
        if accorde:
            qui = getattr(monde, accorde)
            formulaires = entrer(qui).get(PAGE).forms.values()
            next(f for f in formulaires if f.action.endswith('absence-restreintes')).submit(status=303)
            assert lit(entrer, monde.jonas, restreinte), accorde
            assert [de for f, de, _ in faits() if f == 'demandes restreintes ouvertes'][-1] == qui.courriel
        en_ecriture(models.Absence.delete().execute)


def test_une_delegation_de_soi_ou_par_un_administrateur_les_ouvre_quand_la_suppleance_attend(monde, restreinte, entrer):
    assert not lit(entrer, monde.jonas, restreinte)
    en_ecriture(relais.donner_delegation, lire(monde.chef.id), monde.jonas.id, '', '')
    assert lit(entrer, monde.jonas, restreinte)
    with models.ecriture():
        models.Delegation.delete().execute()
        relais.donner_delegation(lire(monde.chef.id), monde.jonas.id, '', '', par=lire(monde.admin.id))
    assert lit(entrer, monde.jonas, restreinte)
    en_ecriture(models.Delegation.delete().execute)
    noter(monde, monde.chef)
    creer_ligne(models.Delegation, pour=monde.referent, par=monde.jonas)
    assert lit(entrer, monde.jonas, restreinte)


def test_l_attente_se_dit_a_chacun_et_ne_ferme_rien_d_ordinaire_ni_a_qui_est_de_l_equipe(monde, creer, entrer):
    demande = creer('en_cours', message='Ordinaire')
    noter(monde, monde.chef)
    dits = [('relais_confie', monde.jonas.courriel), ('absence_notee', monde.referent.courriel)]
    assert courriels()[-2:] == dits
    with models.lecture():
        assert questions.roles(demande, lire(monde.jonas.id))['referent'] == monde.referent.id
    assert f'/espace/demandes/{demande.numero}' in entrer(monde.jonas).get('/espace/demandes?miennes=oui').text
    assert demande.numero in du_jour(monde.jonas)
    en_ecriture(models.Absence.delete().execute)
    en_ecriture(models.Rappel.delete().execute)
    demande = creer('en_cours', restreinte=True, message='SECRET DE LA MAIRIE')
    noter(monde, monde.chef)
    assert courriels()[-3:] == [*dits, ('restreintes_en_attente', monde.admin.courriel)]
    assert 'sauf les demandes à diffusion restreinte' in dernier_courriel('relais_confie').corps
    assert 'vous seul·e, ou un administrateur, pouvez l\'accepter' in dernier_courriel('absence_notee').corps
    corps = dernier_courriel('restreintes_en_attente').corps
    assert 'Camille Exemple a noté pour Claude Temoin' in corps and 'Jonas Croquis' in corps and 'SECRET' not in corps
    en_ecriture(actes.associer, demande, monde.chef, demande.version, monde.jonas)
    entrer(monde.jonas).get(f'/espace/demandes/{demande.numero}', status=200)
    with models.lecture():
        tenus = questions.roles(demande, lire(monde.jonas.id))
    assert tenus == {'associe': monde.jonas.id, 'agent': monde.jonas.id}


def test_tant_que_ce_n_est_pas_accepte_ni_courriel_ni_rappel_ne_va_au_suppleant_que_la_mairie_ni_l_equipe_ne_lisent(
        monde, restreinte, entrer, site):
    absence = noter(monde, monde.chef)
    lus = [f'/suivi/{restreinte.jeton}', f'/espace/demandes/{restreinte.numero}']
    assert 'Jonas' not in site.get(lus[0]).text and 'absence : Jonas' not in texte(entrer(monde.chef).get(lus[1]))
    avant = len(courriels())
    with models.ecriture():
        actes.message_du_demandeur(models.Demande.get_by_id(restreinte.numero), 'Bonjour.')
    assert monde.jonas.courriel not in [a for _, a in courriels()[avant:]]

    def agissent():
        with models.lecture():
            demande = models.Demande.get_by_id(restreinte.numero)
            return ({a.id for groupe in questions.agents_qui_agissent(demande) for a in groupe},
                    {tache.d.numero for tache in taches.du_jour(models.Agent.get_by_id(monde.jonas.id))})
    ids, siennes = agissent()
    assert ids and not ids & {monde.referent.id, monde.jonas.id} and restreinte.numero not in siennes
    en_ecriture(relais.ouvrir_les_restreintes, absence, lire(monde.admin.id))
    ids, siennes = agissent()
    assert monde.referent.id in ids and restreinte.numero in siennes
    assert 'Jonas' in site.get(lus[0]).text
    assert 'Claude Temoin : Jonas Croquis' in texte(entrer(monde.chef).get(lus[1])).replace('\xa0', ' ')


def accepter(navigateur, absence, status):
    return navigateur.post('/espace/compte/absence-restreintes', {'id': absence.id}, status=status)


def test_ni_le_suppleant_ni_qui_l_a_nomme_ne_disent_oui_ni_un_pilote_ne_se_nomme_ni_personne_deux_fois(
        monde, restreinte, entrer):
    absence = noter(monde, monde.chef)
    assert 'chevauche celle-ci' in fautes(noter_a_l_ecran(entrer(monde.chef), monde, monde.jonas))[0]
    for qui in (monde.jonas, monde.chef, monde.cochef, monde.autre):
        assert 'Seuls la personne absente' in accepter(entrer(qui), absence, 403).text
        assert 'absence-restreintes' not in entrer(qui).get(PAGE).text
    assert not lit(entrer, monde.jonas, restreinte)
    accepter(entrer(monde.admin), absence, 303)
    assert 'il n\'y a rien à accepter' in texte(accepter(entrer(monde.admin), absence, 409))
    entrer(monde.referent).post('/espace/compte/absence-retirer', {'id': absence.id}, status=303)
    assert 'n\'existe plus' in texte(accepter(entrer(monde.admin), absence, 404))
    assert not lit(entrer, monde.jonas, restreinte)
    reponse = noter_a_l_ecran(entrer(monde.chef), monde, monde.chef)
    assert 'vous ne vous nommez pas suppléant' in fautes(reponse)[0]
    with models.lecture():
        assert not models.Absence.select().exists()
    changer_ligne(monde.jonas, administrateur=True)
    noter(monde, monde.jonas, monde.jonas)

"""« Classer à la reprise »: imported demandes in one batch, previewed, without a mail, undone within a day."""
import re

import pytest
from conftest import changer_demande, faits_dits, le_formulaire, natures, relire, relire_agent, statuer, texte
from conftest import numeros as numeros_de_la_liste

import models
from models import Demande, Journal, Refus
from verbes.exploitation import exploitation
from verbes.demande import stock

PAGE = '/espace/admin/reprise'
PAS_COMPARES = ('Journal', 'Audit', 'StockClasse', 'Marque', 'Session')
MOTIF = 'Sans suite depuis 2021.'


@pytest.fixture
def reprendre(creer):
    """reprendre('en_cours', …) → a demande in this state, taken over from before."""
    def construire(*etats, **options):
        demandes = [creer(etat, message=f'Reprise {n} {etat}', **options) for n, etat in enumerate(etats)]
        with models.ecriture():
            Demande.update(reprise=True, importee=True, echeance=None).where(
                Demande.numero.in_([d.numero for d in demandes])).execute()
        return [d.numero for d in demandes]
    return construire


def photo():
    """Every row of every table but the journal, the audit and what an undoing keeps; without its version."""
    with models.lecture():
        return {table.__name__: [{c: v for c, v in ligne.items() if c != 'version'} for ligne in table.select().dicts()]
                for table in models.TABLES if table.__name__ not in PAS_COMPARES}


def apercu(site, motif=MOTIF, requete=''):
    formulaire = next(f for f in site.get(PAGE + requete).forms.values() if 'motif' in f.fields)
    formulaire['motif'] = motif
    return formulaire.submit()


def etats(*numeros):
    with models.lecture():
        return [(d.statut, d.issue, bool(d.clos_le), d.reprise) for d in Demande.select().where(
            Demande.numero.in_(numeros)).order_by(Demande.numero)]


def classer(numeros, agent, motif=MOTIF, **autres):
    """The batch of these numbers, as the verb sets it aside: its number in the audit."""
    with models.ecriture():
        stock.classer(numeros, stock.apercevoir(numeros).empreinte, agent, {'motif': motif}, **autres)
        return stock.lots()[0].numero


OUVERTS = ('attribue_chef', 'receptionne_chef', 'attribue_expert', 'receptionne_expert', 'en_cours', 'rejete',
           'attribue_admin', 'receptionne_admin')


def test_une_reprise_ouverte_se_classe_sans_courriel_par_la_liste_filtree(maxime, monde, reprendre, creer, site):
    numeros, closes = reprendre(*OUVERTS), reprendre('termine', 'abandonne', 'rejete_clos')
    vive, courriels, ouvertes = creer('en_cours', message='Vive'), photo()['Courriel'], etats(*numeros)
    page = apercu(maxime)
    assert page.status_code == 200 and f'{len(numeros)} demandes' in texte(page)
    assert etats(*numeros) == ouvertes and {clos for *_, clos, _ in etats(*numeros)} == {False}
    suite = page.forms['classement'].submit()
    assert suite.status_code == 303 and 'Le lot est classé' in suite.follow()
    assert etats(*numeros) == [('termine', 'stock', True, True)] * len(numeros)
    assert etats(*closes) == [('termine', 'realise', True, True), ('abandonne', '', True, True),
                              ('rejete', 'reponse', True, True)]
    assert etats(vive.numero) == [('en_cours', '', False, False)] and photo()['Courriel'] == courriels
    for numero in numeros:
        ligne = derniere_ligne(numero)
        assert (ligne.nature, ligne.statut, ligne.agent_id, ligne.pour_id, ligne.texte) == (
            'statut', 'termine', monde.admin.id, None, f'Classer à la reprise. Motif\xa0: {MOTIF}')
    assert {*numeros_de_la_liste(maxime.get('/espace/demandes?q=depuis+2021'))} == {*numeros}       # by its words
    suivi = site.get(f'/suivi/{relire(Demande(numero=numeros[0])).jeton}')
    assert 'reprise d\'un suivi antérieur, a été classée' in texte(suivi)
    en_cours, autre = reprendre('en_cours', 'attribue_chef')
    page = maxime.get(f'{PAGE}?statut=en_cours')
    assert [a.text.strip() for a in page.html.select('table th a')] == [f'n°\xa0{en_cours}']
    apercu(maxime, requete='?statut=en_cours').forms['classement'].submit(status=303)
    assert [clos for *_, clos, _ in etats(en_cours, autre)] == [True, False]
    assert 'Aucune demande reprise' in texte(maxime.get(f'{PAGE}?q=introuvable'))
    for faux in ('statut=zut', 'page=x'):
        maxime.get(f'{PAGE}?{faux}', status=400)
    with models.ecriture():
        models.Delegation.create(pour=monde.admin, par=monde.autre, du='2026-11-01', au='2026-12-31')
    classer([autre], relire_agent(monde.autre))
    ligne = derniere_ligne(autre)
    assert (ligne.agent_id, ligne.pour_id, ligne.auteur) == (monde.autre.id, monde.admin.id, 'Dominique Autre')


def derniere_ligne(numero):
    with models.lecture():
        return Journal.select().where(Journal.demande == numero).order_by(Journal.id.desc()).get()


def test_le_lot_s_annule_un_jour_sauf_ce_qui_a_bouge_puis_s_oublie(maxime, monde, reprendre, base, entrer, heure):
    numeros, avant = reprendre(*OUVERTS), photo()
    apercu(maxime).forms['classement'].submit()
    assert photo() != avant
    assert re.search('8 demandes, le 24 novembre 2026 à 10 h(?: 00)?, par Maxime Exemple', texte(maxime.get(PAGE)))
    annuler = le_formulaire(maxime.get(PAGE), f'{PAGE}/annuler')
    assert 'Le lot est annulé' in annuler.submit().follow() and photo() == avant
    assert natures(Demande(numero=numeros[0]))[-1] == ('statut', 'attribue_chef')
    assert [faute for _, faute in exploitation.verifier(base) if faute] == []
    assert [fait for fait in faits_dits() if 'class' in fait] == ['stock classé', 'classement annulé']
    assert annuler.submit(status=409)                                   # once
    bougee, autre = numeros[4], numeros[0]
    apercu(maxime).forms['classement'].submit()
    statuer(Demande(numero=bougee), 'rouvrir', monde.admin, motif='Elle revient.')
    page = le_formulaire(maxime.get(PAGE), f'{PAGE}/annuler').submit()
    assert page.status_code == 200 and f'n° {bougee}' in texte(page) and 'sauf pour ce qui a bougé' in texte(page)
    assert etats(autre) == [('attribue_chef', '', False, True)] and etats(bougee) == [('en_cours', '', False, False)]
    numero, autre = reprendre('en_cours', 'attribue_chef', lieu='Ailleurs')
    lot = classer([numero], monde.admin)
    heure('2026-11-25T09:00:01Z')
    assert 'ne s\'annule plus' in entrer(monde.admin).post(f'{PAGE}/annuler', {'lot': lot}, status=409).html.text
    statuer(Demande(numero=numero), 'rouvrir', monde.admin, motif='Elle revient.')
    assert etats(numero) == [('en_cours', '', False, False)]            # an agent acts: like any other
    classer([autre], monde.admin)
    with models.lecture():
        assert [un.demande_id for un in models.StockClasse.select()] == [autre]


def test_sans_motif_sans_demande_ou_apres_un_changement_rien_n_est_classe(maxime, monde, reprendre, creer):
    reste, autre = reprendre('en_cours', 'attribue_chef')
    formulaire = apercu(maxime, motif='').forms['classement']
    formulaire[f'laisser-{reste}'] = True
    page = formulaire.submit(status=422)
    assert page.html.title.text.startswith('Erreur') and not any(clos for *_, clos, _ in etats(reste, autre))
    for numeros in '', '1,,2', 'a', '1;2', ',1':
        maxime.post(f'{PAGE}/classer', {'numeros': numeros, 'motif': 'x'}, status=422)
    for numeros, sauf in ([], ()), ([reste], (reste,)):
        with pytest.raises(Refus, match='Il ne reste aucune demande à classer'):
            classer(numeros, monde.admin, sauf=sauf)
    formulaire = page.forms['classement']
    assert formulaire[f'laisser-{reste}'].checked                       # what is ticked stays so
    formulaire['motif'] = MOTIF
    statuer(Demande(numero=autre), 'receptionner', monde.chef)
    changer_demande(Demande(numero=autre), reprise=True)
    page = formulaire.submit(status=409)
    assert 'ont changé depuis l\'aperçu' in texte(page) and not any(clos for *_, clos, _ in etats(reste, autre))
    formulaire = page.forms['classement']
    assert formulaire['motif'].value == MOTIF
    formulaire[f'laisser-{reste}'] = True
    formulaire.submit(status=303)
    assert [clos for *_, clos, _ in etats(reste, autre)] == [False, True]
    demande = creer('en_cours')
    with pytest.raises(Refus) as refus:
        statuer(demande, 'classer_stock', monde.admin, motif=MOTIF)
    assert refus.value.code == 404
    with pytest.raises(Refus):
        statuer(demande, 'ecarter', monde.admin, motif=MOTIF, ecart='stock')
    maxime.post(f'/espace/demandes/{demande.numero}/classer_stock', status=404)


def test_mille_demandes_ne_tiennent_le_verrou_que_dix_fois_le_temps_de_cent(monde, reprendre, monkeypatch):
    """By statements, and by thousands of steps in SQLite while the lock is held: the same on every machine."""
    ordres, pas, executer = [], [], models.db.execute_sql
    monkeypatch.setattr(models.db, 'execute_sql', lambda *dit: ordres.append(dit) or executer(*dit))

    def peser(acte):
        with models.ecriture():
            models.db.connection().set_progress_handler(lambda: pas.append(1), 1000)
            ordres.clear(), pas.clear()
            rendu = acte(), len(ordres), len(pas)
            models.db.connection().set_progress_handler(None, 0)
        return rendu
    premiere, = reprendre('en_cours')
    with models.ecriture():
        modele = next(Demande.select().where(Demande.numero == premiere).dicts().iterator())
        for n in range(2000, 2999):
            Demande.insert(**modele | {'numero': n, 'jeton': f'jeton-{n}', 'cle': None}).execute()
            models.db.execute_sql("INSERT INTO recherche (rowid, collectivite, journal) VALUES (?, 'rieumes', ?)",
                                  (n, 'un journal assez long ' * 40))
    numeros = [premiere, *range(2000, 2999)]

    def faire_et_defaire(lot):
        with models.lecture():
            lue = stock.apercevoir(lot)
        return (peser(lambda: stock.classer(lot, lue.empreinte, monde.admin, {'motif': MOTIF})),
                peser(lambda: stock.annuler(stock.lots()[0].numero, monde.admin)))
    cent, mille = faire_et_defaire(numeros[:100]), faire_et_defaire(numeros)
    print(f'\n{cent}, {mille}')
    assert [rendu for rendu, *_ in (*cent, *mille)] == [100, (100, []), 1000, (1000, [])]
    for (_, ordres_de_cent, pas_de_cent), (_, ordres_de_mille, pas_de_mille) in zip(cent, mille):
        assert ordres_de_mille <= ordres_de_cent + 1
        assert pas_de_mille <= min(12 * pas_de_cent, 1500)              # a tenth of a second
    with pytest.raises(Refus), models.lecture():
        stock.apercevoir([*numeros, 1])

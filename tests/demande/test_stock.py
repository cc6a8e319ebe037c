"""« Classer à la reprise »: imported demandes in one batch, previewed, without a mail, undone within a day."""
import re

import pytest
from conftest import natures, texte

import models
from models import Demande, Journal, Refus
from verbes.exploitation import exploitation
from verbes.demande import cycle, stock

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
    """Every row of every table but the journal, the audit, the version and what an undoing keeps."""
    with models.lecture():
        return {table.__name__: [{**{c: v for c, v in ligne.items() if c != 'version'}}
                                 for ligne in table.select().dicts()]
                for table in models.TABLES if table.__name__ not in PAS_COMPARES}


def apercu(site, motif=MOTIF, requete=''):
    page = site.get(PAGE + requete)
    formulaire = next(f for f in page.forms.values() if 'motif' in f.fields)
    formulaire['motif'] = motif
    return formulaire.submit()


def etats(*numeros):
    with models.lecture():
        return [(d.statut, d.issue, bool(d.clos_le), d.reprise) for d in Demande.select().where(
            Demande.numero.in_(numeros)).order_by(Demande.numero)]


OUVERTS = ('attribue_chef', 'receptionne_chef', 'attribue_expert', 'receptionne_expert', 'en_cours', 'rejete',
           'attribue_admin', 'receptionne_admin')


def test_chaque_statut_ouvert_d_une_demande_reprise_se_classe_et_aucun_autre(entrer, monde, reprendre, creer):
    numeros = reprendre(*OUVERTS)
    closes = reprendre('termine', 'abandonne', 'rejete_clos')
    vive = creer('en_cours', message='Vive')
    courriels = photo()['Courriel']
    page = apercu(entrer(monde.admin))
    assert page.status_code == 200 and f'{len(numeros)} demandes' in texte(page)
    assert etats(*numeros) == etats(*numeros) and not any(clos for _, _, clos, _ in etats(*numeros))
    suite = page.forms['classement'].submit()
    assert suite.status_code == 303 and 'Le lot est classé' in suite.follow()
    assert etats(*numeros) == [('termine', 'stock', True, True)] * len(numeros)
    assert etats(*closes) == [('termine', 'realise', True, True), ('abandonne', '', True, True),
                              ('rejete', 'reponse', True, True)]
    assert etats(vive.numero) == [('en_cours', '', False, False)]
    assert photo()['Courriel'] == courriels
    for numero in numeros:
        with models.lecture():
            ligne = Journal.select().where(Journal.demande == numero).order_by(Journal.id.desc()).get()
        assert (ligne.nature, ligne.statut, ligne.agent_id) == ('statut', 'termine', monde.admin.id)
        assert ligne.texte == f'Classer à la reprise. Motif\xa0: {MOTIF}'


def test_le_lot_s_annule_dans_les_vingt_quatre_heures_et_tout_est_comme_avant(entrer, monde, reprendre, heure, base):
    numeros = reprendre(*OUVERTS)
    avant = photo()
    admin = entrer(monde.admin)
    apercu(admin).forms['classement'].submit()
    assert photo() != avant
    page = admin.get(PAGE)
    assert re.search('8 demandes, le 24 novembre 2026 à 10 h(?: 00)?, par Maxime Exemple', texte(page))
    annuler = next(f for f in page.forms.values() if f.action == f'{PAGE}/annuler')
    assert 'Le lot est annulé' in annuler.submit().follow()
    apres = photo()
    apres.pop('Demande'), avant.pop('Demande')
    assert apres == avant
    assert [clos for _, _, clos, _ in etats(*numeros)] == [False] * 8
    assert natures(Demande(numero=numeros[0]))[-1] == ('statut', 'attribue_chef')
    assert [faute for _, faute in exploitation.verifier(base) if faute] == []
    with models.lecture():
        assert [a.fait for a in models.Audit.select().where(models.Audit.fait.contains('class'))] == [
            'stock classé', 'classement annulé']
    assert annuler.submit(status=409)                                   # once


def test_les_demandes_annulees_sont_les_memes_ligne_a_ligne(monde, reprendre):
    numeros = reprendre(*OUVERTS)
    avant = photo()['Demande']
    with models.ecriture():
        lue = stock.apercevoir(numeros)
        stock.classer(numeros, lue.empreinte, monde.admin, {'motif': MOTIF})
        stock.annuler(stock.lots()[0].numero, monde.admin)
    assert photo()['Demande'] == avant


def test_apres_vingt_quatre_heures_un_lot_ne_s_annule_plus_mais_une_demande_se_rouvre(entrer, monde, reprendre, heure):
    numero, = reprendre('en_cours')
    apercu(entrer(monde.admin)).forms['classement'].submit()
    with models.lecture():
        lot = stock.lots()[0].numero
    heure('2026-11-25T09:00:01Z')
    refus = entrer(monde.admin).post(f'{PAGE}/annuler', {'lot': lot}, status=409)
    assert 'ne s&#39;annule plus' in refus or 'ne s\'annule plus' in texte(refus)
    with models.ecriture():
        demande = Demande.get_by_id(numero)
        cycle.changer_statut(demande, 'rouvrir', monde.admin, demande.version, {'motif': 'Elle revient.'})
    assert etats(numero) == [('en_cours', '', False, False)]            # an agent acts: like any other


def test_ce_qui_a_bouge_depuis_reste_et_se_dit(entrer, monde, reprendre):
    bougee, autre = reprendre('en_cours', 'attribue_chef')
    admin = entrer(monde.admin)
    apercu(admin).forms['classement'].submit()
    with models.ecriture():
        demande = Demande.get_by_id(bougee)
        cycle.changer_statut(demande, 'rouvrir', monde.admin, demande.version, {'motif': 'Elle revient.'})
    page = next(f for f in admin.get(PAGE).forms.values() if f.action == f'{PAGE}/annuler').submit()
    assert page.status_code == 200 and f'n° {bougee}' in texte(page) and 'sauf pour ce qui a bougé' in texte(page)
    assert etats(autre) == [('attribue_chef', '', False, True)] and etats(bougee)[0][0] == 'en_cours'


def test_sans_motif_rien_n_est_classe_et_ce_qui_est_coche_le_reste(entrer, monde, reprendre):
    reste, autre = reprendre('en_cours', 'attribue_chef')
    page = apercu(entrer(monde.admin), motif='')
    formulaire = page.forms['classement']
    formulaire[f'laisser-{reste}'] = True
    page = formulaire.submit(status=422)
    assert page.html.title.text.startswith('Erreur') and not any(clos for _, _, clos, _ in etats(reste, autre))
    formulaire = page.forms['classement']
    assert formulaire[f'laisser-{reste}'].checked
    formulaire['motif'] = MOTIF
    formulaire.submit(status=303)
    assert [clos for _, _, clos, _ in etats(reste, autre)] == [False, True]


def test_une_demande_qui_change_apres_l_apercu_arrete_tout_le_lot(entrer, monde, reprendre):
    numeros = reprendre('en_cours', 'attribue_chef')
    page = apercu(entrer(monde.admin))
    with models.ecriture():
        demande = Demande.get_by_id(numeros[1])
        cycle.changer_statut(demande, 'receptionner', monde.chef, demande.version, {})
    suite = page.forms['classement'].submit(status=409)
    assert 'ont changé depuis l\'aperçu' in texte(suite) and '1 demande ' in texte(suite)
    assert not any(clos for _, _, clos, _ in etats(*numeros))
    assert suite.forms['classement']['motif'].value == MOTIF


def test_la_liste_se_filtre_et_le_lot_est_la_liste_filtree(entrer, monde, reprendre):
    en_cours, autre = reprendre('en_cours', 'attribue_chef')
    admin = entrer(monde.admin)
    page = admin.get(f'{PAGE}?statut=en_cours')
    assert [a.text.strip() for a in page.html.select('table th a')] == [f'n°\xa0{en_cours}']
    apercu(admin, requete='?statut=en_cours').forms['classement'].submit(status=303)
    assert [clos for _, _, clos, _ in etats(en_cours, autre)] == [True, False]
    assert 'Aucune demande reprise' in texte(admin.get(f'{PAGE}?q=introuvable'))
    admin.get(f'{PAGE}?statut=zut', status=400)
    admin.get(f'{PAGE}?page=x', status=400)


@pytest.mark.parametrize('numeros', ['', '1,,2', 'a', '1;2', ',1'])
def test_un_lot_mal_forme_est_refuse(entrer, monde, numeros):
    entrer(monde.admin).post(f'{PAGE}/classer', {'numeros': numeros, 'motif': 'x'}, status=422)


def test_ce_n_est_pas_un_acte_d_une_seule_demande(creer, monde, entrer):
    demande = creer('en_cours')
    with pytest.raises(Refus) as refus, models.ecriture():
        cycle.changer_statut(demande, 'classer_stock', monde.admin, demande.version, {'motif': MOTIF})
    assert refus.value.code == 404
    with pytest.raises(Refus), models.ecriture():
        cycle.changer_statut(demande, 'ecarter', monde.admin, demande.version, {'motif': MOTIF, 'ecart': 'stock'})
    entrer(monde.admin).post(f'/espace/demandes/{demande.numero}/classer_stock', status=404)


@pytest.fixture
def peser(monkeypatch):
    """peser(act) → (what it gives, its statements, its steps in SQLite by thousands) while it holds the lock: the same
    on every machine."""
    ordres, pas, executer = [], [], models.db.execute_sql
    monkeypatch.setattr(models.db, 'execute_sql', lambda *dit: ordres.append(dit) or executer(*dit))

    def faire(acte):
        with models.ecriture():
            models.db.connection().set_progress_handler(lambda: pas.append(1), 1000)
            ordres.clear(), pas.clear()
            rendu = acte(), len(ordres), len(pas)
            models.db.connection().set_progress_handler(None, 0)
        return rendu
    return faire


def test_mille_demandes_ne_tiennent_le_verrou_que_dix_fois_le_temps_de_cent(monde, reprendre, peser):
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
    for (_, ordres, pas), (_, ordres_de_mille, pas_de_mille) in zip(cent, mille):
        assert ordres_de_mille <= ordres + 1 and pas_de_mille <= min(12 * pas, 1500)    # a tenth of a second
    with pytest.raises(Refus), models.lecture():
        stock.apercevoir([*numeros, 1])


def test_la_mairie_lit_que_sa_demande_est_classee(site, entrer, monde, reprendre):
    numero, = reprendre('en_cours')
    apercu(entrer(monde.admin)).forms['classement'].submit()
    with models.lecture():
        jeton = Demande.get_by_id(numero).jeton
    assert 'reprise d\'un suivi antérieur, a été classée' in texte(site.get(f'/suivi/{jeton}'))

"""The files of example, and the demonstration that they load."""
import csv
import io
from datetime import date, datetime, timedelta

import pytest
from fichiers import exemple, lire, reussir, tout

import models
import langue
from verbes import questions
from verbes.exploitation import demonstration
from verbes.echanges.colonnes import COLONNES
from verbes.exploitation.demonstration import JAMAIS_OUVERTS, charger_demonstration
from verbes.regles import PUBLIQUES


def sans_messages(octets):
    """A file without the lines of journal that the collectivité reads."""
    sortie = io.StringIO()
    csv.writer(sortie, delimiter=';').writerows(
        ligne for ligne in csv.reader(io.StringIO(octets.decode()), delimiter=';') if not {*ligne[4:5]} & {*PUBLIQUES})
    return sortie.getvalue().encode()


def test_les_fichiers_d_exemple_s_importent_une_fois_la_demonstration_refuse_une_base_qui_a_des_demandes(vide, regler):
    regler('2027-01-15T09:00:00Z')
    # « importer tout » alone writes what a collectivité has said.
    fichiers = {quoi: sans_messages(exemple(quoi)) for quoi in COLONNES}
    for quoi, octets in fichiers.items():
        assert reussir(quoi, octets)[0] > 10
    for quoi, octets in fichiers.items():
        assert reussir(quoi, octets)[:2] == (0, 0)
    avant = tout()
    with pytest.raises(models.Refus) as refus:
        charger_demonstration()
    assert refus.value.code == 409 and tout() == avant
    regler('2026-11-24T09:00:00Z')                                  # a date does not go into the future
    for ecrit, genre, attendu in (
            ('2026-11-13', 'passe', '2026-11-20'), ('2026-11-20', 'passe', '2026-11-24'),
            ('2026-11-20', 'jour', '2026-11-27'), ('2026-10-20T07:00:00Z', 'instant', '2026-10-27T08:00:00Z'),
            ('2026-11-20T07:00:00Z', 'instant', '2026-11-24T09:00:00Z')):
        assert demonstration._avancer(ecrit, 1, genre) == attendu, (ecrit, genre)


JOURS = ('2026-11-22T23:30:00Z', '2026-11-24T09:00:00Z', '2027-03-28T21:59:00Z', '2027-07-14T08:00:00Z',
         '2025-10-26T00:30:00Z')


@pytest.mark.parametrize('instant', JOURS)
def test_la_demonstration_finit_l_autre_semaine_et_garde_jours_et_statuts(brancher, regler, demonstration_du, instant):
    regler(instant)
    brancher(demonstration_du(instant))
    aujourdhui = date.fromisoformat(langue.aujourdhui())
    lundi = aujourdhui - timedelta(days=aujourdhui.weekday())
    (dernier,), = lire('SELECT max(depose_le) FROM demande WHERE numero <> 368')
    assert lundi - timedelta(days=7) <= date.fromisoformat(langue.jour_de(dernier)) < lundi
    for requete in ('SELECT max(depose_le), max(clos_le) FROM demande', 'SELECT max(cree_le) FROM journal'):
        assert all(quand <= langue.maintenant() for quand in lire(requete)[0])
    assert lire('SELECT max(premier_contact_le) FROM demande')[0][0] <= langue.aujourdhui()
    ecrits = {int(ligne['numero']): datetime.strptime(ligne['depose_le'], '%d/%m/%Y %H:%M')
              for ligne in csv.DictReader(io.StringIO(exemple('demandes').decode()), delimiter=';')}
    decalages = {numero: langue.a_paris(depose_le).replace(tzinfo=None) - ecrits[numero]
                 for numero, depose_le in lire('SELECT numero, depose_le FROM demande')}
    assert demonstration.GARDENT_LEURS_DATES == (368,)                  # the guide quotes it
    assert decalages.pop(368) == timedelta()
    (decalage,) = set(decalages.values())
    assert decalage.days % 7 == 0 and decalage.seconds == 0 and bool(decalage) == (instant[:7] != '2026-11')
    assert lire("SELECT count(*) FROM journal WHERE texte LIKE 'Repris%'") == [(0,)]
    assert lire('SELECT numero FROM demande d WHERE statut <> ('
                "SELECT statut FROM journal WHERE demande_id = d.numero AND nature = 'statut' "
                'ORDER BY cree_le DESC, id DESC LIMIT 1)') == []


def test_la_demonstration_regle_le_site_les_absences_et_les_comptes_sauf_un_deja_ouvert(vide):
    with models.ecriture():
        chez = models.Direction.create(structure=models.Structure.create(nom='Ici', sigle='ICI'), nom='Ici')
        ici = models.Agent.create(prenom='Ada', nom='Réelle', courriel='ada@ici.example', direction=chez,
                                  administrateur=True, mot_de_passe='scrypt$mien', cree_le=langue.maintenant())
    appels = []
    bilans = charger_demonstration(lambda fait, total: appels.append((fait, total)), 'scrypt$x')
    assert set(bilans) == set(COLONNES) and appels[-1][0] == appels[-1][1] and len(appels) == len(COLONNES)
    with models.lecture():
        reglages = models.Reglage.tous()
        assert models.Agent.get_by_id(ici.id).mot_de_passe == 'scrypt$mien'
        ouverts = models.Agent.select().where(models.Agent.actif, models.Agent.mot_de_passe == 'scrypt$x')
        assert ouverts.count() == models.Agent.select().where(models.Agent.actif).count() - 1 - len(JAMAIS_OUVERTS)
        assert models.Contour.select().count() == 586
        assert any(a.suppleant_id for a in questions.absences().values()) and models.Delegation.select().exists()
        assert (not models.Courriel.select().exists()
                and not models.Agent.select().where(models.Agent.second_facteur.is_null(False)).exists())
    assert (reglages['demonstration'] == '1'
            and reglages['telephone'] == '0536490000' and reglages['telephone_urgence'] == '0536490099')
    assert reglages['courriel'].endswith('.example') and reglages['dpd'].endswith('.example')

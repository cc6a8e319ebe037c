"""One minute of « make endurance »: each fault once, everything acknowledged is there."""
import endurance


def test_une_minute_d_endurance_ne_perd_rien():
    faits = endurance.mener(jours=1, minutes=1, memoire=False)
    assert faits['demandes'] > 20 and faits['tués'] == 3 and faits['relais coupés'] == 1
    assert faits['horloges'] == 1 and faits['mises à jour'] == 1 and faits['sauvegardes'] == 1
    assert faits['disques pleins'] + faits['disques pleins, sautés (root)'] == 1

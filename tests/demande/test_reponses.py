"""Answers by e-mail file themselves: the message, its files, once, from whom the demande knows (regles.md §12)."""
import pytest
from conftest import agir, appeler_en_vain, changer_ligne, corps_de, courriels, en_ecriture, relire, statuer
from lettres_recues import DE, PDF, lettre, multi, partie
from test_conversation import ATTENTE, LENDEMAIN, a_la_mairie, envoyer, formulaire, lignes, un_message_de_la_mairie
from test_lecture_courriel import AUTOMATES

import models
from models import Courriel, Piece, ReponseRecue
from verbes.courriels import adresse_de_reponse
from verbes.discretion import secret_du_jeton
from verbes.demande import a_confirmer, actes, cote, liste, relances, reponses
from verbes.exploitation import porteur, reste
from verbes.exploitation.environnement import Configuration

ADRESSE = 'plateforme+{}@reponses.example'
LE_PDF = partie('application/pdf; name="plan.pdf"', PDF, 'base64', Content_Disposition='attachment; filename=plan.pdf')
AVEC_PDF = multi('mixed', partie('text/plain; charset=utf-8', b'Voici le plan.'), LE_PDF)
JOINT = {'type_': AVEC_PDF[0], 'corps': AVEC_PDF[1]}


@pytest.fixture(autouse=True)
def recoit(monkeypatch):
    monkeypatch.setitem(models.SITE, 'reponses', ADRESSE)


def adresse_de(demande):
    return ADRESSE.format(f'{demande.numero}.{secret_du_jeton(demande.jeton)}')


def lettres_parties():
    """[EmailMessage] of the mails to the mairie, as the carrier writes them."""
    configuration = Configuration({'PLATEFORME_REPONSES': ADRESSE})
    with models.lecture():
        reglages = models.Reglage.tous()
        return [porteur.message(c, reglages, configuration, adresse_de_reponse(c.demande, c.modele))
                for c in Courriel.select().where(Courriel.pour == 'demandeur').order_by(Courriel.id)]


def test_une_mairie_repond_et_sa_reponse_se_range_restreinte_sans_adresse(accompagnee, monde, entrer, heure):
    envoyer(accompagnee, monde.referent, heure, 'Pouvez-vous envoyer le plan ?', **ATTENTE)
    partie_ = lettres_parties()[-1]
    assert partie_['Reply-To'] == adresse_de(accompagnee) and 'répondre à ce courriel' in partie_.get_content()
    assert relire(accompagnee).attente_au
    heure(LENDEMAIN)
    assert reponses.recevoir(lettre(partie_['Reply-To'])) == 'rangee'
    ligne, = lignes(accompagnee, 'message')
    assert ligne.texte == 'Voici le plan.' and ligne.auteur == 'Jeanne Exemplaire' and ligne.fait == ''
    demande = relire(accompagnee)
    assert demande.message_le and not demande.attente_au
    assert ('message_demandeur', monde.referent.courriel) in courriels()
    page = entrer(monde.referent).get(f'/espace/demandes/{accompagnee.numero}')
    assert 'Voici le plan.' in page.html.select_one('[aria-labelledby="a-repondre"]').text
    adresse = adresse_de(accompagnee)
    agir(actes.restreindre, accompagnee, monde.referent, True)
    envoyer(accompagnee, monde.referent, heure)
    partie_ = lettres_parties()[-1]
    assert 'reponses.example' not in partie_['Reply-To']
    assert 'Ne répondez pas à ce courriel' in partie_.get_content()
    assert reponses.recevoir(lettre(adresse, 'Le voici.', identifiant='<2@x>')) == 'rangee'
    assert 'Le voici.' in entrer(monde.referent).get(f'/espace/demandes/{accompagnee.numero}')
    entrer(monde.autre).get(f'/espace/demandes/{accompagnee.numero}', status=403)


def inconnue(demande, **autres):
    return reponses.recevoir(lettre(adresse_de(demande), de='perso@orange.example', **autres))


def celle_qui_attend():
    return ReponseRecue.get(etat='inconnue')


def lire_table():
    return [(r.etat, r.de, r.texte, len(r.pieces)) for r in ReponseRecue.select().order_by(ReponseRecue.id)]


def pieces():
    return [(p.nom, bytes(p.contenu)) for p in Piece.select()]


def test_un_message_se_range_une_fois_de_qui_est_connu_et_dit_par_ou_il_est_venu(accompagnee, monde, site):
    un_message_de_la_mairie(accompagnee, 'Depuis la page.')
    redite = lettre(adresse_de(accompagnee), 'Depuis la page.\n\n> cité', identifiant='<0@x>')
    assert reponses.recevoir(redite) == 'rangee' and len(lignes(accompagnee, 'message')) == 1
    assert reponses.recevoir(lettre(adresse_de(accompagnee))) == 'rangee'
    assert reponses.recevoir(lettre(adresse_de(accompagnee).upper())) == 'deja'
    assert len(lignes(accompagnee, 'message')) == 2
    changer_ligne(monde.rieumes, courriel='officielle@rieumes.example')
    officielle = lettre(adresse_de(accompagnee), 'De la boîte.', de='Officielle@rieumes.example', identifiant='<1@x>')
    assert reponses.recevoir(officielle) == 'rangee'
    assert inconnue(accompagnee, identifiant='<deux@x>', corps=b'De chez moi.') == 'inconnue'
    assert len(lignes(accompagnee, 'message')) == 3
    agir(reponses.ranger, accompagnee, monde.referent, celle_qui_attend())
    lus = site.get(f'/suivi/{accompagnee.jeton}').html.select('.echanges .moi p:first-child')
    assert [' '.join(lu.text.split()).split(' · ')[0] for lu in lus] == [
        'Vous', 'Par courriel', 'Par courriel, de officielle@rieumes.example', 'Par courriel, de perso@orange.example']
    assert {ligne.moyen for ligne in lignes(accompagnee, 'message')[1:]} == {'courriel'}
    neuve = models.Collectivite.get(nom='Rieumajou')
    changer_ligne(neuve, courriel='mairie@neuve.example')           # the commune is merged in another one
    changer_ligne(monde.rieumes, remplacee_par=neuve, jusqu_au='2026-10-31')
    assert reponses.recevoir(lettre(adresse_de(accompagnee), 'D\'ailleurs.', de='mairie@neuve.example',
                                    identifiant='<trois@x>')) == 'rangee'


def test_une_adresse_inconnue_attend_a_part_et_se_range_d_un_bouton(accompagnee, monde, entrer, site):
    assert inconnue(accompagnee, **JOINT) == 'inconnue'
    assert lignes(accompagnee, 'message') == [] and relire(accompagnee).inconnue_le
    assert ('reponse_inconnue', monde.referent.courriel) in courriels()
    expert = entrer(monde.referent)
    assert 'réponse d\'une adresse inconnue' in expert.get('/espace').html.text
    page = expert.get(f'/espace/demandes/{accompagnee.numero}')
    panneau = page.html.select_one('[aria-labelledby^="inconnue-"]').text
    assert 'perso@orange.example' in panneau and 'Voici le plan.' in panneau and 'plan.pdf' in panneau
    assert 'Voici le plan.' not in site.get(f'/suivi/{accompagnee.jeton}')
    lue = entrer(monde.autre).get(f'/espace/demandes/{accompagnee.numero}')
    assert 'Réponse arrivée' in lue                                 # who does not follow the demande files nothing
    for action in ('ranger', 'ne_pas_ranger'):
        assert not lue.html.select(f'form[action$="/{action}"]')
        for qui, laquelle, status in ((monde.autre, celle_qui_attend().id, 403), (monde.referent, 99, 404)):
            entrer(qui).post(f'/espace/demandes/{accompagnee.numero}/{action}', {
                'reponse': str(laquelle), 'version': relire(accompagnee).version}, status=status)
    assert [etat for etat, *_ in lire_table()] == ['inconnue']
    page = formulaire(page, '/ranger').submit().follow()
    assert 'attend la vôtre' in page and relire(accompagnee).message_le and not relire(accompagnee).inconnue_le
    message, = lignes(accompagnee, 'message')
    assert (message.auteur, message.texte) == ('perso@orange.example', 'Voici le plan.')
    assert pieces() == [('plan.pdf', PDF)]
    assert lire_table() == [('rangee', '', '', 0)]
    assert lignes(accompagnee, 'equipe')[-1].agent_id == monde.referent.id


def test_rien_ne_l_oublie_et_la_detruire_ne_laisse_que_la_ligne_qui_le_dit(accompagnee, monde, entrer, heure):
    inconnue(accompagnee, **JOINT)
    for instant, reste_a_faire in (('2026-12-20T09:00:00Z', 0), ('2026-12-26T09:00:00Z', 1)):
        heure(instant)
        en_ecriture(reponses.oublier)
        dites = [une for *_, dues in en_ecriture(reste.groupes)[0] for une in dues if 'à part' in une.titre]
        assert len(dites) == reste_a_faire, instant
    assert '1\xa0réponse d\'une adresse inconnue' in dites[0].phrase
    expert = entrer(monde.referent)
    page = expert.get(f'/espace/demandes/{accompagnee.numero}')
    assert 'en cours de vérification' in expert.get(f'/suivi/{accompagnee.jeton}')
    form = formulaire(page, '/ne_pas_ranger')
    assert 'Indésirable, détruire' in form.text
    form.submit(status=303)
    assert lire_table() == [('ecartee', '', '', 0)] and lignes(accompagnee, 'message') == []
    assert 'indésirable, détruite' in lignes(accompagnee, 'equipe')[-1].texte and not relire(accompagnee).inconnue_le
    assert 'en cours de vérification' not in expert.get(f'/suivi/{accompagnee.jeton}')
    trop_tard = formulaire(page, '/ranger').submit(status=409)
    assert 'Rien n\'est enregistré' in trop_tard and inconnue(accompagnee) == 'deja'


def test_rien_ne_dit_qu_une_mairie_se_tait_si_une_reponse_inconnue_attend(accompagnee, monde, entrer, heure):
    en_ecriture(cote.mettre_de_cote, accompagnee, monde.referent, '2026-12-10', 'Rien avant.')
    heure(LENDEMAIN)
    inconnue(accompagnee)
    assert 'réponse d\'une adresse inconnue' in entrer(monde.referent).get('/espace').html.select_one('main').text
    for issue in ('sans_nouvelles', 'non_jointe', 'sans_suite'):
        with pytest.raises(models.Refus, match='adresse inconnue'):
            statuer(accompagnee, 'terminer', monde.referent, issue=issue, synthese='x')
    with pytest.raises(models.Refus, match='adresse inconnue'):
        agir(actes.avertir_avant_cloture, accompagnee, monde.referent, '2026-12-30')
    envoyer(accompagnee, monde.referent, heure, **ATTENTE)
    heure('2026-12-03T09:00:00Z')
    relances.relances()
    assert a_la_mairie('attente') == []
    heure('2026-12-10T09:00:00Z')
    page = entrer(monde.referent).get('/espace').html.text
    assert 'pas reçue' not in page and 'réponse d\'une adresse inconnue' in page
    heure('2026-12-03T09:00:00Z')
    agir(reponses.ne_pas_ranger, accompagnee, monde.referent, celle_qui_attend())
    relances.relances()
    assert len(a_la_mairie('attente')) == 1


def test_qui_a_ecrit_depuis_l_appel_sans_reponse_n_est_pas_non_jointe(creer, monde):
    for ecrire in (lambda demande: reponses.recevoir(lettre(adresse_de(demande))), un_message_de_la_mairie):
        demande, fin = creer('en_cours', message=ecrire.__name__), {'issue': 'non_jointe', 'synthese': 'x'}
        en_ecriture(appeler_en_vain, demande, monde.referent)
        ecrire(demande)
        with pytest.raises(models.Refus, match='a écrit depuis votre dernier appel'):
            statuer(demande, 'terminer', monde.referent, **fin)
        en_ecriture(appeler_en_vain, demande, monde.referent)
        assert statuer(demande, 'terminer', monde.referent, **fin).issue == 'non_jointe'


def test_ce_qui_n_est_pas_pris_est_nomme_et_ce_qu_il_cite_n_ouvre_rien(accompagnee, monde, entrer, site, heure):
    lien, secret = f'http://127.0.0.1:8080/suivi/{accompagnee.jeton}', secret_du_jeton(accompagnee.jeton)
    cite = f'Voici.\n\nLe 24 nov. 2026 à 12:02, P <{adresse_de(accompagnee)}> a écrit :\n> Répondre : {lien}\n'
    type_, corps = multi(
        'mixed', partie('text/plain; charset=utf-8', cite.encode()), LE_PDF,
        partie('application/ms-tnef; name=winmail.dat', b'x', 'base64'),
        partie('application/x-msdownload; name="a.exe"', b'MZ', 'base64'))
    reponses.recevoir(lettre(adresse_de(accompagnee), type_=type_, corps=corps))
    ligne, = lignes(accompagnee, 'message')
    assert accompagnee.jeton not in ligne.texte and secret not in ligne.texte.lower()
    dit = ligne.texte.replace('\xa0', ' ')
    assert '« winmail.dat » (pièces jointes au format d\'Outlook) et « a.exe »' in dit and 'dans la boîte' in dit
    assert pieces() == [('plan.pdf', PDF)]
    for page in (entrer(monde.referent).get(f'/espace/demandes/{accompagnee.numero}'),
                 site.get(f'/suivi/{accompagnee.jeton}')):
        replie = page.html.find('summary', string='Texte cité').parent
        assert 'Répondre' in replie.text and 'winmail.dat' not in replie.text
    envoyer(accompagnee, monde.referent, heure, **ATTENTE)
    assert reponses.recevoir(lettre(adresse_de(accompagnee), b'x' * 11_000_000, identifiant='<2@x>')) == 'rangee'
    ligne = lignes(accompagnee, 'message')[-1]
    assert ligne.texte.startswith('Réponse trop lourde, arrivée le') and DE in ligne.texte
    assert relire(accompagnee).message_le and not relire(accompagnee).attente_au


def test_un_automate_ne_leve_rien_ni_n_est_une_nouvelle_mais_une_ligne(accompagnee, monde, heure, entrer, monkeypatch):
    envoyer(accompagnee, monde.referent, heure, **ATTENTE)
    avant = courriels()
    monkeypatch.setitem(reponses.PAR_JOUR, 'automatique', len(AUTOMATES))
    for n, entetes in enumerate(AUTOMATES.values()):
        assert reponses.recevoir(lettre(adresse_de(accompagnee), identifiant=f'<{n}@x>', **entetes)) == 'automatique'
    demande = relire(accompagnee)
    assert demande.attente_au and not demande.message_le and courriels() == avant
    assert len(lignes(accompagnee, 'envoi')) == len(AUTOMATES) and lignes(accompagnee, 'message') == []
    changer_ligne(accompagnee, attente_depuis=None, attente_au=None, attente_de='')
    heure('2027-02-20T09:00:00Z')
    automate = lettre(adresse_de(accompagnee), identifiant='<a@x>', Auto_Submitted='auto-replied')
    assert reponses.recevoir(automate) == 'automatique'
    heure('2027-02-26T08:00:00Z')
    porteur.relances()
    assert 'dernière ligne le 24\u00a0novembre 2026' in corps_de('relance')
    assert 'dernière ligne le 24\u00a0novembre 2026' in entrer(monde.referent).get('/espace').html.text
    heure('2027-06-01T09:00:00Z')
    automate = lettre(adresse_de(accompagnee), identifiant='<b@x>', **next(iter(AUTOMATES.values())))
    assert reponses.recevoir(automate) == 'automatique'
    heure('2027-06-02T09:00:00Z')
    with models.lecture():
        assert liste.compter(monde.admin, {'sans_nouvelles': 'oui'}) == 1


def test_sur_une_close_elle_est_a_repondre_a_confirmer_sans_ses_fichiers(creer, monde, heure, entrer, accompagnee):
    close = creer('termine', message='Close.')
    heure(LENDEMAIN)
    assert reponses.recevoir(lettre(adresse_de(close))) == 'rangee'
    automate = lettre(adresse_de(close), identifiant='<a@b>', Auto_Submitted='auto-replied')
    assert reponses.recevoir(automate) == 'automatique'
    assert relire(close).message_le and [ligne.fait for ligne in lignes(close, 'message')] == ['']
    assert ('demande_reouverture', monde.chef.courriel) not in courriels()
    assert ('message_demandeur', monde.chef.courriel) in courriels()
    assert 'message après la clôture' in entrer(monde.chef).get('/espace').html.text
    doublon = creer('attribue_chef', message='La même.', courriel='autre@rieumes.example')
    statuer(doublon, 'ecarter', monde.chef, ecart='doublon', doublon_de=close.numero, motif='La même.')
    assert reponses.recevoir(lettre(adresse_de(doublon), de='autre@rieumes.example', identifiant='<c@b>')) == 'rangee'
    assert len(lignes(doublon, 'message')) == 1 and len(lignes(close, 'message')) == 1
    assert relire(doublon).clos_le and relire(doublon).message_le
    inconnue(accompagnee, identifiant='<i@b>', **JOINT)
    en_ecriture(a_confirmer.demander, monde.admin, 'Élection.', collectivite=accompagnee.collectivite_liee)
    assert reponses.recevoir(lettre(adresse_de(accompagnee), identifiant='<deux@x>', **JOINT)) == 'rangee'
    assert '«\u00a0plan.pdf\u00a0»' in lignes(accompagnee, 'message')[0].texte and pieces() == []
    agir(reponses.ranger, accompagnee, monde.referent, celle_qui_attend())
    assert pieces() == [('plan.pdf', PDF)]


def test_un_secret_faux_ou_expire_est_un_compte_il_change_avec_la_mairie(accompagnee, creer, heure, monde, entrer):
    autre, close = creer('en_cours', message='Une autre.'), creer('termine', message='Close.')
    fausses = [ADRESSE.format(f'{accompagnee.numero}.{secret_du_jeton(autre.jeton)}'), ADRESSE.format('999.aaaaaaaaaa'),
               ADRESSE.format(f'{accompagnee.numero}'), 'plateforme@reponses.example',
               ADRESSE.format(f'{10 ** 17}.aaaaaaaaaa'), 'x', ADRESSE.format('1.\u017faaaaaaaaa')]
    assert {reponses.recevoir(lettre(fausse)) for fausse in fausses} == {'comptee'}
    heure('2027-12-24T09:00:00Z')
    assert reponses.recevoir(lettre(adresse_de(close))) == 'comptee'
    with models.lecture():
        assert reponses.comptees() == len(fausses) + 1
        assert not ReponseRecue.select().exists()
    heure('2026-11-24T11:00:00Z')
    envoyer(accompagnee, monde.referent, heure)
    ancienne, secret = adresse_de(accompagnee), secret_du_jeton(accompagnee.jeton)
    reponses.recevoir(lettre(ancienne))
    assert len(secret) == 10 and secret.isalnum()
    assert not [c.modele for c in Courriel.select() if secret in c.corps or secret in c.objet]
    assert secret not in entrer(monde.referent).get(f'/espace/demandes/{accompagnee.numero}')
    assert {lettre_['Reply-To'] for lettre_ in lettres_parties() if secret in lettre_.as_string()} == {ancienne}
    agir(actes.changer_interlocuteur, accompagnee, monde.chef, {'courriel': 'neuf@rieumes.example'})
    assert reponses.recevoir(lettre(ancienne, identifiant='<2@x>')) == 'comptee'
    neuve = adresse_de(relire(accompagnee))
    assert neuve != ancienne
    assert reponses.recevoir(lettre(neuve, de='neuf@rieumes.example', identifiant='<3@x>')) == 'rangee'

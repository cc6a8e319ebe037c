"""The door of mail: its costs, secrets, shares of a day; who is believed; an answer that is an act (regles.md §12)."""
import random
import re
from urllib.parse import quote

import icalendar
import pytest
from conftest import CONTACT, RACINE, agir, changer_demande, courriels, creer_ligne, en_ecriture, faits_dits, relire
from courriels_engendres import engendrer
from lettres_recues import PDF, lettre, multi, partie
from test_conversation import formulaire, lignes
from test_lecture_courriel import HOSTILES, PIEGES, PROGRAMMES
from test_reponses import ADRESSE, JOINT, adresse_de, lettres_parties, recoit  # noqa: F401 – fixtures
from test_reunions import proposer

import langue
import models
from models import Courriel, Invitation, Journal, Piece, ReponseRecue
from verbes.administration import conservation
from verbes.courriels import A_REPONDRE
from verbes.demande import actes, lecture_a_part, lecture_courriel, reponses
from verbes.discretion import masquer, porte_un_secret, secret_du_jeton
from verbes.exploitation import exploitation, porteur
from verbes.textes import COURRIELS
from views import app


@pytest.fixture
def expert(accompagnee, monde, entrer):
    return entrer(monde.referent), f'/espace/demandes/{accompagnee.numero}'


def deposer(expert, nom, octets, texte=''):
    navigateur, adresse = expert
    form = formulaire(navigateur.get(adresse), '/journal')
    form['texte'], form['pieces'] = texte, [(nom, octets)]
    return form.submit(status='*')


def test_un_courriel_depose_se_garde_a_sa_date_mais_ni_un_msg_ni_deux_et_un_couteux_rend_sa_note(expert, accompagnee):
    octets = lettre('agent@a.example', Date='Mon, 16 Nov 2026 09:05:00 +0100', **JOINT)
    page = deposer(expert, 'Re Un message.EML', octets, 'Reçu au secrétariat.')
    assert page.status_int == 200 and 'Courriel lu, pas encore gardé' in page and lignes(accompagnee, 'courriel') == []
    form = formulaire(page, '/journal')
    dit = form['texte'].value.replace('\xa0', ' ')
    for attendu in ('Reçu au secrétariat.', 'De : Mairie <mairie@rieumes.example>', '16 novembre 2026 à 9 h 05',
                    'Objet : RE: Un message pour vous', 'Voici le plan.'):
        assert attendu in dit, dit
    assert (form['nature'].value, form['acte_le'].value) == ('courriel', '2026-11-16') and 'plan.pdf' in page
    assert 'Le journal est complété' in form.submit().follow()
    ligne, = lignes(accompagnee, 'courriel')
    assert (ligne.nature, ligne.acte_le) == ('courriel', '2026-11-16') and 'Voici le plan.' in ligne.texte
    assert [(p.nom, bytes(p.contenu), p.journal_id) for p in Piece.select()] == [('plan.pdf', PDF, ligne.id)]
    page = deposer(expert, 'Re Un message.msg', b'\xd0\xcf\x11\xe0', 'Mon texte.')
    assert page.status_int == 422 and 'Enregistrer sous' in page and '.eml' in page
    assert formulaire(page, '/journal')['texte'].value == 'Mon texte.' and lignes(accompagnee, 'note') == []
    navigateur, adresse = expert
    form = formulaire(navigateur.get(adresse), '/journal')
    form['texte'], form['pieces'] = 'x', [('a.eml', lettre('a@b.example')), ('b.eml', lettre('a@b.example'))]
    assert 'un seul courriel' in form.submit(status=422)
    for date in ('Thu, 01 Jan 1970 00:00:00 +0000', 'hier', 'Fri, 24 Nov 2028 12:00:00 +0100'):
        page = deposer(expert, 'a.eml', lettre('a@b.example', Date=date))
        assert formulaire(page, '/journal')['acte_le'].value == '', date
    for programme, lettres in PROGRAMMES.items():
        for octets, _ in lettres[::9]:
            assert 'a signé' in formulaire(deposer(expert, 'a.eml', octets), '/journal')['texte'].value, programme
    for cas in ('trente niveaux', 'mille messages emboîtés', 'cinq cents fichiers'):
        page = deposer(expert, 'a.eml', HOSTILES[cas](), 'Mon texte.')
        assert page.status_int == 422 and 'trop compliqué, pour être lu ici' in page.text, cas
        assert formulaire(page, '/journal')['texte'].value == 'Mon texte.', cas
    for cas, octets in PIEGES.items():
        assert reponses.recevoir(octets) == 'comptee', cas
        page = deposer(expert, 'a.eml', octets, 'Ma longue note tapée.')
        assert page.status_int in (200, 422), cas
        assert 'Ma longue note tapée.' in formulaire(page, '/journal')['texte'].value, cas


def test_la_lecture_a_part_dit_la_meme_chose_bornee_et_ce_qui_la_tue_est_une_ligne(accompagnee, monkeypatch):
    """Its headers are read first: what is filed then says that the rest is in the mailbox."""
    octets = lettre('a@b.example', multi('mixed', partie('text/plain; charset=utf-8', 'Été\n'.encode()), partie(
        'application/pdf; name=é.pdf', PDF, 'base64', Content_Disposition='attachment'))[1], type_=multi('mixed')[0])
    assert lecture_a_part.lire_a_part(octets) == lecture_courriel.lire(octets)._replace(agenda=None)
    bornes = ('import resource as r; from verbes.demande import lecture_a_part as l; l._borner(); '
              'print(r.getrlimit(r.RLIMIT_CPU)[0], r.getrlimit(r.RLIMIT_AS)[0] // l.MO)')
    dites = lecture_a_part.subprocess.run([lecture_a_part.sys.executable, '-c', bornes], capture_output=True, text=True,
                                          env={'PYTHONPATH': ':'.join(lecture_a_part.sys.path)})
    assert dites.stdout.split() == ['5', '256']
    monkeypatch.setattr(lecture_a_part, 'DE_LECTURE', ('-c', (
        'from verbes.demande import lecture_a_part as l\n'
        'def tuer(octets): import os; os.kill(os.getpid(), 9)\n'
        'l.lire = tuer; l.main()')))
    assert reponses.recevoir(lettre(adresse_de(accompagnee))) == 'rangee'
    assert 'trop lourde' in lignes(accompagnee, 'message')[0].texte
    monkeypatch.setattr(lecture_a_part, 'DE_LECTURE', ('-c', 'x'))
    assert reponses.recevoir(lettre(adresse_de(accompagnee), identifiant='<2@x>')) == 'comptee'
    monkeypatch.setattr(lecture_a_part.sys, 'executable', '/nulle/part')
    with pytest.raises(OSError):                                    # the machine: the relay keeps it and comes back
        reponses.recevoir(lettre(adresse_de(accompagnee), identifiant='<3@x>'))


def test_deux_mille_courriels_engendres_se_lisent_et_aucun_ne_va_a_une_autre_demande(creer, monde, monkeypatch):
    monkeypatch.setattr(reponses, 'lire_a_part', lecture_courriel.lire)
    demande, autre = creer('en_cours'), creer('en_cours', message='autre')
    hasard, sorts = random.Random(50), {}
    for n in range(2_000):
        octets = engendrer(hasard, adresse_de(demande), demande.courriel)
        sort = reponses.recevoir(octets)
        sorts[sort] = sorts.get(sort, 0) + 1
        if n % 200 == 0:
            assert lecture_a_part.lire_a_part(octets) == lecture_courriel.lire(octets), n
    assert not lignes(autre, 'message', 'envoi') and sum(sorts.values()) == 2_000
    assert {'rangee', 'inconnue', 'automatique', 'comptee'} <= sorts.keys(), sorts


def ecrits(demande):
    """Every way in which the link and the secret of a demande may come back."""
    jeton, secret = demande.jeton, secret_du_jeton(demande.jeton)
    lien, adresse = f'https://x.example/suivi/{jeton}', ADRESSE.format(f'{demande.numero}.{secret}')
    for nu in (lien, adresse, adresse.upper(), jeton, secret):
        yield from (nu, quote(nu, safe=''), quote(quote(nu, safe=''), safe=''), f'> {nu[:-8]}=\n> {nu[-8:]}',
                    f'{nu[:-6]}\n{nu[-6:]}', nu.replace('-', '%2D').replace('_', '%255F'))
    yield ' '.join(jeton)
    yield f'https://eur01.safelinks.protection.outlook.com/?url={quote(lien, safe="")}&data=05'


def test_aucun_secret_ne_reste_dans_ce_qui_est_garde_ou_exporte(accompagnee, monde, entrer, monkeypatch):
    monkeypatch.setattr(reponses, 'lire_a_part', lecture_courriel.lire)
    monkeypatch.setattr(reponses, 'PAR_JOUR', dict.fromkeys(reponses.PAR_JOUR, 1000))
    navigateur = entrer(monde.referent)
    for n, ecrit in enumerate(ecrits(accompagnee)):
        assert porte_un_secret(ecrit, accompagnee.jeton), ecrit
        une_ligne = ecrit.replace('\n', '')
        nom = f'{une_ligne.replace("/", "")[:150]}.pdf'
        corps = multi('mixed', partie('text/plain; charset=utf-8', f'Voici :\n{ecrit}\nMerci.'.encode()), partie(
            'application/pdf', PDF, 'base64', Content_Disposition=f"attachment; filename*=utf-8''{quote(nom)}"))
        for de, entetes in ((accompagnee.courriel, {}), ('x@y.example', {}), ('x@y.example', {'Precedence': 'junk'})):
            assert reponses.recevoir(lettre(adresse_de(accompagnee), corps[1], de, f'<{n}{de}{len(entetes)}@x>',
                                            une_ligne, corps[0], **entetes)) != 'comptee', ecrit
        form = formulaire(navigateur.get(f'/espace/demandes/{accompagnee.numero}'), '/journal')
        form['texte'] = f'Il écrit : {ecrit}'
        form.submit(status=303)
    colonnes = (Journal.texte, Piece.nom, ReponseRecue.texte, models.PieceRecue.nom)
    dits = [dit for colonne in colonnes for dit in colonne.model.select(colonne).tuples()]
    assert len(dits) > 4 * n and [dit for dit, in dits if porte_un_secret(dit, accompagnee.jeton)] == []
    assert not porte_un_secret(entrer(monde.admin).get('/espace/demandes.csv').text, accompagnee.jeton)
    for texte in ('Le plan, 100 % prêt.\n> Où ?', 'a=b c=d', 'https://exemple.fr/suivi/courriers', ''):
        assert masquer(texte, accompagnee) == texte
    debuts = {route.rule.split('/')[1] for route in app.routes if '<jeton' in route.rule}
    assert {'suivi', 'invitation', 'rendez-vous'} <= debuts
    for nom in ('plateforme.nginx', 'plateforme.apache'):           # nor in the journal of a web server
        motifs = re.findall(r'\((uivi[^)]*)\)', (RACINE / 'static' / 'exemples' / nom).read_text('utf-8'))
        assert motifs and [(nom, d, m) for d in debuts for m in motifs if not re.search(m, d)] == []


def test_chacun_a_sa_part_du_jour_et_la_mairie_laisse_toujours_une_ligne(accompagnee, heure, monkeypatch):
    monkeypatch.setattr(reponses, 'lire_a_part', lecture_courriel.lire)

    def recevoir(sorte, n, **entetes):
        de = accompagnee.courriel if sorte == 'mairie' else f'{sorte}{n}@pirate.example'
        return reponses.recevoir(lettre(adresse_de(accompagnee), f'Message {n}.', de, f'<{sorte}{n}@x>', **entetes))
    assert [recevoir('evil', n) for n in range(21)] == ['inconnue'] * 5 + ['comptee'] * 16
    assert [recevoir('absent', n, Auto_Submitted='auto-replied') for n in range(5)] == [
        'automatique'] * 3 + ['comptee'] * 2
    assert [recevoir('mairie', n) for n in range(23)] == ['rangee'] * 21 + ['comptee'] * 2
    dites = [ligne.texte for ligne in lignes(accompagnee, 'message')]
    assert len(dites) == 21 and 'Plus de vingt réponses en un jour' in dites[-1]
    assert reponses.de_la_semaine() == '21 rangées, 5 à part, 3 automatiques et 20 comptées seulement'
    heure('2026-11-25T11:00:00Z')
    assert recevoir('mairie', 23) == 'rangee'


def test_les_fichiers_d_inconnus_tiennent_dans_dix_mega_et_les_autres_sont_nommes(accompagnee, monkeypatch):
    monkeypatch.setattr(reponses, 'lire_a_part', lecture_courriel.lire)
    gros = multi('mixed', partie('text/plain', b'Voici.'), partie(
        'application/pdf', b'%PDF' + b'0' * 4_200_000, 'base64', Content_Disposition='attachment; filename=plan.pdf'))
    for n in range(3):
        reponses.recevoir(lettre(adresse_de(accompagnee), gros[1], 'x@y.example', f'<{n}@x>', type_=gros[0]))
    recues = list(ReponseRecue.select().order_by(ReponseRecue.id))
    assert [une.pieces.count() for une in recues] == [1, 1, 0] and 'plan.pdf' in recues[2].texte


def test_une_adresse_usurpee_est_a_part_un_controle_vrai_se_note_rien_d_invisible_ne_reste(accompagnee, monkeypatch):
    monkeypatch.setitem(models.SITE, 'authentification', 'mx.haute-garonne.example')
    ici, ailleurs = ('mx.haute-garonne.example; spf=pass; dmarc=fail (p=reject)', 'mx.pirate.example; dmarc=fail')
    for n, (entetes, attendu) in enumerate((
            ({'Authentication-Results': ici}, 'inconnue'), ({'Authentication-Results': ailleurs}, 'rangee'),
            ({'Authentication-Results': ici.replace('fail', 'pass')}, 'rangee'),
            ({'From': f'{accompagnee.courriel}\r\nFrom: x@y.example'}, 'inconnue'),
            ({'From': f'{accompagnee.courriel}(<evil@pirate.example>'}, 'inconnue'))):
        entetes = {nom.replace('-', '_'): valeur for nom, valeur in entetes.items()}
        octets = lettre(adresse_de(accompagnee), f'Texte {n}.', accompagnee.courriel, f'<{n}@x>', **entetes)
        assert reponses.recevoir(octets) == attendu, entetes
    usurpee = ReponseRecue.select().where(ReponseRecue.etat == 'inconnue').order_by(ReponseRecue.id).first()
    assert usurpee.texte.startswith('[Le relais dit que cette adresse peut être usurpée')
    secret = models.Reglage.tous()['secret']
    vraie, fausse = reponses.marque_de_controle(secret, 'abcdef01'), 'controle.aaaaaaaaaaaaaaaa'
    for marque, note in ((fausse, None), (vraie, vraie), (fausse, vraie)):
        reponses.recevoir(lettre(ADRESSE.format(marque)))           # « controler » alone writes what it waits for
        assert models.Reglage.tous().get('reponse_controlee') == note
    reponses.recevoir(lettre(adresse_de(accompagnee), 'Le \u202eplan\u2066 du\u200b bourg 👩‍🌾.'))
    assert lignes(accompagnee, 'message')[-1].texte == 'Le plan du bourg 👩‍🌾.'


def test_un_avis_de_non_remise_dit_pourquoi_le_refus_d_un_agent_se_dit(accompagnee, monde, entrer, heure, site):
    rapport = multi('report', partie('text/plain', b'Undelivered'), partie('message/delivery-status', (
        b'Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; mairie@rieumes.example\r\nAction: failed\r\n'
        b'Status: 5.2.2\r\nDiagnostic-Code: smtp; 552 5.2.2 mailbox full\r\n')))
    octets = lettre(adresse_de(accompagnee), rapport[1], 'mailer-daemon@mx.example', type_=rapport[0])
    assert reponses.recevoir(octets) == 'automatique'
    assert 'Raison\xa0: 552 5.2.2 mailbox full.' in lignes(accompagnee, 'envoi')[-1].texte
    page = entrer(monde.referent).get('/espace')
    assert '552 5.2.2 mailbox full' in page and courriels(modele='message_demandeur') == []
    heure('2026-11-24T12:00:00Z')
    agir(actes.noter_contact, accompagnee, monde.referent, CONTACT)
    assert '552 5.2.2' not in entrer(monde.referent).get('/espace')
    proposer(accompagnee, monde.referent, [monde.chef])
    dites = {}
    for courriel in Courriel.select().where(Courriel.invitation.is_null(False)):
        repondre = porteur.adresse_de_reponse(courriel.demande, courriel.modele)
        dites[courriel.pour] = porteur.rendez_vous.joint(courriel, 'P', 'p@x.example', '', repondre)[1]
    assert 'RSVP=TRUE' in dites['demandeur'] and 'plateforme+' in dites['demandeur'].replace('\r\n ', '')
    assert 'RSVP=FALSE' in dites['agent'] and 'plateforme+' not in dites['agent'].replace('\r\n ', '')
    jeton = Invitation.get(agent=monde.chef).jeton
    form = next(f for f in site.get(f'/rendez-vous/{jeton}').forms.values() if 'mot' in f.fields)
    form['mot'] = 'En congé'
    form.submit('vient', status=303)
    dite = lignes(accompagnee, 'equipe')[-1].texte
    assert f'{monde.chef.nom_complet} ne peut pas venir\xa0: «\xa0En congé\xa0»' in dite


def test_chaque_lettre_dit_que_l_on_y_repond_et_un_secret_au_journal_se_masque_la_nuit(accompagnee, monde, base):
    de_la_mairie = {cle for cle, sorte in COURRIELS.items() if sorte.groupe == 'collectivite'}
    assert A_REPONDRE < de_la_mairie and de_la_mairie - A_REPONDRE == {
        'avis_depot', 'coordonnees', 'lien_perdu', 'nouvelle_adresse', 'liens_perdus', 'passation_mairie',
        'a_confirmer'}
    for modele in sorted(A_REPONDRE):
        creer_ligne(Courriel, identifiant=f'<{modele}@x>', demande=accompagnee, pour='demandeur', modele=modele,
                    destinataire=accompagnee.courriel, objet='x', corps='x', secret=False,
                    cree_le=langue.maintenant(), a_partir_de=langue.maintenant())
        lettre_ = lettres_parties()[-1]
        assert lettre_['Reply-To'] == adresse_de(accompagnee), modele
        octets = lettre(lettre_['Reply-To'], f'Suite de {modele}.', accompagnee.courriel, f'<r{modele}@x>',
                        In_Reply_To=f'<{modele}@x>')
        assert reponses.recevoir(octets) == 'rangee'
        assert lignes(accompagnee, 'message')[-1].texte == f'Suite de {modele}.'
    lien = f'Vu : https://x/suivi/{accompagnee.jeton}'
    models.inserer(Journal, demande=accompagnee, cree_le='2026-11-20T09:00:00Z', nature='note', texte=lien, agent=None,
                   auteur='X', structure='')
    fautes = dict(exploitation.verifier(base))
    assert fautes['aucun jeton vivant dans un texte'] == ''         # not looked at yet
    en_ecriture(models.db.execute_sql, "INSERT INTO reglage (cle, valeur) VALUES ('secrets_tus', '99999')")
    assert dict(exploitation.verifier(base))['aucun jeton vivant dans un texte'] == f'demande n° {accompagnee.numero}'
    en_ecriture(models.db.execute_sql, "DELETE FROM reglage WHERE cle = 'secrets_tus'")
    assert conservation.taire_les_secrets(lambda: True) == 'liens de suivi masqués au journal\xa0: 1\xa0ligne'
    assert lignes(accompagnee, 'note')[0].texte == 'Vu : https://x/suivi/…' and 'conservation' in faits_dits()
    assert dict(exploitation.verifier(base))['aucun jeton vivant dans un texte'] == ''
    assert conservation.taire_les_secrets(lambda: True) == ''


CITE = '\n\nLe 07/12/2026 à 09:00, Plateforme a écrit :\n> Avez-vous été rappelé·e ?'
PREMIERES_LIGNES = (                                                # what they say, then how many messages they make
    ('Oui', 'oui', 0), ('oui !' + CITE, 'oui', 0), ('NON.' + CITE, 'pas_encore', 0), ('pas encore', 'pas_encore', 0),
    ('Pas encore\n\nRappelez le matin.' + CITE, 'pas_encore', 1), ('Personne ne nous a rappelés.', '', 1),
    ('Oui, mais le plan manque.', '', 1), ('Bonjour,\noui', '', 1), ('> oui', '', 1))


def test_oui_non_pas_encore_en_premiere_ligne_a_la_question_comptent_et_le_reste_est_un_message(creer, heure):
    demandes = [creer('receptionne_expert', message=dit) for dit, *_ in (*PREMIERES_LIGNES, ('Une place.',))]
    heure('2026-12-07T08:00:00Z')
    porteur.relances()
    questions = {d.numero: Courriel.get(modele='rappel_question', demande=d).identifiant for d in demandes}
    for demande, (dit, rappele, messages) in zip(demandes, PREMIERES_LIGNES):
        avant = len(courriels(modele='rappel_pas_encore'))
        octets = lettre(adresse_de(demande), dit, demande.courriel, f'<{demande.numero}@x>',
                        References=f'<autre@x> {questions[demande.numero]}')
        assert reponses.recevoir(octets) == 'rangee', dit
        assert (relire(demande).rappele, len(lignes(demande, 'message'))) == (rappele, messages), dit
        if rappele:
            mots = dit.split('\n')[0]
            assert f'par courriel («\xa0{mots}\xa0»)' in lignes(demande, 'equipe')[-1].texte
        assert (len(courriels(modele='rappel_pas_encore')) > avant) is (rappele == 'pas_encore'), dit
    demande, ici = demandes[-1], {'In_Reply_To': questions[demandes[-1].numero]}
    for n, (dit, de, entetes) in enumerate((('oui', demande.courriel, {}), ('oui.', demande.courriel, {
            'In_Reply_To': '<autre@x>'}), ('oui', 'x@y.example', ici))):
        reponses.recevoir(lettre(adresse_de(demande), dit, de, f'<{n}@y>', **entetes))
    assert relire(demande).rappele == '' and len(lignes(demande, 'message')) == 2
    changer_demande(demande, clos_le='2026-12-07T08:00:00Z')
    reponses.recevoir(lettre(adresse_de(demande), 'Oui !', demande.courriel, '<4@y>', **ici))
    assert len(lignes(demande, 'message')) == 3                     # the question is not asked any more


def reponse_d_agenda(demande, dit, uid=None):
    joint = next(porteur.rendez_vous.joint(c, 'P', 'p@x.example', '', adresse_de(demande))
                 for c in Courriel.select().where(Courriel.modele == 'reunion_mairie'))
    uid = uid or icalendar.Calendar.from_ical(joint[1]).walk('VEVENT')[0]['UID']
    corps = (f'BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nATTENDEE;PARTSTAT={dit};CN=M:mailto:'
             f'{demande.courriel}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n')
    return lettre(adresse_de(demande), corps.encode(), demande.courriel, f'<{dit}{uid}@x>',
                  type_='text/calendar; method=REPLY; charset=utf-8')


def test_je_viens_et_je_ne_peux_pas_comptent_par_courriel_par_l_agenda_et_sur_la_page(accompagnee, monde, site, entrer):
    proposer(accompagnee, monde.referent, [monde.chef])
    identifiant = Courriel.get(modele='reunion_mairie').identifiant

    def de_la_mairie():
        return Invitation.get(Invitation.agent.is_null())
    assert reponses.recevoir(lettre(adresse_de(accompagnee), 'Je viens', accompagnee.courriel, '<1@x>',
                                    In_Reply_To=identifiant)) == 'rangee'
    assert de_la_mairie().oui_le and lignes(accompagnee, 'message') == []
    reponses.recevoir(lettre(adresse_de(accompagnee), 'Je ne peux pas.\nPlutôt le 9.' + CITE, accompagnee.courriel,
                             '<2@x>', In_Reply_To=identifiant))
    assert (de_la_mairie().oui_le, de_la_mairie().mot) == (None, 'Plutôt le 9.')
    ligne, = lignes(accompagnee, 'message')
    assert 'je ne peux pas venir.\nPlutôt le 9.' in ligne.texte and relire(accompagnee).message_le
    assert '(ne peut pas)' in entrer(monde.referent).get(f'/espace/demandes/{accompagnee.numero}')
    assert reponses.recevoir(reponse_d_agenda(accompagnee, 'ACCEPTED')) == 'rangee'
    assert de_la_mairie().oui_le and 'je viens' in lignes(accompagnee, 'message')[-1].texte
    for dit, uid in (('TENTATIVE', None), ('DECLINED', 'reunion-99-x@y')):
        assert reponses.recevoir(reponse_d_agenda(accompagnee, dit, uid)) == 'automatique'
    assert de_la_mairie().oui_le
    page = site.get(f'/rendez-vous/{de_la_mairie().jeton}')
    assert 'Vous avez dit que vous venez' in page and 'ne nous prévient pas' not in page
    form = next(f for f in page.forms.values() if 'mot' in f.fields)
    form['mot'] = 'x' * 501
    rendue = form.submit('vient', status=422)
    assert rendue.html.title.text.startswith('Erreur – ') and 'x' * 501 in rendue
    form['mot'] = 'Empêché.'
    assert 'ne pouvez pas venir' in form.submit('vient', status=303).follow()
    assert de_la_mairie().mot == 'Empêché.'
    assert 'Vous avez dit que vous ne pouvez pas venir' in site.get(f'/suivi/{accompagnee.jeton}')

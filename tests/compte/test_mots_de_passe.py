"""Which passwords are refused (ASVS 6.2.4): three pieces that everybody tries, the longest leaked ones, one's names."""
import random
import re
import zlib
from pathlib import Path

import pytest
from conftest import AUTRE_PHRASE, PHRASE, en_ecriture

import models
from verbes import comptes, mots_de_passe, reglages
from verbes.exploitation import demonstration
from views import STATIQUES

HAUTE_GARONNE = 'Département de la Haute-Garonne'
DOSSIER = Path(__file__).parents[2] / 'static' / 'mots_de_passe'


def phrase_de_refus(mot_de_passe, agent):
    with pytest.raises(models.Refus) as refus:
        mots_de_passe.refuser(mot_de_passe, agent, HAUTE_GARONNE)
    assert refus.value.champ == 'mot_de_passe'
    return refus.value.phrase


def lire(liste):
    return DOSSIER.joinpath(f'{liste}.txt').read_text('utf-8').split('\n')[:-1]


REFUSES = {
    'les huit que le rapport de sécurité a fait accepter': [
        'Azertyuiop1234', 'azertyuiopqsdfgh', 'iloveyou123456', 'qwertyuiop1234', 'P@ssw0rd123456', 'footballfootball',
        '1234567890abcd', 'marseille123456'],
    'ni lettre ni chiffre': [
        'Motdepasse2026!', 'Motdepasse2026!!!', '!Motdepasse2026', 'Motdepasse!2026!', 'MotDePasse-2026',
        'mot de passe 2026', 'M.o.t.d.e.p.a.s.s.e.2026', 'Motdepasse_2026', 'Motdepasse2026€', 'Motdepasse2026x',
        'Toulouse31000!!', 'Bonjour, madame Martin !'],
    'des sosies': [
        'M0tdep@$$e2026', 'M0t-dep@$$e!2026', 'P@ssw0rd.P@ssw0rd', 'P4$$w0rd!2026!!', '80nj0ur80nj0ur',
        'f007b4llf007b4ll', 'm!chel m!chel 31', 'M4rse1ll3-2026'],
    'un trajet de clavier': [
        'aqwzsxedcrfvtgb', 'qsdfghjklmwxcvbn', '1a2z3e4r5t6y7u', '1qaz2wsx3edc4rfv', '1qazxsw23edcvfr4',
        'azeqsdwxc123456', 'poiuytreza098765', '&é"\'(-è_çà)=&é"', 'motdepasse&é"\'(-', 'abcdefghijklmnop',
        'zyxwvutsrqponm', '98765432109876', '2wsxcde34rfvbgt5', '3edcvfr45tgbnhy6'],
    'répété, ou une date': [
        'Soleil Soleil Soleil', 'totototototototo', '20262026202620', 'Kx7pQ9vKx7pQ9v', 'camille14071789',
        'nathalie 01/02/1978', 'aaaaaaaaaaaaab1!Z', '1111111111111aZ9', 'ababababababababxZ9', 'xyzxyzxyzxyzxyzK7p'],
    'deux suites mêlées': [
        'A1b2c3d4e5f6g7h8', 'a1z2e3r4t5y6u7i8', '1a2b3c4d5e6f7g8h', 'A1z2e3r4t5y6!!2026', 'a9b8c7d6e5f4g3h2',
        'Toulouse-a1b2c3d4'],
    'une phrase que tout le monde connaît': [
        'pastel brique garonne 31', 'Pastel-Brique-Garonne-2026!', 'correcthorsebatterystaple',
        'correct horse battery staple 1', 'LiberteEgaliteFraternite', 'Liberté, égalité, fraternité !',
        'lorem ipsum dolor sit amet', 'alea jacta est 2026', 'veni vidi vici 31', 'Je pense donc je suis',
        'être ou ne pas être', 'il était une fois', 'allons enfants de la patrie', 'AllezLesBleus1998',
        'StadeToulousain31', 'Stade Toulousain 1907', 'Paris Saint-Germain 75'],
    'un nombre collé à un mot, des années qui se suivent': [
        'Windows10Windows11', 'CamilleEtMaxime2019', 'soleil12 maison34 jardin56', 'Toulouse202520262027',
        '20262027202820', '2028202720262025', '35600000000048', '0561123456 0561123457'],
    'celui de la démonstration, un long divulgué': [
        demonstration.MOT_DE_PASSE, demonstration.MOT_DE_PASSE.title() + '!', 'HereComesSuccess'],
}
ACCEPTES = [
    PHRASE, AUTRE_PHRASE, 'quatorze lettr', 'Kx7#pQ9!vLm2$w', 'Toulouse vue depuis le pont Neuf', 'déjà vu, où ça ?',
    'мост через реку Гаронну', 'trois canards traversent la Garonne', 'troiscanardstraversentlagaronne',
    '3 canards traversent la Garonne en 2026', 'le chat dort sur le vieux mur', 'mon voisin repeint ses volets en bleu',
    'la pluie tombe depuis mardi', 'quatre pommes dans un panier', 'il pleut sur le marché couvert',
    'onze moutons et un berger', 'la clé est sous le pot de fleurs', 'demain je plante des tomates',
    'un train en retard de 12 minutes', 'le facteur passe avant midi', 'deux tasses de café bien noir',
    'L\'été sera chaud à Muret !', 'nos archives dorment au sous-sol', 'une valise rouge oubliée gare Matabiau',
    'bicyclette, violon, ardoise, gruyère', 'marcher-pieds-nus-dans-l-herbe', 'violonardoisegruyerelimace',
    'Le préau fuit quand il vente.', 'camille écoute la pluie tomber']


def test_ce_que_tout_le_monde_essaie_est_refuse_une_phrase_ordinaire_acceptee(monde):
    for pourquoi, refuses in REFUSES.items():
        for refuse in refuses:
            assert phrase_de_refus(refuse, monde.chef) == mots_de_passe.COURANT, (pourquoi, refuse)
    for mot in lire('longs'):
        assert mots_de_passe.devine(mot), mot
    for accepte in ACCEPTES:
        assert mots_de_passe.refuser(accepte, monde.chef, HAUTE_GARONNE) is None, accepte


def test_un_mot_de_passe_faible_extreme_ou_fait_de_son_nom_de_son_adresse_ou_de_son_departement_est_refuse(monde, site):
    for refuse in [
            '', 'court', 'treize lettre', 'x' * 201, 'aaaaaaaaaaaaaaaa', 'ababababababab', 'motdepasse123456',
            'Toulouse Haute-Garonne 31', 'azertyuiopqwerty', 'Camille Exemple 31', 'camille.exemple@hgi',
            'hgi.example2026', 'exemple@hgi.example', 'HGI-Example-2026', '--------------', 'CAMILLE-EXEMPLE-HGI']:
        phrase = phrase_de_refus(refuse, monde.chef)
        assert 'Choisissez ' in phrase and phrase.endswith('.')
        assert not refuse or refuse not in phrase
    for refuse in ['Exemple, exemple hgi', 'zebre-hgi-exemple', 'hgi.exemple.camille', 'HGI 2026 camille']:
        assert phrase_de_refus(refuse, monde.chef) == mots_de_passe.PROPRE, refuse
    assert mots_de_passe.refuser('zebre-hgi-exemple', monde.associe, HAUTE_GARONNE) is None
    for texte in ('a' * 195 + '漢字文書', '漢a1漢b2漢c3漢d4', '!' * 150 + 'xkqvjbd', '\ufdfa' * 200):
        assert not mots_de_passe.devine(texte)
    for texte in ('\u0301' * 20, '\u200b' * 20, 'ß' * 14, '@a1' * 66, '漢a1' * 66, '!' * 150 + 'bcdfg'):
        assert mots_de_passe.devine(texte)
    assert phrase_de_refus('!?;:,.-_*/\\#%()', monde.chef) == mots_de_passe.COURANT
    for departement, refuse in [
        ('Département de la Creuse', 'Creuse-Creuse-2026'), ('Département des Côtes-d\'Armor', 'Côtes d\'Armor 2226'),
        ('Département de la Haute-Garonne', 'Haute-Garonne 3131'), ('Département du Lot', 'Departement du Lot 46!')]:
        with pytest.raises(models.Refus) as refus:
            mots_de_passe.refuser(refuse, monde.chef, departement)
        assert refus.value.phrase == mots_de_passe.COURANT
    en_ecriture(reglages.regler, {'departement': 'Département de la Creuse'}, monde.admin)
    _, jeton = en_ecriture(comptes.inviter, 'neuf@hgi.example', monde.chef.direction, 'Lou', 'Neuf')
    dits = {'mot_de_passe': 'Creuse-Creuse-2026', 'confirmer_mot_de_passe': 'Creuse-Creuse-2026'}
    assert mots_de_passe.COURANT in site.post(f'/invitation/{jeton}', dits, status=422).text


SEPARATEURS = ('', ' ', '-', '.', '_', ' ! ', '\u00a0; ')
CAMOUFLAGES = ({}, {'a': '@'}, {'a': '4', 'o': '0'}, {'e': '3', 's': '$'}, {'i': '1'}, {'l': '1'}, {'e': '€', 't': '7'})
CASSES = (str.lower, str.upper, str.capitalize, str.title)


def deguiser(mots, hasard):
    """These words as somebody may write them: separators, capitals, look-alikes, the same mark at the end."""
    camouflage = str.maketrans(hasard.choice(CAMOUFLAGES))
    return hasard.choice(SEPARATEURS).join(hasard.choice(CASSES)(mot).translate(camouflage) for mot in mots) + '!'


def test_au_hasard_trois_mots_un_mot_et_une_date_sont_refuses_quatre_mots_et_seize_signes_acceptes():
    hasard, mots = random.Random(624), [mot for mot in lire('francais') if mot.isalpha() and len(mot) > 4]
    for _ in range(400):
        tires = hasard.sample(mots, 4)
        for combien in (1, 2, 3):
            assert mots_de_passe.devine(deguiser(tires[:combien], hasard)), tires
        assert not mots_de_passe.devine(deguiser(tires, hasard)), tires
    hasard, mots = random.Random(31), [mot for mot in lire('prenoms') + lire('courants') if mot.isalpha()]
    signes = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789#-?=%'
    for _ in range(400):
        date = f'{hasard.randint(1, 28):02}{hasard.randint(1, 12):02}{hasard.randint(1950, 2026)}'
        assert mots_de_passe.devine(hasard.choice(mots) + hasard.choice(SEPARATEURS) + date)
        assert not mots_de_passe.devine(''.join(hasard.choices(signes, k=16)))


MINIMUMS = {'courants': 19_000, 'longs': 3_000, 'francais': 6_000, 'prenoms': 1_000}


def test_une_liste_est_triee_legere_tue_par_le_site_et_son_lisezmoi_dit_d_ou_elle_vient(site):
    for liste in mots_de_passe.LISTES:
        mots = lire(liste)
        assert mots == sorted(set(mots)) and len(mots) >= MINIMUMS[liste]
        assert all(mot == mots_de_passe.plier(mot) and mot.isascii() and len(mot) > 2 for mot in mots)
        assert liste != 'longs' or all(len(mot) >= mots_de_passe.MINIMUM for mot in mots)
    assert sum(len(zlib.compress(chemin.read_bytes())) for chemin in DOSSIER.iterdir()) <= 200_000
    assert not any('mots_de_passe' in nom for nom in STATIQUES)
    site.get('/static/mots_de_passe/courants.txt', status=404)
    lisezmoi = DOSSIER.joinpath('LISEZMOI.md').read_text('utf-8')
    lignes = r'^\| `(\w+)\.txt` \| ([0-9\u202f]+) \|.*\|.*(?:BSD|MIT|ODC-BY|CC BY-SA).* \|$'
    dit = dict(re.findall(lignes, lisezmoi, re.M))
    assert {liste: int(nombre.replace('\u202f', '')) for liste, nombre in dit.items()} == {
        liste: len(lire(liste)) for liste in mots_de_passe.LISTES}

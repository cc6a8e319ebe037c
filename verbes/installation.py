"""The single file installs itself on this machine (`installer`), and takes itself away again (`--retirer`).

`_actes` is what is made, in its order. Each act first looks whether it is done, so the command may be typed again, and
nothing is done over what someone changed: theirs stays, ours goes beside under « .nouveau ». The base is made by its
account, through the command that the admin will type; nothing here opens it.
"""
import contextlib
import glob
import hashlib
import os
import pwd
import re
import shlex
import subprocess
import tempfile
import zipfile
from collections import namedtuple
from functools import partial

from models import Refus

from . import exploitation
from .environnement import Configuration

COMPTE = 'plateforme'
PROGRAMME = '/opt/plateforme/plateforme.pyz'
ENVIRONNEMENT = '/etc/plateforme.env'
COMMANDE = '/usr/local/sbin/plateforme'
UNITES = '/etc/systemd/system'
RELEVE = '/opt/plateforme/installe.sha256'                          # what was written last: sha256sum -c reads it
DONNEES = '/var/lib/plateforme'

DOSSIERS = (
    # path, mode, owner
    (os.path.dirname(PROGRAMME), 0o755, 'root'),
    (DONNEES,                    0o700, COMPTE),
    (exploitation.SAUVEGARDES,   0o700, COMPTE),
)
FICHIERS = (
    # path, mode, its text in static/exemples/
    (COMMANDE,                                  0o755, 'plateforme.commande'),
    (f'{UNITES}/plateforme.service',            0o644, 'plateforme.service'),
    (f'{UNITES}/plateforme-sauvegarde.service', 0o644, 'plateforme-sauvegarde.service'),
    (f'{UNITES}/plateforme-sauvegarde.timer',   0o644, 'plateforme-sauvegarde.timer'),
)
# What the README had put there by hand, before this command: nobody changed these.
LIVREES = {
    '0cfeeac2ac0248f9b574812aae2dd5a16bab797551bff36fc7dd4f4c6a1c0de7',
    'e354994738ae595ab1661bcb13614906c197a7a7f0e4a9e587f0d307912e4f05',
    '976b3899dc3448fa4ea13f3b7e3bf1e036302a95c57916ab999eda4801ce2a5c',
    '32072ec9a8a15892b2c9c7e620a572c95167a4fe68faac0c6b891a0de0fbad96',
}
EN_MARCHE = ('plateforme.service', 'plateforme-sauvegarde.timer')
D_OFFICE = {                                                        # what the environment need not say
    'PLATEFORME_BASE':   f'{DONNEES}/plateforme.db',
    'PLATEFORME_ECOUTE': '127.0.0.1:8080',
    'PLATEFORME_PROXY':  '127.0.0.1',
}
RESTE = """
Reste à faire (README, «\u00a0Installer\u00a0») :
  plateforme agent vous@exemple.fr --administrateur --prenom … --nom …    votre compte
  plateforme exemples nginx (ou apache)                                   le serveur web, son certificat
  plateforme controler                                                    avant d'ouvrir
"""
SANS_SYSTEMD = ('systemd ne tourne pas ici\u00a0: démarrez vous-même «\u00a0plateforme servir\u00a0» et, chaque nuit, '
                '«\u00a0plateforme sauvegarder FICHIER\u00a0»')
A_RELANCER = ' (puis, pour qu\'elle serve\u00a0: systemctl restart plateforme)'

# quoi: what it is; fait(): is it so already; faire(): make it so.
Acte = namedtuple('Acte', 'quoi fait faire')


# ======================================================================================
# Installing
# ======================================================================================

def installer(environ, version, essai=False):
    """Make what lacks, or with essai only say it: yields (what became of it, what), an act at a time.

    Everything that could refuse is looked at before the first act.
    """
    archive = _exiger_le_fichier_unique()
    _refuser_un_autre_programme(archive, version)
    voulus = _reglages_voulus(environ)
    for acte in _actes(archive, voulus):
        yield _jouer(acte, essai, 'déjà là')
    if not _sous_systemd():
        yield 'à faire', SANS_SYSTEMD


def _jouer(acte, essai, deja):
    if acte.fait():
        return deja, acte.quoi
    if essai:
        return 'à faire', acte.quoi
    acte.faire()
    return 'fait', acte.quoi


def _actes(archive, voulus):
    """The acts in their order; what one finds depends on those before it."""
    yield Acte(f'le compte {COMPTE}', _compte_connu, _creer_le_compte)
    for chemin, mode, qui in DOSSIERS:
        yield Acte(f'le dossier {chemin}', partial(_dossier_pret, chemin, mode, qui),
                   partial(_faire_le_dossier, chemin, mode, qui))
    yield _ecriture(PROGRAMME, _lire(archive), 0o644)
    yield _environnement(voulus)
    installes = _installes()
    livres = [(chemin, mode, exploitation.lire_exemple(f'exemples/{nom}').encode()) for chemin, mode, nom in FICHIERS]
    gardes = {chemin for chemin, _, octets in livres if _change_a_la_main(chemin, octets, installes)}
    for chemin, mode, octets in livres:
        yield _a_cote(chemin, octets, mode) if chemin in gardes else _ecriture(chemin, octets, mode)
    releve = [(installes.get(c, '') if c in gardes else _sha256(octets), c) for c, _, octets in livres]
    yield _ecriture(RELEVE, ''.join(f'{empreinte}  {c}\n' for empreinte, c in releve if empreinte).encode(), 0o644)
    base = (_lus() or voulus)['PLATEFORME_BASE']
    yield Acte(f'la base {base}', partial(os.path.exists, base), partial(_lancer, COMMANDE, 'initialiser'))
    if _sous_systemd():
        yield Acte(f'en marche, et à chaque démarrage\u00a0: {" et ".join(EN_MARCHE)}', _en_marche, _mettre_en_marche)
        yield Acte(f'une première sauvegarde, dans {exploitation.SAUVEGARDES}', _sauvegardes,
                   partial(_lancer, 'systemctl', 'start', 'plateforme-sauvegarde.service'))


# --- what refuses ---


def _exiger_le_fichier_unique():
    """The path of the .pyz that runs, as root."""
    archive = getattr(__spec__.loader, 'archive', '')
    if not archive:
        raise Refus('Seul le fichier unique s\'installe\u00a0: «\u00a0make zip\u00a0» le construit, puis, par root, '
                    '«\u00a0python3 plateforme.pyz installer\u00a0».')
    if os.geteuid():
        raise Refus(f'Cette commande est à taper par root\u00a0: «\u00a0python3 {archive} installer\u00a0».')
    return archive


def _refuser_un_autre_programme(archive, version):
    if os.path.exists(PROGRAMME) and _lire(PROGRAMME) != _lire(archive):
        raise Refus(
            f'{PROGRAMME} est déjà là, en version {_version_de(PROGRAMME)} (sha256 {_sha256(_lire(PROGRAMME))[:12]}…)'
            f'\u00a0; ce fichier est la version {version} ({_sha256(_lire(archive))[:12]}…). Suivez '
            '«\u00a0Mettre à jour\u00a0» du README. Rien n\'a été changé.')


def _version_de(archive):
    """What a .pyz says of its version; those before 2026.11 say nothing."""
    with contextlib.suppress(OSError, KeyError, zipfile.BadZipFile), zipfile.ZipFile(archive) as fichier:
        dite = re.search(r"^VERSION = '([\w.-]+)'", fichier.read('plateforme.py').decode(), re.M)
        if dite:
            return dite[1]
    return 'inconnue'


def _reglages_voulus(environ):
    """The settings to find in the environment file: those it has, or ours, under those of our own environment."""
    demandes = {nom: valeur for nom, valeur in environ.items() if nom.startswith('PLATEFORME_')}
    lus = _lus() or D_OFFICE
    voulus = lus | demandes
    if 'PLATEFORME_URL' not in voulus:
        raise Refus('Dites l\'adresse publique du service, par exemple\u00a0: '
                    'PLATEFORME_URL=https://collectivites.exemple.fr python3 plateforme.pyz installer')
    Configuration(voulus)
    illisibles = [nom for nom, valeur in voulus.items() if "'" in valeur or not valeur.isprintable()]
    if illisibles:
        raise Refus(f'{illisibles[0]} porte une apostrophe ou un caractère invisible\u00a0: '
                    'dans un mot de passe du relais, une apostrophe s\'écrit %27.')
    base = lus.get('PLATEFORME_BASE', '') and voulus['PLATEFORME_BASE']
    if not base:                                                    # the service and the command would each take theirs
        raise Refus(f'Ajoutez à {ENVIRONNEMENT} la ligne PLATEFORME_BASE=\'{D_OFFICE["PLATEFORME_BASE"]}\'.')
    if os.path.dirname(base) != DONNEES and not os.path.exists(base):
        raise Refus(f'La base s\'installe dans {DONNEES}, où les unités laissent écrire le service\u00a0: '
                    'corrigez PLATEFORME_BASE.')
    return voulus


# --- the account, the folders ---


def _compte_connu():
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwnam(COMPTE))
    return False


def _creer_le_compte():
    _lancer('useradd', '--system', '--user-group', '--no-create-home', '--home-dir', DONNEES,
            '--shell', '/usr/sbin/nologin', COMPTE)


def _dossier_pret(chemin, mode, qui):
    if not os.path.isdir(chemin) or not (qui == 'root' or _compte_connu()):
        return False
    etat = os.stat(chemin)
    return (etat.st_uid, etat.st_mode & 0o777) == (pwd.getpwnam(qui).pw_uid, mode)


def _faire_le_dossier(chemin, mode, qui):
    os.makedirs(chemin, exist_ok=True)
    os.chmod(chemin, mode)
    os.chown(chemin, *pwd.getpwnam(qui)[2:4])


# --- the files ---


def _ecriture(chemin, octets, mode):
    """The act that leaves these bytes there."""
    fait = partial(_est_ecrit, chemin, octets, mode)
    remplace = chemin == f'{UNITES}/plateforme.service' and os.path.exists(chemin) and not fait()
    return Acte(chemin + (A_RELANCER if remplace else ''), fait, partial(_ecrire, chemin, octets, mode))


def _a_cote(chemin, octets, mode):
    """The act for a file that someone changed: it stays, ours goes beside."""
    return Acte(f'{chemin}.nouveau, à relire\u00a0: {chemin} est autre, et reste tel quel',
                partial(_est_ecrit, f'{chemin}.nouveau', octets, mode),
                partial(_ecrire, f'{chemin}.nouveau', octets, mode))


def _est_ecrit(chemin, octets, mode):
    return os.path.exists(chemin) and _lire(chemin) == octets and os.stat(chemin).st_mode & 0o777 == mode


def _ecrire(chemin, octets, mode):
    """In one go, and on the disk before it has its name: nobody ever reads half of it."""
    dossier = os.path.dirname(chemin)
    os.makedirs(dossier, exist_ok=True)
    descripteur, neuf = tempfile.mkstemp(prefix='.plateforme-', dir=dossier)
    try:
        with open(descripteur, 'wb') as fichier:
            fichier.write(octets)
            os.fchmod(fichier.fileno(), mode)
            fichier.flush()
            os.fsync(fichier.fileno())
        os.replace(neuf, chemin)
    except BaseException:
        os.unlink(neuf)
        raise
    if dossier == UNITES and _sous_systemd():
        _lancer('systemctl', 'daemon-reload')


def _change_a_la_main(chemin, octets, installes):
    """True for a file that is neither ours of now nor one that we had put there."""
    if not os.path.exists(chemin):
        return False
    la = _lire(chemin).rstrip() + b'\n'                             # « exemples systemd » had one line more
    return la != octets and not {_sha256(la), _sha256(_lire(chemin))} & {installes.get(chemin), *LIVREES}


def _installes():
    """{path: sha256} of what was written last."""
    lignes = _lire(RELEVE).decode().splitlines() if os.path.exists(RELEVE) else []
    return {chemin: empreinte for empreinte, _, chemin in (ligne.partition('  ') for ligne in lignes)}


def _lire(chemin):
    with open(chemin, 'rb') as fichier:
        return fichier.read()


def _sha256(octets):
    return hashlib.sha256(octets).hexdigest()


# --- the environment file ---


def _environnement(voulus):
    lus = _lus()
    if lus is None:
        return _ecriture(ENVIRONNEMENT, _dire_reglages(voulus), 0o600)
    if lus != voulus:
        return _a_cote(ENVIRONNEMENT, _dire_reglages(voulus), 0o600)
    return Acte(ENVIRONNEMENT, lambda: os.stat(ENVIRONNEMENT).st_mode & 0o777 == 0o600,
                partial(os.chmod, ENVIRONNEMENT, 0o600))


def _lus():
    """The settings of the environment file as systemd and the command read it, None when there is none."""
    if not os.path.exists(ENVIRONNEMENT):
        return None
    try:
        lignes = _lire(ENVIRONNEMENT).decode().splitlines()
        mots = [mot for ligne in lignes for mot in shlex.split(ligne, comments=True)]
    except ValueError:                                              # a quote left open, another encoding
        raise Refus(f'{ENVIRONNEMENT} est illisible\u00a0: regardez-y les apostrophes et les accents.') from None
    return {nom: valeur for nom, egal, valeur in (mot.partition('=') for mot in mots) if egal}


def _dire_reglages(reglages):
    """The text of the environment file, which a shell and systemd read alike between apostrophes."""
    lignes = ''.join(f"{nom}='{valeur}'\n" for nom, valeur in reglages.items())
    return f'# Les réglages de la Plateforme. Après un changement : systemctl restart plateforme\n{lignes}'.encode()


# --- the service ---


def _sous_systemd():
    return os.path.isdir('/run/systemd/system')


def _en_marche():
    return all(subprocess.run(['systemctl', question, '--quiet', unite], capture_output=True).returncode == 0
               for unite in EN_MARCHE for question in ('is-enabled', 'is-active'))


def _mettre_en_marche():
    _lancer('systemctl', 'enable', '--now', *EN_MARCHE, suite='La raison est dans «\u00a0journalctl -u plateforme -n 20'
            '\u00a0»\u00a0; une fois corrigée, retapez cette commande.')


def _sauvegardes():
    return bool(glob.glob(f'{exploitation.SAUVEGARDES}/plateforme-*.db'))


def _lancer(*ordre, suite=''):
    """Run a command in the environment of this machine, not in that of the installation; Refus with what it says."""
    environ = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith('PLATEFORME_')}
    fini = subprocess.run(ordre, cwd='/', env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if fini.returncode:
        dit = ' '.join((fini.stderr or fini.stdout).split())
        raise Refus(f'«\u00a0{" ".join(ordre)}\u00a0» a échoué\u00a0: {dit} {suite}'.rstrip())


# ======================================================================================
# Taking away
# ======================================================================================

def retirer(essai=False):
    """Stop the service and take away the program, the command and the units; yields (what became of it, what).

    A file that someone changed is kept under « .modifie »; data, backups, settings and account stay.
    """
    _exiger_le_fichier_unique()
    if _sous_systemd():
        yield _jouer(Acte('l\'arrêt du service et de sa sauvegarde de chaque nuit', _arrete, _arreter), essai,
                     'déjà fait')
    installes = _installes()
    for chemin in [*(chemin for chemin, *_ in FICHIERS), RELEVE, PROGRAMME]:
        yield _jouer(_retrait(chemin, installes), essai, 'déjà ôté')
    restes = [ENVIRONNEMENT, *(chemin for chemin, *_ in DOSSIERS)]
    yield 'gardé', f'{", ".join(filter(os.path.exists, restes))}, le compte {COMPTE}'


def _arrete():
    return not any(subprocess.run(['systemctl', question, '--quiet', unite], capture_output=True).returncode == 0
                   for unite in EN_MARCHE for question in ('is-enabled', 'is-active'))


def _arreter():
    _lancer('systemctl', 'disable', '--now', *EN_MARCHE)
    _lancer('systemctl', 'stop', 'plateforme-sauvegarde.service')


def _retrait(chemin, installes):
    """The act that takes a file away."""
    absent = lambda: not os.path.exists(chemin)  # noqa: E731
    if chemin in installes and os.path.exists(chemin) and _sha256(_lire(chemin)) != installes[chemin]:
        return Acte(f'{chemin}, que vous aviez modifié, est gardé en {chemin}.modifie', absent,
                    partial(os.rename, chemin, f'{chemin}.modifie'))
    return Acte(f'{chemin} ôté', absent, partial(_oter, chemin))


def _oter(chemin):
    os.unlink(chemin)
    if os.path.dirname(chemin) == UNITES and _sous_systemd():
        _lancer('systemctl', 'daemon-reload')
    with contextlib.suppress(OSError):                              # it holds the programs of before
        if os.path.dirname(chemin) == os.path.dirname(PROGRAMME):
            os.rmdir(os.path.dirname(chemin))

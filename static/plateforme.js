/* Improvements only: every page works without this file. No request is ever made from here. */
'use strict';

const SEPT_JOURS = 7 * 24 * 60 * 60 * 1000;
const PREFIXE = 'brouillon:';
const CHAMPS_GARDES = ':is(textarea, select, input:not([type="password"], [type="file"], [type="hidden"], [type="radio"])):not([tabindex="-1"])';

/* The storage of the device may be full, closed or damaged: then there is no draft, and nothing is said. */
function tenter(action) {
  try { return action(); } catch { return null; }
}

function lireBrouillon(cle) {
  const brouillon = tenter(() => JSON.parse(localStorage.getItem(cle)));
  return brouillon && Date.now() - brouillon.le < SEPT_JOURS ? brouillon.champs : null;
}

/* What was sent (the page that follows says so) or is a week old leaves the device. */
function oublierBrouillons() {
  const envoyes = [...document.querySelectorAll('[data-brouillon-envoye]')].map((e) => PREFIXE + e.dataset.brouillonEnvoye);
  for (const cle of Object.keys(localStorage)) {
    if (cle.startsWith(PREFIXE) && (envoyes.includes(cle) || !lireBrouillon(cle))) localStorage.removeItem(cle);
  }
}

/* A tick counts as a text: losing « confidentielle » while its message comes back would be worse than losing both. */
function intact(champ) {
  return champ.type === 'checkbox' ? champ.checked === champ.defaultChecked : !champ.value;
}

function remettre(champ, valeur) {
  if (champ.type === 'checkbox') champ.checked = valeur;
  else champ.value = valeur;
  if (champ.selectedIndex < 0) champ.selectedIndex = 0;
}

/* The line at the top of the form keeps its place while it is empty: the page does not jump at the first letter. */
function ligneBrouillon(form, effacer) {
  const ligne = document.createElement('div');
  const texte = document.createElement('span');
  const bouton = document.createElement('button');
  ligne.className = 'brouillon';
  texte.setAttribute('role', 'status');
  Object.assign(bouton, { type: 'button', className: 'bouton discret', textContent: 'Effacer le brouillon', hidden: true });
  ligne.append(texte, bouton);
  form.prepend(ligne);
  const dire = (phrase, effacable) => {
    if (texte.textContent !== phrase) texte.textContent = phrase;
    bouton.hidden = !effacable;
  };
  bouton.addEventListener('click', () => { effacer(); dire('Brouillon effacé.', false); form.querySelector(CHAMPS_GARDES)?.focus(); });
  return dire;
}

/* <form data-brouillon="cle">: what is typed stays on the device until it is sent, seven days at most. */
function garderBrouillon(form) {
  const cle = PREFIXE + form.dataset.brouillon;
  const champs = [...form.elements].filter((champ) => champ.id && champ.matches(CHAMPS_GARDES));
  const dire = ligneBrouillon(form, () => {
    tenter(() => localStorage.removeItem(cle));
    form.reset();
    for (const champ of form.elements) champ.dispatchEvent(new Event('change'));
  });
  const brouillon = lireBrouillon(cle);
  if (brouillon && !document.querySelector('#erreurs')) {
    const vides = champs.filter((champ) => champ.id in brouillon && intact(champ));
    for (const champ of vides) remettre(champ, brouillon[champ.id]);
    if (vides.length) dire('Brouillon retrouvé sur cet appareil\u00a0: relisez-le avant d\'envoyer.', true);
  }
  form.addEventListener('input', () => {
    const remplis = champs.filter((champ) => !intact(champ)).map((champ) => [champ.id, champ.type === 'checkbox' ? champ.checked : champ.value]);
    const garde = tenter(() => { localStorage.setItem(cle, JSON.stringify({ le: Date.now(), champs: Object.fromEntries(remplis) })); return true; });
    if (garde) dire('Brouillon gardé 7 jours sur cet appareil.', true);
  });
}

function enMo(octets) {
  return (Math.ceil(octets / 1e5) / 10).toLocaleString('fr-FR') + '\u00a0Mo';
}

/* The sentence to say about the chosen files, or nothing. The server checks again. */
function fauteFichiers(champ) {
  const fichiers = [...champ.files];
  const limite = (nom) => Number(champ.dataset[nom] || Infinity);
  const fins = champ.accept.toLowerCase().split(',').map((fin) => fin.trim()).filter((fin) => fin.startsWith('.'));
  const autre = fichiers.find((f) => fins.length && !fins.some((fin) => f.name.toLowerCase().endsWith(fin)));
  const lourd = fichiers.find((f) => f.size > limite('maxOctets'));
  const total = fichiers.reduce((somme, f) => somme + f.size, 0);
  if (fichiers.length > limite('maxNombre')) return `Vous avez choisi ${fichiers.length} fichiers\u00a0: ${limite('maxNombre')} au plus.`;
  if (autre) return `«\u00a0${autre.name}\u00a0» n'est pas d'un type accepté (${fins.map((fin) => fin.slice(1)).join(', ')}).`;
  if (lourd) return `«\u00a0${lourd.name}\u00a0» pèse ${enMo(lourd.size)}\u00a0: ${enMo(limite('maxOctets'))} au plus par fichier.`;
  if (total > limite('maxTotal')) return `Vos fichiers pèsent ${enMo(total)} ensemble\u00a0: ${enMo(limite('maxTotal'))} au plus.`;
  return '';
}

/* Files are measured before they travel: a refused file costs nothing to the person who sends it. */
function verifierFichiers(champ) {
  const zone = document.createElement('p');
  zone.className = 'faute';
  zone.id = champ.id + '-controle';
  zone.setAttribute('aria-live', 'polite');
  champ.after(zone);
  champ.setAttribute('aria-describedby', `${champ.getAttribute('aria-describedby') ?? ''} ${zone.id}`.trim());
  const verifier = () => {
    zone.textContent = fauteFichiers(champ);
    if (zone.textContent) champ.setAttribute('aria-invalid', 'true');
    else champ.removeAttribute('aria-invalid');
  };
  champ.addEventListener('change', verifier);
  champ.form?.addEventListener('submit', (envoi) => {
    if (!fauteFichiers(champ)) return;
    envoi.preventDefault();
    champ.focus();
  });
}

/* The list of fiches follows the theme. Options leave the list: hiding them is not enough everywhere (Safari). */
function filtrerFiches() {
  const theme = document.querySelector('select#theme');
  const fiche = document.querySelector('select#fiche');
  if (!theme || !fiche) return;
  const entrees = [...fiche.children].map((entree) => [entree, [...entree.querySelectorAll('option')]]);
  const duTheme = (option) => !theme.value || !option.dataset.theme || option.dataset.theme === theme.value;
  const filtrer = () => {
    const choisie = fiche.value;
    for (const [entree, options] of entrees) if (options.length) entree.replaceChildren(...options.filter(duTheme));
    fiche.replaceChildren(...entrees.map(([entree]) => entree).filter((e) => (e.matches('optgroup') ? e.children.length : duTheme(e))));
    fiche.value = choisie;
    if (fiche.selectedIndex < 0) fiche.selectedIndex = 0;
  };
  theme.addEventListener('change', filtrer);
  filtrer();
}

function sansAccents(texte) {
  return texte.normalize('NFD').replace(/\p{M}/gu, '').replace(/[-'’]/g, ' ').replace(/œ/gi, 'oe').toLowerCase();
}

/* <input data-filtre="#liste"> shortens a long list; it sits in something hidden, which is shown here. */
function filtrerListe(champ) {
  const lignes = [...document.querySelector(champ.dataset.filtre).children];
  const compte = document.createElement('p');
  compte.className = 'aide';
  compte.setAttribute('role', 'status');
  champ.closest('[hidden]')?.removeAttribute('hidden');
  champ.after(compte);
  champ.addEventListener('input', () => {
    const mots = sansAccents(champ.value).split(/\s+/);
    for (const ligne of lignes) ligne.hidden = !mots.every((mot) => sansAccents(ligne.textContent).includes(mot));
    const reste = lignes.filter((ligne) => !ligne.hidden).length;
    compte.textContent = champ.value.trim() ? `${reste || 'Aucun'} résultat${reste > 1 ? 's' : ''}` : '';
  });
}

/* <button type="button" data-imprimer hidden>: of no use without a script. */
function proposerImpression(bouton) {
  bouton.hidden = false;
  bouton.addEventListener('click', () => window.print());
}

/* The unfolded menu closes with the Escape key, and gives the focus back. */
function fermerAvecEchap(menu) {
  menu.addEventListener('keydown', (touche) => {
    if (touche.key !== 'Escape' || !menu.open) return;
    menu.open = false;
    menu.querySelector('summary').focus();
  });
}

tenter(oublierBrouillons);
document.querySelectorAll('form[data-brouillon]').forEach(garderBrouillon);
document.querySelectorAll('input[type="file"]').forEach(verifierFichiers);
document.querySelectorAll('input[data-filtre]').forEach(filtrerListe);
document.querySelectorAll('[data-imprimer]').forEach(proposerImpression);
document.querySelectorAll('details.menu').forEach(fermerAvecEchap);
filtrerFiches();
document.querySelector('#erreurs')?.focus();

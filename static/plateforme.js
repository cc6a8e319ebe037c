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

/* « Même personne », which is ticked on an empty form, is the one that puts its fields away. */
function coche(champ) {
  return Boolean(champ.closest('[data-sens="range"]'));
}

function remettre(champ, valeur) {
  if (champ.type === 'checkbox') champ.checked = valeur;
  else champ.value = valeur;
  if (champ.selectedIndex < 0) champ.selectedIndex = 0;
  champ.dispatchEvent(new Event('change'));
}

/* Not form.reset(), which would give back what the server sent: an empty form, without its faults. */
function vider(form) {
  document.querySelector('#erreurs')?.remove();
  for (const faute of form.querySelectorAll('.faute:not([aria-live])')) faute.remove();
  for (const champ of form.elements) {
    if (champ.type === 'radio') champ.checked = false;
    else if (champ.matches('textarea, select, input:not([type="hidden"])')) remettre(champ, champ.type === 'checkbox' ? coche(champ) : '');
    champ.removeAttribute('aria-invalid');
  }
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
  bouton.addEventListener('click', () => {
    if (!window.confirm('Effacer tout ce que vous avez écrit dans ce formulaire\u00a0?')) return;
    effacer();
    dire('Brouillon effacé.', false);
    form.querySelector(CHAMPS_GARDES)?.focus();
  });
  return dire;
}

/* <form data-brouillon="cle">: what is typed stays on the device until it is sent, seven days at most.
   Every tick is kept as it is: losing « confidentielle » while its message comes back would be worse than losing both.
   The theme and the fiche are not kept: the page was opened for those it shows. */
function garderBrouillon(form) {
  const cle = PREFIXE + form.dataset.brouillon;
  const champs = [...form.elements].filter((champ) => champ.id && champ.matches(CHAMPS_GARDES) && !['theme', 'fiche'].includes(champ.id));
  const valeur = (champ) => (champ.type === 'checkbox' ? champ.checked : champ.value);
  const dire = ligneBrouillon(form, () => {
    tenter(() => localStorage.removeItem(cle));
    vider(form);
  });
  const brouillon = lireBrouillon(cle);
  if (brouillon && !document.querySelector('#erreurs')) {
    const changes = champs.filter((champ) => champ.id in brouillon && (champ.type === 'checkbox' || !champ.value) && valeur(champ) !== brouillon[champ.id]);
    for (const champ of changes) remettre(champ, brouillon[champ.id]);
    if (changes.length) dire('Brouillon retrouvé sur cet appareil\u00a0: relisez-le avant d\'envoyer.', true);
  } else if (document.querySelector('#erreurs')) dire('', true);
  form.addEventListener('input', () => {
    const remplis = champs.filter((champ) => valeur(champ) !== '').map((champ) => [champ.id, valeur(champ)]);
    const garde = tenter(() => { localStorage.setItem(cle, JSON.stringify({ le: Date.now(), champs: Object.fromEntries(remplis) })); return true; });
    if (garde) dire('Brouillon gardé 7 jours sur cet appareil.', true);
  });
}

/* Sent, Back, corrected, sent again: the page comes back with a new key. The one it had stays with its place in the history of the tab,
   so that the server recognises the form (domaine.md, « Same form twice »). */
function garderCle(champ) {
  const gardee = history.state?.cle;
  if (gardee && !document.querySelector('#erreurs')) champ.value = gardee;
  else history.replaceState({ cle: champ.value }, '');
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

/* The list of fiches follows the theme, and the theme the chosen fiche, which never leaves the list unseen.
   Options leave the list: hiding them is not enough everywhere (Safari). */
function filtrerFiches() {
  const theme = document.querySelector('select#theme');
  const fiche = document.querySelector('select#fiche');
  if (!theme || !fiche || !fiche.querySelector('option[data-theme]')) return;
  const entrees = [...fiche.children].map((entree) => [entree, [...entree.querySelectorAll('option')]]);
  const etat = document.createElement('p');
  etat.className = 'aide';
  etat.setAttribute('role', 'status');
  fiche.after(etat);
  const filtrer = () => {
    const choisie = fiche.value;
    const gardee = (option) => !theme.value || !option.dataset.theme || option.dataset.theme === theme.value || option.value === choisie;
    for (const [entree, options] of entrees) if (options.length) entree.replaceChildren(...options.filter(gardee));
    fiche.replaceChildren(...entrees.map(([entree]) => entree).filter((e) => (e.matches('optgroup') ? e.children.length : gardee(e))));
    fiche.value = choisie;
    if (fiche.selectedIndex < 0) fiche.selectedIndex = 0;
  };
  theme.addEventListener('change', () => {
    filtrer();
    const nom = theme.selectedOptions[0].text;
    const autre = theme.value && fiche.value && fiche.selectedOptions[0].dataset.theme !== theme.value;
    etat.textContent = theme.value ? `La liste ne montre plus que les fiches du thème «\u00a0${nom}\u00a0»${autre ? ' et celle que vous aviez choisie, qui reste choisie' : ''}.`
      : 'La liste montre toutes les fiches.';
  });
  fiche.addEventListener('change', () => {
    const sien = fiche.selectedOptions[0]?.dataset.theme;
    if (!sien || sien === theme.value) return;
    theme.value = sien;
    filtrer();
    etat.textContent = `Thème choisi avec la fiche\u00a0: ${theme.selectedOptions[0].text}.`;
  });
  filtrer();
}

/* Once « Ma collectivité n'est pas dans la liste » is ticked, the field above is not asked for any more. */
function libererCollectivite() {
  const tick = document.querySelector('input#hors_liste');
  const champ = document.querySelector('input#collectivite');
  const mention = champ?.labels[0].querySelector('.requis');
  if (!tick || !mention) return;
  const accorder = () => {
    champ.required = !tick.checked;
    mention.textContent = tick.checked ? '(à laisser vide)' : '(obligatoire)';
  };
  tick.addEventListener('change', accorder);
  accorder();
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
document.querySelectorAll('form[data-brouillon] input[name="cle"]').forEach(garderCle);
filtrerFiches();
libererCollectivite();
document.querySelector('#erreurs, #resultat')?.focus();

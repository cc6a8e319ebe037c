/* Improvements only: every page works without this file. No request is ever made from here. */
'use strict';

/* The storage of the device may be full, closed or damaged: then nothing is kept, and nothing is said. */
function tenter(action) {
  try { return action(); } catch { return null; }
}

function creer(balise, proprietes, ...contenu) {
  const element = Object.assign(document.createElement(balise), proprietes);
  element.append(...contenu);
  return element;
}

/* The drafts of an agent (brouillon.js) leave the tab with them, and every other tab. */
function oublierAgents(sauf) {
  for (const cle of Object.keys(sessionStorage)) {
    if (cle.startsWith('brouillon:agent-') && !(sauf && cle.startsWith(`brouillon:${sauf}`))) sessionStorage.removeItem(cle);
  }
}

function oublierEnPartant(form) {
  form.addEventListener('submit', () => tenter(() => {
    oublierAgents();
    localStorage.setItem('deconnexion', Date.now());
  }));
  window.addEventListener('storage', (fait) => { if (fait.key === 'deconnexion') tenter(oublierAgents); });
}

/* ---- Sending: said while a slow line sends, and done once; Back never shows the browser's own « send again » page: rewriting the place
   in the history makes it an address like another. ---- */

const RECOMMENCER = 'L’envoi est en cours\u00a0: une ligne lente y met plusieurs minutes. Recommencer depuis le début\u00a0?';

function annoncerEnvois() {
  const annonce = creer('p', { className: 'hors-ecran', role: 'status' });
  const enCours = new Map();
  document.body.append(annonce);
  document.addEventListener('submit', (envoi) => {
    const form = envoi.target;
    if (envoi.defaultPrevented || form.method !== 'post' || envoi.submitter?.formTarget === '_blank') return;
    if (enCours.has(form)) {
      const recent = Date.now() - enCours.get(form).debut < 20000;
      if (recent || !window.confirm(RECOMMENCER)) envoi.preventDefault();
      return;
    }
    history.replaceState(history.state, '');
    const bouton = envoi.submitter?.hidden === false ? envoi.submitter : form.querySelector('button[type="submit"]:not([hidden], [name])');
    enCours.set(form, { debut: Date.now(), bouton, contenu: [...bouton?.childNodes ?? []] });
    bouton?.replaceChildren('Envoi en cours…');
    bouton?.setAttribute('aria-disabled', 'true');
    annonce.textContent = 'Envoi en cours… Gardez cette page ouverte.';
  });
  window.addEventListener('pageshow', () => {
    for (const { bouton, contenu } of enCours.values()) {
      bouton?.replaceChildren(...contenu);
      bouton?.removeAttribute('aria-disabled');
    }
    enCours.clear();
    annonce.textContent = '';
  });
  document.addEventListener('click', (clic) => {
    if (clic.target.closest('a[href]:not([href^="#"])')) history.replaceState(history.state, '');
  });
}

function enMo(octets) {
  return (Math.ceil(octets / 1048576 * 10) / 10).toLocaleString('fr-FR') + '\u00a0Mo';
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
  if (autre) return `«\u00a0${autre.name}\u00a0» n’est pas d’un type accepté. ${champ.dataset.attendu || 'Joignez un PDF, une photo, un document ou un plan.'}`;
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
    if (champ.form.elements.cellules?.value) {
      champ.value = '';
      return;
    }
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
  // What the drafts ask (brouillon.js), of the options that leave the list too.
  fiche.dataset.restreintes = [...fiche.querySelectorAll('option[data-restreinte]')].map((option) => option.value).join(' ');
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

/* The fiches near the message and the list are two ways to one choice: each follows the other, before the draft is kept (« input »). */
function accorderProches() {
  const theme = document.querySelector('select#theme');
  const fiche = document.querySelector('select#fiche');
  const proches = [...document.querySelectorAll('input[name="fiche_proche"]')];
  if (!theme || !fiche) return;
  let autre = fiche.value;
  const choisir = (valeur) => {
    theme.value = '';
    theme.dispatchEvent(new Event('change')); // its list may not hold this fiche
    fiche.value = valeur;
    fiche.dispatchEvent(new Event('change'));
  };
  for (const proche of proches) proche.addEventListener('input', () => choisir(proche.value || autre));
  fiche.addEventListener('input', () => {
    const sienne = proches.find((proche) => proche.value === fiche.value);
    if (!sienne) autre = fiche.value;
    for (const proche of proches) proche.checked = proche === (sienne ?? proches.at(-1));
  });
}

/* What the page says of the days promised follows the fiche that is chosen: each place takes the template after it of those days. */
function direDelai() {
  const fiche = document.querySelector('select#fiche');
  fiche?.addEventListener('change', () => {
    const choisie = fiche.selectedOptions[0];
    for (const place of document.querySelectorAll('[data-selon-delai]')) {
      const modele = (place.closest('ol') ?? place).parentElement.querySelector(`template[data-delai="${choisie.dataset.delai ?? ''}"]`);
      place.replaceChildren(...(modele ? [modele.content.cloneNode(true)] : []));
      for (const titre of place.querySelectorAll('[data-fiche]')) titre.textContent = choisie.text;
    }
  });
}

/* Once « Ma collectivité n'est pas dans la liste » is ticked, the field above is not asked for any more. */
function libererCollectivite() {
  const tick = document.querySelector('input#hors_liste');
  const champ = document.querySelector('input#collectivite');
  if (!tick || !champ) return;
  const mention = champ.labels[0].querySelector('.requis')
    ?? champ.labels[0].appendChild(creer('span', { className: 'requis' }));
  const dite = mention.textContent;
  const accorder = () => {
    champ.required = !tick.checked;
    mention.textContent = tick.checked ? ' (à laisser vide)' : dite;
  };
  tick.addEventListener('change', accorder);
  accorder();
}

/* While who fills the form is the maire, the browser may offer their own name (RGAA 11.13). */
function accorderNoms() {
  const tick = document.querySelector('input#meme_personne');
  const noms = [['nom', 'family-name'], ['prenom', 'given-name']].map(([id, sien]) => [document.querySelector(`input#${id}`), sien]);
  if (!tick) return;
  const accorder = () => {
    for (const [champ, sien] of noms) {
      if (tick.checked) champ?.setAttribute('autocomplete', sien);
      else champ?.removeAttribute('autocomplete');
    }
  };
  tick.addEventListener('change', accorder);
  accorder();
}

/* <button type="button" data-imprimer hidden>: of no use without a script. */
function proposerImpression(bouton) {
  bouton.hidden = false;
  bouton.addEventListener('click', () => window.print());
}

/* <button type="button" data-copier="id of a readonly field" hidden>: without a script, the field is copied by hand. */
function proposerCopie(bouton) {
  const champ = document.getElementById(bouton.dataset.copier);
  const annonce = creer('span', { className: 'petit', role: 'status' });
  bouton.after(annonce);
  bouton.hidden = false;
  bouton.addEventListener('click', async () => {
    champ.select();
    const fait = await navigator.clipboard?.writeText(champ.value).then(() => true, () => false);
    annonce.textContent = fait ? 'Copié.' : 'Le texte est sélectionné\u00a0: copiez-le.';
  });
}

/* The unfolded menu closes with the Escape key, and gives the focus back. */
function fermerAvecEchap(menu) {
  menu.addEventListener('keydown', (touche) => {
    if (touche.key !== 'Escape' || !menu.open) return;
    menu.open = false;
    menu.querySelector('summary').focus();
  });
}

/* <span data-ctrl-entree hidden>: says, beside its button, that Ctrl and Enter send its form. */
function envoyerAvecCtrlEntree(mention) {
  const form = mention.closest('form');
  mention.hidden = false;
  form.addEventListener('keydown', (touche) => {
    if (touche.key !== 'Enter' || !(touche.ctrlKey || touche.metaKey) || touche.isComposing || touche.repeat) return;
    touche.preventDefault();
    form.requestSubmit(mention.parentElement.querySelector('button'));
  });
}

/* <button data-curseur="a field of its form">: a text kept ready goes where the cursor was; without a script, after what is written. */
function prendreAuCurseur(bouton) {
  bouton.addEventListener('click', () => {
    const { value, selectionStart } = bouton.form.elements[bouton.dataset.curseur];
    bouton.value = `${bouton.value.split(':')[0]}:${[...value.slice(0, selectionStart || value.length)].length}`;
  });
}

/* The faults, what has been done, else the first field of the act that the address opens. Once the page is there: the
   browser, which goes to « #action », takes the focus away. */
function prendreLeFocus() {
  const dit = document.querySelector('#erreurs, #resultat:not(input)'); // « Résultat » is a field of a contact, too
  const champ = document.querySelector('section#action form :is(input:not([type="hidden"]), select, textarea)');
  dit?.focus();
  if (dit || !champ) return;
  const aller = () => { if (document.activeElement === document.body) champ.focus({ preventScroll: Boolean(location.hash) }); };
  aller();
  window.addEventListener('load', () => requestAnimationFrame(aller));
}

document.querySelectorAll('form[action="/deconnexion"]').forEach(oublierEnPartant);
document.querySelectorAll('input[type="file"]').forEach(verifierFichiers);
document.querySelectorAll('[data-imprimer]').forEach(proposerImpression);
document.querySelectorAll('[data-copier]').forEach(proposerCopie);
document.querySelectorAll('details.menu').forEach(fermerAvecEchap);
annoncerEnvois();
filtrerFiches();
accorderProches();
direDelai();
libererCollectivite();
accorderNoms();
document.querySelectorAll('[data-ctrl-entree]').forEach(envoyerAvecCtrlEntree);
document.querySelectorAll('[data-curseur]').forEach(prendreAuCurseur);
prendreLeFocus();

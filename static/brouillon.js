/* The drafts of the pages that have a long form (after plateforme.js). No request is ever made from here.
   A draft belongs to its form (data-brouillon: its address, with its fiche), to its tab and to its place in the history of the tab: F5 and
   Back fill the form again. Its copy stays seven days on the device, unless the form says data-onglet, is ticked « confidentielle », or
   what is chosen in it says data-restreinte: the copy then goes at once, with what the tab had left there before.
   Elsewhere (a new tab, a link) the last one is offered, and fills nothing in by itself. data-rempli: the service has filled the form. */
'use strict';

const SEPT_JOURS = 7 * 24 * 60 * 60 * 1000;
const PREFIXE = 'brouillon:';
const ENVOI = 'envoi';
const ENVOYES = 'envoyes'; // the keys of what was sent confidential from this tab: Back shows an empty form
const CHAMPS_GARDES = ':is(textarea, select, input:not([type="password"], [type="file"], [type="hidden"], [type="radio"])):not([tabindex="-1"])';
const EFFACER = 'Effacer tout ce que vous avez écrit dans ce formulaire, et le brouillon qui en est gardé sur cet appareil\u00a0? '
  + 'Rien n’est envoyé.';
const navigation = performance.getEntriesByType('navigation')[0]?.type;

function* brouillons() {
  for (const depot of [sessionStorage, localStorage]) {
    for (const cle of Object.keys(depot)) {
      if (!cle.startsWith(PREFIXE)) continue;
      const lu = tenter(() => JSON.parse(depot.getItem(cle)));
      const nom = cle.slice(PREFIXE.length, cle.lastIndexOf('#'));
      if (lu?.champs && Date.now() - lu.le < SEPT_JOURS) yield { ...lu, cle, nom, ici: depot === sessionStorage };
      else depot.removeItem(cle);
    }
  }
}

function oublierBrouillon(cle) {
  tenter(() => { sessionStorage.removeItem(cle); localStorage.removeItem(cle); });
}

/* « /demande » of « brouillon:/demande?fiche=3#… ». */
function familleDe(cle) {
  return cle.slice(PREFIXE.length).split(/[?#]/)[0];
}

/* What was begun in this tab may be what is confidential now: it stays in the tab alone. */
function quitterAppareil(famille) {
  for (const cle of Object.keys(sessionStorage)) {
    if (cle.startsWith(PREFIXE) && familleDe(cle) === famille) localStorage.removeItem(cle);
  }
}

/* Left on the device while its fiche was not restricted yet. */
function oublierConfidentiels(form, famille) {
  const restreintes = form.elements.fiche?.dataset.restreintes?.split(' ') ?? [];
  for (const { cle, ici, champs } of brouillons()) {
    if (!ici && familleDe(cle) === famille && restreintes.includes(champs.fiche)) localStorage.removeItem(cle);
  }
}

/* The draft of the form that has just been sent: gone when the page reached says that it is done, else the one of the form that comes back. */
function recevoirEnvoi() {
  const cle = tenter(() => sessionStorage.getItem(ENVOI));
  tenter(() => sessionStorage.removeItem(ENVOI));
  if (cle && navigation === 'navigate' && new URLSearchParams(location.search).has('fait')) {
    const garde = tenter(() => JSON.parse(sessionStorage.getItem(cle)));
    if (garde?.confidentiel) tenter(() => sessionStorage.setItem(ENVOYES, `${envoyes()} ${cle}`));
    oublierBrouillon(cle);
  }
  return cle;
}

function envoyes() {
  return tenter(() => sessionStorage.getItem(ENVOYES)) ?? '';
}

function direQuand(instant) {
  const quand = new Date(instant);
  const minutes = String(quand.getMinutes()).padStart(2, '0');
  const heure = `${quand.getHours()}\u00a0h${minutes === '00' ? '' : '\u00a0' + minutes}`;
  const jour = quand.toLocaleDateString('fr-FR', { day: 'numeric', month: 'long' });
  return quand.toDateString() === new Date().toDateString() ? [`de ${heure}`, `aujourd’hui à ${heure}`] : [`du ${jour}`, `le ${jour} à ${heure}`];
}

function remettre(champ, valeur) {
  if (champ.type === 'checkbox') champ.checked = valeur;
  else champ.value = valeur;
  if (valeur) champ.closest('details')?.setAttribute('open', '');
  if (champ.selectedIndex < 0) champ.selectedIndex = 0;
  champ.dispatchEvent(new Event('change'));
}

/* The theme last: the list of fiches follows it. */
function remplir(champs, valeurs) {
  const theme = champs.find((champ) => champ.id === 'theme');
  if (theme) remettre(theme, '');
  for (const champ of [...champs.filter((c) => c !== theme), theme]) if (champ && champ.id in valeurs) remettre(champ, valeurs[champ.id]);
}

/* « Même personne », which is ticked on an empty form, is the one that puts its fields away. */
function coche(champ) {
  return Boolean(champ.closest('[data-sens="range"]'));
}

/* A form that came back: not form.reset(), which would give back what the server sent, but an empty form, without its faults,
   for the fiche of its address. */
function vider(form) {
  document.querySelector('#erreurs')?.remove();
  for (const faute of form.querySelectorAll('.faute:not([aria-live])')) faute.remove();
  for (const champ of form.elements) {
    if (champ.type === 'radio') champ.checked = false;
    else if (champ.matches('textarea, select, input:not([type="hidden"])')) remettre(champ, champ.type === 'checkbox' ? coche(champ) : '');
    champ.removeAttribute('aria-invalid');
  }
  const fiche = new URL(form.action).searchParams.get('fiche');
  if (fiche) remettre(form.elements.fiche, fiche);
}

/* The files that the service keeps for an hour (by this clock: that of the service may be another): what the page says of them,
   so that it is said again after F5. */
function lireGardes(form) {
  const bloc = form.querySelector('.gardes:not([hidden])');
  if (!bloc) return null;
  bloc.dataset.limite ||= Date.now() + 3600000;
  const texte = (ou, quoi) => ou.querySelector(quoi).textContent;
  return {
    cle: form.elements.cle.value,
    consigne: form.elements.consigne.value,
    limite: Number(bloc.dataset.limite),
    dit: texte(bloc, '.aide'),
    fichiers: [...bloc.querySelectorAll('li')].map((li) => [li.querySelector('button').value, texte(li, '[data-nom]'), texte(li, '[data-poids]')]),
  };
}

function remettreGardes(form, gardes) {
  const bloc = form.querySelector('.gardes');
  if (!bloc) return;
  bloc.hidden = !gardes;
  if (gardes) bloc.closest('details')?.setAttribute('open', '');
  bloc.dataset.limite = gardes?.limite ?? '';
  bloc.querySelector('.aide').textContent = gardes?.dit ?? '';
  form.elements.consigne.value = gardes?.consigne ?? '';
  if (gardes) form.elements.cle.value = gardes.cle;
  bloc.querySelector('ul').replaceChildren(...(gardes?.fichiers ?? []).map(([id, nom, poids]) => {
    const titre = creer('span', { textContent: nom });
    titre.dataset.nom = '';
    const taille = creer('span', { className: 'doux', textContent: poids });
    taille.dataset.poids = '';
    const bouton = { type: 'submit', className: 'bouton discret', name: 'retirer', value: id, formNoValidate: true };
    const precision = creer('span', { className: 'hors-ecran', textContent: `\u00a0${nom}` });
    return creer('li', {}, creer('span', {}, titre, ' ', taille), creer('button', bouton, 'Retirer', precision));
  }));
}

/* The line of a form about its draft. In the public form it keeps its place while it is empty: the page does not jump at the first letter. */
function ligneBrouillon(form, effacer) {
  const texte = creer('span', { role: 'status' });
  const bouton = creer('button', { type: 'button', className: 'bouton discret', textContent: 'Effacer le brouillon', hidden: true });
  const ligne = creer('div', { className: 'brouillon' }, texte, bouton);
  if (form.matches('.formulaire')) form.prepend(ligne);
  else form.append(ligne);
  const dire = (phrase, effacable) => {
    if (texte.textContent !== phrase) texte.textContent = phrase;
    bouton.hidden = !effacable;
  };
  bouton.addEventListener('click', () => {
    if (!window.confirm(EFFACER)) return;
    effacer();
    dire('Brouillon effacé.', false);
    form.querySelector(CHAMPS_GARDES)?.focus();
  });
  return dire;
}

/* « Reprendre le brouillon de 14 h 05 », or let it be. */
function offrir(form, brouillon, reprendre) {
  const [court, long] = direQuand(brouillon.le);
  const oui = creer('button', { type: 'button', className: 'bouton second', textContent: `Reprendre le brouillon ${court}` });
  const non = creer('button', { type: 'button', className: 'bouton discret', textContent: 'Effacer ce brouillon' });
  const sujet = brouillon.fiche ? `\u00a0: «\u00a0${brouillon.fiche}\u00a0», ${long}` : ` (${long})`;
  const phrase = creer('span', {}, `Un brouillon est gardé ${brouillon.ici ? 'dans cet onglet' : 'sur cet appareil'}${sujet}.`);
  const offre = creer('div', { className: 'brouillon offert' }, phrase, creer('span', { className: 'rangee' }, oui, ' ', non));
  form.prepend(offre);
  oui.addEventListener('click', () => { offre.remove(); reprendre(); });
  non.addEventListener('click', () => { offre.remove(); oublierBrouillon(brouillon.cle); });
}

function garderBrouillon(form, envoye) {
  const nom = form.dataset.brouillon;
  const champs = [...form.elements].filter((champ) => champ.id && champ.matches(CHAMPS_GARDES));
  const agent = nom.startsWith('agent-');
  const rempli = 'rempli' in form.dataset;
  const fiche = form.elements.fiche;
  const etat = () => Object.fromEntries(champs.map((champ) => [champ.id, champ.type === 'checkbox' ? champ.checked : champ.value]));
  const depart = etat();
  const famille = nom.split('?')[0];
  let reste = false; // once confidential, what was written stays so, whatever is chosen then
  const confidentiel = () => {
    reste ||= Boolean(form.elements.confidentielle?.checked || form.querySelector('[data-restreinte]:checked'));
    return reste;
  };
  const prive = () => 'onglet' in form.dataset || confidentiel();
  tenter(() => oublierConfidentiels(form, famille));
  const miens = [...brouillons()].sort((a, b) => b.le - a.le).filter((b) => b.nom === nom || (!nom.includes('?') && b.nom.startsWith(`${nom}?`)));
  const tenir = (laquelle) => { cle = laquelle; history.replaceState({ ...history.state, [nom]: cle }, ''); };
  const dire = ligneBrouillon(form, () => {
    oublierBrouillon(cle);
    if (rempli) vider(form);
    else remplir(champs, depart);
    reste = false;
    remettreGardes(form, null);
  });
  const noter = () => {
    const gardes = lireGardes(form);
    const brouillon = { le: Date.now(), champs: etat(), fiche: fiche?.value && fiche.selectedOptions?.[0]?.text };
    const rien = !rempli && !gardes && JSON.stringify(brouillon.champs) === JSON.stringify(depart);
    if (rien || (agent && confidentiel())) {
      oublierBrouillon(cle);
      dire(rien ? '' : 'Aucun brouillon n’est gardé d’une demande confidentielle.', false);
      return;
    }
    const garde = tenter(() => {
      sessionStorage.setItem(cle, JSON.stringify({ ...brouillon, gardes, confidentiel: confidentiel() }));
      return true;
    });
    tenter(() => (prive() ? quitterAppareil(famille) : localStorage.setItem(cle, JSON.stringify(brouillon))));
    const ou = prive() ? 'dans cet onglet seulement' : '7\u00a0jours sur cet appareil';
    if (garde) dire(`Brouillon gardé ${ou}${form.elements.pieces ? ', sans les fichiers à joindre' : ''}.`, true);
  };
  const reprendre = (brouillon) => {
    tenir(brouillon.cle);
    remplir(champs, brouillon.champs);
    reste = Boolean(brouillon.confidentiel);
    const perdus = brouillon.gardes && Date.now() > brouillon.gardes.limite ? brouillon.gardes.fichiers.map(([, titre]) => titre).join(', ') : '';
    if (brouillon.gardes && !perdus) remettreGardes(form, brouillon.gardes);
    form.closest('details')?.setAttribute('open', '');
    noter();
    const retiree = fiche && fiche.value !== (brouillon.champs.fiche ?? '') ? ' La fiche choisie n’est plus au catalogue.' : '';
    dire(`Brouillon retrouvé\u00a0: relisez-le avant d’envoyer.${retiree}${perdus && ` Joignez de nouveau\u00a0: ${perdus}.`}`, true);
  };
  let cle = `${PREFIXE}${nom}#${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;
  const sienne = history.state?.[nom];
  const ancien = ['reload', 'back_forward'].includes(navigation) && miens.find((b) => b.ici && b.nom === nom && (!sienne || b.cle === sienne));
  if (sienne && envoyes().split(' ').includes(sienne)) {
    const viderTout = () => { vider(form); dire('Demande envoyée\u00a0: le formulaire est vidé.', false); };
    history.replaceState({ ...history.state, cle: undefined, [nom]: cle }, '');
    viderTout();
    window.addEventListener('pageshow', viderTout, { once: true }); // Chromium puts back what the fields held
  } else if (rempli) {
    tenir(envoye?.startsWith(`${PREFIXE}${nom}#`) ? envoye : sienne ?? miens.find((b) => b.ici && b.nom === nom && agent)?.cle ?? cle);
    reste = Boolean(miens.find((b) => b.ici && b.cle === cle)?.confidentiel);
    noter();
  } else if (ancien) {
    reprendre(ancien);
    let touche = false;
    form.addEventListener('input', () => { touche = true; });
    // After this script, Chromium puts back what the fields held when the page was left: older than what the page in error has noted.
    window.addEventListener('pageshow', () => { if (!touche) reprendre(ancien); }, { once: true });
  } else {
    tenir(cle);
    if (miens.length) offrir(form, miens[0], () => reprendre(miens[0]));
  }
  if (agent) oublierAgents(nom.slice(0, nom.indexOf('/') + 1)); // those of who was here before
  form.addEventListener('input', noter);
  form.addEventListener('submit', () => tenter(() => sessionStorage.setItem(ENVOI, cle)));
}

/* Sent, Back, corrected, sent again: the page comes back with a new key. The one it had stays with its place in the history of the tab,
   so that the server recognises the form (regles.md §3, « Deux fois le même envoi »). */
function garderCle(champ) {
  const gardee = history.state?.cle;
  if (gardee && !('rempli' in champ.form.dataset)) champ.value = gardee;
  else history.replaceState({ ...history.state, cle: champ.value }, '');
}

/* Of the note and the message, the one that is not shown says on its tab that a draft waits in it. */
function direSurLOnglet([zone, onglet]) {
  const texte = document.querySelector(`.ecrire .${zone} textarea`)?.value;
  const choix = document.getElementById(onglet);
  if (texte && choix && !choix.checked) choix.closest('label').querySelector('small').append(' · un brouillon attend');
}

const envoye = recevoirEnvoi();
document.querySelectorAll('form[data-brouillon]').forEach((form) => tenter(() => garderBrouillon(form, envoye)));
document.querySelectorAll('form[data-brouillon^="/demande"] input[name="cle"]').forEach(garderCle);
[['zone-note', 'nature-note'], ['zone-message', 'nature-message']].forEach(direSurLOnglet);

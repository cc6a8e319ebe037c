/* Four keys for who lives in these pages; « Mon compte » leaves this file out (WCAG 2.1.4). No request is made from here.
   Escape leaves a field, for them to work again; N and P: the act of the next or previous demande of a list, or from a demande the one after or before;
   J: write in the journal of the demande; R: search. */
'use strict';

const ARRETS = 'main .travaux .actions :is(a, button), main table.demandes tbody th a';
const DEMANDE = /^\/espace\/demandes\/[0-9]+/; // from the page of one of its acts
const LIENS = { 1: 'main a[rel~="next"]', '-1': 'main a[rel~="prev"]' };

/* What the person is on: the row that has the focus, or nothing. */
function rangee() {
  return document.activeElement.closest('.travaux > li, table.demandes tbody tr');
}

function montrer(cible) {
  cible.closest('details:not([open])')?.setAttribute('open', '');
  cible.focus();
  cible.scrollIntoView({ block: 'nearest' });
}

/* From the row of the focus, wherever it is in it; from elsewhere, the first or the last. What is folded is passed over. */
function avancer(sens) {
  const arrets = [...document.querySelectorAll(ARRETS)].filter((arret) => arret.checkVisibility());
  const lien = document.querySelector(LIENS[sens]);
  if (!arrets.length) {
    if (lien) lien.click();
    return Boolean(lien);
  }
  const ici = arrets.findIndex((arret) => arret === document.activeElement || (rangee() && rangee().contains(arret)));
  const suivant = ici < 0 ? (sens > 0 ? 0 : arrets.length - 1) : ici + sens;
  if (arrets[suivant]) montrer(arrets[suivant]);
  return true;
}

function journal() {
  const champ = document.querySelector('#journal-texte');
  const lien = rangee()?.querySelector('a[href^="/espace/demandes/"]');
  if (champ) montrer(champ);
  else if (lien) window.location.assign(`${lien.pathname}${lien.search}#journal-texte`);
  else if (DEMANDE.test(window.location.pathname)) window.location.assign(`${DEMANDE.exec(window.location.pathname)[0]}#journal-texte`);
  return Boolean(champ || lien);
}

function rechercher() {
  const champ = document.querySelector('#q-globale');
  if (champ) montrer(champ);
  return Boolean(champ);
}

const TOUCHES = { n: () => avancer(1), p: () => avancer(-1), j: journal, r: rechercher };

/* Never while something is written, nor with a key that the browser or the system waits for. */
function ecoute(touche) {
  const ecrit = touche.target.closest('input, textarea, select, [contenteditable]');
  return !(ecrit || touche.ctrlKey || touche.altKey || touche.metaKey || touche.isComposing || touche.repeat);
}

document.addEventListener('keydown', (touche) => {
  if (touche.key === 'Escape' && !ecoute(touche)) touche.target.blur();
  const geste = TOUCHES[touche.key.toLowerCase()];
  if (geste && ecoute(touche) && geste()) touche.preventDefault();
});
document.querySelectorAll('[data-touches]').forEach((panneau) => { panneau.hidden = false; });
if (window.location.hash === '#journal-texte') document.querySelector('#journal-texte')?.focus();

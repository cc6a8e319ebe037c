// What verifier() of navigateur.py asks of a page: vue, allures or fautes.
async ([quoi, attributs, suite]) => {
  const hache = (texte) => {                                        // 53 bits
    let [a, b] = [0xdeadbeef, 0x41c6ce57];
    for (let i = 0; i < texte.length; i += 1) {
      const c = texte.charCodeAt(i);
      a = Math.imul(a ^ c, 2654435761);
      b = Math.imul(b ^ c, 1597334677);
    }
    a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
    b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
    return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
  };
  const racine = document.documentElement, tous = [...document.body.querySelectorAll('*')];
  const sansHasard = (html) => html.replace(/127\.0\.0\.1:\d+|value="[\w-]{16,}"|(?<=\/)[\w-]{22,}/g, '');

  // The look of an element: its tag, its parent's, and what the style sheets tell apart of them; of a link, whether it
  // stands in a text; « ~ » when this width shows it and the first one did not, or the reverse.
  const unis = new Map(), allures = new Map();
  const un = (e) => {
    if (!unis.has(e)) unis.set(e, [e.tagName, ...attributs.map((nom) => e.getAttribute(nom)), e.checked].join());
    return unis.get(e);
  };
  const dansUnTexte = (a) => {
    const bloc = a.closest(':not(a, strong, em, span, small, abbr)');
    return bloc.textContent.trim() !== a.textContent.trim();
  };
  const paru = (e) => e.checkVisibility({ visibilityProperty: true });
  const bascule = (e) => (window.parus && window.parus.has(e) !== paru(e) ? '~' : '');
  const allure = (e) => {
    const dite = `${un(e)} < ${un(e.parentElement)}${e.tagName === 'A' && dansUnTexte(e) ? ' dit' : ''}`;
    if (!allures.has(dite)) allures.set(dite, hache(dite));
    return bascule(e) + allures.get(dite);
  };

  return {
    vue() {
      window.parus = new Set(tous.filter((e) => paru(e)));
      const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
      const medias = ['print', '(forced-colors: active)', '(prefers-color-scheme: dark)'];
      const feuilles = [...document.querySelectorAll('link[rel=stylesheet]')].map((l) => l.getAttribute('href'));
      const saisi = [...document.querySelectorAll('input:not([type=hidden]), select, textarea')].map(
        (e) => [e.checked, e.value]);
      return { h1: document.querySelectorAll('h1').length, titre: document.title,
        doubles: ids.filter((id, i) => ids.indexOf(id) !== i).join(),
        rendu: hache([...medias.map((m) => matchMedia(m).matches), ...feuilles].join()),
        empreinte: hache(sansHasard(racine.outerHTML) + saisi) };
    },
    allures() {
      return { deborde: racine.scrollWidth > racine.clientWidth, allures: [...new Set(tous.map(allure))] };
    },
    // These rules over all the page, every one without regles; what compares colours, two thirds of the time, under the
    // elements of these looks alone.
    async fautes({ options, axe: adresse, regles, neuves }) {
      if (!window.axe) {
        const script = Object.assign(document.createElement('script'), { src: adresse });
        await new Promise((fini) => { script.onload = script.onerror = fini; document.head.append(script); });
        script.remove();
      }
      if (!window.axe) return null;
      const neufs = tous.filter((e) => neuves.includes(allure(e)));
      neufs.forEach((e) => e.setAttribute('data-neuf', ''));
      const couleurs = { 'color-contrast': '[data-neuf], [data-neuf] *',
        'link-in-text-block': 'a[href][data-neuf], [data-neuf] a[href]' };
      axe.configure({ rules: Object.entries(couleurs).map(([id, selector]) => ({ id, selector })) });
      const vues = Object.keys(couleurs).map((id) => [id, { enabled: neufs.length > 0 }]);
      const seules = regles && { runOnly: [...regles, ...neufs.length ? Object.keys(couleurs) : []] };
      const { violations } = await axe.run({ ...options, rules: Object.fromEntries(vues), ...seules });
      neufs.forEach((e) => e.removeAttribute('data-neuf'));
      return { violations };                                        // the rest is long to bring back
    },
  }[quoi](suite);
}

/* An image is made smaller before it is sent, on the pages of the images of a content and of the logos; no request is
   made from here.
   <input type="file" data-image data-cote="pixels" data-octets="bytes">: drawn in a canvas, straightened, without what
   the file told besides (place, date, device). The service checks all of it again. */
'use strict';

const QUALITES = [0.85, 0.75, 0.65, 0.5];
const GENRES = [['image/webp', 'webp'], ['image/jpeg', 'jpg']];     // a browser that can't write WebP gives something else
const PETIT = 200;                                                  // pixels: no smaller

function direPoids(octets) {
  if (octets < 1024 * 1024) return `${Math.max(1, Math.round(octets / 1024))}\u00a0ko`;
  return `${(octets / 1024 / 1024).toFixed(1).replace('.', ',')}\u00a0Mo`;
}

function dessiner(image, cote) {
  const part = Math.min(1, cote / Math.max(image.width, image.height));
  const toile = document.createElement('canvas');
  toile.width = Math.max(1, Math.round(image.width * part));
  toile.height = Math.max(1, Math.round(image.height * part));
  const dessin = toile.getContext('2d');
  dessin.imageSmoothingQuality = 'high';
  dessin.drawImage(image, 0, 0, toile.width, toile.height);
  return toile;
}

/* A JPEG has no transparency: what is under it is white. */
function surBlanc(toile) {
  const dessin = toile.getContext('2d');
  dessin.globalCompositeOperation = 'destination-over';
  dessin.fillStyle = '#fff';
  dessin.fillRect(0, 0, toile.width, toile.height);
}

function encoder(toile, genre, qualite) {
  return new Promise((rendre) => { toile.toBlob(rendre, genre, qualite); });
}

async function choisirGenre(toile) {
  for (const [genre, extension] of GENRES) if ((await encoder(toile, genre, 0.5))?.type === genre) return [genre, extension];
  return GENRES[1];
}

/* {fichier, largeur, hauteur} of the best one that weighs no more than this; first its quality gives way, then its size. */
async function reduire(image, nom, cote, octets) {
  const [genre, extension] = await choisirGenre(dessiner(image, 8));
  for (let taille = cote; taille > PETIT; taille = Math.round(taille * 0.8)) {
    const toile = dessiner(image, taille);
    if (genre === 'image/jpeg') surBlanc(toile);
    for (const qualite of QUALITES) {
      const blob = await encoder(toile, genre, qualite);
      if (blob && blob.size <= octets) {
        const fichier = new File([blob], `${nom.replace(/\.[^.]*$/, '') || 'image'}.${extension}`, { type: genre });
        return { fichier, largeur: toile.width, hauteur: toile.height };
      }
    }
  }
  throw new Error('trop lourde');
}

function enDonnees(fichier) {
  return new Promise((rendre, echouer) => {
    const lecteur = new FileReader();
    lecteur.addEventListener('load', () => rendre(lecteur.result));
    lecteur.addEventListener('error', echouer);
    lecteur.readAsDataURL(fichier);
  });
}

function remplacer(champ, fichier) {
  const transfert = new DataTransfer();
  transfert.items.add(fichier);
  champ.files = transfert.files;
}

/* What is said under the field, and the image as it will leave. */
function preparer(champ) {
  const dit = document.createElement('p');
  dit.className = 'petit';
  dit.setAttribute('role', 'status');
  const apercu = document.createElement('figure');
  apercu.className = 'illustration apercu';
  apercu.hidden = true;
  champ.after(dit, apercu);
  return { dit, apercu };
}

async function montrer(apercu, { fichier, largeur, hauteur }) {
  const image = document.createElement('img');
  image.src = await enDonnees(fichier);
  image.alt = 'Aperçu de l\'image choisie, telle qu\'elle sera envoyée';
  image.width = largeur;
  image.height = hauteur;
  apercu.replaceChildren(image);
  apercu.hidden = false;
}

function suivre(champ) {
  const { dit, apercu } = preparer(champ);
  let travail = null;
  let tour = 0;
  const traiter = async (choisi, ici) => {
    const cote = Number(champ.dataset.cote);
    dit.textContent = 'L’image est en cours de réduction…';
    try {
      const image = await createImageBitmap(choisi);
      const reduite = await reduire(image, choisi.name, cote, Number(champ.dataset.octets));
      image.close();
      if (ici !== tour) return;                                     // another one was chosen meanwhile
      remplacer(champ, reduite.fichier);
      await montrer(apercu, reduite);
      const pixels = `${reduite.largeur.toLocaleString('fr-FR')}\u00a0×\u00a0${reduite.hauteur.toLocaleString('fr-FR')}\u00a0pixels`;
      dit.textContent = `Image prête\u00a0: ${pixels}, ${direPoids(reduite.fichier.size)} au lieu de ${direPoids(choisi.size)}. `
        + 'Lieu, date et appareil inscrits dans le fichier en sont retirés.';
    } catch {
      if (ici === tour) dit.textContent = 'Ce navigateur ne lit pas cette image\u00a0: choisissez-en une en JPEG, PNG ou WebP.';
    }
  };
  champ.addEventListener('change', () => {
    apercu.hidden = true;
    apercu.replaceChildren();
    dit.textContent = '';
    tour += 1;
    const [choisi] = champ.files;
    if (choisi) {
      const sien = traiter(choisi, tour).finally(() => { if (travail === sien) travail = null; });
      travail = sien;
    }
  });
  /* Sent before it is ready: it leaves as soon as it is. */
  champ.form.addEventListener('submit', (envoi) => {
    if (!travail) return;
    envoi.preventDefault();
    const bouton = envoi.submitter;
    travail.then(() => champ.form.requestSubmit(bouton));
  });
}

document.querySelectorAll('input[type="file"][data-image]').forEach(suivre);

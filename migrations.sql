-- The schema, in numbered steps. Each step runs once, in one transaction (models.migrer).
-- A step that has been delivered is never edited: add the next one.
-- Dates: *_le columns are UTC ISO text (AAAA-MM-JJTHH:MM:SSZ) unless said « jour » (AAAA-MM-JJ, Europe/Paris).
-- The codes of CHECK constraints and of the « codes » triggers are those of models.py; tests/test_base.py compares the two.

-- == 1 : socle ==

CREATE TABLE reglage (
  cle      TEXT PRIMARY KEY,
  valeur   TEXT NOT NULL,
  libelle  TEXT NOT NULL,
  aide     TEXT NOT NULL DEFAULT '',
  ordre    INTEGER NOT NULL DEFAULT 0            -- 0: internal, not on the settings page
) STRICT;

CREATE TABLE contenu (                           -- the legal pages, written by the administrateur
  cle         TEXT PRIMARY KEY,
  titre       TEXT NOT NULL,
  corps       TEXT NOT NULL,                     -- « ## titre », « - puce », empty line between paragraphs
  modifie_le  TEXT
) STRICT;

CREATE TABLE modele (                            -- the text of each mail (domaine.md §8)
  cle      TEXT PRIMARY KEY,
  libelle  TEXT NOT NULL,
  objet    TEXT NOT NULL,
  corps    TEXT NOT NULL,
  reperes  TEXT NOT NULL                         -- the placeholders this text may use
) STRICT;

CREATE TABLE structure (
  id            INTEGER PRIMARY KEY,
  nom           TEXT NOT NULL UNIQUE,
  sigle         TEXT NOT NULL,
  partenaire    INTEGER NOT NULL DEFAULT 0 CHECK (partenaire IN (0, 1)),
  site          TEXT NOT NULL DEFAULT '',
  presentation  TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE direction (
  id            INTEGER PRIMARY KEY,
  structure_id  INTEGER NOT NULL REFERENCES structure (id),
  nom           TEXT NOT NULL,
  telephone     TEXT NOT NULL DEFAULT '',
  courriel      TEXT NOT NULL DEFAULT '',
  UNIQUE (structure_id, nom)
) STRICT;

CREATE TABLE agent (
  id                INTEGER PRIMARY KEY,
  direction_id      INTEGER NOT NULL REFERENCES direction (id),
  courriel          TEXT NOT NULL UNIQUE,        -- lower case
  prenom            TEXT NOT NULL,
  nom               TEXT NOT NULL,
  fonction          TEXT NOT NULL DEFAULT '',
  telephone_public  TEXT NOT NULL DEFAULT '',    -- « téléphone communiqué aux collectivités »
  telephone         TEXT NOT NULL DEFAULT '',
  administrateur    INTEGER NOT NULL DEFAULT 0 CHECK (administrateur IN (0, 1)),
  pilote            INTEGER NOT NULL DEFAULT 0 CHECK (pilote IN (0, 1)),
  actif             INTEGER NOT NULL DEFAULT 1 CHECK (actif IN (0, 1)),
  mot_de_passe      TEXT,                        -- scrypt$n$r$p$salt$hash ; NULL: invited, never signed in
  avis_journal      TEXT NOT NULL DEFAULT 'quotidien' CHECK (avis_journal IN ('quotidien', 'immediat', 'jamais')),
  cree_le           TEXT NOT NULL
) STRICT;
CREATE INDEX agent_direction ON agent (direction_id);

CREATE TABLE absence (
  id            INTEGER PRIMARY KEY,
  agent_id      INTEGER NOT NULL REFERENCES agent (id),
  du            TEXT NOT NULL,                   -- jour
  au            TEXT NOT NULL,                   -- jour, included
  suppleant_id  INTEGER REFERENCES agent (id),
  CHECK (du <= au)
) STRICT;
CREATE INDEX absence_agent ON absence (agent_id, du);

CREATE TABLE delegation (                        -- par_id acts for pour_id (domaine.md §1, delegataire)
  id       INTEGER PRIMARY KEY,
  pour_id  INTEGER NOT NULL REFERENCES agent (id),
  par_id   INTEGER NOT NULL REFERENCES agent (id),
  du       TEXT,                                 -- jour ; NULL: for good
  au       TEXT,
  CHECK (pour_id <> par_id),
  UNIQUE (pour_id, par_id)
) STRICT;
CREATE INDEX delegation_par ON delegation (par_id);

CREATE TABLE theme (
  id     INTEGER PRIMARY KEY,
  nom    TEXT NOT NULL UNIQUE,
  icone  TEXT NOT NULL DEFAULT 'document',
  ordre  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE fiche (
  id            INTEGER PRIMARY KEY,
  theme_id      INTEGER NOT NULL REFERENCES theme (id),
  direction_id  INTEGER NOT NULL REFERENCES direction (id),
  titre         TEXT NOT NULL,
  resume        TEXT NOT NULL,
  pour_qui      TEXT NOT NULL DEFAULT '',
  actions       TEXT NOT NULL DEFAULT '',        -- one per line
  deroulement   TEXT NOT NULL DEFAULT '',        -- one per line, « Titre : phrase »
  a_preparer    TEXT NOT NULL DEFAULT '',        -- one per line
  associees     TEXT NOT NULL DEFAULT '',        -- one per line
  delai         INTEGER NOT NULL CHECK (delai IN (3, 10)),
  restreinte    INTEGER NOT NULL DEFAULT 0 CHECK (restreinte IN (0, 1)),
  publiee       INTEGER NOT NULL DEFAULT 1 CHECK (publiee IN (0, 1)),
  maj_le        TEXT NOT NULL,                   -- jour
  UNIQUE (theme_id, titre)
) STRICT;

CREATE TABLE pilotage (                          -- chef de file (rang 0) and co-chefs of a fiche
  fiche_id  INTEGER NOT NULL REFERENCES fiche (id) ON DELETE CASCADE,
  agent_id  INTEGER NOT NULL REFERENCES agent (id),
  rang      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (fiche_id, agent_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pilotage_agent ON pilotage (agent_id);

CREATE TABLE collectivite (
  id              INTEGER PRIMARY KEY,
  siren           TEXT NOT NULL UNIQUE,
  insee           TEXT UNIQUE,
  type            TEXT NOT NULL,
  nom             TEXT NOT NULL,
  cherche         TEXT NOT NULL,                 -- normaliser(nom)
  codes_postaux   TEXT NOT NULL DEFAULT '',      -- separated by spaces
  population      INTEGER NOT NULL DEFAULT 0,
  arrondissement  TEXT NOT NULL DEFAULT '',
  epci_id         INTEGER REFERENCES collectivite (id),
  courriel        TEXT NOT NULL DEFAULT '',      -- the official address, when known
  telephone       TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX collectivite_cherche ON collectivite (cherche);
CREATE INDEX collectivite_epci ON collectivite (epci_id);

CREATE TABLE demande (
  numero              INTEGER PRIMARY KEY AUTOINCREMENT,   -- goes up by one, never reused
  version             INTEGER NOT NULL DEFAULT 1,
  jeton               TEXT NOT NULL UNIQUE,      -- the tracking link, 128 random bits
  cle                 TEXT UNIQUE,               -- one-time key of the form
  empreinte           TEXT,                      -- sha256 of what was typed
  origine             TEXT NOT NULL CHECK (origine IN ('plateforme', 'direct')),
  statut              TEXT NOT NULL CHECK (statut IN ('attribue_admin', 'receptionne_admin', 'attribue_chef',
                        'receptionne_chef', 'attribue_expert', 'receptionne_expert', 'en_cours', 'termine', 'rejete', 'abandonne')),
  etape               INTEGER NOT NULL DEFAULT 1,          -- the furthest step shown to the demandeur (§2)
  depose_le           TEXT NOT NULL,
  clos_le             TEXT,
  delai               INTEGER CHECK (delai IN (3, 10)),
  echeance            TEXT,                      -- jour ; NULL: no clock (cas 2)
  date_a_tenir        TEXT,                      -- jour
  premier_contact_le  TEXT,                      -- jour ; only a « joint » sets it
  restreinte          INTEGER NOT NULL DEFAULT 0 CHECK (restreinte IN (0, 1)),
  theme_id            INTEGER REFERENCES theme (id),
  fiche_id            INTEGER REFERENCES fiche (id),
  structure_id        INTEGER REFERENCES structure (id),   -- of the first chef de file, kept for the list
  direction_id        INTEGER REFERENCES direction (id),
  collectivite_id     INTEGER REFERENCES collectivite (id), -- NULL: « à rattacher »
  collectivite        TEXT NOT NULL,             -- the name, as chosen or typed
  type                TEXT NOT NULL,
  lieu                TEXT NOT NULL DEFAULT '',
  message             TEXT NOT NULL,
  civilite            TEXT NOT NULL DEFAULT '',
  nom                 TEXT NOT NULL DEFAULT '',
  prenom              TEXT NOT NULL DEFAULT '',
  rappel_nom          TEXT NOT NULL DEFAULT '',  -- empty: the Maire or Président·e
  rappel_prenom       TEXT NOT NULL DEFAULT '',
  rappel_fonction     TEXT NOT NULL DEFAULT '',
  courriel            TEXT NOT NULL DEFAULT '',
  telephone           TEXT NOT NULL DEFAULT '',
  a_confirmer         INTEGER NOT NULL DEFAULT 0 CHECK (a_confirmer IN (0, 1)),
  saisie_par_id       INTEGER REFERENCES agent (id),       -- cas 2
  recue_le            TEXT,                      -- jour, cas 2
  voie                TEXT NOT NULL DEFAULT '',
  issue               TEXT NOT NULL DEFAULT '',
  synthese            TEXT NOT NULL DEFAULT '',
  texte_final         TEXT NOT NULL DEFAULT '',  -- the text an agent addressed to the demandeur
  organisme           TEXT NOT NULL DEFAULT '',  -- « réorientée vers … »
  accord              TEXT NOT NULL DEFAULT '',  -- « accord du chef de file » at the orientation
  prochaine_etape_le  TEXT                       -- jour
) STRICT;
CREATE INDEX demande_statut       ON demande (statut, numero);
CREATE INDEX demande_theme        ON demande (theme_id, numero);
CREATE INDEX demande_fiche        ON demande (fiche_id, numero);
CREATE INDEX demande_direction    ON demande (direction_id, numero);
CREATE INDEX demande_collectivite ON demande (collectivite_id, numero);
CREATE INDEX demande_type         ON demande (type, numero);
CREATE INDEX demande_depot        ON demande (depose_le, numero);
CREATE INDEX demande_nom          ON demande (collectivite, numero);
CREATE INDEX demande_courriel     ON demande (courriel, depose_le);
CREATE INDEX demande_retard       ON demande (echeance, numero) WHERE clos_le IS NULL AND premier_contact_le IS NULL;
CREATE INDEX demande_ouverte      ON demande (statut, numero) WHERE clos_le IS NULL;
CREATE INDEX demande_a_tenir      ON demande (date_a_tenir, numero) WHERE clos_le IS NULL AND date_a_tenir IS NOT NULL;
CREATE INDEX demande_restreinte   ON demande (numero) WHERE restreinte = 1;

CREATE TABLE demande_commune (                   -- « Communes concernées » of an EPCI
  demande_id       INTEGER NOT NULL REFERENCES demande (numero),
  collectivite_id  INTEGER NOT NULL REFERENCES collectivite (id),
  PRIMARY KEY (demande_id, collectivite_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE membre (                            -- the team of a demande
  id            INTEGER PRIMARY KEY,
  demande_id    INTEGER NOT NULL REFERENCES demande (numero),
  role          TEXT NOT NULL CHECK (role IN ('chef_de_file', 'referent', 'associe')),
  rang          INTEGER NOT NULL DEFAULT 0,      -- 0: the chef de file, then the co-chefs
  agent_id      INTEGER REFERENCES agent (id),   -- NULL: an associated structure, its person named later
  structure_id  INTEGER NOT NULL REFERENCES structure (id),
  direction_id  INTEGER REFERENCES direction (id),
  depuis_le     TEXT NOT NULL,
  CHECK (agent_id IS NOT NULL OR role = 'associe')
) STRICT;
CREATE UNIQUE INDEX membre_un      ON membre (demande_id, role, agent_id) WHERE agent_id IS NOT NULL;
CREATE UNIQUE INDEX membre_referent ON membre (demande_id) WHERE role = 'referent';
CREATE INDEX membre_demande        ON membre (demande_id, role, rang);
CREATE INDEX membre_agent          ON membre (agent_id, demande_id);
CREATE INDEX membre_structure      ON membre (structure_id, demande_id);
CREATE INDEX membre_direction      ON membre (direction_id, demande_id);

CREATE TABLE journal (
  id          INTEGER PRIMARY KEY,
  demande_id  INTEGER NOT NULL REFERENCES demande (numero),
  cree_le     TEXT NOT NULL,
  nature      TEXT NOT NULL CHECK (nature IN ('note', 'appel', 'courriel', 'visite', 'reunion', 'proposition', 'livrable',
                'relation', 'depot', 'statut', 'equipe', 'contact', 'message', 'envoi', 'correction')),
  acte_le     TEXT,                              -- jour
  statut      TEXT,                              -- the statut reached, for nature 'statut'
  agent_id    INTEGER REFERENCES agent (id),     -- NULL: the platform, or the demandeur
  pour_id     INTEGER REFERENCES agent (id),     -- « par A, pour B »
  auteur      TEXT NOT NULL,                     -- the name as it was
  structure   TEXT NOT NULL DEFAULT '',
  texte       TEXT NOT NULL DEFAULT '',
  corrige_id  INTEGER REFERENCES journal (id),   -- the line this one corrects
  CHECK ((nature = 'statut') = (statut IS NOT NULL))
) STRICT;
CREATE INDEX journal_demande ON journal (demande_id, cree_le, id);
CREATE INDEX journal_corrige ON journal (corrige_id) WHERE corrige_id IS NOT NULL;
CREATE INDEX journal_date    ON journal (cree_le);

CREATE TRIGGER journal_sans_modification BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'le journal ne se modifie pas'); END;
CREATE TRIGGER journal_sans_suppression  BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'le journal ne se supprime pas'); END;

CREATE TABLE piece (
  id          INTEGER PRIMARY KEY,
  demande_id  INTEGER NOT NULL REFERENCES demande (numero),
  journal_id  INTEGER REFERENCES journal (id),
  agent_id    INTEGER REFERENCES agent (id),     -- NULL: the demandeur
  nom         TEXT NOT NULL,
  taille      INTEGER NOT NULL,                  -- bytes
  sha256      TEXT NOT NULL,
  depose_le   TEXT NOT NULL,
  contenu     BLOB NOT NULL
) STRICT;
CREATE INDEX piece_demande ON piece (demande_id, id);
CREATE INDEX piece_journal ON piece (journal_id);

CREATE TABLE courriel (
  id            INTEGER PRIMARY KEY,
  identifiant   TEXT NOT NULL UNIQUE,            -- the Message-ID, the same at each try
  demande_id    INTEGER REFERENCES demande (numero),
  agent_id      INTEGER REFERENCES agent (id),   -- NULL: the demandeur, or a mailbox
  pour          TEXT NOT NULL CHECK (pour IN ('demandeur', 'collectivite', 'agent', 'direction')),
  destinataire  TEXT NOT NULL,
  modele        TEXT NOT NULL,
  objet         TEXT NOT NULL,
  corps         TEXT NOT NULL,
  secret        INTEGER NOT NULL DEFAULT 0 CHECK (secret IN (0, 1)),  -- carries a one-time link: emptied once sent
  cree_le       TEXT NOT NULL,
  essais        INTEGER NOT NULL DEFAULT 0,
  a_partir_de   TEXT NOT NULL,                   -- not before
  pris_le       TEXT,
  envoye_le     TEXT,                            -- accepted by the relay
  echec_le      TEXT,
  raison        TEXT NOT NULL DEFAULT '',
  marque        TEXT UNIQUE                      -- of a reminder: never twice the same
) STRICT;
CREATE INDEX courriel_attente ON courriel (a_partir_de, id) WHERE envoye_le IS NULL AND echec_le IS NULL;
CREATE INDEX courriel_demande ON courriel (demande_id, id);
CREATE INDEX courriel_echec   ON courriel (demande_id) WHERE echec_le IS NOT NULL;

CREATE TABLE session (
  empreinte  TEXT PRIMARY KEY,                   -- sha256 of the cookie
  agent_id   INTEGER NOT NULL REFERENCES agent (id),
  cree_le    TEXT NOT NULL,
  vu_le      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_agent ON session (agent_id);

CREATE TABLE lien (                              -- one-time links of the accounts
  empreinte   TEXT PRIMARY KEY,
  agent_id    INTEGER NOT NULL REFERENCES agent (id),
  usage       TEXT NOT NULL CHECK (usage IN ('invitation', 'mot_de_passe')),
  expire_le   TEXT NOT NULL,
  utilise_le  TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX lien_agent ON lien (agent_id);

CREATE TABLE audit (
  id        INTEGER PRIMARY KEY,
  fait_le   TEXT NOT NULL,
  agent_id  INTEGER REFERENCES agent (id),
  fait      TEXT NOT NULL,
  detail    TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TRIGGER audit_sans_modification BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'l''audit ne se modifie pas'); END;
CREATE TRIGGER audit_sans_suppression  BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'l''audit ne se supprime pas'); END;

-- rowid = numero ; every column holds normaliser(text)
CREATE VIRTUAL TABLE recherche USING fts5 (collectivite, fiche, lieu, message, journal, tokenize = 'unicode61 remove_diacritics 0');

-- What an administrateur changes on the settings page (ordre > 0), with its first value.
INSERT INTO reglage (ordre, cle, valeur, libelle, aide) VALUES
  (1,  'departement',       'Département de la Haute-Garonne',       'Nom du Département', ''),
  (2,  'nom',               'Plateforme d''appui aux territoires',    'Nom de la Plateforme', ''),
  (3,  'signataire',        'Président du Département',              'Autorité saisie par une demande', 'Dans la phrase « saisie officielle du … ».'),
  (4,  'telephone',         '0534333807',                            'Téléphone de l''équipe de la Plateforme', ''),
  (5,  'courriel',          'plateforme.territoires@cd31.fr',        'Courriel de l''équipe de la Plateforme', 'Adresse de réponse de tous les courriels.'),
  (6,  'horaires',          'du lundi au vendredi, de 9 h à 12 h et de 14 h à 17 h', 'Horaires de l''équipe', ''),
  (7,  'adresse',           '1 boulevard de la Marquette, 31090 Toulouse Cedex 9', 'Adresse postale', ''),
  (8,  'telephone_urgence', '',                                      'Téléphone en cas d''urgence immédiate', 'Affiché sur les fiches à 3 jours. Vide : celui de l''équipe.'),
  (9,  'dpd',               'dpd@cd31.fr',                           'Courriel du délégué à la protection des données', ''),
  (10, 'conservation',      '5 ans',                                 'Durée de conservation après la clôture', ''),
  (11, 'accessibilite',     'non conforme',                          'Conformité au RGAA', 'non conforme, partiellement conforme ou totalement conforme, selon le dernier audit.'),
  (12, 'jours',             'calendaires',                           'Compte des délais', 'calendaires ou ouvres.'),
  (20, 'secondes_minimum',  '3',                                     'Temps minimum pour remplir le formulaire, en secondes', 'Protège des robots.'),
  (21, 'depots_adresse',    '30',                                    'Demandes acceptées par heure depuis une même adresse', ''),
  (22, 'depots_courriel',   '10',                                    'Demandes acceptées par jour pour un même courriel', ''),
  (23, 'attente_connexion', '15',                                    'Attente la plus longue après des échecs de connexion, en minutes', '');

-- The mails. Placeholders in braces; a line whose placeholders are all empty disappears, so « diffusion restreinte » leaves no gap.
INSERT INTO modele (cle, libelle, reperes, objet, corps) VALUES
('accuse', 'Accusé d''enregistrement, au demandeur', 'numero depot echeance collectivite fiche structure lien doublon signataire contact_telephone',
 'Votre demande n° {numero} est enregistrée',
'Bonjour,

Votre demande est enregistrée sous le n° {numero}, le {depot}.

Collectivité : {collectivite}
Accompagnement demandé : {fiche}
Structure en charge : {structure}
Un expert vous rappelle au plus tard le {echeance}.

Pour la relire, la compléter, l''abandonner ou savoir où elle en est :
{lien}
Ce lien donne accès à votre demande : ne le transmettez qu''aux personnes concernées.

Une demande ouverte de votre collectivité porte déjà sur le même accompagnement : n° {doublon}.

Cette demande vaut saisine officielle du {signataire} ; un courrier n''est pas nécessaire. Elle ne vaut ni accord, ni attribution d''une aide, ni dépôt d''un dossier de subvention, et n''interrompt aucun délai.
Vous pouvez toujours joindre directement votre interlocuteur habituel : rien ne change.

Une question ? {contact_telephone}
{plateforme}, {departement}'),
('avis_depot', 'Avis de dépôt, à l''adresse officielle de la collectivité', 'numero depot collectivite contact_telephone contact_courriel',
 'Une demande a été déposée au nom de votre collectivité (n° {numero})',
'Bonjour,

Une demande a été déposée le {depot} sur la Plateforme d''appui aux territoires au nom de votre collectivité, depuis une adresse que nous ne connaissons pas. Elle porte le n° {numero}.

Si cette demande ne vient pas de vous, prévenez-nous : {contact_telephone}, {contact_courriel}.

{plateforme}, {departement}'),
('nouvelle_chef', 'Nouvelle demande, aux chefs de file', 'prenom numero depot echeance date_a_tenir collectivite fiche lien',
 'Demande n° {numero} : nouvelle demande à prendre en charge',
'Bonjour {prenom},

Une demande vous est attribuée comme chef de file : n° {numero}, déposée le {depot}.

Collectivité : {collectivite}
Fiche : {fiche}
À rappeler au plus tard le {echeance}.
Date à tenir : {date_a_tenir}

Confirmer la réception, puis désigner l''expert :
{lien}'),
('accuse_direct', 'Accusé d''une demande reçue en direct, au demandeur', 'numero recue collectivite fiche interlocuteur structure telephone lien contact_telephone',
 'Votre demande n° {numero} est enregistrée',
'Bonjour,

La demande que vous nous avez adressée le {recue} est enregistrée sous le n° {numero}.

Collectivité : {collectivite}
Accompagnement demandé : {fiche}
Votre interlocuteur : {interlocuteur}
Structure : {structure}
Téléphone : {telephone}

Pour la relire ou savoir où elle en est :
{lien}
Ce lien donne accès à votre demande : ne le transmettez qu''aux personnes concernées.

Une question ? {contact_telephone}
{plateforme}, {departement}'),
('recue_en_direct', 'Demande reçue en direct et déjà suivie, aux chefs de file', 'prenom numero collectivite fiche interlocuteur lien',
 'Demande n° {numero} : reçue en direct, déjà suivie',
'Bonjour {prenom},

Une demande reçue en direct a été saisie sous le n° {numero}. Elle est suivie par {interlocuteur} : vous n''avez rien à faire.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'),
('nouvelle_admin', 'Nouvelle demande à orienter, aux administrateurs', 'prenom numero depot echeance date_a_tenir collectivite fiche lien',
 'Demande n° {numero} : à orienter',
'Bonjour {prenom},

Une demande attend d''être orientée : n° {numero}, déposée le {depot}.

Collectivité : {collectivite}
Fiche : {fiche}
À rappeler au plus tard le {echeance}.
Date à tenir : {date_a_tenir}

{lien}'),
('orientation', 'Demande orientée, aux chefs de file', 'prenom numero depot echeance date_a_tenir collectivite fiche lien',
 'Demande n° {numero} : vous êtes chef de file',
'Bonjour {prenom},

L''administration de la Plateforme vous confie la demande n° {numero}, déposée le {depot}.

Collectivité : {collectivite}
Fiche : {fiche}
À rappeler au plus tard le {echeance}.
Date à tenir : {date_a_tenir}

Confirmer la réception, puis désigner l''expert :
{lien}'),
('echeance', 'Date de rappel avancée, au demandeur', 'numero echeance lien contact_telephone',
 'Votre demande n° {numero} : rappel au plus tard le {echeance}',
'Bonjour,

Votre demande n° {numero} a été orientée vers un accompagnement urgent : un expert vous rappelle au plus tard le {echeance}, plus tôt qu''annoncé.

Suivre votre demande :
{lien}

{plateforme}, {departement}'),
('designation', 'Désignation, à l''expert référent', 'prenom numero depot echeance date_a_tenir collectivite fiche lien',
 'Demande n° {numero} : vous êtes l''expert référent',
'Bonjour {prenom},

La demande n° {numero}, déposée le {depot}, vous est confiée : vous êtes l''interlocuteur de la collectivité.

Collectivité : {collectivite}
Fiche : {fiche}
À rappeler au plus tard le {echeance}.
Date à tenir : {date_a_tenir}

Confirmer la réception et noter le premier contact :
{lien}'),
('designation_demandeur', 'Expert désigné, au demandeur', 'numero echeance interlocuteur structure telephone lien',
 'Votre demande n° {numero} : votre expert est désigné',
'Bonjour,

Votre demande n° {numero} est confiée à un expert :
{interlocuteur}, {structure}
Téléphone : {telephone}
Vous rappelle au plus tard le {echeance}.

Suivre votre demande :
{lien}

{plateforme}, {departement}'),
('decharge', 'Changement de référent, à l''ancien', 'prenom numero successeur lien',
 'Demande n° {numero} : vous n''en êtes plus le référent',
'Bonjour {prenom},

La demande n° {numero} est désormais suivie par {successeur}.

{lien}'),
('changement', 'Changement d''interlocuteur, au demandeur', 'numero interlocuteur structure telephone lien',
 'Votre demande n° {numero} : votre nouvel interlocuteur',
'Bonjour,

Votre nouvel interlocuteur est {interlocuteur}.
Structure : {structure}
Téléphone : {telephone}

Suivre votre demande n° {numero} :
{lien}

{plateforme}, {departement}'),
('association', 'Invitation comme expert associé', 'prenom numero collectivite fiche interlocuteur lien',
 'Demande n° {numero} : vous êtes associé à l''accompagnement',
'Bonjour {prenom},

Vous êtes invité à participer à l''accompagnement n° {numero}.

Collectivité : {collectivite}
Fiche : {fiche}
Interlocuteur : {interlocuteur}

{lien}'),
('rendu', 'Demande rendue, à qui doit agir', 'prenom numero collectivite fiche echeance lien',
 'Demande n° {numero} : elle vous est rendue',
'Bonjour {prenom},

La demande n° {numero} vous est rendue ; le motif est au journal.

Collectivité : {collectivite}
Fiche : {fiche}
À rappeler au plus tard le {echeance}.

{lien}'),
('rejet', 'Demande hors compétence, aux administrateurs', 'prenom numero collectivite fiche lien',
 'Demande n° {numero} : signalée hors compétence',
'Bonjour {prenom},

La demande n° {numero} est signalée hors compétence : elle attend une réponse au demandeur ou une nouvelle orientation. Le motif est au journal.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'),
('reponse', 'Réponse à une demande rejetée, au demandeur', 'numero suite texte lien contact_telephone',
 'Votre demande n° {numero} : notre réponse',
'Bonjour,

Au sujet de votre demande n° {numero} : {suite}.

{texte}

Suivre votre demande :
{lien}

Une question ? {contact_telephone}
{plateforme}, {departement}'),
('cloture', 'Fin de l''accompagnement, au demandeur', 'numero texte lien',
 'Votre demande n° {numero} est terminée',
'Bonjour,

L''accompagnement de votre demande n° {numero} est terminé.

{texte}

Relire votre demande, ou nous dire qu''un besoin demeure :
{lien}

{plateforme}, {departement}'),
('abandon_equipe', 'Demande abandonnée, à l''équipe', 'prenom numero collectivite fiche lien',
 'Demande n° {numero} : abandonnée',
'Bonjour {prenom},

La demande n° {numero} est abandonnée ; le motif est au journal.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'),
('abandon_demandeur', 'Demande abandonnée par un agent, au demandeur', 'numero lien contact_telephone',
 'Votre demande n° {numero} est close',
'Bonjour,

Votre demande n° {numero} a été enregistrée comme abandonnée. Si votre projet se poursuit, dites-le-nous depuis la page de suivi ou par téléphone : {contact_telephone}.

{lien}

{plateforme}, {departement}'),
('reouverture', 'Demande rouverte, à qui doit agir', 'prenom numero collectivite fiche lien',
 'Demande n° {numero} : rouverte',
'Bonjour {prenom},

La demande n° {numero} est rouverte ; le motif est au journal.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'),
('message_demandeur', 'Message du demandeur, à qui doit agir', 'prenom numero collectivite fiche lien',
 'Demande n° {numero} : message du demandeur',
'Bonjour {prenom},

Le demandeur a complété sa demande n° {numero}. Son message est au journal.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'),
('demande_reouverture', 'Message sur une demande close, aux chefs de file', 'prenom numero collectivite fiche lien',
 'Demande n° {numero} : demande de réouverture',
'Bonjour {prenom},

Le demandeur a écrit au sujet de la demande n° {numero}, qui est close. Son message est au journal.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'),
('avertissement', 'Avertissement avant de classer, au demandeur', 'numero limite interlocuteur telephone lien contact_telephone',
 'Votre demande n° {numero} : sans réponse de votre part d''ici au {limite}',
'Bonjour,

Nous n''avons pas réussi à vous joindre au sujet de votre demande n° {numero}. Sans réponse de votre part d''ici au {limite}, elle sera classée. Vous pourrez toujours en faire une nouvelle.

Répondre depuis la page de suivi :
{lien}
Ou par téléphone : {interlocuteur} {telephone}

{plateforme}, {departement}'),
('coordonnees', 'Coordonnées changées par le demandeur, à l''ancienne adresse', 'numero contact_telephone contact_courriel',
 'Demande n° {numero} : les coordonnées ont changé',
'Bonjour,

Les coordonnées de la demande n° {numero} ont été changées depuis sa page de suivi. Les prochains courriels partiront à la nouvelle adresse.

Si ce changement ne vient pas de vous, prévenez-nous : {contact_telephone}, {contact_courriel}.

{plateforme}, {departement}'),
('lien_perdu', 'Lien de suivi renvoyé, au demandeur', 'numero lien',
 'Votre lien de suivi, demande n° {numero}',
'Bonjour,

Voici de nouveau le lien qui permet de suivre votre demande n° {numero} :
{lien}

Si vous n''avez rien demandé, ne tenez pas compte de ce message.

{plateforme}, {departement}'),
('interlocuteur', 'Nouvel interlocuteur à la collectivité', 'numero lien interlocuteur telephone',
 'Demande n° {numero} : votre lien de suivi',
'Bonjour,

Vous êtes désormais l''interlocuteur de la demande n° {numero} pour votre collectivité. Voici votre lien de suivi ; le précédent ne fonctionne plus :
{lien}

Votre interlocuteur : {interlocuteur}
Téléphone : {telephone}

{plateforme}, {departement}'),
('journal_immediat', 'Ligne au journal, à l''équipe (agents qui le demandent)', 'prenom numero collectivite fiche auteur lien',
 'Demande n° {numero} : une ligne au journal',
'Bonjour {prenom},

{auteur} a ajouté une ligne au journal de la demande n° {numero}.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'),
('relance', 'Rappels du jour, à un agent', 'prenom points lien',
 'Plateforme : ce qui vous attend',
'Bonjour {prenom},

{points}

Ma journée :
{lien}'),
('invitation', 'Invitation à ouvrir son compte', 'prenom lien contact_telephone',
 'Votre accès à la Plateforme d''appui aux territoires',
'Bonjour {prenom},

Un accès à l''espace des agents vous est ouvert. Choisissez votre mot de passe avec ce lien, valable 14 jours et une seule fois :
{lien}

Une question ? {contact_telephone}
{plateforme}, {departement}'),
('mot_de_passe', 'Mot de passe oublié', 'prenom lien',
 'Choisir un nouveau mot de passe',
'Bonjour {prenom},

Pour choisir un nouveau mot de passe, suivez ce lien, valable 2 heures et une seule fois :
{lien}

Si vous n''avez rien demandé, ne tenez pas compte de ce message : votre mot de passe ne change pas.

{plateforme}, {departement}');

-- The legal pages. « ## titre », « - puce », an empty line between paragraphs; the names in braces are settings.
-- The legal pages. Settings in braces; « ## » a heading, « - » an item, an empty line between paragraphs (views/catalogue.py).
INSERT INTO contenu (cle, titre, corps) VALUES
('mentions-legales', 'Mentions légales',
'## Éditeur

Le service en ligne « {nom} » est édité par le {departement}.
{adresse}
Téléphone : {telephone}
Courriel : {courriel}

## Directeur de la publication

{signataire}

## Hébergement

À compléter par le Département avant l''ouverture au public : nom, adresse et téléphone de l''hébergeur. Si le Département héberge lui-même le service, le dire ici.

## Objet du service

La Plateforme permet aux communes, aux intercommunalités et à leurs établissements de demander un accompagnement au Département et aux structures partenaires signataires de la convention de la Plateforme, puis de suivre leur demande.

Une demande déposée sur la Plateforme vaut saisine officielle ; un courrier n''est pas nécessaire. Elle ne vaut ni accord, ni attribution d''une aide, ni dépôt d''un dossier de subvention, et n''interrompt aucun délai. Les délais de rappel annoncés sont un engagement de service.

L''usage de la Plateforme est facultatif : vous pouvez toujours joindre directement votre interlocuteur habituel.

## Propriété intellectuelle

Les textes, les dessins et la mise en page de ce site appartiennent au Département, sauf mention contraire. Vous pouvez citer et reproduire les fiches du catalogue pour l''information des collectivités, à condition d''indiquer la source et la date de mise à jour.

Le nom et l''emblème de chaque structure partenaire lui appartiennent.

## Données réutilisées

La liste des communes et des intercommunalités vient de données publiques, réutilisées sous Licence Ouverte 2.0.

- Sources : INSEE (COG 2026, populations légales), DGCL, La Poste – via Etalab
- Texte de la licence : https://www.etalab.gouv.fr/licence-ouverte-open-licence

## Liens et disponibilité

Le Département n''est pas responsable du contenu des autres sites vers lesquels une page renvoie. Le service peut être interrompu pour sa maintenance ; l''équipe de la Plateforme reste alors joignable par téléphone.

## Signaler une erreur

Une information du catalogue est inexacte ou dépassée ? Écrivez à {courriel}.'),

('donnees-personnelles', 'Données personnelles',
'Cette page vous informe de l''usage de vos données, comme le prévoient les articles 13 et 14 du règlement général sur la protection des données (RGPD).

## Qui est responsable

Responsable du traitement : {departement} ({signataire})
{adresse}

Son délégué à la protection des données répond à vos questions : {dpd}.

## Pourquoi ces données sont utilisées

- enregistrer votre demande d''accompagnement, en accuser l''enregistrement et la confier à la structure compétente
- vous rappeler, vous accompagner et vous tenir informé de l''avancement
- garder la trace de ce qui a été demandé et fait pour votre collectivité
- établir des statistiques d''activité, sans nom de personne
- gérer les comptes des agents et la sécurité du service

Aucune décision n''est prise de façon automatique.

## Sur quelle base légale

Le traitement est nécessaire à l''exécution d''une mission d''intérêt public : l''assistance du Département aux communes et aux intercommunalités (article 6.1.e du RGPD).

## Quelles données

- la personne qui saisit le Département, Maire ou Président·e : civilité, nom, prénom
- la personne à rappeler : nom, prénom, fonction
- le courriel et le téléphone où vous joindre
- votre message, les pièces que vous joignez et vos messages suivants
- le journal tenu par les agents qui vous accompagnent
- les agents du Département et des structures partenaires : nom, prénom, fonction, direction, courriel, téléphone, actes faits sur la Plateforme

Ces données viennent de vous, de la personne qui remplit le formulaire pour votre collectivité, ou d''un agent à qui vous avez adressé votre demande directement. Les champs marqués « (obligatoire) » sont nécessaires pour vous rappeler ; les autres sont libres.

N''écrivez dans votre message que ce qui est utile à l''accompagnement. Évitez en particulier les informations de santé et le nom de tiers. Si votre demande met en cause une personne, cochez « Ma demande est confidentielle ».

## Qui les reçoit

- les agents du Département et des structures partenaires signataires de la convention de la Plateforme, pour les demandes qu''ils accompagnent ou peuvent être amenés à accompagner
- pour une demande confidentielle ou à diffusion restreinte : uniquement l''équipe chargée de la demande et l''administration de la Plateforme
- vous-même, et toute personne à qui vous transmettez votre lien de suivi

Vos données ne sont ni vendues, ni cédées, ni transférées hors de l''Union européenne. Les documents administratifs peuvent être communiqués à qui les demande, dans les limites fixées par le code des relations entre le public et l''administration.

## Combien de temps

Votre demande, ses pièces et son journal sont conservés {conservation} après la clôture. Ils sont ensuite versés aux Archives départementales, ou éliminés avec leur accord.

Votre lien de suivi cesse de fonctionner douze mois après la clôture.

## Vos droits

Vous pouvez demander l''accès à vos données, leur rectification, la limitation de leur traitement, et vous opposer à ce traitement pour des raisons tenant à votre situation particulière.

Écrivez au délégué à la protection des données : {dpd}
Ou par courrier : {departement}, délégué à la protection des données, {adresse}

Vous recevez une réponse dans un délai d''un mois. Si elle ne vous satisfait pas, vous pouvez adresser une réclamation à la CNIL : https://www.cnil.fr/fr/plaintes

## Cookies et mémoire de votre appareil

Le site n''a ni mesure d''audience, ni publicité, ni contenu venu d''un autre site. Il ne vous demande donc pas de consentement.

- Un seul cookie existe : celui de la session des agents connectés. Il est indispensable et disparaît à la déconnexion.
- Le brouillon du formulaire reste sur votre appareil, pendant 7 jours au plus ou jusqu''à l''envoi. Il n''est transmis à personne et vous pouvez l''effacer depuis le formulaire.'),

('accessibilite', 'Accessibilité',
'Le {departement} s''engage à rendre ses sites internet accessibles, conformément à l''article 47 de la loi n° 2005-102 du 11 février 2005.

Cette déclaration s''applique au site {nom} : {url}

## État de conformité

Le site {nom} est {accessibilite} avec le référentiel général d''amélioration de l''accessibilité (RGAA), version 4.1 : aucun audit de conformité en cours de validité n''existe à ce jour.

## Résultats des tests

Aucun audit n''ayant été réalisé, aucun taux de conformité ne peut être annoncé. Le site a été conçu pour être utilisé au clavier, avec un lecteur d''écran, à 320 pixels de large et sans JavaScript. Les vérifications faites par ses concepteurs ne remplacent pas un audit.

## Contenus non accessibles

La liste des contenus non accessibles n''est pas établie ; elle le sera par l''audit. Les pièces jointes par les collectivités et par les agents ne sont pas contrôlées et peuvent ne pas être accessibles.

## Établissement de cette déclaration

Cette déclaration a été établie le 25 novembre 2026. Elle sera mise à jour après le premier audit.

Technologies utilisées :

- HTML
- CSS
- SVG
- JavaScript, facultatif : le brouillon gardé sur l''appareil, l''aide au choix et la vérification des fichiers avant l''envoi en ont besoin ; tout le reste fonctionne sans lui

## Retour d''information et contact

Si vous n''arrivez pas à accéder à un contenu ou à un service, dites-le à l''équipe de la Plateforme : elle vous oriente vers une solution accessible, ou enregistre votre demande avec vous par téléphone.

- Courriel : {courriel}
- Téléphone : {telephone}, {horaires}
- Courrier : {departement}, {adresse}

## Voies de recours

Cette procédure est à utiliser dans le cas suivant : vous avez signalé un défaut d''accessibilité qui vous empêche d''accéder à un contenu ou à un service, et vous n''avez pas obtenu de réponse satisfaisante. Vous pouvez :

- écrire un message au Défenseur des droits : https://formulaire.defenseurdesdroits.fr
- contacter le délégué du Défenseur des droits de votre département : https://www.defenseurdesdroits.fr/saisir/delegues
- envoyer un courrier par la poste, gratuit et sans timbre : Défenseur des droits, Libre réponse 71120, 75342 Paris Cedex 07');

-- == 2 : second facteur ==

-- second_facteur: the secret of RFC 6238 in base32, NULL for none; dernier_pas: the last 30-second step used, which cannot serve again.
ALTER TABLE agent ADD COLUMN second_facteur TEXT;
ALTER TABLE agent ADD COLUMN dernier_pas INTEGER NOT NULL DEFAULT 0;

-- A recovery code not used yet.
CREATE TABLE code_secours (
  empreinte  TEXT PRIMARY KEY,                   -- sha256 of the code
  agent_id   INTEGER NOT NULL REFERENCES agent (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX code_secours_agent ON code_secours (agent_id);

INSERT INTO reglage (ordre, cle, valeur, libelle, aide) VALUES
  (24, 'second_facteur_exige', 'personne', 'Second facteur exigé', 'Un administrateur qui n''en a pas l''active à sa prochaine page, vous compris : ayez votre téléphone sous la main.');

INSERT INTO modele (cle, libelle, reperes, objet, corps) VALUES
('second_facteur_active', 'Second facteur activé, à l''agent', 'prenom lien contact_telephone',
 'Le second facteur de votre compte est activé',
'Bonjour {prenom},

Le second facteur de votre compte est activé : à chaque connexion, un code affiché par votre téléphone vous est demandé après le mot de passe. Gardez vos codes de secours en lieu sûr : ils servent si le téléphone manque.

Mon compte :
{lien}

Ce n''est pas vous ? Prévenez aussitôt l''équipe de la Plateforme : {contact_telephone}

{plateforme}, {departement}'),
('second_facteur_retire', 'Second facteur retiré, à l''agent', 'prenom lien contact_telephone',
 'Le second facteur de votre compte est retiré',
'Bonjour {prenom},

Le second facteur de votre compte est retiré : le mot de passe seul l''ouvre désormais. Vos codes de secours ne servent plus.

Pour l''activer de nouveau :
{lien}

Ce n''est pas vous ? Prévenez aussitôt l''équipe de la Plateforme : {contact_telephone}

{plateforme}, {departement}'),
('code_secours_utilise', 'Code de secours utilisé, à l''agent', 'prenom reste lien contact_telephone',
 'Un code de secours de votre compte a servi',
'Bonjour {prenom},

Un code de secours vient de servir sur votre compte. Codes restants : {reste}.

Pour en obtenir de nouveaux, ou changer de téléphone :
{lien}

Ce n''est pas vous ? Choisissez un nouveau mot de passe et prévenez aussitôt l''équipe de la Plateforme : {contact_telephone}

{plateforme}, {departement}');

-- == 3 : liste par échéance ==

CREATE INDEX demande_echeance ON demande (echeance, numero);

-- == 4 : codes, remplacements, conservation ==

-- A list of codes that will grow leaves CHECK for triggers, which a later step replaces without rebuilding the table.
-- Rebuilt once, while bases are small: journal, courriel, lien, absence, fiche, collectivite. Never piece (gigabytes).

-- A row here lets a purge change what is only added to (the journal, the audit): the key it refers to does not exist, so
-- SQLite refuses to COMMIT as long as the row is there. Set and taken away in the same transaction (journal.purge).
CREATE TABLE purge (
  id           INTEGER PRIMARY KEY CHECK (id = 1),
  interdit_id  TEXT NOT NULL DEFAULT 'purge en cours' REFERENCES reglage (cle) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE neuf_journal (
  id          INTEGER PRIMARY KEY,
  demande_id  INTEGER NOT NULL REFERENCES demande (numero),
  cree_le     TEXT NOT NULL,
  nature      TEXT NOT NULL,                     -- a code of NATURES or NATURES_PLATEFORME
  acte_le     TEXT,                              -- jour
  statut      TEXT,                              -- the statut reached, for nature 'statut'
  agent_id    INTEGER REFERENCES agent (id),     -- NULL: the platform, or the demandeur
  pour_id     INTEGER REFERENCES agent (id),     -- « par A, pour B »
  auteur      TEXT NOT NULL,                     -- the name as it was
  structure   TEXT NOT NULL DEFAULT '',
  texte       TEXT NOT NULL DEFAULT '',
  corrige_id  INTEGER REFERENCES journal (id),   -- the line this one corrects
  CHECK ((nature = 'statut') = (statut IS NOT NULL))
) STRICT;
INSERT INTO neuf_journal SELECT id, demande_id, cree_le, nature, acte_le, statut, agent_id, pour_id, auteur, structure, texte,
  corrige_id FROM journal;
DROP TABLE journal;
ALTER TABLE neuf_journal RENAME TO journal;
CREATE INDEX journal_demande ON journal (demande_id, cree_le, id);
CREATE INDEX journal_corrige ON journal (corrige_id) WHERE corrige_id IS NOT NULL;
CREATE INDEX journal_date    ON journal (cree_le);
CREATE TRIGGER journal_codes BEFORE INSERT ON journal WHEN NEW.nature NOT IN (
  'note', 'appel', 'courriel', 'visite', 'reunion', 'proposition', 'livrable', 'relation', 'depot', 'statut', 'equipe', 'contact',
  'message', 'envoi', 'correction')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
CREATE TRIGGER journal_sans_modification BEFORE UPDATE ON journal WHEN NOT EXISTS (SELECT 1 FROM purge)
BEGIN SELECT RAISE(ABORT, 'le journal ne se modifie pas'); END;
CREATE TRIGGER journal_sans_suppression BEFORE DELETE ON journal WHEN NOT EXISTS (SELECT 1 FROM purge)
BEGIN SELECT RAISE(ABORT, 'le journal ne se supprime pas'); END;
-- INSERT OR REPLACE deletes without waking the trigger above.
CREATE TRIGGER journal_sans_remplacement BEFORE INSERT ON journal
WHEN NEW.id > 0 AND EXISTS (SELECT 1 FROM journal WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'le journal ne se modifie pas'); END;
-- An id that SQLite will choose is still -1 before the insertion.
CREATE TRIGGER journal_numeros AFTER INSERT ON journal WHEN NEW.id <= 0
BEGIN SELECT RAISE(ABORT, 'le journal : numéro hors des limites'); END;

CREATE TABLE neuf_courriel (
  id            INTEGER PRIMARY KEY,
  identifiant   TEXT NOT NULL UNIQUE,            -- the Message-ID, the same at each try
  demande_id    INTEGER REFERENCES demande (numero),
  agent_id      INTEGER REFERENCES agent (id),   -- NULL: the demandeur, or a mailbox
  pour          TEXT NOT NULL,                   -- a code of DESTINATAIRES
  destinataire  TEXT NOT NULL,
  modele        TEXT NOT NULL,
  objet         TEXT NOT NULL,
  corps         TEXT NOT NULL,
  secret        INTEGER NOT NULL DEFAULT 0 CHECK (secret IN (0, 1)),  -- carries a one-time link: emptied once sent
  cree_le       TEXT NOT NULL,
  essais        INTEGER NOT NULL DEFAULT 0,
  a_partir_de   TEXT NOT NULL,                   -- not before
  pris_le       TEXT,
  envoye_le     TEXT,                            -- accepted by the relay
  echec_le      TEXT,
  raison        TEXT NOT NULL DEFAULT '',
  marque        TEXT UNIQUE                      -- of a reminder: never twice the same
) STRICT;
INSERT INTO neuf_courriel SELECT id, identifiant, demande_id, agent_id, pour, destinataire, modele, objet, corps, secret, cree_le,
  essais, a_partir_de, pris_le, envoye_le, echec_le, raison, marque FROM courriel;
DROP TABLE courriel;
ALTER TABLE neuf_courriel RENAME TO courriel;
CREATE INDEX courriel_attente ON courriel (a_partir_de, id) WHERE envoye_le IS NULL AND echec_le IS NULL;
CREATE INDEX courriel_demande ON courriel (demande_id, id);
CREATE INDEX courriel_echec   ON courriel (demande_id) WHERE echec_le IS NOT NULL;
CREATE INDEX courriel_envoi   ON courriel (envoye_le) WHERE corps <> '' AND envoye_le IS NOT NULL;
CREATE TRIGGER courriel_codes BEFORE INSERT ON courriel WHEN NEW.pour NOT IN ('demandeur', 'collectivite', 'agent', 'direction')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
CREATE TRIGGER courriel_codes_change BEFORE UPDATE OF pour ON courriel
WHEN NEW.pour NOT IN ('demandeur', 'collectivite', 'agent', 'direction')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;

CREATE TABLE neuf_lien (                         -- one-time links
  empreinte   TEXT PRIMARY KEY,
  agent_id    INTEGER REFERENCES agent (id),     -- NULL: of someone who has no account
  usage       TEXT NOT NULL,                     -- a code of LIENS
  expire_le   TEXT NOT NULL,
  utilise_le  TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO neuf_lien SELECT empreinte, agent_id, usage, expire_le, utilise_le FROM lien;
DROP TABLE lien;
ALTER TABLE neuf_lien RENAME TO lien;
CREATE INDEX lien_agent ON lien (agent_id);
CREATE TRIGGER lien_codes BEFORE INSERT ON lien WHEN NEW.usage NOT IN ('invitation', 'mot_de_passe')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
CREATE TRIGGER lien_codes_change BEFORE UPDATE OF usage ON lien WHEN NEW.usage NOT IN ('invitation', 'mot_de_passe')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;

CREATE TABLE neuf_absence (
  id            INTEGER PRIMARY KEY,
  agent_id      INTEGER NOT NULL REFERENCES agent (id),
  du            TEXT NOT NULL,                   -- jour
  au            TEXT,                            -- jour, included ; NULL: no known end
  suppleant_id  INTEGER REFERENCES agent (id),
  CHECK (du <= au)
) STRICT;
INSERT INTO neuf_absence SELECT id, agent_id, du, au, suppleant_id FROM absence;
DROP TABLE absence;
ALTER TABLE neuf_absence RENAME TO absence;
CREATE INDEX absence_agent ON absence (agent_id, du);

CREATE TABLE neuf_fiche (
  id            INTEGER PRIMARY KEY,
  identifiant   TEXT,                            -- the key of its import, when it has one: it may then change its title
  theme_id      INTEGER NOT NULL REFERENCES theme (id),
  direction_id  INTEGER NOT NULL REFERENCES direction (id),
  titre         TEXT NOT NULL,                   -- unique in its theme among the published ones
  resume        TEXT NOT NULL,
  pour_qui      TEXT NOT NULL DEFAULT '',
  actions       TEXT NOT NULL DEFAULT '',        -- one per line
  deroulement   TEXT NOT NULL DEFAULT '',        -- one per line, « Titre : phrase »
  a_preparer    TEXT NOT NULL DEFAULT '',        -- one per line
  associees     TEXT NOT NULL DEFAULT '',        -- one per line
  delai         INTEGER NOT NULL CHECK (delai IN (3, 10)),
  restreinte    INTEGER NOT NULL DEFAULT 0 CHECK (restreinte IN (0, 1)),
  mots          TEXT NOT NULL DEFAULT '',        -- what mairies call it, separated by commas: the search reads them
  etat          TEXT NOT NULL DEFAULT 'publiee', -- a code of ETATS_DE_FICHE
  maj_le        TEXT NOT NULL                    -- jour
) STRICT;
INSERT INTO neuf_fiche SELECT id, NULL, theme_id, direction_id, titre, resume, pour_qui, actions, deroulement, a_preparer, associees,
  delai, restreinte, '', CASE publiee WHEN 1 THEN 'publiee' ELSE 'archivee' END, maj_le FROM fiche;
DROP TABLE fiche;
ALTER TABLE neuf_fiche RENAME TO fiche;
CREATE UNIQUE INDEX fiche_identifiant ON fiche (identifiant) WHERE identifiant IS NOT NULL;
CREATE UNIQUE INDEX fiche_titre ON fiche (theme_id, titre) WHERE etat = 'publiee';
CREATE INDEX fiche_theme ON fiche (theme_id, titre);
CREATE TRIGGER fiche_codes BEFORE INSERT ON fiche WHEN NEW.etat NOT IN ('brouillon', 'publiee', 'suspendue', 'archivee')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
CREATE TRIGGER fiche_codes_change BEFORE UPDATE OF etat ON fiche
WHEN NEW.etat NOT IN ('brouillon', 'publiee', 'suspendue', 'archivee')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;

CREATE TABLE neuf_collectivite (
  id                INTEGER PRIMARY KEY,
  siren             TEXT NOT NULL,               -- unique among those not replaced, like insee
  insee             TEXT,
  type              TEXT NOT NULL,
  nom               TEXT NOT NULL,
  cherche           TEXT NOT NULL,               -- normaliser(nom)
  codes_postaux     TEXT NOT NULL DEFAULT '',    -- separated by spaces
  population        INTEGER NOT NULL DEFAULT 0,
  arrondissement    TEXT NOT NULL DEFAULT '',
  epci_id           INTEGER REFERENCES collectivite (id),
  courriel          TEXT NOT NULL DEFAULT '',    -- the official address, when known
  telephone         TEXT NOT NULL DEFAULT '',
  remplacee_par_id  INTEGER REFERENCES collectivite (id),   -- merged into
  jusqu_au          TEXT                         -- jour, its last one
) STRICT;
INSERT INTO neuf_collectivite SELECT id, siren, insee, type, nom, cherche, codes_postaux, population, arrondissement, epci_id,
  courriel, telephone, NULL, NULL FROM collectivite;
DROP TABLE collectivite;
ALTER TABLE neuf_collectivite RENAME TO collectivite;
CREATE UNIQUE INDEX collectivite_siren ON collectivite (siren) WHERE remplacee_par_id IS NULL;
CREATE UNIQUE INDEX collectivite_insee ON collectivite (insee) WHERE insee IS NOT NULL AND remplacee_par_id IS NULL;
CREATE INDEX collectivite_cherche ON collectivite (cherche);
CREATE INDEX collectivite_epci ON collectivite (epci_id);

ALTER TABLE demande ADD COLUMN importee INTEGER NOT NULL DEFAULT 0 CHECK (importee IN (0, 1));
ALTER TABLE demande ADD COLUMN titre_depose TEXT NOT NULL DEFAULT '';      -- the title of the fiche, on the day of the deposit
UPDATE demande SET titre_depose = (SELECT titre FROM fiche WHERE fiche.id = demande.fiche_id) WHERE fiche_id IS NOT NULL;
UPDATE demande SET importee = 1 WHERE EXISTS (SELECT 1 FROM journal WHERE demande_id = numero AND nature = 'statut'
  AND texte LIKE 'Reprise%');

ALTER TABLE agent ADD COLUMN identifiant TEXT;  -- the key of its import, when it has one: the address may then change
CREATE UNIQUE INDEX agent_identifiant ON agent (identifiant) WHERE identifiant IS NOT NULL;

-- The first password or sign-in ; NULL: nobody has entered this account yet (or not since it was closed).
ALTER TABLE agent ADD COLUMN ouvert_le TEXT;
UPDATE agent SET ouvert_le = cree_le WHERE actif = 1 AND mot_de_passe IS NOT NULL;
-- A closed account keeps nothing that would open it, were it active again.
UPDATE agent SET mot_de_passe = NULL, second_facteur = NULL, dernier_pas = 0 WHERE actif = 0;
DELETE FROM session WHERE agent_id IN (SELECT id FROM agent WHERE actif = 0);
DELETE FROM lien WHERE agent_id IN (SELECT id FROM agent WHERE actif = 0);
DELETE FROM code_secours WHERE agent_id IN (SELECT id FROM agent WHERE actif = 0);

ALTER TABLE session ADD COLUMN origine TEXT NOT NULL DEFAULT 'mot_de_passe';    -- or « sso »
ALTER TABLE session ADD COLUMN adresse TEXT NOT NULL DEFAULT '';                -- of the client, at the sign-in

CREATE TABLE reseau (                            -- the networks from which an account has signed in, for a time
  agent_id  INTEGER NOT NULL REFERENCES agent (id),
  adresse   TEXT NOT NULL,                       -- IPv4, or IPv6 /48
  vu_le     TEXT NOT NULL,
  PRIMARY KEY (agent_id, adresse)
) STRICT, WITHOUT ROWID;

-- The reminders already told, each by its mark: in the audit until here, which has a retention and would send them again.
CREATE TABLE rappel (
  marque    TEXT PRIMARY KEY,
  agent_id  INTEGER NOT NULL REFERENCES agent (id),
  fait_le   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX rappel_agent ON rappel (agent_id);
INSERT OR IGNORE INTO rappel (marque, agent_id, fait_le)
  SELECT detail, agent_id, fait_le FROM audit WHERE fait = 'relance' AND agent_id IS NOT NULL;

DROP TRIGGER audit_sans_modification;
DROP TRIGGER audit_sans_suppression;
DELETE FROM audit WHERE fait = 'relance';
ALTER TABLE audit ADD COLUMN adresse TEXT NOT NULL DEFAULT '';             -- of the client, for what a stranger may do
ALTER TABLE audit ADD COLUMN nombre INTEGER NOT NULL DEFAULT 1;            -- how many times, in one minute
CREATE INDEX audit_date ON audit (fait_le);
CREATE TRIGGER audit_sans_modification BEFORE UPDATE ON audit WHEN NOT EXISTS (SELECT 1 FROM purge)
BEGIN SELECT RAISE(ABORT, 'l''audit ne se modifie pas'); END;
CREATE TRIGGER audit_sans_suppression BEFORE DELETE ON audit WHEN NOT EXISTS (SELECT 1 FROM purge)
BEGIN SELECT RAISE(ABORT, 'l''audit ne se supprime pas'); END;
CREATE TRIGGER audit_sans_remplacement BEFORE INSERT ON audit
WHEN NEW.id > 0 AND EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'l''audit ne se modifie pas'); END;
CREATE TRIGGER audit_numeros AFTER INSERT ON audit WHEN NEW.id <= 0
BEGIN SELECT RAISE(ABORT, 'l''audit : numéro hors des limites'); END;

UPDATE reglage SET ordre = ordre + 10 WHERE cle IN ('secondes_minimum', 'depots_adresse');
UPDATE reglage SET ordre = 33, libelle = 'Courriels par jour qu''un inconnu peut causer à une même adresse',
  aide = 'Accusé, lien de suivi, coordonnées changées. Au-delà, tout est enregistré et la page le dit.' WHERE cle = 'depots_courriel';
UPDATE reglage SET libelle = 'Demandes et messages acceptés par heure depuis une même adresse' WHERE cle = 'depots_adresse';
UPDATE reglage SET ordre = 40 WHERE cle = 'attente_connexion';
UPDATE reglage SET ordre = 47 WHERE cle = 'second_facteur_exige';
INSERT INTO reglage (ordre, cle, valeur, libelle, aide) VALUES
  (20, 'journal_adresse',        'non', 'Adresse des connexions refusées au journal du serveur', 'Elle est toujours à l''audit.'),
  (21, 'conservation_audit',     '12',  'Conservation de l''audit, en mois', 'Connexions, exports, changements de comptes et de réglages.'),
  (22, 'conservation_courriels', '12',  'Conservation du texte des courriels envoyés, en mois', 'Ensuite, il en reste la date, l''objet et le destinataire.'),
  (23, 'securite_contact',       '',    'Où signaler une faille de sécurité', 'Courriel ou adresse https, dans /.well-known/security.txt. Vide : pas de page.'),
  (32, 'depots_reseau',          '120', 'Demandes et messages acceptés par heure depuis un même réseau', 'En IPv6, un abonné a tout un réseau (/48).'),
  (34, 'depots_alerte',          '200', 'Demandes par heure, en tout, avant d''avertir les administrateurs', ''),
  (35, 'liens_heure',            '1',   'Liens envoyés par heure pour un même compte ou une même demande', 'Mot de passe oublié, lien de suivi perdu.'),
  (36, 'liens_adresse',          '10',  'Liens demandés par heure depuis une même adresse', ''),
  (37, 'liens_reseau',           '40',  'Liens demandés par heure depuis un même réseau', ''),
  (37, 'pieces_demande',         '250', 'Mo de fichiers qu''un demandeur peut joindre à une demande, en tout', ''),
  (37, 'pieces_heure',           '250', 'Mo de fichiers acceptés par heure depuis un même réseau', 'Au-delà, le texte passe sans eux.'),
  (37, 'pieces_total',           '900', 'Mo de fichiers acceptés par heure des demandeurs, en tout', 'Les administrateurs sont avertis à la moitié.'),
  (38, 'refus_adresse',          '120', 'Formulaires publics refusés par heure depuis une même adresse', 'Mal remplis, trop gros ou illisibles : les lire coûte au service.'),
  (39, 'refus_reseau',           '480', 'Formulaires publics refusés par heure depuis un même réseau', ''),
  (41, 'echecs_compte',          '3',   'Échecs de connexion sans attente, pour un compte depuis un même réseau', ''),
  (42, 'echecs_adresse',         '30',  'Échecs de connexion par heure depuis une même adresse', ''),
  (43, 'echecs_reseau',          '120', 'Échecs de connexion par heure depuis un même réseau', ''),
  (44, 'echecs_alerte',          '50',  'Échecs de connexion d''un compte en un jour, avant d''avertir les administrateurs', ''),
  (45, 'codes_faux',             '20',  'Codes faux du second facteur par jour, pour un compte', ''),
  (46, 'reseau_connu',           '90',  'Jours pendant lesquels un réseau d''où un compte s''est connecté reste connu', 'Depuis un réseau connu, les essais des autres ne retardent personne.');

INSERT INTO modele (cle, libelle, reperes, objet, corps) VALUES
('alerte', 'Alerte, aux administrateurs', 'prenom alerte',
 'Plateforme : une alerte',
'Bonjour {prenom},

{alerte}

{plateforme}, {departement}'),
('relais_administrateur', 'Absence ou délégation d''un administrateur, aux autres', 'prenom administrateur relais lien',
 'Plateforme : {administrateur} se fait remplacer',
'Bonjour {prenom},

{administrateur}, administrateur de la Plateforme, a enregistré ceci : {relais}

Qui agit à sa place a ses droits d''administration pendant ce temps. Si cela vous surprend, appelez ces deux personnes aussitôt.

{lien}

{plateforme}, {departement}'),
('relais_confie', 'Absence ou délégation, à qui agit', 'prenom titulaire relais lien',
 'Plateforme : vous agissez pour {titulaire}',
'Bonjour {prenom},

{titulaire} compte sur vous : {relais}

Pendant ce temps, vous avez ses droits et recevez ses courriels. Chacun de vos actes est signé « par vous, pour {titulaire} ».

{lien}

{plateforme}, {departement}');

-- == 5 : ouverture, absences, clôtures, journée ==

-- Ouverture
-- No reminder before that day; an imported demande has no clock until an agent acts on it (domaine.md §3, §8).
ALTER TABLE demande ADD COLUMN reprise INTEGER NOT NULL DEFAULT 0 CHECK (reprise IN (0, 1));
UPDATE demande SET reprise = 1, echeance = NULL
WHERE importee = 1 AND NOT EXISTS (
  SELECT 1 FROM journal WHERE demande_id = numero AND agent_id IS NOT NULL AND cree_le > (
    SELECT max(cree_le) FROM journal WHERE demande_id = numero AND agent_id IS NULL AND nature = 'statut'
    AND texte = 'Reprise de l''historique.'));
INSERT INTO reglage (ordre, cle, valeur, libelle, aide)
  SELECT 10, 'ouvert_le', CASE WHEN EXISTS (SELECT 1 FROM demande) THEN date('now') ELSE '' END, 'Service ouvert le',
         'Aucun rappel ne part avant ce jour. Vide : le service n''est pas encore ouvert.';

-- Comptes
ALTER TABLE agent ADD COLUMN touches INTEGER NOT NULL DEFAULT 1 CHECK (touches IN (0, 1));  -- the keys of static/touches.js

-- Absences
ALTER TABLE absence ADD COLUMN retour_dit INTEGER NOT NULL DEFAULT 0 CHECK (retour_dit IN (0, 1));
                                                 -- may a mairie and the team read when they are back

-- Catalogue, recherche
-- What a fiche costs and asks for, in words; empty: the structure says it at the first contact.
ALTER TABLE fiche ADD COLUMN conditions TEXT NOT NULL DEFAULT '';
-- A search of the public that no fiche answered: its words alone, how many times, the last day (AAAA-MM-JJ, Europe/Paris).
CREATE TABLE sans_reponse (
  mots   TEXT NOT NULL PRIMARY KEY,
  nombre INTEGER NOT NULL,
  vu_le  TEXT NOT NULL
) STRICT;
UPDATE reglage SET aide = 'Affiché à l''accueil, dans les recherches, sur les fiches à 3 jours et au formulaire. Vide : celui de l''équipe.'
  WHERE cle = 'telephone_urgence';
-- Short names, for the columns of a list ; '': the whole one.
ALTER TABLE theme ADD COLUMN court TEXT NOT NULL DEFAULT '';
ALTER TABLE direction ADD COLUMN court TEXT NOT NULL DEFAULT '';
-- The order of the list by collectivité: normaliser(collectivite), written with the index of the search.
ALTER TABLE demande ADD COLUMN collectivite_tri TEXT NOT NULL DEFAULT '';
UPDATE demande SET collectivite_tri = normaliser(collectivite);
DROP INDEX demande_nom;
CREATE INDEX demande_nom ON demande (collectivite_tri, numero);
CREATE INDEX demande_reprise ON demande (numero) WHERE reprise = 1;
-- Who asks is found too, a mairie that calls gives nothing else: names, e-mail and telephone of the demandeur.
CREATE VIRTUAL TABLE neuf_recherche USING fts5 (collectivite, fiche, lieu, message, journal, contact,
  tokenize = 'unicode61 remove_diacritics 0');
INSERT INTO neuf_recherche (rowid, collectivite, fiche, lieu, message, journal, contact)
  SELECT recherche.rowid, recherche.collectivite, fiche, recherche.lieu, recherche.message, journal,
         normaliser(prenom || ' ' || nom || ' ' || rappel_prenom || ' ' || rappel_nom || ' ' || courriel || ' ' || telephone)
  FROM recherche JOIN demande ON numero = recherche.rowid;
DROP TABLE recherche;
ALTER TABLE neuf_recherche RENAME TO recherche;

-- Formulaire et page de suivi
-- « Avez-vous été rappelé·e ? », asked once: question_le, when it was mailed; rappele, the answer (a code of RAPPELE).
ALTER TABLE demande ADD COLUMN question_le TEXT;
ALTER TABLE demande ADD COLUMN rappele TEXT NOT NULL DEFAULT '' CHECK (rappele IN ('', 'oui', 'pas_encore'));
ALTER TABLE demande ADD COLUMN rappele_le TEXT;
ALTER TABLE demande ADD COLUMN quand_joindre TEXT NOT NULL DEFAULT '';

-- Clôtures
-- A demande says where it was redirected, who told them and when; of a duplicate, the one that goes on (domaine.md §4).
ALTER TABLE demande ADD COLUMN organisme_telephone TEXT NOT NULL DEFAULT '';
ALTER TABLE demande ADD COLUMN transmission TEXT NOT NULL DEFAULT '' CHECK (transmission IN ('', 'nous', 'vous'));
ALTER TABLE demande ADD COLUMN transmise_le TEXT;                   -- jour
ALTER TABLE demande ADD COLUMN repondu_le TEXT;                     -- jour
ALTER TABLE demande ADD COLUMN doublon_de INTEGER REFERENCES demande (numero);
CREATE INDEX demande_doublon ON demande (doublon_de) WHERE doublon_de IS NOT NULL;

-- « Ma journée »
CREATE TABLE cote (                              -- a demande that an agent has put aside in their own day
  agent_id   INTEGER NOT NULL REFERENCES agent (id),
  demande_id INTEGER NOT NULL REFERENCES demande (numero),
  jusqu_au   TEXT NOT NULL,                      -- jour: it comes back that day
  raison     TEXT NOT NULL,                      -- read by the team, not in the journal
  mis_le     TEXT NOT NULL,
  PRIMARY KEY (agent_id, demande_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX cote_demande ON cote (demande_id);
CREATE INDEX journal_message ON journal (demande_id, cree_le) WHERE nature = 'message';
CREATE INDEX demande_close ON demande (numero, clos_le) WHERE clos_le IS NOT NULL;

-- Memory
-- What a process keeps of what it has read is good as long as its mark has not moved (models « Memory »): « reference »
-- for what the administration writes, « demande » for the demandes, their teams, their journal, « session » for those.
-- The index of the search has no trigger, being virtual: whoever writes it writes one of these tables in the same
-- transaction.
CREATE TABLE marque (
  id        INTEGER PRIMARY KEY CHECK (id = 1),
  reference INTEGER NOT NULL,
  demande   INTEGER NOT NULL,
  session   INTEGER NOT NULL
) STRICT;
INSERT INTO marque VALUES (1, 0, 0, 0);
CREATE TRIGGER reglage_marque_ajout AFTER INSERT ON reglage BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER reglage_marque_change AFTER UPDATE ON reglage BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER reglage_marque_retrait AFTER DELETE ON reglage BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_marque_ajout AFTER INSERT ON contenu BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_marque_change AFTER UPDATE ON contenu BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_marque_retrait AFTER DELETE ON contenu BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER structure_marque_ajout AFTER INSERT ON structure BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER structure_marque_change AFTER UPDATE ON structure BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER structure_marque_retrait AFTER DELETE ON structure BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER direction_marque_ajout AFTER INSERT ON direction BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER direction_marque_change AFTER UPDATE ON direction BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER direction_marque_retrait AFTER DELETE ON direction BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER agent_marque_ajout AFTER INSERT ON agent BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER agent_marque_change AFTER UPDATE ON agent BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER agent_marque_retrait AFTER DELETE ON agent BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER absence_marque_ajout AFTER INSERT ON absence BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER absence_marque_change AFTER UPDATE ON absence BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER absence_marque_retrait AFTER DELETE ON absence BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER delegation_marque_ajout AFTER INSERT ON delegation BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER delegation_marque_change AFTER UPDATE ON delegation BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER delegation_marque_retrait AFTER DELETE ON delegation BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER theme_marque_ajout AFTER INSERT ON theme BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER theme_marque_change AFTER UPDATE ON theme BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER theme_marque_retrait AFTER DELETE ON theme BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER fiche_marque_ajout AFTER INSERT ON fiche BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER fiche_marque_change AFTER UPDATE ON fiche BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER fiche_marque_retrait AFTER DELETE ON fiche BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER pilotage_marque_ajout AFTER INSERT ON pilotage BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER pilotage_marque_change AFTER UPDATE ON pilotage BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER pilotage_marque_retrait AFTER DELETE ON pilotage BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER collectivite_marque_ajout AFTER INSERT ON collectivite BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER collectivite_marque_change AFTER UPDATE ON collectivite BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER collectivite_marque_retrait AFTER DELETE ON collectivite BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER demande_marque_ajout AFTER INSERT ON demande BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER demande_marque_change AFTER UPDATE ON demande BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER demande_marque_retrait AFTER DELETE ON demande BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER membre_marque_ajout AFTER INSERT ON membre BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER membre_marque_change AFTER UPDATE ON membre BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER membre_marque_retrait AFTER DELETE ON membre BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER journal_marque_ajout AFTER INSERT ON journal BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER journal_marque_change AFTER UPDATE ON journal BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER journal_marque_retrait AFTER DELETE ON journal BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER session_marque_ajout AFTER INSERT ON session BEGIN UPDATE marque SET session = session + 1; END;
CREATE TRIGGER session_marque_change AFTER UPDATE ON session BEGIN UPDATE marque SET session = session + 1; END;
CREATE TRIGGER session_marque_retrait AFTER DELETE ON session BEGIN UPDATE marque SET session = session + 1; END;

-- Courriels

-- The text a mail had before this update, for the administrateur who had changed it; a base without account is new.
ALTER TABLE modele ADD COLUMN avant TEXT NOT NULL DEFAULT '';
UPDATE modele SET avant = objet || char(10) || char(10) || corps WHERE EXISTS (SELECT 1 FROM agent);

UPDATE modele SET reperes = 'numero intitule origine depot echeance date_a_tenir collectivite fiche qui_appeler interlocuteur structure telephone lien contact_telephone contact_courriel doublon signataire',
 objet = 'Votre demande {intitule} est enregistrée',
 corps = 'Bonjour,

Votre demande est enregistrée sous le n° {numero}, le {depot}.
Un expert vous rappelle au plus tard le {echeance}.

Collectivité : {collectivite}
Accompagnement demandé : {fiche}
Date à tenir : {date_a_tenir}
Qui appeler : {qui_appeler}

Pour la relire, la compléter, l''abandonner ou savoir où elle en est :
{lien}
Ce lien donne accès à votre demande : ne le transmettez qu''aux personnes concernées.

Une demande ouverte de votre collectivité porte déjà sur le même accompagnement : n° {doublon}.

Cette demande vaut saisine officielle du {signataire} ; un courrier n''est pas nécessaire. Elle ne vaut ni accord, ni attribution d''une aide, ni dépôt d''un dossier de subvention, et n''interrompt aucun délai.
Vous pouvez toujours joindre directement votre interlocuteur habituel : rien ne change.

Une question ? {contact_telephone}
{plateforme}, {departement}'
WHERE cle = 'accuse';
UPDATE modele SET reperes = 'numero intitule origine depot echeance date_a_tenir collectivite fiche qui_appeler interlocuteur structure telephone lien contact_telephone contact_courriel recue',
 objet = 'Votre demande {intitule} est enregistrée',
 corps = 'Bonjour,

La demande que vous nous avez adressée le {recue} est enregistrée sous le n° {numero}.

Collectivité : {collectivite}
Accompagnement demandé : {fiche}
Qui appeler : {qui_appeler}

Pour la relire ou savoir où elle en est :
{lien}
Ce lien donne accès à votre demande : ne le transmettez qu''aux personnes concernées.

Une question ? {contact_telephone}
{plateforme}, {departement}'
WHERE cle = 'accuse_direct';
UPDATE modele SET reperes = 'numero depot collectivite contact_telephone contact_courriel',
 objet = 'Demande n° {numero} déposée au nom de votre collectivité',
 corps = 'Bonjour,

Une demande a été déposée au nom de votre collectivité sur la Plateforme d''appui aux territoires, depuis une autre adresse que celle-ci. Si l''un de vos élus ou agents l''a déposée, vous n''avez rien à faire.

Demande n° {numero}, déposée le {depot}
Collectivité : {collectivite}

Elle ne vient d''aucun d''entre vous ? Dites-le-nous : {contact_telephone}, {contact_courriel}.

{plateforme}, {departement}'
WHERE cle = 'avis_depot';
UPDATE modele SET reperes = 'numero intitule origine depot echeance date_a_tenir collectivite fiche qui_appeler interlocuteur structure telephone lien contact_telephone contact_courriel',
 objet = 'Votre demande {intitule} : votre expert est désigné',
 corps = 'Bonjour,

Votre demande est confiée à un expert : {interlocuteur}.
Vous rappelle au plus tard le {echeance}.

Demande n° {numero}, {origine}
Collectivité : {collectivite}
Accompagnement : {fiche}
Qui appeler : {qui_appeler}

Suivre votre demande :
{lien}

{plateforme}, {departement}'
WHERE cle = 'designation_demandeur';
UPDATE modele SET reperes = 'numero intitule origine depot echeance date_a_tenir collectivite fiche qui_appeler interlocuteur structure telephone lien contact_telephone contact_courriel',
 objet = 'Votre demande {intitule} : votre nouvel interlocuteur',
 corps = 'Bonjour,

Votre nouvel interlocuteur est {interlocuteur}.

Demande n° {numero}, {origine}
Collectivité : {collectivite}
Accompagnement : {fiche}
Qui appeler : {qui_appeler}

Suivre votre demande :
{lien}

{plateforme}, {departement}'
WHERE cle = 'changement';
UPDATE modele SET reperes = 'numero intitule origine depot echeance date_a_tenir collectivite fiche qui_appeler interlocuteur structure telephone lien contact_telephone contact_courriel',
 objet = 'Votre demande {intitule} : rappel au plus tard le {echeance}',
 corps = 'Bonjour,

Un expert vous rappelle au plus tard le {echeance}, plus tôt qu''annoncé.

Demande n° {numero}, {origine}
Collectivité : {collectivite}
Accompagnement : {fiche}
Qui appeler : {qui_appeler}

Suivre votre demande :
{lien}

{plateforme}, {departement}'
WHERE cle = 'echeance';
UPDATE modele SET reperes = 'numero intitule origine depot echeance date_a_tenir collectivite fiche qui_appeler interlocuteur structure telephone lien contact_telephone contact_courriel suite texte cloture par',
 objet = 'Votre demande {intitule} : notre réponse',
 corps = 'Bonjour,

{suite}

{texte}

Clôture enregistrée le {cloture} {par}.

Demande n° {numero}, {origine}
Collectivité : {collectivite}
Accompagnement : {fiche}
Qui appeler : {qui_appeler}

Relire la réponse, suivre votre demande, ou nous écrire (un message suffit à la rouvrir) :
{lien}

{plateforme}, {departement}'
WHERE cle = 'reponse';
UPDATE modele SET libelle = 'Demande close, au demandeur', reperes = 'numero intitule origine depot echeance date_a_tenir collectivite fiche qui_appeler interlocuteur structure telephone lien contact_telephone contact_courriel suite texte cloture par',
 objet = 'Votre demande {intitule} est close',
 corps = 'Bonjour,

Votre demande n° {numero} est close.
{suite}

{texte}

Clôture enregistrée le {cloture} {par}.

Demande n° {numero}, {origine}
Collectivité : {collectivite}
Accompagnement : {fiche}
Qui appeler : {qui_appeler}

Relire votre demande, ou nous écrire (un message suffit à la rouvrir) :
{lien}

{plateforme}, {departement}'
WHERE cle = 'cloture';
UPDATE modele SET libelle = 'Demande abandonnée, au demandeur', reperes = 'numero intitule origine depot echeance date_a_tenir collectivite fiche qui_appeler interlocuteur structure telephone lien contact_telephone contact_courriel cloture par',
 objet = 'Votre demande {intitule} est abandonnée',
 corps = 'Bonjour,

L''abandon de votre demande n° {numero} a été enregistré le {cloture} {par}. Elle est close.

Demande n° {numero}, {origine}
Collectivité : {collectivite}
Accompagnement : {fiche}
Qui appeler : {qui_appeler}

Votre projet se poursuit, ou cet abandon n''est pas de votre fait ? Demandez sa réouverture depuis cette page, ou par téléphone :
{lien}

{plateforme}, {departement}'
WHERE cle = 'abandon_demandeur';
UPDATE modele SET reperes = 'numero intitule origine depot echeance date_a_tenir collectivite fiche qui_appeler interlocuteur structure telephone lien contact_telephone contact_courriel limite',
 objet = 'Votre demande {intitule} : sans réponse de votre part d''ici au {limite}',
 corps = 'Bonjour,

Nous n''avons pas réussi à vous joindre au sujet de votre demande n° {numero}. Sans réponse de votre part d''ici au {limite}, elle sera classée. Vous pourrez toujours en faire une nouvelle.

Demande n° {numero}, {origine}
Collectivité : {collectivite}
Accompagnement : {fiche}
Qui appeler : {qui_appeler}

Répondre depuis la page de suivi :
{lien}

{plateforme}, {departement}'
WHERE cle = 'avertissement';
UPDATE modele SET reperes = 'numero intitule origine depot collectivite fiche contact_telephone contact_courriel',
 objet = 'Votre demande {intitule} : les coordonnées ont changé',
 corps = 'Bonjour,

Les coordonnées de cette demande ont été changées depuis sa page de suivi. Les prochains courriels partiront à la nouvelle adresse.

Demande n° {numero}, {origine}
Collectivité : {collectivite}
Accompagnement : {fiche}

Si ce changement ne vient pas de vous, prévenez-nous : {contact_telephone}, {contact_courriel}.

{plateforme}, {departement}'
WHERE cle = 'coordonnees';
UPDATE modele SET reperes = 'numero intitule origine depot echeance date_a_tenir collectivite fiche qui_appeler interlocuteur structure telephone lien contact_telephone contact_courriel',
 objet = 'Votre demande {intitule} : votre lien de suivi',
 corps = 'Bonjour,

Voici de nouveau le lien qui permet de suivre votre demande n° {numero} :
{lien}

Demande n° {numero}, {origine}
Collectivité : {collectivite}
Accompagnement : {fiche}
Qui appeler : {qui_appeler}

Si vous n''avez rien demandé, ne tenez pas compte de ce message.

{plateforme}, {departement}'
WHERE cle = 'lien_perdu';
UPDATE modele SET reperes = 'numero intitule origine depot echeance date_a_tenir collectivite fiche qui_appeler interlocuteur structure telephone lien contact_telephone contact_courriel',
 objet = 'Votre demande {intitule} : votre lien de suivi',
 corps = 'Bonjour,

Vous êtes désormais l''interlocuteur de cette demande pour votre collectivité. Voici votre lien de suivi ; le précédent ne fonctionne plus :
{lien}

Demande n° {numero}, {origine}
Collectivité : {collectivite}
Accompagnement : {fiche}
Qui appeler : {qui_appeler}

{plateforme}, {departement}'
WHERE cle = 'interlocuteur';
UPDATE modele SET reperes = 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien',
 objet = 'Demande {intitule} : nouvelle demande à prendre en charge',
 corps = 'Bonjour {prenom},

Une demande vous est attribuée comme {role} : n° {numero}, {origine}.

Collectivité : {collectivite}
Fiche : {fiche}
À rappeler au plus tard le {echeance}.
Date à tenir : {date_a_tenir}

À faire : {a_faire}.
{lien}'
WHERE cle = 'nouvelle_chef';
UPDATE modele SET reperes = 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien',
 objet = 'Demande {intitule} : à orienter',
 corps = 'Bonjour {prenom},

Une demande attend d''être orientée : n° {numero}, {origine}.

Collectivité : {collectivite}
Fiche : {fiche}
À rappeler au plus tard le {echeance}.
Date à tenir : {date_a_tenir}

À faire : {a_faire}.
{lien}'
WHERE cle = 'nouvelle_admin';
UPDATE modele SET libelle = 'Demande orientée ou confiée à un autre chef, aux chefs de file', reperes = 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien',
 objet = 'Demande {intitule} : vous êtes {role}',
 corps = 'Bonjour {prenom},

L''administration de la Plateforme vous confie la demande n° {numero}, {origine}, comme {role}.

Collectivité : {collectivite}
Fiche : {fiche}
À rappeler au plus tard le {echeance}.
Date à tenir : {date_a_tenir}

À faire : {a_faire}.
{lien}'
WHERE cle = 'orientation';
UPDATE modele SET reperes = 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien',
 objet = 'Demande {intitule} : vous êtes l''expert référent',
 corps = 'Bonjour {prenom},

La demande n° {numero}, {origine}, vous est confiée : vous êtes l''interlocuteur de la collectivité.

Collectivité : {collectivite}
Fiche : {fiche}
À rappeler au plus tard le {echeance}.
Date à tenir : {date_a_tenir}

À faire : {a_faire}.
{lien}'
WHERE cle = 'designation';
UPDATE modele SET reperes = 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien',
 objet = 'Demande {intitule} : reçue en direct, déjà suivie',
 corps = 'Bonjour {prenom},

Une demande reçue en direct a été saisie sous le n° {numero}. Elle est suivie par {interlocuteur} : vous n''avez rien à faire.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'
WHERE cle = 'recue_en_direct';
UPDATE modele SET reperes = 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien invite',
 objet = 'Demande {intitule} : invitation à participer à l''accompagnement',
 corps = 'Bonjour {prenom},

{invite} à participer à l''accompagnement de la demande n° {numero}, {origine}.

Collectivité : {collectivite}
Fiche : {fiche}
Interlocuteur de la collectivité : {interlocuteur}

À faire : {a_faire}.
{lien}'
WHERE cle = 'association';
UPDATE modele SET libelle = 'Fin d''un rôle, à l''ancien chef de file ou référent', reperes = 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien ancien_role successeur',
 objet = 'Demande {intitule} : vous n''êtes plus {ancien_role}',
 corps = 'Bonjour {prenom},

Vous n''êtes plus {ancien_role} de la demande n° {numero}.
À votre place désormais : {successeur}.

Collectivité : {collectivite}
Fiche : {fiche}

La suite est au journal : {lien}'
WHERE cle = 'decharge';
UPDATE modele SET reperes = 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien par',
 objet = 'Demande {intitule} : elle vous est rendue',
 corps = 'Bonjour {prenom},

La demande n° {numero} vous est rendue {par} ; le motif est au journal.

Collectivité : {collectivite}
Fiche : {fiche}
À rappeler au plus tard le {echeance}.
Date à tenir : {date_a_tenir}

À faire : {a_faire}.
{lien}'
WHERE cle = 'rendu';
UPDATE modele SET libelle = 'Demande hors compétence, aux administrateurs et à l''équipe', reperes = 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien par',
 objet = 'Demande {intitule} : signalée hors compétence',
 corps = 'Bonjour {prenom},

La demande n° {numero} est signalée hors compétence {par} ; le motif est au journal.

Collectivité : {collectivite}
Fiche : {fiche}
À rappeler au plus tard le {echeance}.
Date à tenir : {date_a_tenir}

À faire : {a_faire}.
{lien}'
WHERE cle = 'rejet';
UPDATE modele SET reperes = 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien par',
 objet = 'Demande {intitule} : abandonnée',
 corps = 'Bonjour {prenom},

La demande n° {numero} est abandonnée, {par} ; le motif est au journal.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'
WHERE cle = 'abandon_equipe';
UPDATE modele SET reperes = 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien par',
 objet = 'Demande {intitule} : rouverte',
 corps = 'Bonjour {prenom},

La demande n° {numero} est rouverte {par} ; le motif est au journal.

Collectivité : {collectivite}
Fiche : {fiche}

À faire : {a_faire}.
{lien}'
WHERE cle = 'reouverture';
UPDATE modele SET reperes = 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien',
 objet = 'Demande {intitule} : message du demandeur',
 corps = 'Bonjour {prenom},

Le demandeur a complété sa demande n° {numero}. Son message est au journal.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'
WHERE cle = 'message_demandeur';
UPDATE modele SET reperes = 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien',
 objet = 'Demande {intitule} : demande de réouverture',
 corps = 'Bonjour {prenom},

Le demandeur a écrit au sujet de la demande n° {numero}, qui est close. Son message est au journal.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'
WHERE cle = 'demande_reouverture';
UPDATE modele SET reperes = 'prenom numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure lien auteur',
 objet = 'Demande {intitule} : une ligne au journal',
 corps = 'Bonjour {prenom},

{auteur} a ajouté une ligne au journal de la demande n° {numero}.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'
WHERE cle = 'journal_immediat';
INSERT INTO modele (cle, libelle, reperes, objet, corps) VALUES
('rappel_question', '« Avez-vous été rappelé·e ? », au demandeur', 'numero intitule origine depot echeance date_a_tenir collectivite fiche qui_appeler interlocuteur structure telephone lien contact_telephone contact_courriel message_laisse',
 'Votre demande {intitule} : avez-vous été rappelé·e ?',
'Bonjour,

Un expert devait vous rappeler au plus tard le {echeance}, et aucun échange avec vous n''est encore noté. Avez-vous été rappelé·e ?
Un message vous a été laissé le {message_laisse}.

Répondre « oui » ou « pas encore » :
{lien}

Demande n° {numero}, {origine}
Collectivité : {collectivite}
Accompagnement : {fiche}
Qui appeler : {qui_appeler}

{plateforme}, {departement}'),
('retrait', 'Fin de participation, à l''associé', 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien retire',
 'Demande {intitule} : votre participation prend fin',
'Bonjour {prenom},

{retire} de l''équipe de la demande n° {numero}.

Collectivité : {collectivite}
Fiche : {fiche}

Le motif est au journal : {lien}'),
('direction', 'Demande confiée à un agent, à la boîte de sa direction', 'prenom numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien agents agents_et_roles',
 'Demande {intitule} : pour {agents}',
'Bonjour {prenom},

La demande n° {numero}, {origine}, concerne dans votre direction : {agents_et_roles}.

Collectivité : {collectivite}
Fiche : {fiche}
À rappeler au plus tard le {echeance}.
Date à tenir : {date_a_tenir}

À faire : {a_faire}.
{lien}'),
('rappel_pas_encore', '« Pas encore rappelé·e », à qui doit agir', 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien promesse contact',
 'Demande {intitule} : la collectivité dit ne pas avoir été rappelée',
'Bonjour {prenom},

La collectivité répond qu''elle n''a pas encore été rappelée, au sujet de la demande n° {numero}.

Collectivité : {collectivite}
Fiche : {fiche}
Rappel promis pour le {promesse}
Premier contact noté le {contact}

À faire : la rappeler, puis noter le contact ou une ligne au journal.
{lien}'),
('nouvelle_adresse', 'Coordonnées changées par le demandeur, à la nouvelle adresse', 'numero intitule origine depot echeance date_a_tenir collectivite fiche qui_appeler interlocuteur structure telephone lien contact_telephone contact_courriel',
 'Votre demande {intitule} : votre lien de suivi',
'Bonjour,

Les courriels de la demande n° {numero} arrivent désormais à cette adresse, indiquée depuis sa page de suivi.
Un expert vous rappelle au plus tard le {echeance}.

Demande n° {numero}, {origine}
Collectivité : {collectivite}
Accompagnement : {fiche}
Qui appeler : {qui_appeler}

Pour la relire, la compléter, l''abandonner ou savoir où elle en est :
{lien}
Ce lien donne accès à votre demande : ne le transmettez qu''aux personnes concernées.

Cette demande ne vous concerne pas ? Dites-le-nous : {contact_telephone}, {contact_courriel}.

{plateforme}, {departement}'),
('liens_perdus', 'Liens de suivi renvoyés, au demandeur qui ne donne que son adresse', 'liens contact_telephone contact_courriel',
 'Vos demandes et leur lien de suivi',
'Bonjour,

Voici de nouveau le lien qui permet de suivre chacune de vos demandes :

{liens}

Une demande confidentielle n''est pas dans cette liste : demandez son lien avec son numéro, sur la page « Suivre ma demande », ou par téléphone : {contact_telephone}.

Si vous n''avez rien demandé, ne tenez pas compte de ce message.

{plateforme}, {departement}'),
('ecart_equipe', 'Demande écartée (doublon, erreur), à l''équipe', 'prenom role numero intitule origine depot echeance date_a_tenir collectivite fiche interlocuteur structure a_faire lien par',
 'Demande {intitule} : écartée',
'Bonjour {prenom},

La demande n° {numero} est écartée, {par} ; la raison et le motif sont au journal. Il n''y a plus rien à y faire.

Collectivité : {collectivite}
Fiche : {fiche}

{lien}'),
('relais_fini', 'Absence ou délégation terminée, à qui agissait', 'prenom titulaire relais lien',
 'Plateforme : vous n''agissez plus pour {titulaire}',
'Bonjour {prenom},

Vous n''agissez plus pour {titulaire} : {relais}

Vous n''avez plus ses droits et ne recevez plus ses courriels. Merci de lui dire où en sont les demandes.

{lien}

{plateforme}, {departement}'),
('absence_notee', 'Absence notée ou retirée par un autre, à l''intéressé·e', 'prenom par relais lien',
 'Plateforme : une absence enregistrée pour vous',
'Bonjour {prenom},

{par} a enregistré pour vous : {relais}

Si ce n''est pas juste, corrigez-le :
{lien}

{plateforme}, {departement}');

-- The last of this section: what is as it was needs no earlier text.
UPDATE modele SET avant = '' WHERE avant = objet || char(10) || char(10) || corps;

-- == 6 : administration ==

-- Ouverture
-- The day a setting was decided (AAAA-MM-JJ, Europe/Paris); of a line that is only dated, the date typed.
ALTER TABLE reglage ADD COLUMN regle_le TEXT;
-- ordre < 0: kept and exported, changed elsewhere than on the settings page (the dated lines, the logo, the colours).
INSERT INTO reglage (ordre, cle, valeur, libelle, aide) VALUES
  (9,  'hebergeur',           '', 'Hébergeur', 'Nom, adresse et téléphone, pour les mentions légales. Vide : elles disent qu''il reste à nommer.'),
  (13, 'saisine',             '', 'Une demande vaut saisine officielle', 'Tant que ce n''est pas décidé, aucune page ni aucun courriel ne le dit.'),
  (14, 'restreinte_d_office', '', 'Diffusion restreinte d''office', 'Des demandes dont la fiche touche des agents, un contentieux, des finances en difficulté. Celles déjà reçues ne changent pas.'),
  (-1, 'registre',            '', 'Registre des traitements', ''),
  (-2, 'analyse_impact',      '', 'Analyse d''impact', ''),
  (-3, 'responsabilites',     '', 'Responsabilités convenues avec les partenaires', ''),
  (-4, 'information_agents',  '', 'Information des agents et de leur instance', ''),
  (-5, 'pages_relues',        '', 'Pages légales relues', ''),
  (-6, 'declaration',         '', 'Déclaration d''accessibilité', ''),
  (-7, 'archives',            '', 'Durée de conservation convenue avec les Archives', ''),
  (-8, 'homologation',        '', 'Homologation de sécurité', ''),
  (-9, 'logo',                '', 'Logo', ''),
  (-9, 'couleur',             '', 'Couleur principale', ''),
  (-9, 'couleur_accent',      '', 'Couleur d''accent', '');
UPDATE reglage SET libelle = 'Président ou Présidente', aide = 'Les phrases s''accordent : « saisine officielle de la Présidente du Département ».' WHERE cle = 'signataire';
UPDATE reglage SET libelle = 'Délais de rappel, 3 et 10 jours', aide = 'Les dates déjà annoncées ne changent pas. Tant que ce n''est pas décidé, les jours sont calendaires.' WHERE cle = 'jours';
-- What a base without demande still has as it was delivered was another département's; a commitment is decided by each.
UPDATE reglage SET valeur = '' WHERE NOT EXISTS (SELECT 1 FROM demande) AND (cle, valeur) IN (VALUES
  ('departement', 'Département de la Haute-Garonne'), ('signataire', 'Président du Département'),
  ('telephone', '0534333807'), ('courriel', 'plateforme.territoires@cd31.fr'),
  ('horaires', 'du lundi au vendredi, de 9 h à 12 h et de 14 h à 17 h'),
  ('adresse', '1 boulevard de la Marquette, 31090 Toulouse Cedex 9'), ('dpd', 'dpd@cd31.fr'), ('jours', 'calendaires'));
-- One that has demandes keeps what it promised them, since the day it opened.
UPDATE reglage SET valeur = 'oui' WHERE cle IN ('saisine', 'restreinte_d_office') AND EXISTS (SELECT 1 FROM demande);
UPDATE reglage SET regle_le = coalesce(nullif((SELECT valeur FROM reglage WHERE cle = 'ouvert_le'), ''), date('now'))
  WHERE cle IN ('saisine', 'restreinte_d_office', 'jours') AND EXISTS (SELECT 1 FROM demande);
UPDATE modele SET reperes = reperes || ' saisine' WHERE cle = 'accuse';
UPDATE modele SET avant = iif(EXISTS (SELECT 1 FROM agent), objet || char(10) || char(10) || corps, ''),
  corps = replace(corps, 'Cette demande vaut saisine officielle du {signataire} ; un courrier n''est pas nécessaire. Elle ne vaut ni accord, ni attribution d''une aide, ni dépôt d''un dossier de subvention, et n''interrompt aucun délai.', '{saisine}')
  WHERE cle = 'accuse' AND instr(corps, 'vaut saisine officielle du {signataire} ; un courrier n''est pas nécessaire. Elle ne vaut ni accord, ni attribution d''une aide, ni dépôt d''un dossier de subvention, et n''interrompt aucun délai.');
UPDATE contenu SET corps = replace(replace(replace(corps,
  'Une demande déposée sur la Plateforme vaut saisine officielle ; un courrier n''est pas nécessaire. Elle ne vaut ni accord, ni attribution d''une aide, ni dépôt d''un dossier de subvention, et n''interrompt aucun délai.', '{saisine}'),
  'À compléter par le Département avant l''ouverture au public : nom, adresse et téléphone de l''hébergeur. Si le Département héberge lui-même le service, le dire ici.', '{hebergeur}'),
  '## Directeur de la publication', '## Direction de la publication')
  WHERE cle = 'mentions-legales';
UPDATE contenu SET corps = replace(corps, 'Cette déclaration a été établie le 25 novembre 2026.',
  'Date d''établissement de cette déclaration : à compléter par le Département.') WHERE cle = 'accessibilite';
UPDATE contenu SET corps = replace(corps, 'Ou par courrier :', 'Par courrier :') WHERE cle = 'donnees-personnelles';

UPDATE reglage SET aide = 'Par exemple « Département de l''Orne » : l''en-tête, les courriels et les pages légales (« édité par le … ») le disent tel quel.'
  WHERE cle = 'departement';

-- Avant l'ouverture
-- The page « Calendrier » has these settings. The banner: its text, its days.
UPDATE reglage SET ordre = -10, aide = 'Avant ce jour, le formulaire ne reçoit que des essais et aucun rappel ne part.'
  WHERE cle = 'ouvert_le';
INSERT INTO reglage (ordre, cle, valeur, libelle, aide) VALUES
  (-11, 'bandeau',    '', 'Bandeau daté', 'Sur les pages publiques, au formulaire et dans l''accusé d''enregistrement.'),
  (-11, 'bandeau_du', '', 'Bandeau, du', ''),
  (-11, 'bandeau_au', '', 'Bandeau, jusqu''au', '');
-- A base that has received demandes is open, whatever was said of its day: its form goes on taking them.
UPDATE reglage SET valeur = date('now')
  WHERE cle = 'ouvert_le' AND (valeur = '' OR valeur > date('now')) AND EXISTS (SELECT 1 FROM demande WHERE importee = 0);
-- Made before the opening, to learn: outside every figure, set aside without a mail on the day (domaine.md §11).
ALTER TABLE demande ADD COLUMN essai INTEGER NOT NULL DEFAULT 0 CHECK (essai IN (0, 1));
CREATE INDEX demande_essai ON demande (numero) WHERE essai = 1;
CREATE TABLE fermeture (                         -- closing days, which the échéances skip
  id      INTEGER PRIMARY KEY,
  du      TEXT NOT NULL,                         -- jour
  au      TEXT NOT NULL CHECK (au >= du),        -- jour, included
  libelle TEXT NOT NULL
) STRICT;
CREATE TRIGGER fermeture_marque_ajout AFTER INSERT ON fermeture BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER fermeture_marque_change AFTER UPDATE ON fermeture BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER fermeture_marque_retrait AFTER DELETE ON fermeture BEGIN UPDATE marque SET reference = reference + 1; END;
-- The accusés say the banner under their first sentence, whatever was made of their text; « avant »: the text until here.
UPDATE modele SET avant = objet || char(10) || char(10) || corps
  WHERE cle IN ('accuse', 'accuse_direct') AND avant = '' AND EXISTS (SELECT 1 FROM agent);
UPDATE modele SET reperes = reperes || ' bandeau', corps = CASE
    WHEN instr(corps, 'Un expert vous rappelle au plus tard le {echeance}.' || char(10)) THEN
      replace(corps, 'Un expert vous rappelle au plus tard le {echeance}.' || char(10),
                     'Un expert vous rappelle au plus tard le {echeance}.' || char(10) || '{bandeau}' || char(10))
    WHEN instr(corps, 'est enregistrée sous le n° {numero}.' || char(10)) THEN
      replace(corps, 'est enregistrée sous le n° {numero}.' || char(10),
                     'est enregistrée sous le n° {numero}.' || char(10) || '{bandeau}' || char(10))
    ELSE corps || char(10) || char(10) || '{bandeau}' END
  WHERE cle IN ('accuse', 'accuse_direct');

-- Comptes

-- The last sign-in of each account, without reading the audit.
CREATE INDEX audit_connexion ON audit (agent_id, fait_le) WHERE fait = 'connexion';
-- An administrateur gives and ends delegations for others too: the same mail tells them.
UPDATE modele SET libelle = 'Absence ou délégation notée ou retirée par un autre, à l''intéressé·e',
 avant = iif(EXISTS (SELECT 1 FROM agent), objet || char(10) || char(10) || corps, ''),
 objet = replace(objet, 'une absence enregistrée', 'une absence ou une délégation enregistrée') WHERE cle = 'absence_notee';
INSERT INTO modele (cle, libelle, reperes, objet, corps) VALUES
('adresse_changee', 'Adresse d''un compte changée par un autre, à l''ancienne adresse', 'prenom par contact_telephone',
 'L''adresse de votre compte a changé',
'Bonjour {prenom},

{par} a changé l''adresse de votre compte : les courriels de la Plateforme n''arrivent plus ici.

Ce n''est pas prévu ? Prévenez aussitôt l''équipe de la Plateforme : {contact_telephone}

{plateforme}, {departement}');

-- Structures
ALTER TABLE structure ADD COLUMN convention_du TEXT;                -- jour: signed
ALTER TABLE structure ADD COLUMN convention_au TEXT;                -- jour: until
ALTER TABLE structure ADD COLUMN convention_referent TEXT NOT NULL DEFAULT '';
ALTER TABLE direction ADD COLUMN fermee_le TEXT;                    -- jour; a structure is closed when all of its own are
-- Whom « désigner » proposes first in their direction: one at most, the screens see to it.
ALTER TABLE agent ADD COLUMN expert INTEGER NOT NULL DEFAULT 0 CHECK (expert IN (0, 1));
-- What an agent says of themselves in the directory.
ALTER TABLE agent ADD COLUMN presentation TEXT NOT NULL DEFAULT '';
ALTER TABLE agent ADD COLUMN territoire TEXT NOT NULL DEFAULT '';

-- Départs
-- What an agent held, handed over at once: a departure, a long absence, a change of direction (verbes/passation.py).
CREATE TABLE passation (
  id         INTEGER PRIMARY KEY,
  agent_id   INTEGER NOT NULL REFERENCES agent (id),
  par_id     INTEGER NOT NULL REFERENCES agent (id),
  genre      TEXT NOT NULL CHECK (genre IN ('depart', 'absence', 'direction')),
  faite_le   TEXT NOT NULL,
  ferme_le   TEXT,                               -- jour: the account closes; NULL: it does not, or nothing is left of it
  close_le   TEXT,                               -- from then on it is not undone any more
  annulee_le TEXT,
  fait       TEXT NOT NULL DEFAULT '{}'          -- JSON: what was, to put it back
) STRICT;
CREATE INDEX passation_agent ON passation (agent_id, id);
CREATE INDEX passation_due ON passation (faite_le) WHERE close_le IS NULL OR ferme_le IS NOT NULL;
INSERT INTO modele (cle, libelle, reperes, objet, corps) VALUES
('passation_successeur', 'Passation, à qui reprend', 'prenom titulaire par demandes autres lien',
 'Plateforme : vous reprenez ce que tenait {titulaire}',
'Bonjour {prenom},

{par} vous confie ce que tenait {titulaire}.

{demandes}

{autres}

Votre journée :
{lien}

{plateforme}, {departement}'),
('passation_titulaire', 'Passation, à qui laisse ce qu''il tenait', 'prenom par repris fermeture lien',
 'Plateforme : ce que vous teniez est repris',
'Bonjour {prenom},

{par} a confié à d''autres ce que vous teniez :

{repris}

{fermeture}

Ce que vous avez écrit reste signé de votre nom. Si quelque chose n''est pas juste, dites-le sans attendre à {par} : l''annulation n''est possible que pendant 24 heures.
{lien}

{plateforme}, {departement}'),
('passation_mairie', 'Passation, au demandeur dont l''interlocuteur change', 'objet_des_demandes interlocuteurs demandes contact_telephone contact_courriel',
 '{objet_des_demandes} : votre nouvel interlocuteur',
'Bonjour,

{interlocuteurs}

{demandes}

Rien d''autre ne change : ni les dates annoncées, ni le lien de suivi.

Une question ? {contact_telephone}
{plateforme}, {departement}'),
('passation_annulee', 'Passation annulée, à qui avait repris et au titulaire', 'prenom titulaire par suite restent lien',
 'Plateforme : la passation de {titulaire} est annulée',
'Bonjour {prenom},

{par} a annulé la passation de {titulaire} : {suite}.
Ne reviennent pas, parce qu''elles ont changé depuis : {restent}.

{lien}

{plateforme}, {departement}');

-- Catalogue
-- What the public reads of a suspended fiche; the one to which the address of an archived one leads on.
ALTER TABLE fiche ADD COLUMN explication TEXT NOT NULL DEFAULT '';
ALTER TABLE fiche ADD COLUMN remplacee_par_id INTEGER REFERENCES fiche (id);

CREATE TABLE version (                           -- what a fiche or a page has said, what is proposed that it say
  id            INTEGER PRIMARY KEY,
  genre         TEXT NOT NULL,                   -- a code of GENRES_DE_VERSION
  objet         TEXT NOT NULL,                   -- the id of the fiche, the key of the page
  numero        INTEGER,                         -- 1, 2… ; NULL: only proposed
  etat          TEXT NOT NULL CHECK (etat IN ('publiee', 'remplacee', 'a_relire', 'refusee')),
  champs        TEXT NOT NULL,                   -- JSON: {field: what it says, in words}; of a proposal, those it changes
  changes       TEXT NOT NULL DEFAULT '',        -- the names of the fields that it changed, separated by spaces
  sur           INTEGER,                         -- of a proposal, the number of the version it was written upon
  pourquoi      TEXT NOT NULL,
  agent_id      INTEGER REFERENCES agent (id),
  auteur        TEXT NOT NULL,                   -- the name as it was
  cree_le       TEXT NOT NULL,
  decide_par_id INTEGER REFERENCES agent (id),
  decideur      TEXT NOT NULL DEFAULT '',
  decide_le     TEXT,
  reponse       TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX version_numero ON version (genre, objet, numero) WHERE numero IS NOT NULL;
CREATE INDEX version_objet ON version (genre, objet, id);
CREATE INDEX version_a_relire ON version (genre, objet) WHERE etat = 'a_relire';
CREATE TRIGGER version_codes BEFORE INSERT ON version WHEN NEW.genre NOT IN ('fiche', 'page')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;

CREATE TABLE document (                          -- a published file: of a fiche, later of a content; a piece is of a demande
  id        INTEGER PRIMARY KEY,
  genre     TEXT NOT NULL,                       -- a code of GENRES_DE_DOCUMENT
  objet     TEXT NOT NULL,                       -- the id of what it is joined to
  titre     TEXT NOT NULL,
  nom       TEXT NOT NULL,                       -- of the file
  type      TEXT NOT NULL,                       -- its extension, which its bytes agree with
  taille    INTEGER NOT NULL,
  sha256    TEXT NOT NULL,
  agent_id  INTEGER REFERENCES agent (id),
  ajoute_le TEXT NOT NULL,
  contenu   BLOB NOT NULL
) STRICT;
CREATE INDEX document_objet ON document (genre, objet, id);
CREATE TRIGGER document_codes BEFORE INSERT ON document WHEN NEW.genre NOT IN ('fiche')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
CREATE TRIGGER document_marque_ajout AFTER INSERT ON document BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER document_marque_change AFTER UPDATE ON document BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER document_marque_retrait AFTER DELETE ON document BEGIN UPDATE marque SET reference = reference + 1; END;

INSERT INTO modele (cle, libelle, reperes, objet, corps) VALUES
('fiche_changee', 'Fiche changée, suspendue ou archivée par un autre, à qui la pilote', 'prenom par titre pourquoi changements lien',
 'Fiche « {titre} » : ce qui a changé',
'Bonjour {prenom},

La fiche « {titre} » vient d''être modifiée par {par}.
Pourquoi : {pourquoi}

{changements}

La fiche et ses versions :
{lien}

{plateforme}, {departement}'),
('fiche_proposee', 'Changement de fiche proposé, aux administrateurs', 'prenom par titre pourquoi changements lien',
 'Fiche « {titre} » : une proposition à relire',
'Bonjour {prenom},

{par} propose de modifier la fiche « {titre} ».
Pourquoi : {pourquoi}

{changements}

La relire, la retoucher, la publier ou la refuser :
{lien}

{plateforme}, {departement}'),
('fiche_refusee', 'Proposition refusée, à qui l''a faite', 'prenom par titre reponse changements lien',
 'Fiche « {titre} » : votre proposition n''est pas retenue',
'Bonjour {prenom},

Votre proposition pour la fiche « {titre} » n''est pas retenue par {par}.
Pourquoi : {reponse}

Ce que vous proposiez :

{changements}

La fiche, pour proposer autre chose :
{lien}

{plateforme}, {departement}');

-- Collectivités
-- What is entered ahead takes effect on its day, computed when it is read (verbes/perimetre.py): nothing is moved.
ALTER TABLE collectivite ADD COLUMN depuis TEXT;                     -- jour, its first one; NULL: it was always there
ALTER TABLE collectivite ADD COLUMN epci_suivant_id INTEGER REFERENCES collectivite (id);
ALTER TABLE collectivite ADD COLUMN epci_le TEXT;                    -- jour from which epci_suivant_id is its EPCI
ALTER TABLE collectivite ADD COLUMN sans_lettre INTEGER NOT NULL DEFAULT 0 CHECK (sans_lettre IN (0, 1));
CREATE INDEX collectivite_remplacee ON collectivite (remplacee_par_id) WHERE remplacee_par_id IS NOT NULL;
-- The day since which who follows it at the collectivité is to be confirmed ; NULL: it is known (domaine.md §7).
ALTER TABLE demande ADD COLUMN interlocuteur_depuis TEXT;
CREATE INDEX demande_interlocuteur ON demande (numero) WHERE interlocuteur_depuis IS NOT NULL;
CREATE INDEX demande_a_rattacher ON demande (collectivite_tri, numero) WHERE collectivite_id IS NULL;
CREATE TABLE adhesion (                          -- which collectivité is a member of which structure
  collectivite_id INTEGER NOT NULL REFERENCES collectivite (id),
  structure_id    INTEGER NOT NULL REFERENCES structure (id),
  depuis          TEXT,                          -- jour
  jusqu_au        TEXT,                          -- jour, its last one
  PRIMARY KEY (collectivite_id, structure_id)
) STRICT;
CREATE INDEX adhesion_structure ON adhesion (structure_id);
INSERT INTO modele (cle, libelle, reperes, objet, corps) VALUES
('a_confirmer', 'Tout courriel au demandeur, tant que son interlocuteur est à confirmer', 'numero qui_appeler contact_telephone contact_courriel',
 'Votre demande n° {numero} : appelez-nous',
'Bonjour,

La demande n° {numero} a du nouveau. Avant de vous en dire plus, nous confirmons avec votre collectivité qui la suit désormais.

Qui appeler : {qui_appeler}

{plateforme}, {departement}');

-- Imports, supervision
INSERT INTO modele (cle, libelle, reperes, objet, corps) VALUES
('essai', 'Courriel d''essai, à l''administrateur qui le demande', 'prenom', 'Plateforme : courriel d''essai',
'Bonjour {prenom},

Ce courriel d''essai est bien parti de la Plateforme, et vous le lisez : le relais de courriel fonctionne.

{plateforme}, {departement}');
CREATE TABLE stock_classe (                      -- of the last batches of « Classer à la reprise », what an undoing needs
  demande_id INTEGER PRIMARY KEY REFERENCES demande (numero),
  lot        INTEGER NOT NULL,                   -- the line of the audit that tells the batch
  statut     TEXT NOT NULL,                      -- before
  version    INTEGER NOT NULL                    -- after: another one, and it has moved since
) STRICT;
CREATE INDEX stock_classe_lot ON stock_classe (lot);

-- Aide
-- « Autres portes »: organismes outside the Plateforme, for what, with a text ready for the mairie.
CREATE TABLE porte (
  id          INTEGER PRIMARY KEY,
  organisme   TEXT NOT NULL,
  objet       TEXT NOT NULL,                     -- what a mairie asks for there
  service     TEXT NOT NULL DEFAULT '',
  telephone   TEXT NOT NULL DEFAULT '',
  texte       TEXT NOT NULL DEFAULT '',
  verifie_le  TEXT NOT NULL                      -- jour
) STRICT;
-- On how many days a search was made that no fiche answered.
ALTER TABLE sans_reponse ADD COLUMN jours INTEGER NOT NULL DEFAULT 1;
-- When an agent has said « J'ai pris connaissance des engagements ».
ALTER TABLE agent ADD COLUMN engage_le TEXT;

-- Speed
-- How many « avis de dépôt » a day to one official address.
CREATE INDEX courriel_avis ON courriel (destinataire, cree_le) WHERE modele = 'avis_depot';
-- The last message of the demandeur that no act on the demande has followed yet: these triggers alone write it. « Ma
-- journée » looks there for the closed demandes, and reads in the journal whether a line has answered since.
ALTER TABLE demande ADD COLUMN message_le TEXT;
UPDATE demande SET message_le = (
  SELECT max(m.cree_le) FROM journal m
  WHERE m.demande_id = demande.numero AND m.nature = 'message'
  AND NOT EXISTS (SELECT 1 FROM journal s WHERE s.demande_id = m.demande_id AND s.agent_id IS NOT NULL
                  AND s.nature IN ('statut', 'equipe', 'contact') AND (s.cree_le, s.id) > (m.cree_le, m.id)));
CREATE TRIGGER journal_message_recu AFTER INSERT ON journal WHEN NEW.nature = 'message' BEGIN
  UPDATE demande SET message_le = max(coalesce(message_le, ''), NEW.cree_le) WHERE numero = NEW.demande_id;
END;
CREATE TRIGGER journal_message_suivi AFTER INSERT ON journal
WHEN NEW.nature IN ('statut', 'equipe', 'contact') AND NEW.agent_id IS NOT NULL BEGIN
  UPDATE demande SET message_le = NULL WHERE numero = NEW.demande_id AND message_le <= NEW.cree_le;
END;
CREATE INDEX demande_relancee ON demande (numero) WHERE clos_le IS NOT NULL AND message_le >= clos_le;
DROP INDEX demande_close;
-- The open demandes of a collectivité on the same fiche: « Doublon possible ».
CREATE INDEX demande_doublable ON demande (collectivite_id, fiche_id, numero) WHERE clos_le IS NULL;
-- The index of the search, with the beginnings of words, 4 to 8 letters: a common one is found without reading all the
-- words that begin so.
CREATE VIRTUAL TABLE neuf_recherche USING fts5 (collectivite, fiche, lieu, message, journal, contact,
  prefix = '4 5 6 7 8', tokenize = 'unicode61 remove_diacritics 0');
INSERT INTO neuf_recherche (rowid, collectivite, fiche, lieu, message, journal, contact)
  SELECT rowid, collectivite, fiche, lieu, message, journal, contact FROM recherche;
DROP TABLE recherche;
ALTER TABLE neuf_recherche RENAME TO recherche;

-- == 7 : contenus ==

-- The table of the legal pages leaves its name to the contents.
ALTER TABLE contenu RENAME TO page_legale;
DROP TRIGGER contenu_marque_ajout;
DROP TRIGGER contenu_marque_change;
DROP TRIGGER contenu_marque_retrait;
CREATE TRIGGER page_legale_marque_ajout AFTER INSERT ON page_legale BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER page_legale_marque_change AFTER UPDATE ON page_legale BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER page_legale_marque_retrait AFTER DELETE ON page_legale BEGIN UPDATE marque SET reference = reference + 1; END;

CREATE TABLE groupe (                            -- a groupe de travail, whose animateur publishes its documents
  id           INTEGER PRIMARY KEY,
  nom          TEXT NOT NULL UNIQUE,
  animateur_id INTEGER REFERENCES agent (id),
  ferme_le     TEXT                              -- jour
) STRICT;
CREATE TABLE contenu (                           -- what the site shows, or what contributeurs share
  id            INTEGER PRIMARY KEY,
  genre         TEXT NOT NULL,                   -- a code of GENRES_DE_CONTENU
  etat          TEXT NOT NULL DEFAULT 'brouillon',   -- of ETATS_DE_CONTENU
  audience      TEXT NOT NULL DEFAULT 'public',  -- of AUDIENCES
  titre         TEXT NOT NULL,
  resume        TEXT NOT NULL DEFAULT '',
  corps         TEXT NOT NULL DEFAULT '',        -- Markdown
  theme_id      INTEGER REFERENCES theme (id),
  structure_id  INTEGER REFERENCES structure (id),   -- whose it is
  agent_id      INTEGER REFERENCES agent (id),   -- who proposed it
  cree_le       TEXT NOT NULL,
  modifie_le    TEXT NOT NULL,                   -- its words
  publie_le     TEXT,                            -- jour, Europe/Paris: its first one
  expire_le     TEXT,                            -- jour: its last one; NULL: none
  retire_le     TEXT,                            -- instant
  relu_par      TEXT NOT NULL DEFAULT '',        -- who read it with the période électorale in mind
  -- évènement: days and hours of Europe/Paris; no hour: the whole day
  debut_le      TEXT,
  debut_a       TEXT NOT NULL DEFAULT '',        -- HH:MM
  fin_le        TEXT,
  fin_a         TEXT NOT NULL DEFAULT '',
  lieu          TEXT NOT NULL DEFAULT '',
  inscription   TEXT NOT NULL DEFAULT '',        -- an https address, or an e-mail
  inscription_au TEXT,                           -- jour: the last one to do so
  -- ressource, document
  nature        TEXT NOT NULL DEFAULT '',        -- of NATURES_DE_RESSOURCE, NATURES_DE_DOCUMENT
  verifie_le    TEXT,                            -- jour
  a_revoir_le   TEXT,                            -- jour
  classe        TEXT NOT NULL DEFAULT '',        -- of CLASSES_DE_DOCUMENT
  groupe_id     INTEGER REFERENCES groupe (id),
  seance_le     TEXT,                            -- jour of the meeting
  a_qui         TEXT NOT NULL DEFAULT '',        -- whom to ask for it
  -- projet exemplaire
  collectivite_id INTEGER REFERENCES collectivite (id),
  annee         INTEGER,
  cout          TEXT NOT NULL DEFAULT '',
  demande_id    INTEGER REFERENCES demande (numero), -- from which it was drafted
  accord_par    TEXT NOT NULL DEFAULT '',        -- who, at the collectivité, agreed to its publication
  accord_le     TEXT,                            -- jour
  accord_retire_le TEXT                          -- jour
) STRICT;
CREATE INDEX contenu_public ON contenu (genre, publie_le) WHERE etat = 'publie';
CREATE INDEX contenu_agent ON contenu (agent_id);
CREATE INDEX contenu_demande ON contenu (demande_id) WHERE demande_id IS NOT NULL;
CREATE TRIGGER contenu_codes BEFORE INSERT ON contenu
WHEN NEW.genre NOT IN ('actualite', 'ressource', 'projet', 'evenement', 'document')
  OR NEW.etat NOT IN ('brouillon', 'a_valider', 'publie', 'retire') OR NEW.audience NOT IN ('public', 'contributeurs')
  OR NEW.nature NOT IN ('', 'guide', 'deliberation', 'cahier', 'convention', 'reglement', 'modele', 'ordre_du_jour',
                        'compte_rendu', 'decisions', 'support', 'autre')
  OR NEW.classe NOT IN ('', 'supports', 'comite', 'groupe')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
CREATE TRIGGER contenu_codes_change BEFORE UPDATE ON contenu
WHEN NEW.genre <> OLD.genre
  OR NEW.etat NOT IN ('brouillon', 'a_valider', 'publie', 'retire') OR NEW.audience NOT IN ('public', 'contributeurs')
  OR NEW.nature NOT IN ('', 'guide', 'deliberation', 'cahier', 'convention', 'reglement', 'modele', 'ordre_du_jour',
                        'compte_rendu', 'decisions', 'support', 'autre')
  OR NEW.classe NOT IN ('', 'supports', 'comite', 'groupe')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
CREATE TABLE contenu_fiche (                     -- the fiches it goes with
  contenu_id INTEGER NOT NULL REFERENCES contenu (id),
  fiche_id   INTEGER NOT NULL REFERENCES fiche (id),
  PRIMARY KEY (contenu_id, fiche_id)
) STRICT;
CREATE INDEX contenu_fiche_fiche ON contenu_fiche (fiche_id);
CREATE TABLE contenu_collectivite (              -- the collectivités it is about, besides the one of a projet
  contenu_id      INTEGER NOT NULL REFERENCES contenu (id),
  collectivite_id INTEGER NOT NULL REFERENCES collectivite (id),
  PRIMARY KEY (contenu_id, collectivite_id)
) STRICT;
CREATE INDEX contenu_collectivite_collectivite ON contenu_collectivite (collectivite_id);
CREATE TABLE contenu_structure (                 -- the structures that a projet names: each reads it before it is published
  contenu_id   INTEGER NOT NULL REFERENCES contenu (id),
  structure_id INTEGER NOT NULL REFERENCES structure (id),
  lu_le        TEXT,                             -- instant
  lu_par_id    INTEGER REFERENCES agent (id),
  correction   TEXT NOT NULL DEFAULT '',         -- what it asks to have corrected
  PRIMARY KEY (contenu_id, structure_id)
) STRICT;
CREATE INDEX contenu_structure_structure ON contenu_structure (structure_id);
CREATE TRIGGER contenu_marque_ajout AFTER INSERT ON contenu BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_marque_change AFTER UPDATE ON contenu BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_marque_retrait AFTER DELETE ON contenu BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER groupe_marque_ajout AFTER INSERT ON groupe BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER groupe_marque_change AFTER UPDATE ON groupe BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER groupe_marque_retrait AFTER DELETE ON groupe BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_fiche_marque_ajout AFTER INSERT ON contenu_fiche BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_fiche_marque_change AFTER UPDATE ON contenu_fiche BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_fiche_marque_retrait AFTER DELETE ON contenu_fiche BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_collectivite_marque_ajout AFTER INSERT ON contenu_collectivite BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_collectivite_marque_change AFTER UPDATE ON contenu_collectivite BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_collectivite_marque_retrait AFTER DELETE ON contenu_collectivite BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_structure_marque_ajout AFTER INSERT ON contenu_structure BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_structure_marque_change AFTER UPDATE ON contenu_structure BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contenu_structure_marque_retrait AFTER DELETE ON contenu_structure BEGIN UPDATE marque SET reference = reference + 1; END;

-- Versions, documents: of the contents too; « Ma journée » says how many are proposed.
CREATE TRIGGER version_marque_ajout AFTER INSERT ON version BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER version_marque_change AFTER UPDATE ON version BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER version_marque_retrait AFTER DELETE ON version BEGIN UPDATE marque SET reference = reference + 1; END;
DROP TRIGGER version_codes;
CREATE TRIGGER version_codes BEFORE INSERT ON version WHEN NEW.genre NOT IN ('fiche', 'page', 'contenu')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
DROP TRIGGER document_codes;
CREATE TRIGGER document_codes BEFORE INSERT ON document WHEN NEW.genre NOT IN ('fiche', 'contenu', 'image', 'accord')
BEGIN SELECT RAISE(ABORT, 'code inconnu'); END;
ALTER TABLE document ADD COLUMN accessible TEXT NOT NULL DEFAULT '';    -- oui, non; '': not known
ALTER TABLE document ADD COLUMN a_qui TEXT NOT NULL DEFAULT '';         -- whom to ask for an accessible one
-- Of an image (titre: its text alternative).
ALTER TABLE document ADD COLUMN legende TEXT NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN credit TEXT NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN moment TEXT NOT NULL DEFAULT '';        -- of a projet: avant, apres
ALTER TABLE document ADD COLUMN largeur INTEGER;                        -- pixels
ALTER TABLE document ADD COLUMN hauteur INTEGER;
ALTER TABLE document ADD COLUMN droit TEXT NOT NULL DEFAULT '';         -- its author, and the right to publish it
ALTER TABLE document ADD COLUMN personnes TEXT NOT NULL DEFAULT '';     -- aucune, accords; '': not said yet
ALTER TABLE document ADD COLUMN accords_par TEXT NOT NULL DEFAULT '';   -- who keeps the written agreements
ALTER TABLE document ADD COLUMN retire_le TEXT;                         -- instant: withdrawn, its bytes are gone

-- The mails of the contents, then of the projets exemplaires.
INSERT INTO modele (cle, libelle, reperes, objet, corps) VALUES
('contenu_propose', 'Contenu proposé, ou changement d''un contenu, à qui publie',
 'prenom par quoi titre pourquoi changements lien', '« {titre} » : une proposition à relire',
'Bonjour {prenom},

{par} propose {quoi} « {titre} ».
Pourquoi : {pourquoi}
Ce qui change : {changements}

Relire, publier ou répondre :
{lien}

{plateforme}, {departement}'),
('contenu_publie', 'Contenu publié, à qui l''a proposé', 'prenom par quoi titre jour adresse lien',
 '« {titre} » : publié',
'Bonjour {prenom},

{par} a publié {quoi} « {titre} ».
Premier jour : {jour}
Sa page : {adresse}

Pour y proposer un changement :
{lien}

{plateforme}, {departement}'),
('contenu_renvoye', 'Contenu renvoyé, retiré ou non retenu, à qui l''a proposé',
 'prenom par quoi titre sort reponse lien', '« {titre} » : {sort}',
'Bonjour {prenom},

{par} {quoi} « {titre} ».
Pourquoi : {reponse}

La suite se fait ici :
{lien}

{plateforme}, {departement}'),
('groupe_anime', 'Groupe de travail confié, à son nouvel animateur', 'prenom par groupe suite lien',
 'Vous animez le groupe de travail « {groupe} »',
'Bonjour {prenom},

{par} vous confie l''animation du groupe de travail « {groupe} » : {suite}

Ses documents :
{lien}

{plateforme}, {departement}');

INSERT INTO modele (cle, libelle, reperes, objet, corps) VALUES
('projet_a_relire', 'Projet exemplaire à relire, aux structures qu''il nomme',
 'prenom titre structure collectivite suite lien',
 'Projet exemplaire à relire : « {titre} »',
'Bonjour {prenom},

Le projet exemplaire « {titre} » nomme votre structure, {structure}.
Collectivité : {collectivite}
{suite}

Relisez ce projet, puis dites sur cette page qu''il n''y a rien à corriger, ou ce qu''il faut corriger :
{lien}

{plateforme}, {departement}'),
('projet_correction', 'Correction demandée par une structure, à l''auteur du projet et aux administrateurs',
 'prenom par titre structure correction lien',
 'Projet « {titre} » : une correction est demandée',
'Bonjour {prenom},

{par} ({structure}) a relu le projet exemplaire « {titre} » et demande une correction :

{correction}

Une fois le texte changé, les structures nommées le relisent. Le projet :
{lien}

{plateforme}, {departement}'),
('projet_relu', 'Projet exemplaire relu par toutes les structures, à son auteur et aux administrateurs',
 'prenom par titre lien',
 'Projet « {titre} » : toutes les structures l''ont relu',
'Bonjour {prenom},

{par} vient de répondre : chaque structure que nomme le projet exemplaire « {titre} » l''a relu, et aucune ne demande de correction.

Sa page dit s''il manque encore quelque chose à sa publication :
{lien}

{plateforme}, {departement}'),
('projet_retire', 'Accord retiré par la collectivité, à l''auteur du projet',
 'prenom par titre collectivite cloture motif lien',
 'Projet « {titre} » : la collectivité a retiré son accord',
'Bonjour {prenom},

Depuis le {cloture}, la collectivité n''est plus d''accord pour que soit publié le projet exemplaire « {titre} ».
Collectivité : {collectivite}
Ce qu''elle a demandé : {motif}

{par} l''a enregistré : le projet n''est plus en ligne, ses images et ses fichiers sont effacés. Le publier de nouveau demande un nouvel accord :
{lien}

{plateforme}, {departement}');

-- The période électorale, typed on the page « Calendrier », never computed. Both days included; empty: no period.
INSERT INTO reglage (ordre, cle, valeur, libelle, aide) VALUES
  (-11, 'electorale_du', '', 'Période électorale, du', ''),
  (-11, 'electorale_au', '', 'Période électorale, au', '');

-- The pages count with these days and hours, and serve an image under its type: an archive that says others is refused.
CREATE TRIGGER contenu_jours BEFORE INSERT ON contenu
WHEN (NEW.publie_le IS NOT NULL AND date(NEW.publie_le) IS NOT NEW.publie_le)
  OR (NEW.expire_le IS NOT NULL AND date(NEW.expire_le) IS NOT NEW.expire_le)
  OR (NEW.debut_le IS NOT NULL AND date(NEW.debut_le) IS NOT NEW.debut_le)
  OR (NEW.fin_le IS NOT NULL AND date(NEW.fin_le) IS NOT NEW.fin_le)
  OR (NEW.inscription_au IS NOT NULL AND date(NEW.inscription_au) IS NOT NEW.inscription_au)
  OR (NEW.verifie_le IS NOT NULL AND date(NEW.verifie_le) IS NOT NEW.verifie_le)
  OR (NEW.a_revoir_le IS NOT NULL AND date(NEW.a_revoir_le) IS NOT NEW.a_revoir_le)
  OR (NEW.seance_le IS NOT NULL AND date(NEW.seance_le) IS NOT NEW.seance_le)
  OR (NEW.accord_le IS NOT NULL AND date(NEW.accord_le) IS NOT NEW.accord_le)
  OR (NEW.accord_retire_le IS NOT NULL AND date(NEW.accord_retire_le) IS NOT NEW.accord_retire_le)
  OR (NEW.debut_a <> '' AND time(NEW.debut_a) IS NOT NEW.debut_a || ':00')
  OR (NEW.fin_a <> '' AND time(NEW.fin_a) IS NOT NEW.fin_a || ':00')
BEGIN SELECT RAISE(ABORT, 'jour ou heure'); END;
CREATE TRIGGER document_image BEFORE INSERT ON document
WHEN NEW.genre = 'image' AND NEW.type NOT IN ('jpg', 'png', 'webp')
BEGIN SELECT RAISE(ABORT, 'type d''image'); END;

-- What the figures are counted by.
ALTER TABLE demande ADD COLUMN ampleur TEXT NOT NULL DEFAULT '' CHECK (ampleur IN ('', 'echange', 'jours', 'projet'));
-- Where a collectivité is, besides its EPCI and its arrondissement: imported, filters and nothing more (domaine.md §7).
ALTER TABLE collectivite ADD COLUMN canton TEXT NOT NULL DEFAULT '';
ALTER TABLE collectivite ADD COLUMN petr TEXT NOT NULL DEFAULT '';
ALTER TABLE collectivite ADD COLUMN secteur TEXT NOT NULL DEFAULT '';
CREATE TABLE evaluation (                        -- what the mairie says of an accompaniment, once (domaine.md §11)
  demande_id   INTEGER PRIMARY KEY REFERENCES demande (numero),
  demandee_le  TEXT NOT NULL,                    -- instant: the closing mail
  repondu_le   TEXT,                             -- instant
  aide         TEXT NOT NULL DEFAULT '',         -- of verbes/evaluation.py, AIDES
  permis       TEXT NOT NULL DEFAULT '',         -- PERMIS
  texte        TEXT NOT NULL DEFAULT '',
  citable      INTEGER NOT NULL DEFAULT 0 CHECK (citable IN (0, 1)),
  citation     TEXT NOT NULL DEFAULT '',         -- what may be quoted, names removed; '': not kept
  gardee_le    TEXT,
  gardee_par_id INTEGER REFERENCES agent (id)
) STRICT;
CREATE TABLE contour (                           -- the outline of a commune, on the grid of the map (verbes/carte.py)
  insee  TEXT PRIMARY KEY,
  traces TEXT NOT NULL                           -- JSON: [[[x, y], …], …]
) STRICT;
CREATE TRIGGER contour_marque_ajout AFTER INSERT ON contour BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contour_marque_change AFTER UPDATE ON contour BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER contour_marque_retrait AFTER DELETE ON contour BEGIN UPDATE marque SET reference = reference + 1; END;
CREATE TRIGGER evaluation_marque_ajout AFTER INSERT ON evaluation BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER evaluation_marque_change AFTER UPDATE ON evaluation BEGIN UPDATE marque SET demande = demande + 1; END;
CREATE TRIGGER evaluation_marque_retrait AFTER DELETE ON evaluation BEGIN UPDATE marque SET demande = demande + 1; END;
-- « Lecteur » (domaine.md §1): an account that reads figures, until a day; off until the agreement of the comité is dated.
ALTER TABLE agent ADD COLUMN lecteur_au TEXT;    -- jour: its last one; NULL: an agent
INSERT INTO reglage (ordre, cle, valeur, libelle, aide) VALUES
  (-13, 'accord_lecteurs', '', 'Lecteurs : accord du comité de suivi', '');
-- What the figures look for in the journal: the few lines of each, by demande.
CREATE INDEX journal_proposition ON journal (demande_id, acte_le) WHERE nature = 'proposition';
CREATE INDEX journal_rejet       ON journal (demande_id) WHERE statut = 'rejete';
CREATE INDEX journal_orientee    ON journal (demande_id, cree_le)
  WHERE statut = 'attribue_chef' AND agent_id IS NOT NULL;

-- The closing mail leads to two questions, whatever was made of its text; « avant »: the text until here.
UPDATE modele SET avant = objet || char(10) || char(10) || corps
  WHERE cle = 'cloture' AND avant = '' AND EXISTS (SELECT 1 FROM agent);
UPDATE modele SET reperes = reperes || ' evaluation', corps = CASE
    WHEN instr(corps, 'Relire votre demande, ou nous écrire') THEN
      replace(corps, 'Relire votre demande, ou nous écrire',
        'Cet accompagnement vous a-t-il aidés ? Deux questions, une minute : {evaluation}' || char(10) || char(10) ||
        'Relire votre demande, ou nous écrire')
    ELSE corps || char(10) || char(10) || 'Cet accompagnement vous a-t-il aidés ? Deux questions, une minute : {evaluation}' END
  WHERE cle = 'cloture';

-- The page of a collectivité: the demandes that concern it; whose names are of before the election.
CREATE INDEX demande_commune_collectivite ON demande_commune (collectivite_id);
INSERT INTO reglage (ordre, cle, valeur, libelle, aide) VALUES
  (15, 'elections_le', '2026-03-22', 'Dernières élections municipales', 'La page d''une collectivité ne montre aucun nom donné avant ce jour, s''il n''a pas été confirmé depuis.');

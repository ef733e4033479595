/**
 * The people of the benchmark. Everything follows from a number, in SQL (seed.mjs) as here, so that a measure can name
 * a stored contact without reading it.
 */
export const FIRST_NAMES = [
  'María', 'José', 'Lucía', 'Carlos', 'Sofía', 'Jorge', 'Íñigo', 'Camila', 'Andrés', 'Nuria',
  'Óscar', 'Zoë', 'Miguel', 'Begoña', 'Raúl', 'Ximena', 'Luis', 'Daniela', 'Tomás', 'Valeria',
];
export const SURNAMES = ['García', 'Núñez', 'Hernández', 'Quispe', 'Mamani', 'Ibáñez', 'Muñoz', 'Peña', 'Restrepo', 'Castañeda', 'López'];
/** Three of them make a second surname; no two share their first or last two letters. */
export const SYLLABLES = [
  'zur', 'bak', 'tol', 'men', 'dic', 'fap', 'gov', 'hil', 'jum', 'kes', 'lor',
  'nad', 'pif', 'qua', 'ruj', 'sib', 'tez', 'vog', 'wan', 'xom', 'yel', 'cub',
];

export const CONTACTS = 150_000;
export const OWN_CONTACTS = 100_000;
/** Second surnames below are of the seeded; from here on, of whoever a measure adds, who must not turn up in rare searches. */
export const SEEDED_SURNAMES = 8000;
const ALL_SURNAMES = SYLLABLES.length ** 3;
const EIGHT_DIGITS = 100_000_000;
/** Coprime to 10^8: neighbours get numbers far apart, and no two the same one. */
export const SCRAMBLE = 64_037;
export const SEEDED_AREA = '+5255';

export const random = (below) => Math.floor(Math.random() * below);

/** The id of the tenant's own k-th contact: every third of all belongs to somebody else. */
export const ownId = (k) => 3 * Math.floor(k / 2) + (k % 2) + 1;

export const phoneOf = (area, n) => area + String((n * SCRAMBLE) % EIGHT_DIGITS).padStart(8, '0');

/** Nine letters that some twelve of the seeded contacts share. */
export function rareSurname(n) {
  const letters = [22 * 22, 22, 1].map((weight) => SYLLABLES[Math.floor(n / weight) % 22]).join('');
  return letters[0].toUpperCase() + letters.slice(1);
}

export const fold = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** The names that seed.mjs gives to contact n. */
export const seededNames = (n) => namesOf(n, (n * 7919) % SEEDED_SURNAMES);

/** Names for contacts that come new. */
export const newNames = (n) => namesOf(n, SEEDED_SURNAMES + (n % (ALL_SURNAMES - SEEDED_SURNAMES)));

const namesOf = (n, rare) => ({
  firstName: FIRST_NAMES[n % FIRST_NAMES.length],
  lastName: `${SURNAMES[n % SURNAMES.length]} ${rareSurname(rare)}`,
});

/** As the sheets that the product is for have them. */
export const customFieldsOf = (n) => ({
  vehicle: 'Nissan Versa 2025',
  payment_amount: 1000 + (n % 900_000) / 100,
  bank_account_name: 'Banco de Chile',
  bank_account_ending: String(n % 10_000).padStart(4, '0'),
});
export const CUSTOM_FIELDS = { vehicle: 'STRING', payment_amount: 'NUMBER', bank_account_name: 'STRING', bank_account_ending: 'STRING' };

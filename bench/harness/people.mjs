/**
 * The people of the benchmark. Everything follows from a number, in SQL (seed.mjs) as here, so that a measure can name
 * a stored contact without reading it.
 */
export const FIRST_NAMES = [
  'María', 'José', 'Lucía', 'Carlos', 'Sofía', 'Jorge', 'Íñigo', 'Camila', 'Andrés', 'Nuria',
  'Óscar', 'Zoë', 'Miguel', 'Begoña', 'Raúl', 'Ximena', 'Luis', 'Daniela', 'Tomás', 'Valeria',
];
export const SURNAMES = ['García', 'Núñez', 'Hernández', 'Quispe', 'Mamani', 'Ibáñez', 'Muñoz', 'Peña', 'Restrepo', 'Castañeda', 'López'];
export const CONSONANTS = 'bcdfghjklmnpqrstvwxz';
export const VOWELS = 'aeiou';

export const CONTACTS = 150_000;
export const OWN_CONTACTS = 100_000;
/** Second surnames below are of the seeded; from here on, of whoever a measure adds, who must not turn up in rare searches. */
export const SEEDED_SURNAMES = 50_000;
/** Of a generator (Park and Miller's) that gives different numbers to different seeds. */
export const [MULTIPLIER, MODULUS] = [48_271, 2_147_483_647];
const EIGHT_DIGITS = 100_000_000;
/** Coprime to 10^8: neighbours get numbers far apart, and no two the same one. */
export const SCRAMBLE = 64_037;
export const SEEDED_AREA = '+5255';

export const random = (below) => Math.floor(Math.random() * below);

/** The id of the tenant's own k-th contact: every third of all belongs to somebody else. */
export const ownId = (k) => 3 * Math.floor(k / 2) + (k % 2) + 1;

export const phoneOf = (area, n) => area + String((n * SCRAMBLE) % EIGHT_DIGITS).padStart(8, '0');

/** Nine letters, a consonant first and then in turn, that two of the tenant's seeded contacts share. */
export function rareSurname(n) {
  const drawn = ((n + 1) * MULTIPLIER) % MODULUS;
  const letterAt = (at) => (at % 2 === 0 ? CONSONANTS : VOWELS)[Math.floor(drawn / weightOf(at)) % (at % 2 === 0 ? 20 : 5)];
  const letters = Array.from({ length: 9 }, (_, at) => letterAt(at)).join('');
  return letters[0].toUpperCase() + letters.slice(1);
}

export const weightOf = (at) => 20 ** Math.ceil(at / 2) * 5 ** Math.floor(at / 2);

export const fold = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** The names that seed.mjs gives to contact n. */
export const seededNames = (n) => namesOf(n, (n * 7919) % SEEDED_SURNAMES);

/** Names for contacts that come new. */
export const newNames = (n) => namesOf(n, SEEDED_SURNAMES + n * 7919);

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

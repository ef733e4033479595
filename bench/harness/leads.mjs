import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { newNames, phoneOf, fold } from './people.mjs';

const COLUMNS =
  'client_name,phone,email,national_id,country,vehicle,payment_amount,first_payment_date,' +
  'bank_account_name,bank_account_ending,communication_type,contacted_at,status';
/** Countries with their code and the area before eight digits; in the sheet that was the model, half are Mexican. */
const COUNTRIES = [
  ['MX', '52', '22'], ['MX', '52', '44'], ['MX', '52', '66'], ['MX', '52', '99'],
  ['CL', '56', '9'], ['PE', '51', '9'], ['CO', '57', '31'], ['CO', '57', '32'],
];
/** The ways in which people write a number. */
const WRITTEN = [
  (code, national) => `+${code}${national}`,
  (code, national) => `+${code} ${national.slice(0, 2)} ${national.slice(2, 6)} ${national.slice(6)}`,
  (code, national) => `+${code}-${national.slice(0, 3)}-${national.slice(3)}`,
  (code, national) => `+${code}.${national.slice(0, 3)}.${national.slice(3)}`,
  (code, national) => ` +${code}${national} `,
  (code, national) => `(+${code}${national})`,
  (code, national) => `tel:+${code}${national}`,
  (code, national) => `00${code}${national}`,
  (code, national) => `+${code}\u00a0${national}`,
  (code, national) => national,
];
const NO_NUMBERS = ['', 'N/A', 'no tiene', '12345', '=HYPERLINK("x")'];
const VEHICLES = ['"Mazda 3\nHatchback"', '"VW ""Vento"" 2022"', '"Toyota Corolla, blanco"', 'Kia Rio 2023', 'Nissan Versa 2025'];
const CHUNK = 1000;

/** Leads first, first + 1, … as the sheet ../shared/data/leads-10k.csv has them: quotes, accents, and one in twenty unusable. */
export async function writeLeads(file, first, count) {
  const stream = createWriteStream(file);
  stream.write(`\ufeff${COLUMNS}\n`);
  for (let start = first; start < first + count; start += CHUNK) {
    const lines = Array.from({ length: Math.min(CHUNK, first + count - start) }, (_, at) => leadOf(start + at));
    if (!stream.write(lines.join(''))) await new Promise((resolve) => stream.once('drain', resolve));
  }
  stream.end();
  await finished(stream);
}

function leadOf(n) {
  const { firstName, lastName } = newNames(n);
  const name = [`${firstName} ${lastName}`, `${firstName} ${lastName}`.toUpperCase(), `  ${firstName}  ${lastName} `][n % 3];
  const usable = n % 20 !== 7;
  const [country, code, area] = COUNTRIES[n % COUNTRIES.length];
  const phone = usable ? WRITTEN[Math.floor(n / 8) % WRITTEN.length](code, phoneOf(area, n)) : NO_NUMBERS[Math.floor(n / 20) % NO_NUMBERS.length];
  const email = usable && n % 2 === 0 ? `${fold(firstName)}.lead${n}@example.com` : '';
  const nationalId = n % 4 === 0 ? `9${String(n).padStart(7, '0')}-${n % 10}` : '';
  const day = String(1 + (n % 28)).padStart(2, '0');
  const vehicle = VEHICLES[n % VEHICLES.length];
  const account = String(n % 10_000).padStart(4, '0');
  const payment = [`${1000 + (n % 14_000)}.50`, `2026-06-${day}`, 'Banco de Chile', account];
  const cells = [name, quoted(phone), email, nationalId, usable ? country : '', vehicle, ...payment, 'VapiCall', `2026-03-${day}`, 'NEW'];
  return `${cells.join()}\n`;
}

const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

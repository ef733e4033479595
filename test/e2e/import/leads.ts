import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The customer's own sheet, where this repository lies beside it. */
export const SHEET = join(__dirname, '../../../../shared/data/leads-10k.csv');
export const hasSheet = existsSync(SHEET);

export const HEADER = 'client_name,phone,email,national_id,country,vehicle,contacted_at';

const phoneOf = (n: number) => `55${String(10_000_000 + n)}`;

/** Ten rows each: seven people, two who come again, written otherwise, and one who cannot be reached. */
function tenRows(n: number): string[] {
  const person = (at: number) => 7 * n + at;
  return [
    `Ana Pérez,${phoneOf(person(0))},ana${n}@example.com,,MX,"Mazda 3\nHatchback",2026-03-07`,
    `  LUZ  RAMÍREZ ,"+52 ${phoneOf(person(1))}",,,MX,"VW ""Vento"", 2022",2026-03-07`,
    `Óscar Núñez,0052${phoneOf(person(2))},,RUT-${n},MX,Kia,`,
    `Zoë,tel:+52${phoneOf(person(3))},,,MX,Kia,`,
    `José,912345${String(100 + (n % 900))},jose${n}@example.com,,CL,Kia,`,
    `Íñigo,,INIGO${n}@EXAMPLE.COM ,,MX,Kia,`,
    `María,N/A,maria${n}@example.com,,MX,Kia,`,
    `Ana P.,(+52)${phoneOf(person(0))},ana.${n}@example.com,CURP-${n},MX,Otro,`,
    `Oscar,,oscar${n}@example.com,RUT-${n},MX,Kia,`,
    `Nobody,=HYPERLINK("x"),foo@,,,Kia,`,
  ];
}

export const countsOf = (tens: number) => ({ successful: 7 * tens, duplicates: 2 * tens, errors: tens, total: 10 * tens });

/** At most 900 tens: José's numbers are no more. */
export const leads = (tens: number): string => `\ufeff${HEADER}\n${Array.from({ length: tens }, (_, n) => tenRows(n).join('\n')).join('\n')}\n`;

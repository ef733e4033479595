/** A number, or phones with ; between them. */
const NUMBERS = /^[+-]?[\d\s().-]+(;\s*\+?[\d\s().-]+)*$/;

/** A cell as it is written. What a spreadsheet would run is made harmless by a quote; numbers and phones are left alone. */
export function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) && !NUMBERS.test(text) ? `'${text}` : text;
  return /[",;\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** What a spreadsheet takes the file to be UTF-8 by. */
export const CSV_BOM = '\ufeff';

/** A line of values: null is blank, lists and objects are JSON. */
export const csvLine = (values: unknown[]): string => `${values.map((value) => csvCell(textOf(value))).join(',')}\n`;

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

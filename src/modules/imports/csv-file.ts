import { Readable, pipeline } from 'node:stream';
import { type Parser, parse } from 'csv-parse';
import { storableText } from '../../platform/text/storable';
import { firstBytes } from '../../platform/storage/first-bytes';

const SAMPLE_BYTES = 64 * 1024;
const DELIMITERS = [',', ';', '\t', '|'];
/** A cell that goes on longer is an unclosed quote, not a cell. */
const MAX_RECORD_BYTES = 1024 * 1024;

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

export interface CsvRow {
  /** 1-based, the header not counted. */
  number: number;
  cells: string[];
}

/** Where a file is read from, as often as need be. */
export interface CsvSource {
  /** Bytes. */
  size: number;
  open(): Promise<Readable>;
}

/** A CSV file as a stream of rows: BOM, any delimiter, quotes over lines, UTF-8, what Excel calls Unicode or, failing that, Windows' Latin. */
export class CsvFile {
  private constructor(
    private readonly source: CsvSource,
    readonly columns: string[],
    private readonly options: { delimiter: string; encoding: Encoding },
  ) {}

  static async open(source: CsvSource, delimiter?: string): Promise<CsvFile> {
    const sample = await sampleOf(source);
    const encoding = await encodingOf(source, sample);
    const options = { delimiter: delimiter ?? delimiterOf(new TextDecoder(encoding).decode(sample)), encoding };
    return new CsvFile(source, await headerOf(source, options), options);
  }

  /** Reads it through, or as far as it is CSV: who loads it will say where it breaks off. */
  async countRows(): Promise<number> {
    let count = 0;
    try {
      for await (const _ of this.rows()) count++;
    } catch (error) {
      if (!isCsvError(error)) throw error;
    }
    return count;
  }

  async *rows(): AsyncGenerator<CsvRow> {
    const input = await this.source.open();
    const parser = parsed(input, this.options);
    let number = 0;
    try {
      for await (const cells of parser as AsyncIterable<string[]>) {
        // A line with nothing but delimiters is a spreadsheet's way to have an empty row.
        if (number++ > 0 && cells.some((cell) => cell !== '')) yield { number: number - 1, cells };
      }
    } finally {
      input.destroy();
    }
  }
}

/** What csv-parse throws for what is no CSV. */
export const isCsvError = (error: unknown): error is Error => String((error as { code?: unknown }).code).startsWith('CSV_');

function parsed(input: Readable, { delimiter, encoding }: { delimiter: string; encoding: Encoding }): Parser {
  const parser = parse({ bom: true, delimiter, relax_column_count: true, relax_quotes: true, skip_empty_lines: true, max_record_size: MAX_RECORD_BYTES });
  // What fails is thrown by who reads the parser.
  return pipeline(encoding === 'utf-8' ? input : Readable.from(decoded(input, encoding)), parser, () => undefined);
}

async function* decoded(input: Readable, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of input) yield decoder.decode(chunk as Buffer, { stream: true });
}

async function headerOf(source: CsvSource, options: { delimiter: string; encoding: Encoding }): Promise<string[]> {
  const input = await source.open();
  try {
    for await (const cells of parsed(input, options) as AsyncIterable<string[]>) return cells.map((cell) => storableText(cell.trim()));
  } finally {
    input.destroy();
  }
  return [];
}

async function sampleOf(source: CsvSource): Promise<Buffer> {
  const input = await source.open();
  try {
    return (await firstBytes(input, Math.min(SAMPLE_BYTES, source.size))).head.subarray(0, SAMPLE_BYTES);
  } finally {
    input.destroy();
  }
}

/** The whole file is asked: its first accent may come late, and names must not be half in one encoding. */
async function encodingOf(source: CsvSource, sample: Buffer): Promise<Encoding> {
  if (sample[0] === 0xff && sample[1] === 0xfe) return 'utf-16le';
  if (sample[0] === 0xfe && sample[1] === 0xff) return 'utf-16be';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of await source.open()) decoder.decode(chunk as Buffer, { stream: true });
    return 'utf-8';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'windows-1252';
    throw error;
  }
}

/** The delimiter that the header has most of, outside of quotes. */
function delimiterOf(sample: string): string {
  const header = (/^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(sample)?.[0] ?? '').replace(/"(?:[^"]|"")*"/g, '');
  const counted = DELIMITERS.map((delimiter) => ({ delimiter, n: header.split(delimiter).length }));
  return counted.reduce((best, one) => (one.n > best.n ? one : best)).delimiter;
}

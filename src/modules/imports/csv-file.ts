import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable, pipeline } from 'node:stream';
import { type Parser, parse } from 'csv-parse';

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

/** A CSV file as a stream of rows: BOM, any delimiter, quotes over lines, UTF-8, what Excel calls Unicode or, failing that, Windows' Latin. */
export class CsvFile {
  private constructor(
    private readonly path: string,
    readonly size: number,
    readonly columns: string[],
    private readonly options: { delimiter: string; encoding: Encoding },
  ) {}

  static async open(path: string, delimiter?: string): Promise<CsvFile> {
    const { size, sample } = await sampleOf(path);
    const encoding = await encodingOf(path, sample);
    const options = { delimiter: delimiter ?? delimiterOf(new TextDecoder(encoding).decode(sample)), encoding };
    return new CsvFile(path, size, await headerOf(path, options), options);
  }

  /** @param onRead told how many bytes of the file have been read */
  async *rows(onRead: (bytes: number) => void = () => undefined): AsyncGenerator<CsvRow> {
    const input = createReadStream(this.path, { highWaterMark: SAMPLE_BYTES });
    const parser = parsed(input, this.options);
    input.on('data', () => onRead(input.bytesRead));
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

function parsed(input: Readable, { delimiter, encoding }: { delimiter: string; encoding: Encoding }): Parser {
  const parser = parse({ bom: true, delimiter, relax_column_count: true, relax_quotes: true, skip_empty_lines: true, max_record_size: MAX_RECORD_BYTES });
  // What fails is thrown by who reads the parser.
  return pipeline(encoding === 'utf-8' ? input : Readable.from(decoded(input, encoding)), parser, () => undefined);
}

async function* decoded(input: Readable, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of input) yield decoder.decode(chunk as Buffer, { stream: true });
}

async function headerOf(path: string, options: { delimiter: string; encoding: Encoding }): Promise<string[]> {
  const input = createReadStream(path);
  try {
    for await (const cells of parsed(input, options) as AsyncIterable<string[]>) return cells.map((cell) => cell.trim());
  } finally {
    input.destroy();
  }
  return [];
}

async function sampleOf(path: string): Promise<{ size: number; sample: Buffer }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, 0);
    return { size, sample: buffer.subarray(0, bytesRead) };
  } finally {
    await file.close();
  }
}

/** The whole file is asked: its first accent may come late, and names must not be half in one encoding. */
async function encodingOf(path: string, sample: Buffer): Promise<Encoding> {
  if (sample[0] === 0xff && sample[1] === 0xfe) return 'utf-16le';
  if (sample[0] === 0xfe && sample[1] === 0xff) return 'utf-16be';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of createReadStream(path)) decoder.decode(chunk as Buffer, { stream: true });
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

/** A cell as it is written. What a spreadsheet would run is made harmless by a quote; numbers and phones are left alone. */
export function csvCell(text: string): string {
  const harmless = /^[=@\t\r]|^[+-](?![\d\s(.])/.test(text) ? `'${text}` : text;
  return /[",;\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isUtf8 } from 'node:buffer';
import { type Parser, parse } from 'csv-parse';

const SAMPLE_BYTES = 64 * 1024;
const DELIMITERS = [',', ';', '\t', '|'];
/** A cell that goes on longer is an unclosed quote, not a cell. */
const MAX_RECORD_BYTES = 1024 * 1024;

export interface CsvRow {
  /** 1-based, the header not counted. */
  number: number;
  cells: string[];
}

/** A CSV file as a stream of rows: BOM, any delimiter, quotes over lines, UTF-8 or, failing that, Windows' Latin. */
export class CsvFile {
  private constructor(
    private readonly path: string,
    readonly size: number,
    readonly columns: string[],
    private readonly options: { delimiter: string; encoding: BufferEncoding },
  ) {}

  static async open(path: string, delimiter?: string): Promise<CsvFile> {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const sample = await sampleOf(file);
      const encoding = isUtf8(sample) ? 'utf8' : 'latin1';
      const options = { delimiter: delimiter ?? delimiterOf(sample.toString(encoding)), encoding } as const;
      return new CsvFile(path, size, await headerOf(path, options), options);
    } finally {
      await file.close();
    }
  }

  /** @param onRead told how many bytes of the file have been read */
  async *rows(onRead: (bytes: number) => void = () => undefined): AsyncGenerator<CsvRow> {
    const input = createReadStream(this.path, { highWaterMark: SAMPLE_BYTES });
    const parser = input.pipe(parserOf(this.options));
    input.on('data', () => onRead(input.bytesRead));
    input.on('error', (error) => parser.destroy(error));
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

function parserOf({ delimiter, encoding }: { delimiter: string; encoding: BufferEncoding }): Parser {
  return parse({ bom: true, delimiter, encoding, relax_column_count: true, relax_quotes: true, skip_empty_lines: true, max_record_size: MAX_RECORD_BYTES });
}

async function headerOf(path: string, options: { delimiter: string; encoding: BufferEncoding }): Promise<string[]> {
  const input = createReadStream(path);
  try {
    for await (const cells of input.pipe(parserOf(options)) as AsyncIterable<string[]>) return cells.map((cell) => cell.trim());
  } finally {
    input.destroy();
  }
  return [];
}

/** The beginning of the file, cut where no character is. */
async function sampleOf(file: FileHandle): Promise<Buffer> {
  const buffer = Buffer.alloc(SAMPLE_BYTES);
  const { bytesRead } = await file.read(buffer, 0, SAMPLE_BYTES, 0);
  let end = bytesRead;
  if (bytesRead === SAMPLE_BYTES) while (end > bytesRead - 4 && ((buffer[end - 1] ?? 0) & 0x80) !== 0) end--;
  return buffer.subarray(0, end);
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

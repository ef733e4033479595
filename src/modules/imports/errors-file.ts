import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ItemLog } from '../operations';
import { ERRORS_COLUMNS } from './column-mapping';
import { type CsvRow, csvCell } from './csv-file';

/**
 * Rows that failed, as they were sent, with their number and what to mend; made with the first of them. It is put in its
 * place when it is whole: the file that is being read may be the errors of an earlier run, corrected.
 */
export class ErrorsFile {
  private readonly path: string;
  private readonly draft: string;
  private readonly isInput: boolean;
  /** All columns but those that an earlier run has added. */
  private readonly kept: number[];
  private file?: FileHandle;
  /** Where it is; absent where no row failed. */
  written?: string;

  constructor(
    { errorsPath, path }: { errorsPath: string; path: string },
    private readonly columns: string[],
  ) {
    this.path = errorsPath;
    this.draft = `${errorsPath}.part`;
    this.isInput = resolve(errorsPath) === resolve(path);
    this.kept = [...columns.keys()].filter((at) => !ERRORS_COLUMNS.includes(columns[at] as string));
  }

  async add(rows: CsvRow[], logs: ItemLog[]): Promise<void> {
    const lines = logs.flatMap((log) => (log.failed ? [this.lineOf(rows[log.index] as CsvRow, log)] : []));
    if (lines.length === 0) return;
    this.file ??= await this.begin();
    await this.file.appendFile(lines.join(''));
  }

  async close(): Promise<void> {
    if (this.file) {
      await this.file.close();
      await rename(this.draft, this.path);
      this.written = this.path;
    } else if (!this.isInput) {
      // One from an earlier run would be taken for this one's.
      await rm(this.path, { force: true });
    }
  }

  private async begin(): Promise<FileHandle> {
    const file = await open(this.draft, 'w');
    await file.appendFile(`\ufeff${lineOf([...this.kept.map((at) => this.columns[at] as string), ...ERRORS_COLUMNS])}`);
    return file;
  }

  private lineOf({ number, cells }: CsvRow, { errors }: ItemLog): string {
    const faults = errors.map(({ field, code, message }) => `${field ? `${field}: ` : ''}${message} [${code}]`).join(' · ');
    return lineOf([...this.kept.map((at) => cells[at] ?? ''), String(number), faults]);
  }
}

const lineOf = (cells: string[]): string => `${cells.map(csvCell).join(',')}\n`;

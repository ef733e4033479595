import { CSV_BOM, csvLine } from '../../platform/text/csv';
import type { ItemLog } from '../operations';
import { ERRORS_COLUMNS } from './column-mapping';

/** A row that failed, as it was sent, and what to mend. */
export interface FailedRow {
  number: number;
  cells: string[];
  faults: string;
}

/** Rows that failed, as CSV: to be corrected and sent again. What an earlier run has added to them is left out. */
export class ErrorsCsv {
  private readonly kept: number[];

  constructor(private readonly columns: string[]) {
    this.kept = [...columns.keys()].filter((at) => !ERRORS_COLUMNS.includes(columns[at] as string));
  }

  get header(): string {
    return CSV_BOM + csvLine([...this.kept.map((at) => this.columns[at]), ...ERRORS_COLUMNS]);
  }

  line({ number, cells, faults }: FailedRow): string {
    return csvLine([...this.kept.map((at) => cells[at]), number, faults]);
  }
}

/** All that is wrong with a row, in one cell. */
export const faultsOf = ({ errors }: ItemLog): string => errors.map(({ field, code, message }) => `${field ? `${field}: ` : ''}${message} [${code}]`).join(' · ');

import { Readable } from 'node:stream';
import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CSV_BOM, csvLine } from '../text/csv';

/** A table as it is sent: its rows come in pieces, each as long as they like. */
export interface CsvTable {
  columns: string[];
  pieces: AsyncGenerator<unknown[][]>;
}

export interface CsvColumn<Item> {
  name: string;
  of: (item: Item) => unknown;
}

/** Items, as a list gives them page by page, as a table of these columns. */
export const tableOf = <Item>(columns: readonly CsvColumn<Item>[], pages: AsyncIterable<Item[]>): CsvTable => ({ columns: columns.map(({ name }) => name), pieces: rowsOf(columns, pages) });

async function* rowsOf<Item>(columns: readonly CsvColumn<Item>[], pages: AsyncIterable<Item[]>): AsyncGenerator<unknown[][]> {
  for await (const items of pages) yield items.map((item) => columns.map(({ of }) => of(item)));
}

/** Says in the OpenAPI document that a route answers with CSV. */
export const AnswersCsv = (description: string) =>
  applyDecorators(ApiProduces('text/csv'), ApiOkResponse({ description, content: { 'text/csv': { schema: { type: 'string' } } } }));

/**
 * Streams a table, whatever its size. What is wrong with the request is thrown before anything is sent; what fails after that
 * breaks the answer off, which its reader can tell from its missing end.
 * @param name of the file, without its extension
 */
export async function sendCsv(reply: FastifyReply, name: string, { columns, pieces }: CsvTable): Promise<void> {
  const first = await pieces.next();
  void reply.headers({ 'Content-Type': 'text/csv; charset=utf-8', 'Content-Disposition': `attachment; filename="${name}.csv"` });
  void reply.send(Readable.from(linesOf(columns, first, pieces)));
}

async function* linesOf(columns: string[], first: IteratorResult<unknown[][], unknown>, rest: AsyncGenerator<unknown[][]>): AsyncGenerator<string> {
  yield CSV_BOM + csvLine(columns);
  if (first.done) return;
  yield first.value.map(csvLine).join('');
  for await (const rows of rest) yield rows.map(csvLine).join('');
}

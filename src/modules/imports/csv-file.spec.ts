import { createReadStream, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CsvFile, type CsvSource } from './csv-file';

const localFile = (path: string): CsvSource => ({ size: statSync(path).size, open: () => Promise.resolve(createReadStream(path, { highWaterMark: 64 * 1024 })) });

describe('CsvFile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'llamador-csv-'));
  const path = join(folder, 'leads.csv');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The header, and then the rows. */
  async function read(content: string | Buffer, delimiter?: string): Promise<string[][]> {
    writeFileSync(path, content);
    const file = await CsvFile.open(localFile(path), delimiter);
    const rows: string[][] = [file.columns];
    for await (const { cells } of file.rows()) rows.push(cells);
    return rows;
  }

  it('reads a header and rows, without the BOM, with any end of line', async () => {
    for (const end of ['\n', '\r\n'])
      expect(await read(`\ufeffname, phone ${end}Ana,1${end}Luz,2`)).toEqual([
        ['name', 'phone'],
        ['Ana', '1'],
        ['Luz', '2'],
      ]);
  });

  it.each([[','], [';'], ['\t'], ['|']])('finds out that the delimiter is %j', async (delimiter) => {
    expect(await read(['"a,;\t|b"', 'phone', 'x'].join(delimiter) + '\n' + ['1', '2', '3'].join(delimiter))).toEqual([
      ['a,;\t|b', 'phone', 'x'],
      ['1', '2', '3'],
    ]);
  });

  it('takes the delimiter that it is told', async () => {
    expect(await read('a;b,c\n1;2,3', ',')).toEqual([
      ['a;b', 'c'],
      ['1;2', '3'],
    ]);
  });

  it('reads quotes over lines, doubled quotes, delimiters inside of them, and quotes in the middle of a cell', async () => {
    expect(await read('a,b\n"Mazda 3\nHatchback","VW ""Vento"", 2022"\n12" wheel,O\'Higgins')).toEqual([
      ['a', 'b'],
      ['Mazda 3\nHatchback', 'VW "Vento", 2022'],
      ['12" wheel', "O'Higgins"],
    ]);
  });

  it('reads what Excel writes: Windows’ Latin and UTF-16', async () => {
    const text = 'name,price\nÑandú “José”,5 €';
    const rows = [
      ['name', 'price'],
      ['Ñandú “José”', '5 €'],
    ];
    const windows: Record<string, number> = { '“': 0x93, '”': 0x94, '€': 0x80 };
    expect(await read(Buffer.from([...text].map((character) => windows[character] ?? character.charCodeAt(0))))).toEqual(rows);
    expect(await read(Buffer.from(`\ufeff${text}`, 'utf16le'))).toEqual(rows);
    expect(await read(Buffer.from(`\ufeff${text}`, 'utf16le').swap16())).toEqual(rows);
  });

  it.each([63, 64, 65, 66, 67, 128])('reads UTF-8 whose characters lie across the ends of its blocks (%i)', async (shift) => {
    const names = Array.from({ length: 3000 }, (_, at) => ['áéíóúñ', '中文名字', '👍🏽👍🏽'].map((name) => name + at));
    expect((await read(`${'x'.repeat(shift)},b,c\n${names.map((cells) => cells.join()).join('\n')}`)).slice(1)).toEqual(names);
  });

  it('reads the whole of a file in one encoding, however late its first accent comes', async () => {
    const rows = await read(Buffer.concat([Buffer.from(`a\n${'plain\n'.repeat(20_000)}`), Buffer.from('Nu\xf1ez', 'latin1')]));
    expect(rows.at(-1)).toEqual(['Nuñez']);
  });

  it('leaves out empty rows, and takes ragged ones as they are', async () => {
    writeFileSync(path, 'a,b,c\n\n1\n,,\n1,2,3,4\n  \n');
    const rows: unknown[] = [];
    for await (const row of (await CsvFile.open(localFile(path))).rows()) rows.push(row);
    expect(rows).toEqual([
      { number: 1, cells: ['1'] },
      { number: 3, cells: ['1', '2', '3', '4'] },
      { number: 4, cells: ['  '] },
    ]);
  });

  it.each([
    ['nothing', ''],
    ['a BOM', '\ufeff'],
    ['empty lines', '\n\n'],
  ])('has no columns and no rows where the file has %s', async (_case, content) => {
    expect(await read(content)).toEqual([[]]);
  });

  it('gives the rows before a quote that is never closed, and then says so', async () => {
    writeFileSync(path, 'a,b\n1,2\n"never closed,3\n4,5\n');
    const file = await CsvFile.open(localFile(path));
    const cells: string[][] = [];
    await expect(async () => {
      for await (const row of file.rows()) cells.push(row.cells);
    }).rejects.toMatchObject({ code: 'CSV_QUOTE_NOT_CLOSED' });
    expect(cells).toEqual([['1', '2']]);
  });

  it('does not gather a megabyte for one cell', async () => {
    writeFileSync(path, `a,b\n"${'never closed\n'.repeat(100_000)}`);
    await expect((await CsvFile.open(localFile(path))).rows().next()).rejects.toMatchObject({ code: 'CSV_MAX_RECORD_SIZE' });
  });

  it('reads a long file to its end', async () => {
    writeFileSync(path, `a\n${'x\n'.repeat(200_000)}`);
    const file = await CsvFile.open(localFile(path));
    let rows = 0;
    for await (const { cells } of file.rows()) rows += cells.length;
    expect(rows).toBe(200_000);
  });
});

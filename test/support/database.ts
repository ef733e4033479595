import { Client, type QueryResultRow, types } from 'pg';

const INT8 = 20;
types.setTypeParser(INT8, Number);

let open: Promise<Client> | undefined;

function connection(): Promise<Client> {
  open ??= (async () => {
    const client = new Client({ connectionString: process.env.DATABASE_URL });
    await client.connect();
    return client;
  })();
  return open;
}

afterAll(async () => {
  await (await open)?.end();
  open = undefined;
});

/** Rows as they stand, past the app: `await sql('SELECT … WHERE id = $1', [id])`. */
export async function sql<Row extends QueryResultRow = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await (await connection()).query<Row>(text, values)).rows;
}

/** How many rows of a table satisfy a condition. */
export async function countRows(table: string, condition = 'TRUE', values: unknown[] = []): Promise<number> {
  const [row] = await sql<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} WHERE ${condition}`, values);
  return row?.n ?? 0;
}

const REFERENCES = `
  SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent FROM pg_constraint
  WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conrelid <> confrelid`;

/** Every table before those that it refers to; at the end the ones that triggers write to, which refer to nothing. */
async function tablesInOrder(): Promise<string[]> {
  const references = await sql<{ child: string; parent: string }>(REFERENCES);
  const tables = await sql<{ name: string }>(`SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'`);
  const isLinked = (name: string) => references.some(({ child, parent }) => child === name || parent === name);
  const order: string[] = [];
  let rest = tables.map(({ name }) => name).filter(isLinked);
  while (rest.length > 0) {
    const free = rest.filter((name) => !references.some(({ child, parent }) => parent === name && rest.includes(child)));
    if (free.length === 0) throw new Error(`These tables refer to each other in a circle: ${rest.join(', ')}`);
    order.push(...free);
    rest = rest.filter((name) => !free.includes(name));
  }
  return [...order, ...tables.map(({ name }) => name).filter((name) => !isLinked(name))];
}

let emptying: Promise<string> | undefined;

/**
 * DELETE, since TRUNCATE makes new files for every table and index, which takes thirty times as long. Ids go on: what the app
 * holds in memory of an earlier test's tenant must not fit a later one.
 */
export async function emptyDatabase(): Promise<void> {
  emptying ??= tablesInOrder().then((tables) => tables.map((name) => `DELETE FROM ${name}`).join('; '));
  await sql(await emptying);
}

/** Every statement that the app sends while `work` runs; its heartbeat is no part of that. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const original = Client.prototype.query;
  const counting = function (this: Client, ...args: unknown[]): unknown {
    const [first] = args;
    const text = typeof first === 'string' ? first : (first as { text: string }).text;
    if (!text.startsWith('NOTIFY llamador_pulse')) statements.push(text);
    return Reflect.apply(original, this, args);
  };
  Object.assign(Client.prototype, { query: counting });
  try {
    await work();
  } finally {
    Object.assign(Client.prototype, { query: original });
  }
  return statements;
}

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

/** Tables that the deletion of their tenant does not empty. */
const OWN_TABLES = `
  SELECT quote_ident(relname) AS name FROM pg_class t
  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT IN ('tenants', 'migrations')
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = t.oid AND confrelid = 'tenants'::regclass AND confdeltype = 'c')`;

/**
 * All else goes with its tenant. DELETE, since TRUNCATE makes new files for every table and index, which takes thirty times
 * as long; and ids go on, for what the app holds in memory of an earlier test's tenant must not fit a later one.
 */
export async function emptyDatabase(): Promise<void> {
  const rest = await sql<{ name: string }>(OWN_TABLES);
  await sql(['tenants', ...rest.map(({ name }) => name)].map((name) => `DELETE FROM ${name}`).join('; '));
}

/** Every statement that the app sends while `work` runs. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const original = Client.prototype.query;
  const counting = function (this: Client, ...args: unknown[]): unknown {
    const [first] = args;
    statements.push(typeof first === 'string' ? first : (first as { text: string }).text);
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

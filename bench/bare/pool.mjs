import pg from 'pg';

const INT8 = 20;
const TIMESTAMPTZ = 1184;
pg.types.setTypeParser(INT8, Number);
// ISO 8601 is all that goes out: parsing it to a Date and printing that costs more than the rest of a row.
pg.types.setTypeParser(TIMESTAMPTZ, (text) => `${text.slice(0, 10)}T${text.slice(11, -3)}Z`);

/** As many connections as the product has unless told otherwise. */
export const openPool = (connectionString, max = 12) =>
  new pg.Pool({ connectionString, max, idleTimeoutMillis: 0, options: '-c timezone=UTC' });

export async function transaction(pool, work) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

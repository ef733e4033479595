import pg from 'pg';

const INT8 = 20;
const TIMESTAMPTZ = 1184;
pg.types.setTypeParser(INT8, Number);
// Text is all that goes out: making a Date and printing it again costs more than the rest of a row.
pg.types.setTypeParser(TIMESTAMPTZ, (text) => new Date(text).toISOString());

/** As many connections as the product has unless told otherwise. */
export const openPool = (connectionString, max = 12) => new pg.Pool({ connectionString, max });

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

import type { EntityManager } from 'typeorm';
import { Statement, query } from './statement';

const RECALL = new Statement<{ key: string; value: unknown }>('rehearsal_recall', 'SELECT key, value FROM pg_temp.rehearsal WHERE kind = $1 AND key = ANY($2::text[])');
const NOTE = new Statement(
  'rehearsal_note',
  `INSERT INTO pg_temp.rehearsal (kind, key, value) SELECT $1, noted.key, noted.value::jsonb FROM unnest($2::text[], $3::text[]) AS noted (key, value)
   ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value`,
);

/** A dry run: it decides as the real run does, and writes nothing. This one comes in one part, so there is nothing to remember. */
export class Rehearsal {
  private refs = 0;

  /** What earlier parts have noted under these keys. */
  recall<T>(_em: EntityManager, _kind: string, _keys: Iterable<string>): Promise<Map<string, T>> {
    return Promise.resolve(new Map<string, T>());
  }

  /** What would be written, for the parts that follow; in place of what stood under its key. */
  note(_em: EntityManager, _kind: string, _entries: Map<string, unknown>): Promise<void> {
    return Promise.resolve();
  }

  /** In place of the id that something would be given: below zero, so that it is nothing's id. */
  nextRef(): number {
    return --this.refs;
  }
}

/** A dry run in parts. What they note is in a table of their session's own: it takes no memory, nobody else sees it, and it goes with the session. */
export class RehearsalInParts extends Rehearsal {
  static async begin(em: EntityManager): Promise<RehearsalInParts> {
    await RehearsalInParts.end(em);
    await query(em, 'CREATE TEMPORARY TABLE rehearsal (kind text, key text, value jsonb NOT NULL, PRIMARY KEY (kind, key))', []);
    return new RehearsalInParts();
  }

  static async end(em: EntityManager): Promise<void> {
    await query(em, 'DROP TABLE IF EXISTS pg_temp.rehearsal', []);
  }

  override async recall<T>(em: EntityManager, kind: string, keys: Iterable<string>): Promise<Map<string, T>> {
    const rows = await RECALL.rows(em, [kind, [...keys]]);
    return new Map(rows.map(({ key, value }) => [key, value as T]));
  }

  override async note(em: EntityManager, kind: string, entries: Map<string, unknown>): Promise<void> {
    if (entries.size > 0) await NOTE.rows(em, [kind, [...entries.keys()], [...entries.values()].map((value) => JSON.stringify(value))]);
  }
}

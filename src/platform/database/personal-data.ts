import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Lease } from '../queue/lease';
import { type SubjectKey, keysOfIdentity, mentionsIn, mentionsInCells, providerIdOf, subjectKey } from '../text/subjects';
import { query } from './statement';

/** What hangs on conversations goes first, since it is found through them; then they, then what hangs on the person alone. */
const PHASES = ['attached', 'conversations', 'person'] as const;
export type ErasurePhase = (typeof PHASES)[number];

/** Something that a provider holds of somebody, and is asked to delete. */
export interface ProviderRecord {
  connectionId: number;
  /** Who asks for it: see registerProvider. */
  kind: string;
  providerId: string;
}

/** By what the person may be known where nobody has looked yet. */
export interface Traces {
  /** Phones in E.164, emails in lower case, other addresses as they are. */
  names: readonly string[];
  /** Of what was theirs, and has gone. */
  keys: readonly SubjectKey[];
}

/** A person of whom nothing is to stay, and what one transaction has removed of them. */
export class Erasure {
  /** By table. */
  readonly rows: Record<string, number> = {};
  /** Files that go once this is committed. */
  readonly storageKeys: string[] = [];
  readonly atProviders: ProviderRecord[] = [];
  /** What has been found in this transaction. */
  readonly found: { names: string[]; keys: SubjectKey[] } = { names: [], keys: [] };

  /** @param traces what is known from the beginning, and what was found before */
  constructor(
    readonly tenantId: number,
    readonly contactId: number,
    private readonly traces: Traces,
  ) {}

  removed(table: string, count: number): void {
    if (count > 0) this.rows[table] = (this.rows[table] ?? 0) + count;
  }

  get identities(): readonly string[] {
    return this.traces.names;
  }

  /** E.164. */
  get numbers(): string[] {
    return this.identities.filter((identity) => /^\+\d+$/.test(identity));
  }

  /** By which the person, and what was theirs, is known in what others have written. */
  get keys(): SubjectKey[] {
    return [...new Set([subjectKey('contact', this.contactId), ...this.identities.flatMap(keysOfIdentity), ...this.traces.keys])];
  }

  /** Says of a text whether it mentions the person: an address as a whole, or an id that a provider gave. Nothing shorter tells anybody apart. */
  recogniser({ cells = false }: Pick<TextRule, 'cells'>): (text: string) => boolean {
    const keysIn = cells ? mentionsInCells : mentionsIn;
    const keys = new Set(this.keys);
    const ids = new Set(this.traces.keys.map(providerIdOf).filter((id) => id !== undefined && id.length >= MIN_PROVIDER_ID));
    return (text) => keysIn(text).some((key) => keys.has(key)) || (ids.size > 0 && (text.match(TOKEN) ?? []).some((token) => ids.has(token)));
  }
}

const MIN_PROVIDER_ID = 16;
const TOKEN = /[\w.:+/=-]{16,}/g;

/** Keeps the person from being called and written to while the rest goes, in the transaction that answers. May refuse by throwing. */
export type Stop = (em: EntityManager, erasure: Erasure) => Promise<void>;

/** Removes some of what a module keeps of somebody, as much as is done in a moment. @returns how much it was: 0 once nothing is left */
export type Erase = (em: EntityManager, erasure: Erasure) => Promise<number>;

/** Removes, of rows that say what they are about, some that are about one of these keys. @returns how many: 0 once nothing is left */
export type EraseAbout = (em: EntityManager, erasure: Erasure, keys: SubjectKey[]) => Promise<number>;

/** @param lease of the job that asks @returns false where the provider has no way to be asked */
export type EraseAtProvider = (connectionId: number, providerId: string, lease: Lease) => Promise<boolean>;

/** A table whose rows say in `subjects` what they are about. */
export interface AboutRule {
  table: string;
  erase: EraseAbout;
  /** What `subjectsOf` needs, and how it tells of a row of before what is told of new ones when they are written. */
  columns: string;
  subjectsOf: (row: Record<string, unknown>) => SubjectKey[];
}

/** Texts in which people write what they like, and of which nobody can know beforehand whom they mention. */
export interface TextRule {
  table: string;
  /** The primary key, with its types: texts are looked through in its order. */
  key: Record<string, string>;
  /** SQL of the text. */
  text: string;
  /** Whether it is cells of a table, one a line. */
  cells?: boolean;
  /** Which rows have one; an index should know them. */
  where?: string;
  /** SET of an UPDATE, where not the whole row goes. */
  blank?: string;
  /** Whether more is being written about people of before; then it is looked through later. */
  isOpen?: (em: EntityManager, erasure: { tenantId: number; createdAt: string }) => Promise<boolean>;
}

/**
 * SQL: the rows of such a table that are about any of some keys, one key after the other. Asked for all at once (&&) the planner
 * takes hundreds of keys for nearly every row, and reads the whole table for them.
 * @param keys the parameter that holds them; each row has its key as `subject`
 */
export const aboutEach = (keys: string, table: string, columns: string): string =>
  `(SELECT found.*, asked.subject FROM unnest(${keys}::text[]) AS asked (subject) CROSS JOIN LATERAL (SELECT ${columns} FROM ${table} AS t WHERE t.subjects @> ARRAY[asked.subject] OFFSET 0) AS found)`;

const ROWS_TO_READ = 500;
const TEXTS = 2000;

/** Whoever keeps something of people registers here, in a constructor, how it is removed: nothing is forgotten but by being forgotten here. */
@Injectable()
export class PersonalData {
  private readonly stops: Stop[] = [];
  private readonly erasers: Record<ErasurePhase, Erase[]> = { attached: [], conversations: [], person: [] };
  private readonly about: AboutRule[] = [];
  private readonly texts: TextRule[] = [];
  private readonly providers = new Map<string, EraseAtProvider>();

  constructor(private readonly dataSource: DataSource) {}

  registerStop(stop: Stop): void {
    this.stops.push(stop);
  }

  register(phase: ErasurePhase, erase: Erase): void {
    this.erasers[phase].push(erase);
  }

  registerAbout(rule: AboutRule): void {
    this.about.push(rule);
  }

  registerText(rule: TextRule): void {
    this.texts.push(rule);
  }

  registerProvider(kind: string, erase: EraseAtProvider): void {
    this.providers.set(kind, erase);
  }

  /** One statement after the other: they share a connection. */
  async stop(em: EntityManager, erasure: Erasure): Promise<void> {
    for (const stop of this.stops) await stop(em, erasure);
  }

  /** Some of what is the person's, and of what is about it. @returns false once nothing is left */
  async eraseSome(em: EntityManager, erasure: Erasure): Promise<boolean> {
    for (const phase of PHASES) {
      for (const erase of this.erasers[phase]) if ((await erase(em, erasure)) > 0) return true;
    }
    return false;
  }

  /** All that is about calls, messages and the like, which go in the same transaction. It is looked for once more at the end, for what is written late. */
  async eraseAbout(em: EntityManager, erasure: Erasure, keys: SubjectKey[]): Promise<void> {
    erasure.found.keys.push(...keys);
    while (await this.eraseSomeAbout(em, erasure, keys));
  }

  /** @returns false once nothing is left */
  async eraseSomeAbout(em: EntityManager, erasure: Erasure, keys: SubjectKey[]): Promise<boolean> {
    for (const { erase } of this.about) if ((await erase(em, erasure, keys)) > 0) return true;
    return false;
  }

  /** Has some rows say what they are about that were written before rows did. @returns false once all say so */
  async readSome(): Promise<boolean> {
    for (const rule of this.about) if (await this.readSomeOf(rule)) return true;
    return false;
  }

  /** Texts that mention somebody, by short statements that hold nothing: piece by piece of every table that has some, with the primary keys of those found. */
  async *mentions(erasure: Erasure): AsyncGenerator<{ rule: TextRule; keys: string[][] }> {
    for (const rule of this.texts) {
      const isMention = erasure.recogniser(rule);
      let after: string[] | undefined;
      do {
        const rows: { tenant_id: number; key: string[]; text: string | null }[] = await this.textsAfter(rule, erasure.tenantId, after);
        const keys = rows.filter(({ text }) => text !== null && isMention(text)).map(({ key }) => key);
        yield { rule, keys };
        after = rows.length === TEXTS ? rows.at(-1)?.key : undefined;
      } while (after);
    }
  }

  /** What has changed meanwhile and mentions nobody any more goes, too: it did a moment ago. */
  async eraseMentions(em: EntityManager, erasure: Erasure, rule: TextRule, keys: string[][]): Promise<boolean> {
    const names = Object.keys(rule.key);
    const sent = `SELECT ${names.map((name, at) => `(key->>${at})::${rule.key[name]}`).join(', ')} FROM jsonb_array_elements($2::jsonb) AS key`;
    const change = rule.blank === undefined ? `DELETE FROM ${rule.table}` : `UPDATE ${rule.table} SET ${rule.blank}`;
    const rows = await query(em, `${change} WHERE tenant_id = $1 AND (${names.join(', ')}) IN (${sent}) RETURNING 1`, [erasure.tenantId, JSON.stringify(keys)]);
    if (rule.blank === undefined) erasure.removed(rule.table, rows.length);
    return rows.length > 0;
  }

  /** Whether texts are still being written about people of before. */
  async isOpen(em: EntityManager, erasure: { tenantId: number; createdAt: string }): Promise<boolean> {
    for (const { isOpen } of this.texts) if (isOpen && (await isOpen(em, erasure))) return true;
    return false;
  }

  /** @returns false where the provider has no way to be asked @throws where it could not be asked */
  async eraseAtProvider({ kind, connectionId, providerId }: ProviderRecord, lease: Lease): Promise<boolean> {
    const erase = this.providers.get(kind);
    if (!erase) throw new Error(`nobody asks providers to delete a ${kind}`);
    return erase(connectionId, providerId, lease);
  }

  private readSomeOf({ table, columns, subjectsOf }: AboutRule): Promise<boolean> {
    return this.dataSource.transaction(async (em) => {
      await query(em, `SELECT set_config('enable_seqscan', 'off', true)`, []);
      const rows = await query<Record<string, unknown> & { ctid: string }>(em, `SELECT ctid, ${columns} FROM ${table} WHERE subjects IS NULL LIMIT ${ROWS_TO_READ} FOR UPDATE`, []);
      if (rows.length === 0) return false;
      const read = rows.map((row) => JSON.stringify(subjectsOf(row)));
      await query(
        em,
        `UPDATE ${table} AS t SET subjects = ARRAY(SELECT jsonb_array_elements_text(read.subjects::jsonb)) FROM unnest($1::tid[], $2::text[]) AS read (row, subjects) WHERE t.ctid = read.row`,
        [rows.map(({ ctid }) => ctid), read],
      );
      return true;
    });
  }

  /** Another tenant's rows are passed by unread: an index by tenant would cost every write, for what is asked once a year. */
  private textsAfter(
    { table, key, text, where = 'TRUE' }: TextRule,
    tenantId: number,
    after: string[] | undefined,
  ): Promise<{ tenant_id: number; key: string[]; text: string | null }[]> {
    const names = Object.keys(key);
    const next = after && `(${names.join(', ')}) > (${names.map((name, at) => `$${at + 2}::${key[name]}`).join(', ')})`;
    return query(
      this.dataSource.manager,
      `SELECT jsonb_build_array(${names.map((name) => `${name}::text`).join(', ')}) AS key, CASE WHEN tenant_id = $1 THEN ${text} END AS text
       FROM ${table} WHERE ${where}${next ? ` AND ${next}` : ''} ORDER BY ${names.join(', ')} LIMIT ${TEXTS}`,
      [tenantId, ...(after ?? [])],
    );
  }
}

import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Lease } from '../queue/lease';

/** What hangs on conversations goes first, since it is found through them; then they, then the person, and last what only mentions them. */
const PHASES = ['attached', 'conversations', 'person', 'mentions'] as const;
export type ErasurePhase = (typeof PHASES)[number];

/** Something that a provider holds of somebody, and is asked to delete. */
export interface ProviderRecord {
  connectionId: number;
  /** Who asks for it: see registerProvider. */
  kind: string;
  providerId: string;
}

/** A person of whom nothing is to stay, and what has gone of them so far. */
export class Erasure {
  /** By table. */
  readonly rows: Record<string, number> = {};
  /** Files that go once this is committed. */
  readonly storageKeys: string[] = [];
  readonly atProviders: ProviderRecord[] = [];
  /** Texts that name the person, or what is theirs: who mentions one of them, mentions the person. */
  private readonly traces = new Set<string>();

  constructor(
    readonly tenantId: number,
    readonly contactId: number,
    /** Phones in E.164, emails in lower case, other addresses as they are. */
    readonly identities: readonly string[],
  ) {
    this.trace(...identities);
  }

  removed(table: string, count: number): void {
    if (count > 0) this.rows[table] = (this.rows[table] ?? 0) + count;
  }

  /** What is too short to tell anybody apart is left out. */
  trace(...texts: (string | null)[]): void {
    for (const text of texts) if (text !== null && text.length >= MIN_TRACE) this.traces.add(text);
  }

  mentions(text: string): boolean {
    return this.patterns.some((pattern) => new RegExp(pattern, 'i').test(text));
  }

  /** Regular expressions, PostgreSQL's and JavaScript's, without regard to case: a text with a mention fits one of them. */
  get patterns(): string[] {
    return [...this.traces].map(patternOf);
  }

  /** The same for the ids that providers have given to what is the person's: nobody else's text has them. */
  get providerPatterns(): string[] {
    return this.atProviders.map(({ providerId }) => patternOf(providerId));
  }

  /** E.164. */
  get numbers(): string[] {
    return this.identities.filter((identity) => /^\+\d+$/.test(identity));
  }
}

const MIN_TRACE = 5;

/** A line break in JSON is no letter before a word. */
const BEFORE = '(?:(?<![0-9a-z._%+-])|(?<=\\\\[nrt]))';
const AFTER = '(?![0-9a-z@]|[.-][0-9a-z])';

/**
 * The whole of a text: ana@example.com is not in mariana@example.com. Of a number the last ten digits, since others write a 1
 * behind Mexico's 52, or no country at all.
 */
function patternOf(text: string): string {
  const digits = /^\+?\d{10,}$/.test(text) ? text.slice(-10) : undefined;
  return digits === undefined ? `${BEFORE}${text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')}${AFTER}` : `${digits}(?![0-9])`;
}

/** Removes what a module keeps of somebody, in the caller's transaction. */
export type Erase = (em: EntityManager, erasure: Erasure) => Promise<void>;

/** @param lease of the job that asks @returns false where the provider has no way to be asked */
export type EraseAtProvider = (connectionId: number, providerId: string, lease: Lease) => Promise<boolean>;

/** Whoever keeps something of people registers here, in a constructor, how it is removed: nothing is forgotten but by being forgotten here. */
@Injectable()
export class PersonalData {
  private readonly erasers: Record<ErasurePhase, Erase[]> = { attached: [], conversations: [], person: [], mentions: [] };
  private readonly providers = new Map<string, EraseAtProvider>();

  register(phase: ErasurePhase, erase: Erase): void {
    this.erasers[phase].push(erase);
  }

  registerProvider(kind: string, erase: EraseAtProvider): void {
    this.providers.set(kind, erase);
  }

  /** One statement after the other: they share a connection. */
  async erase(em: EntityManager, erasure: Erasure): Promise<void> {
    for (const phase of PHASES) for (const erase of this.erasers[phase]) await erase(em, erasure);
  }

  /** @returns false where the provider has no way to be asked @throws where it could not be asked */
  async eraseAtProvider({ kind, connectionId, providerId }: ProviderRecord, lease: Lease): Promise<boolean> {
    const erase = this.providers.get(kind);
    if (!erase) throw new Error(`nobody asks providers to delete a ${kind}`);
    return erase(connectionId, providerId, lease);
  }
}

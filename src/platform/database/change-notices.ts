import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { Config } from '../config/config';
import { query } from './statement';

const CHANNEL = 'llamador_changes';
const RECONNECT_MS = 1000;

/**
 * Tells every process that something it may hold in memory has changed, by PostgreSQL's NOTIFY: sent with the
 * transaction that made the change, delivered when that commits. While the listener is cut off, nothing may be held.
 */
@Injectable()
export class ChangeNotices implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ChangeNotices.name);
  private readonly caches = new Map<string, Cache<unknown>[]>();
  private readonly listeners = new Map<string, ((key?: string) => void)[]>();
  private client?: Client;
  private reconnect?: NodeJS.Timeout;
  private stopped = false;

  constructor(
    private readonly config: Config,
    private readonly dataSource: DataSource,
  ) {}

  /** A cache whose entries live until a notice of their topic names them. */
  cacheOf<Value>(topic: string): Cache<Value> {
    const cache = new Cache<Value>(() => this.client !== undefined);
    this.caches.set(topic, [...(this.caches.get(topic) ?? []), cache]);
    return cache;
  }

  /** Calls whenever something of a topic has changed, here or elsewhere; without a key where notices may have been missed. */
  onChange(topic: string, listener: (key?: string) => void): void {
    this.listeners.set(topic, [...(this.listeners.get(topic) ?? []), listener]);
  }

  /** To be called in the transaction of the change; this process forgets at once, the others on its commit. */
  async announce(em: EntityManager, topic: string, key: string | number): Promise<void> {
    this.forget(topic, String(key));
    await query(em, 'SELECT pg_notify($1, $2)', [CHANNEL, `${topic} ${key}`]);
  }

  onApplicationBootstrap(): Promise<void> {
    return this.start();
  }

  /** For a process that connects to the database only after its bootstrap; a second time it does nothing. */
  async start(): Promise<void> {
    if (!this.client) await this.listen();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.reconnect);
    await this.client?.end();
  }

  private async listen(): Promise<void> {
    if (this.stopped || !this.dataSource.isInitialized) return;
    const client = new Client({ connectionString: this.config.DATABASE_URL, keepAlive: true, application_name: 'llamador-notices' });
    client.on('error', () => undefined); // an 'end' follows, and is what counts
    client.on('end', () => this.lost());
    client.on('notification', ({ payload }) => {
      // A key may have spaces.
      const [, topic = '', key = ''] = /^(\S*) ?(.*)$/s.exec(payload ?? '') ?? [];
      this.forget(topic, key);
      for (const listener of this.listeners.get(topic) ?? []) listener(key);
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      this.client = client;
      for (const listener of [...this.listeners.values()].flat()) listener();
    } catch (error) {
      this.logger.warn(`Listening for changes failed, next try in ${RECONNECT_MS} ms: ${(error as Error).message}`);
      this.lost();
    }
  }

  private lost(): void {
    this.client = undefined;
    for (const caches of this.caches.values()) for (const cache of caches) cache.clear();
    clearTimeout(this.reconnect);
    if (!this.stopped) this.reconnect = setTimeout(() => void this.listen(), RECONNECT_MS).unref();
  }

  private forget(topic: string, key: string): void {
    for (const cache of this.caches.get(topic) ?? []) cache.delete(key);
  }
}

const MAX_ENTRIES = 10_000;

export class Cache<Value> {
  private readonly entries = new Map<string, Value>();
  private changes = 0;

  constructor(private readonly mayHold: () => boolean) {}

  get(key: string): Value | undefined {
    return this.entries.get(key);
  }

  /** Loads what is not held; a change that arrives while loading keeps the result from being held. */
  async through(key: string, load: () => Promise<Value>): Promise<Value> {
    const held = this.entries.get(key);
    if (held !== undefined) return held;
    const before = this.changes;
    const value = await load();
    if (this.mayHold() && before === this.changes) {
      if (this.entries.size >= MAX_ENTRIES) this.entries.clear();
      this.entries.set(key, value);
    }
    return value;
  }

  delete(key: string): void {
    this.changes++;
    this.entries.delete(key);
  }

  clear(): void {
    this.changes++;
    this.entries.clear();
  }
}

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Client } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { Config } from '../config/config';
import { CONNECTION } from './data-source';
import { DatabaseTimings } from './database-timings';
import { PatientClient } from './patient-pool';
import { query } from './statement';

const CHANNEL = 'llamador_changes';
const RECONNECT_MS = 1000;

/**
 * Tells every process that something it may hold in memory has changed, by PostgreSQL's NOTIFY: sent with the
 * transaction that made the change, delivered when that commits. While the listener is cut off, nothing may be held.
 * Whether it is cut off a heartbeat tells: a network can fall silent without a word.
 */
@Injectable()
export class ChangeNotices implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ChangeNotices.name);
  private readonly caches = new Map<string, Cache<unknown>[]>();
  private readonly listeners = new Map<string, ((key?: string) => void)[]>();
  /** A channel of this process's own, so that its heartbeat wakes nobody else. */
  private readonly pulse = `llamador_pulse_${randomUUID().replaceAll('-', '')}`;
  private client?: PatientClient;
  private heardAt = -Infinity;
  private reconnect?: NodeJS.Timeout;
  private stopped = false;

  constructor(
    private readonly config: Config,
    private readonly dataSource: DataSource,
    private readonly timings: DatabaseTimings,
  ) {}

  /** A cache whose entries live until a notice of their topic names them, and for a while at most. */
  cacheOf<Value>(topic: string): Cache<Value> {
    const cache = new Cache<Value>(() => this.isListening, this.timings);
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

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.reconnect);
    this.client?.abandon();
  }

  /** By the clock, so that it is true also in a process that was paused. */
  private get isListening(): boolean {
    return performance.now() - this.heardAt < this.timings.silenceMs;
  }

  private async listen(): Promise<void> {
    clearTimeout(this.reconnect);
    if (this.stopped || !this.dataSource.isInitialized) return;
    const client = new PatientClient({ ...CONNECTION, connectionString: this.config.DATABASE_URL, application_name: 'llamador-notices', timings: this.timings });
    this.client = client;
    client.on('error', () => undefined); // an 'end' follows, and is what counts
    client.on('end', () => this.lost(client, 'the connection has ended'));
    client.on('notification', ({ channel, payload = '' }) => {
      if (channel === CHANNEL) this.take(payload);
      else this.heardAt = performance.now();
    });
    try {
      const connection = await client.connect();
      await connection.query(`LISTEN ${CHANNEL}; LISTEN ${this.pulse}`);
      for (const listener of [...this.listeners.values()].flat()) listener();
      void this.beat(connection).catch((error: Error) => this.lost(client, error.message));
    } catch (error) {
      this.lost(client, (error as Error).message);
    }
  }

  /** A notice to oneself comes back only where both ways of the connection work, and the server listens for it. */
  private async beat(client: Client): Promise<void> {
    const since = performance.now();
    while (this.client === client) {
      await client.query(`NOTIFY ${this.pulse}`);
      if (performance.now() - Math.max(since, this.heardAt) > this.timings.silenceMs) throw new Error(`no notice was heard for ${this.timings.silenceMs} ms`);
      await sleep(this.timings.heartbeatMs, undefined, { ref: false });
    }
  }

  private take(payload: string): void {
    // A key may have spaces.
    const [, topic = '', key = ''] = /^(\S*) ?(.*)$/s.exec(payload) ?? [];
    this.forget(topic, key);
    for (const listener of this.listeners.get(topic) ?? []) listener(key);
  }

  private lost(client: PatientClient, why: string): void {
    if (this.client !== client) return;
    this.client = undefined;
    this.heardAt = -Infinity;
    client.abandon();
    for (const caches of this.caches.values()) for (const cache of caches) cache.clear();
    if (this.stopped) return;
    this.logger.warn(`Changes cannot be listened for, which is tried again in ${RECONNECT_MS} ms: ${why}`);
    this.reconnect = setTimeout(() => void this.listen(), RECONNECT_MS).unref();
  }

  private forget(topic: string, key: string): void {
    for (const cache of this.caches.get(topic) ?? []) cache.delete(key);
  }
}

const MAX_ENTRIES = 10_000;

interface Entry<Value> {
  value: Value;
  until: number;
}

export class Cache<Value> {
  private readonly entries = new Map<string, Entry<Value>>();
  private changes = 0;

  constructor(
    private readonly mayHold: () => boolean,
    private readonly timings: DatabaseTimings,
  ) {}

  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    return entry && performance.now() < entry.until && this.mayHold() ? entry.value : undefined;
  }

  /** Loads what is not held; a change that arrives while loading keeps the result from being held. */
  async through(key: string, load: () => Promise<Value>): Promise<Value> {
    const held = this.get(key);
    if (held !== undefined) return held;
    const before = this.changes;
    const value = await load();
    if (this.mayHold() && before === this.changes) {
      if (this.entries.size >= MAX_ENTRIES) this.entries.clear();
      this.entries.set(key, { value, until: performance.now() + this.timings.maxAgeMs });
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

import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { JobHandlers } from '../queue/job-handlers';
import { Outbox } from '../queue/outbox';

/** Somebody who acts upon events, in a job after the commit. */
export interface Subscriber<Payload extends object> {
  /** Tells the jobs of several subscribers to one event apart. */
  name: string;
  /** Asked in the transaction of the event: a job that nobody wants is not recorded. It has to be cheap. */
  wants(em: EntityManager, tenantId: number): Promise<boolean>;
  /** May run twice. */
  handle(tenantId: number, payload: Payload): Promise<void>;
}

/** A name in the past tense, as `call.ended`, and what its payload holds: ids, not data. */
export interface EventType<Payload extends object> {
  readonly name: string;
  /** Never there: it says what the payload is. */
  readonly payload?: Payload;
}

/** What has happened, for whoever is further right: its consequences follow once it is committed. */
@Injectable()
export class Events {
  private readonly subscribers = new Map<string, Subscriber<object>[]>();

  constructor(
    private readonly outbox: Outbox,
    private readonly jobs: JobHandlers,
  ) {}

  /** To be called in a constructor. */
  subscribe<Payload extends object>(type: EventType<Payload>, subscriber: Subscriber<Payload>): void {
    this.subscribers.set(type.name, [...(this.subscribers.get(type.name) ?? []), subscriber]);
    this.jobs.register(jobOf(type, subscriber), (payload, { tenantId }) => subscriber.handle(tenantId as number, payload as Payload));
  }

  /** In the transaction of what has happened. */
  async record<Payload extends object>(em: EntityManager, tenantId: number, type: EventType<Payload>, payload: Payload): Promise<void> {
    for (const subscriber of this.subscribers.get(type.name) ?? []) {
      if (await subscriber.wants(em, tenantId)) await this.outbox.record(em, tenantId, jobOf(type, subscriber), payload);
    }
  }
}

const jobOf = ({ name }: { name: string }, subscriber: { name: string }): string => `${name}:${subscriber.name}`;

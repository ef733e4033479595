import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from './clock';
import { scriptOf as scriptOfCall } from './magic-numbers';
import type { Script } from './script';

/** Why no call is made, or no message taken. */
export type Refusal = 'no-line' | 'refused' | 'error' | 'slow-down' | 'unpaid';

const SLOW_MS = 15_000;
const FORGOTTEN_AFTER_MS = 3_600_000;

/** Plays what magic numbers do to the request itself. */
export class RequestFaults {
  /** Numbers that were turned away once, and when: asked again, they are called. */
  private readonly turnedAway = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly scriptOf: (number: string) => Pick<Script, 'request'> = scriptOfCall,
  ) {}

  /** Asked before a call is made. */
  refusalOf(number: string): Refusal | undefined {
    switch (this.scriptOf(number).request) {
      case 'refused':
        return 'refused';
      case 'error':
        return 'error';
      case 'unpaid':
        return 'unpaid';
      case 'no-line-once':
        return this.isFirst(number) ? 'no-line' : undefined;
      case 'slow-down-once':
        return this.isFirst(number) ? 'slow-down' : undefined;
      default:
        return undefined;
    }
  }

  /** Asked once the call is made, before it is told of. @returns whether it still can be told of, or only an error */
  async afterwards(number: string, request: FastifyRequest, reply: FastifyReply): Promise<'told' | 'error' | 'reset'> {
    switch (this.scriptOf(number).request) {
      case 'slow':
        await this.clock.pause(SLOW_MS);
        return 'told';
      case 'error-after':
        return 'error';
      case 'reset-after':
        reply.hijack();
        request.raw.socket.destroy();
        return 'reset';
      default:
        return 'told';
    }
  }

  private isFirst(number: string): boolean {
    if (this.turnedAway.delete(number)) return false;
    const now = Date.now();
    for (const [other, at] of this.turnedAway) {
      if (at > now - FORGOTTEN_AFTER_MS) break; // the oldest stand first
      this.turnedAway.delete(other);
    }
    this.turnedAway.set(number, now);
    return true;
  }
}

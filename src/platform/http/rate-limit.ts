import type { FastifyReply } from 'fastify';
import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Config } from '../config/config';
import { RateLimited, Unauthorized } from '../errors/platform.errors';

const WINDOW_SECONDS = 60;
/** Wrong keys that one address may try in a window, before it has to wait. */
const MAX_FAILED_KEYS = 1000;

/** Requests per key and minute, told in the RateLimit and RateLimit-Policy headers; and failed keys per address. */
@Injectable()
export class RateLimit {
  private readonly limit: number;
  private readonly requests: RateLimiterMemory;
  private readonly failures = new RateLimiterMemory({ points: MAX_FAILED_KEYS, duration: WINDOW_SECONDS });

  constructor(config: Config) {
    this.limit = config.RATE_LIMIT_PER_MINUTE;
    this.requests = new RateLimiterMemory({ points: this.limit || 1, duration: WINDOW_SECONDS });
  }

  /** @throws RateLimited */
  async spend(keyId: number, reply: FastifyReply): Promise<void> {
    if (this.limit === 0) return;
    const state = await this.requests.consume(keyId).catch((refused: RateLimiterRes) => refused);
    const reset = Math.ceil(state.msBeforeNext / 1000);
    void reply.header('RateLimit', `"default";r=${Math.max(state.remainingPoints, 0)};t=${reset}`);
    void reply.header('RateLimit-Policy', `"default";q=${this.limit};w=${WINDOW_SECONDS}`);
    if (state.consumedPoints > this.limit) throw new RateLimited(Math.max(reset, 1));
  }

  /** @throws RateLimited in place of Unauthorized once an address has tried too many wrong keys */
  async refuse(address: string, error: Unauthorized): Promise<never> {
    const state = await this.failures.consume(address).catch((refused: RateLimiterRes) => refused);
    if (state.consumedPoints > MAX_FAILED_KEYS) throw new RateLimited(Math.max(Math.ceil(state.msBeforeNext / 1000), 1));
    throw error;
  }
}

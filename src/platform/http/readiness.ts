import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';

/** Says that no new work should be sent here, from the moment that a shutdown begins. */
@Injectable()
export class Readiness implements BeforeApplicationShutdown {
  stopping = false;

  beforeApplicationShutdown(): void {
    this.stopping = true;
  }
}

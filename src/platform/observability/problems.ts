import { Injectable } from '@nestjs/common';

/** What keeps this process from doing some of its work, for people to mend: /readyz shows it. */
@Injectable()
export class Problems {
  private readonly sources: (() => string[])[] = [];

  /** @param source says what is wrong at the moment, in words for whoever runs the server */
  register(source: () => string[]): void {
    this.sources.push(source);
  }

  get all(): string[] {
    return this.sources.flatMap((source) => source());
  }
}

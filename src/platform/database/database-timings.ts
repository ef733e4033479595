import { Injectable } from '@nestjs/common';

/** How patient this process is with the database, in ms. */
@Injectable()
export class DatabaseTimings {
  /** What the server lets a statement take. It is the one to say no where it can: these are for a server that says nothing. */
  statementMs = 5_000;
  bulkStatementMs = 60_000;
  /** How much longer than that its answer may be on its way. */
  marginMs = 2_000;
  /** Migrations take what they take: a network that fails meanwhile is noticed by TCP's keep-alive alone. */
  migrating = false;
  /** A connection that listens says something to itself so often, and is lost where it hears nothing for so long. */
  heartbeatMs = 5_000;
  silenceMs = 15_000;
  /** What is held in memory is read anew after so long, for what no notice tells: a row that was changed by hand. */
  maxAgeMs = 60_000;
  /** How long /readyz waits for the database. */
  readyMs = 1_500;
}

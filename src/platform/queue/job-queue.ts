/** A job on its way to whoever runs it. However often one delivery is handed over, it is begun once at most. */
export interface Delivery {
  id: number;
  /** 1 the first time, and one more for each time that it was begun and came to nothing. */
  delivery: number;
  type: string;
}

/**
 * Carries deliveries from the relay to a JobRunner, here or on another machine. It is transport only: the job stays in PostgreSQL
 * until it is done, and what gets lost on the way is handed over again.
 */
export abstract class JobQueue {
  /** From now on runs what is handed over, by whichever process. Does not wait for a server that is away. */
  abstract start(): Promise<void>;

  /** How many more it takes now. */
  abstract capacity(): Promise<number>;

  /** @throws where not all of them are known to have been taken; then all may come again. */
  abstract hand(deliveries: Delivery[]): Promise<void>;

  /** Begins no more of them here. Resolves when those that run have ended. */
  abstract drain(): Promise<void>;

  /** Lets go of its server, even of jobs that still run. */
  abstract close(): Promise<void>;
}

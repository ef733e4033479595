export interface SilenceOptions {
  /** Those that come later, too. Otherwise these work. */
  newOnes?: boolean;
  /** Only those whose first bytes hold this, as an application_name. */
  of?: string;
}

/** A road to a server that can be closed as firewalls and dead machines close one: without a word. */
export class TcpRelay {
  /** @param target the url of the server, of any scheme */
  static open(target: string): Promise<TcpRelay>;
  /** The url of the server, by this road. */
  readonly url: string;
  /** From now on nothing comes through the connections that there are, neither way, and nobody is told. */
  silence(options?: SilenceOptions): void;
  /** As silence for those that there are, but only from the server to the client: what is sent arrives, its answer does not. */
  swallowAnswers(options?: Pick<SilenceOptions, 'of'>): void;
  /** What was held back arrives, late, in its order, as TCP has it; new connections work. */
  restore(): void;
  /** Every connection is reset. */
  cut(): void;
  close(): Promise<void>;
}

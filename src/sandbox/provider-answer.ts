/** An answer other than the one asked for, in the provider's own shape: thrown by what finds out, and sent by the sandbox. */
export class ProviderAnswer extends Error {
  constructor(
    readonly status: number,
    readonly body: Record<string, unknown>,
    readonly headers: Record<string, string> = {},
  ) {
    super(`${status} ${JSON.stringify(body)}`);
  }
}

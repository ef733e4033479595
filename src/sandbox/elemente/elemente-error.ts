import { ProviderAnswer } from '../provider-answer';

/** Its documentation shows no error: the shape is that of NestJS, in which its API is written. */
export const elementeError = (status: number, message: string | string[], headers: Record<string, string> = {}): ProviderAnswer =>
  new ProviderAnswer(status, { statusCode: status, message }, headers);

import { ProviderAnswer } from '../provider-answer';

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
};

/** An error as Vapi words it: the message is a list where a body was checked. */
export const vapiError = (status: number, message: string | string[], more: Record<string, unknown> = {}, headers: Record<string, string> = {}): ProviderAnswer =>
  new ProviderAnswer(status, { statusCode: status, message, error: TITLES[status] ?? 'Error', ...more }, headers);

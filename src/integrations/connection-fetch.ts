import { Agent, DecoratorHandler, type Dispatcher, fetch as undiciFetch } from 'undici';
import type { Connection } from '../modules/connections';
import { lookupPublic } from '../platform/http/public-address';

const anywhere = new Agent();
const outside = new Agent({ connect: { lookup: lookupPublic } });

/**
 * An address that a tenant named was public when it was; it must still be when the server calls it, since the answer is shown.
 * @param guard called once there is a connection, and nothing is left but to write: to get one takes long enough to stand still in. Where it throws, nothing is sent
 */
export function fetchOf({ trusted }: Connection, guard?: () => void): typeof fetch {
  const agent = trusted ? anywhere : outside;
  const dispatcher = guard ? agent.compose(guardedBy(guard)) : agent;
  // undici's own, since node's fetch takes no agent, and no form, of another version; their types differ where nothing here looks.
  return ((input: string, init?: object) => undiciFetch(input, { ...init, dispatcher })) as unknown as typeof fetch;
}

const guardedBy =
  (guard: () => void): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) => {
    const guarded: Dispatcher.DispatchHandler = new DecoratorHandler(handler);
    const start = guarded.onRequestStart?.bind(guarded);
    guarded.onRequestStart = (...args) => {
      guard();
      start?.(...args);
    };
    return dispatch(options, guarded);
  };

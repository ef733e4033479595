import { aUser } from '../../factories/users';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { aPhone } from '../../factories/contacts';
import { until } from '../../support/until';
import { useCallCentre } from './call-centre';

describe('loading a recording from elsewhere', () => {
  const running = useCallCentre({ dialing: false });

  it('answers 204 and names the recording, and makes the call that it was of', async () => {
    const { centre } = running;
    const user = await aUser(centre.api);
    const body = { userId: user.id, url: 'https://recordings.invalid/1.wav', callTo: aPhone(), callFrom: '+525555550199', callDirection: 'outgoing', callStartTime: '2026-01-02T03:04:05Z' };
    const answer = await centre.api.post('/recordings', body);
    expect([answer.status, answer.body]).toEqual([204, '']);
    expect(answer.headers.location).toMatch(/^\/api\/v1\/recordings\/\d+$/);
    expect(await sql('SELECT kind, status, to_number, direction, user_id FROM calls')).toEqual([{ kind: 'recorded', status: 'completed', to_number: body.callTo, direction: 'outgoing', user_id: user.id }]);
    await expectError(centre.api.get(String(answer.headers.location)), 404, 'RECORDING_NOT_READY');

    const again = await centre.api.post('/recordings', body);
    expect(again.headers.location).toBe(answer.headers.location);
    expect([await countRows('recordings'), await countRows('calls')]).toEqual([1, 1]);
  });

  it('loads the same url once, however many ask at the same moment', async () => {
    const { centre } = running;
    const user = await aUser(centre.api);
    const body = { userId: user.id, url: 'https://recordings.invalid/2.wav', callTo: aPhone(), callFrom: aPhone() };
    const answers = await Promise.all(Array.from({ length: 8 }, () => centre.api.post('/recordings', body)));
    expect(new Set(answers.map(({ status, headers }) => `${status} ${String(headers.location)}`)).size).toBe(1);
    expect([await countRows('recordings'), await countRows('calls')]).toEqual([1, 1]);
  });

  it.each(['http://127.0.0.1/x.wav', 'http://2130706433/x.wav', 'http://[::ffff:127.0.0.1]/x.wav', 'http://169.254.169.254/latest', 'http://localhost/x.wav'])('never fetches %s', async (url) => {
    const { centre } = running;
    const user = await aUser(centre.api);
    const { headers } = await centre.api.post('/recordings', { userId: user.id, url });
    const failed = await until(async () => {
      const answer = await centre.api.get<{ error: string; details: { failure?: string } }>(String(headers.location));
      return answer.body.error === 'RECORDING_NOT_FOUND' && answer.body;
    });
    expect(failed.details.failure).toBeTruthy();
    expect(await sql('SELECT state, storage_key FROM recordings')).toEqual([{ state: 'failed', storage_key: null }]);
  });

  it('refuses what is no web address, and nobody whom it knows', async () => {
    const { centre } = running;
    const user = await aUser(centre.api);
    await expectFaults(centre.api.post('/recordings', { userId: user.id, url: 'file:///etc/passwd' }), { url: 'INVALID_FORMAT' });
    await expectFaults(centre.api.post('/recordings', {}), { userId: 'REQUIRED_FIELD', url: 'REQUIRED_FIELD' });
    await expectError(centre.api.post('/recordings', { userId: 1e9, url: 'https://recordings.invalid/3.wav' }), 404, 'USER_NOT_FOUND');
    expect(await ok(centre.api.get('/recordings'))).toMatchObject({ totalCount: 0 });
  });
});

import { startedText } from '../../../../src/cli/started-text.js';

const head = {
  clusterId: 'c0ffee00c0ffee',
  address: '10.0.0.1:6380',
  store: 'Redis',
  session: { path: '/s', logs: '/s/logs' },
  token: 'the-token-that-was-made',
};
const tls = { cert: '/c', key: '/k', ca: '/a' };

describe('startedText', () => {
  it('passes the token to who joins in the environment, not in the arguments', () => {
    const text = startedText(head, {}, 'made');
    expect(text).toContain('RAY_TS_TOKEN=the-token-that-was-made ray-ts start --address=10.0.0.1:6380\n');
    expect(text).not.toContain('--token');
  });

  it('does not repeat a token that was given', () => {
    expect(startedText(head, {}, 'given')).not.toContain(head.token);
  });

  it('says what a cluster with TLS needs', () => {
    expect(startedText({ ...head, tls }, {}, 'made')).toMatch(/--tls-cert=\S+ --tls-key=\S+ --tls-ca=\S+/);
    expect(startedText(head, {}, 'made')).not.toMatch(/tls/i);
  });
});

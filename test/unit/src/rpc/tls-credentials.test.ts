import type { PeerCertificate } from 'node:tls';
import { checkPeerName } from '../../../../src/rpc/tls-credentials.js';

const certificateFor = (subjectaltname: string) => ({ subject: { CN: '10.0.0.9' }, subjectaltname }) as PeerCertificate;

describe('checkPeerName', () => {
  it.each([
    ['the address', '10.0.0.1', 'IP Address:10.0.0.1'],
    ['one address of several', '10.0.0.1', 'IP Address:10.0.0.2, IP Address:10.0.0.1'],
    ['the host name', 'head.lab', 'DNS:head.lab'],
    ["the cluster's name", '10.0.0.1', 'DNS:ray-ts'],
    ["the cluster's name beside others", 'head.lab', 'DNS:other.lab, DNS:ray-ts'],
  ])('accepts a certificate for %s', (_what, host, names) => {
    expect(checkPeerName(host, certificateFor(names))).toBeUndefined();
  });

  it.each([
    ['another address', '10.0.0.1', 'IP Address:10.0.0.2'],
    ['another host', 'head.lab', 'DNS:worker.lab'],
    ['a host below the cluster’s name', '10.0.0.1', 'DNS:a.ray-ts'],
    ['the address in its subject only', '10.0.0.9', 'DNS:worker.lab'],
  ])('refuses a certificate for %s', (_what, host, names) => {
    expect(checkPeerName(host, certificateFor(names))).toBeInstanceOf(Error);
  });
});

import { hostAndPortOf } from '../../../../src/core/index.js';

describe('hostAndPortOf', () => {
  it('parts a name or an IPv4 address from its port', () => {
    expect(hostAndPortOf('head.example:6379')).toEqual({ host: 'head.example', port: 6379 });
    expect(hostAndPortOf('10.0.0.7:80')).toEqual({ host: '10.0.0.7', port: 80 });
  });

  it('parts an IPv6 address from its port, with brackets or without', () => {
    expect(hostAndPortOf('[fd00::1]:6379')).toEqual({ host: 'fd00::1', port: 6379 });
    expect(hostAndPortOf('::1:6379')).toEqual({ host: '::1', port: 6379 });
  });

  it('takes all for the host when no port is there', () => {
    expect(hostAndPortOf('head')).toEqual({ host: 'head', port: Number.NaN });
    expect(hostAndPortOf('[fd00::1]')).toEqual({ host: 'fd00::1', port: Number.NaN });
    expect(hostAndPortOf('')).toEqual({ host: '', port: Number.NaN });
  });

  it('takes nothing but digits for a port', () => {
    expect(hostAndPortOf('head:0x50').port).toBeNaN();
    expect(hostAndPortOf('head:-1').port).toBeNaN();
    expect(hostAndPortOf('head:').port).toBeNaN();
  });
});

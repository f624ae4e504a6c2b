import { expect, test } from 'vitest';
import { traefikConfiguration } from './traefik-configuration.ts';

test('the gateways become the servers of one service, which Traefik asks for their readiness', () => {
  expect(traefikConfiguration(['http://a:8080', 'http://b:8080'])).toEqual({
    http: {
      services: {
        gateways: {
          loadBalancer: {
            servers: [{ url: 'http://a:8080' }, { url: 'http://b:8080' }],
            healthCheck: { path: '/readyz', interval: '1s', timeout: '1s' },
          },
        },
      },
    },
  });
});

test('nothing but servers is ever polled: a router or a middleware from Redis would be a way in', () => {
  const { http, ...others } = traefikConfiguration(['http://a:8080']);
  expect(others).toEqual({});
  expect(Object.keys(http)).toEqual(['services']);
});
